/* Named failpoints in the write steps of a recorder, from outside: preloaded, it counts the system calls that
 * touch footage files, their folders and the index, and at the wanted one kills the process, or stops it until
 * somebody sends SIGCONT. The recorder itself knows nothing of it.
 *
 *   RONDA_FAILPOINT=segment.write.half:7:kill    die after half of the seventh write to a footage file
 *   RONDA_FAILPOINT=any:37:stop                  stand still at every 37th step, whatever it is
 *   RONDA_FAILPOINT_LOG=FILE                     the name of each step where that happened, a line each
 *
 * Names: segment|index . create|reserve|write|sync|cut . before|half|after; folder.sync, disk.sync . before|after.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char wanted[64];
static long turn;
static int stops;
static const char *log_path;
static atomic_long hits;

__attribute__((constructor)) static void read_order(void) {
    const char *order = getenv("RONDA_FAILPOINT");
    char action[16] = "";
    if (order && sscanf(order, "%63[^:]:%ld:%15s", wanted, &turn, action) < 2) wanted[0] = 0;
    stops = !strcmp(action, "stop");
    log_path = getenv("RONDA_FAILPOINT_LOG");
}

/* what a descriptor is: "segment", "index", "folder", or NULL for anything else */
static const char *kind_of_path(const char *path) {
    size_t size = strlen(path);
    if (size > 4 && !strcmp(path + size - 4, ".mp4")) return "segment";
    if (strstr(path, "/index.sqlite") && !strstr(path, "-shm")) return "index";
    return NULL;
}

static const char *kind_of(int fd) {
    char link[64], path[4096];
    struct stat facts;
    if (!wanted[0]) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return NULL;
    path[size] = 0;
    const char *kind = kind_of_path(path);
    if (!kind && strstr(path, "/footage/") && !fstat(fd, &facts) && S_ISDIR(facts.st_mode)) return "folder";
    return kind;
}

/* true: this is the one, and the caller is to do half of it before `now` */
static int due(const char *kind, const char *step, char *name, size_t room) {
    if (!kind) return 0;
    snprintf(name, room, "%s.%s", kind, step);
    if (strcmp(wanted, "any") && strcmp(wanted, name)) return 0;
    long hit = atomic_fetch_add(&hits, 1) + 1;
    return stops ? hit % turn == 0 : hit == turn;
}

static void now(const char *name) {
    if (log_path) {
        int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd >= 0) { dprintf(fd, "%s\n", name); close(fd); }
    }
    kill(getpid(), stops ? SIGSTOP : SIGKILL);
}

static void point(const char *kind, const char *step) {
    char name[64];
    if (due(kind, step, name, sizeof name)) now(name);
}

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name); real; })
#define STEP(kind, what, call) ({ \
    int saved; point(kind, what ".before"); __auto_type done = (call); saved = errno; \
    point(kind, what ".after"); errno = saved; done; })

static int is_new(const char *path, int flags) { return (flags & O_CREAT) && wanted[0] && kind_of_path(path) != NULL; }

int open64(const char *path, int flags, ...) {
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more);
    int fd = REAL(open64)(path, flags, mode), saved = errno;
    if (fd >= 0 && is_new(path, flags)) point(kind_of_path(path), "create.after");
    errno = saved;
    return fd;
}

int openat64(int folder, const char *path, int flags, ...) {
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more);
    int fd = REAL(openat64)(folder, path, flags, mode), saved = errno;
    if (fd >= 0 && is_new(path, flags)) point(kind_of_path(path), "create.after");
    errno = saved;
    return fd;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    const char *kind = kind_of(fd);
    char name[64];
    if (kind && due(kind, "write.half", name, sizeof name)) {
        struct iovec half = parts[count > 1];
        half.iov_len = half.iov_len / 2 + 1;
        REAL(writev)(fd, parts, count > 1);
        ssize_t done = REAL(write)(fd, half.iov_base, half.iov_len);
        now(name);
        return (count > 1 ? (ssize_t)parts[0].iov_len : 0) + (done > 0 ? done : 0);
    }
    return STEP(kind, "write", REAL(writev)(fd, parts, count));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    const char *kind = kind_of(fd);
    char name[64];
    if (kind && due(kind, "write.half", name, sizeof name)) {
        ssize_t done = REAL(pwrite64)(fd, data, size / 2, at);
        now(name);
        return done;
    }
    return STEP(kind, "write", REAL(pwrite64)(fd, data, size, at));
}

int fdatasync(int fd) { return STEP(kind_of(fd), "sync", REAL(fdatasync)(fd)); }
int fsync(int fd) { return STEP(kind_of(fd), "sync", REAL(fsync)(fd)); }
int syncfs(int fd) { return STEP(kind_of(fd) ? "disk" : NULL, "sync", REAL(syncfs)(fd)); }
int ftruncate64(int fd, off64_t size) { return STEP(kind_of(fd), "cut", REAL(ftruncate64)(fd, size)); }
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    return STEP(kind_of(fd), "reserve", REAL(fallocate64)(fd, mode, at, size));
}
