/* The floor below any recorder: receive with SO_RCVLOWAT and write, nothing else. One thread, one file a stream.
 *
 *   floor DIR HOST PORT CAMERAS [LOWAT_BYTES]
 *
 * Opens rtsp://HOST:PORT/load-1 .. load-CAMERAS, then writes whatever comes (RTP, `$` headers and all) to
 * DIR/load-N.rtp. It depacketises nothing, keeps no index, hashes nothing and syncs nothing: what a recorder
 * costs above it is what it does more. Ends on SIGTERM or when every stream has ended.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 256 * 1024, MOST = 2000 };
static char buffer[BUFFER];
static volatile sig_atomic_t stopping;

static void stop(int sign) { (void)sign; stopping = 1; }
static void die(const char *what) { perror(what); exit(1); }

/* Send one request and read its answer; bytes after it (the first packets) go to `file`. */
static void ask(int fd, int file, const char *request) {
    char answer[8192], *end = NULL;
    size_t used = 0;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) die("send");
    while (!end) {
        ssize_t got = recv(fd, answer + used, sizeof answer - used, 0);
        if (got <= 0) die("the server ended the session");
        used += (size_t)got;
        end = memmem(answer, used, "\r\n\r\n", 4);
    }
    size_t head = (size_t)(end - answer) + 4;
    if (strncmp(answer, "RTSP/1.0 200", 12)) { fprintf(stderr, "floor: %.60s\n", answer); exit(1); }
    if (head < used && write(file, answer + head, used - head) < 0) die("write");
}
static int open_stream(const char *host, int port, int number, int file, int lowat) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char url[128], request[512];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, host, &place.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&place, sizeof place)) die("connect");
    snprintf(url, sizeof url, "rtsp://%s:%d/load-%d", host, port, number);
    snprintf(request, sizeof request, "SETUP %s/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n", url);
    ask(fd, file, request);
    snprintf(request, sizeof request, "PLAY %s RTSP/1.0\r\nCSeq: 2\r\n\r\n", url);
    ask(fd, file, request);
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof lowat);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}
/* 1 while the stream lives. */
static int take(int fd, int file) {
    ssize_t got = recv(fd, buffer, BUFFER, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got && write(file, buffer, (size_t)got) != got) die("write");
    return got > 0;
}
int main(int count, char **words) {
    struct { int fd, file; } streams[MOST];
    struct epoll_event events[256], event = {.events = EPOLLIN};
    if (count < 5 || atoi(words[4]) > MOST) { fputs("usage: floor DIR HOST PORT CAMERAS [LOWAT_BYTES]\n", stderr); return 2; }
    int cameras = atoi(words[4]), lowat = count > 5 ? atoi(words[5]) : 64 * 1024, living = 0, poll = epoll_create1(EPOLL_CLOEXEC);
    struct rlimit many = {8192, 8192};
    setrlimit(RLIMIT_NOFILE, &many);
    signal(SIGTERM, stop);
    for (int i = 0; i < cameras; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/load-%d.rtp", words[1], i + 1);
        streams[i].file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (streams[i].file < 0) die(path);
        streams[i].fd = open_stream(words[2], atoi(words[3]), i + 1, streams[i].file, lowat);
        event.data.u32 = (uint32_t)i;
        epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].fd, &event);
        living++;
        for (int n = epoll_wait(poll, events, 256, 0), k = 0; k < n; k++) /* read at once what already plays */
            take(streams[events[k].data.u32].fd, streams[events[k].data.u32].file);
    }
    while (living && !stopping) {
        int n = epoll_wait(poll, events, 256, 1000);
        for (int k = 0; k < n; k++) {
            int i = (int)events[k].data.u32;
            if (take(streams[i].fd, streams[i].file)) continue;
            epoll_ctl(poll, EPOLL_CTL_DEL, streams[i].fd, NULL);
            living--;
        }
    }
    return 0;
}
