/* Virtual cameras for load: one thread serves up to 2,000 RTSP sessions over TCP from one packetised file.
 *
 * Each file (Annex B, H.264 or H.265) is cut into RTP packets once; they lie in memory as they go out,
 * `$` header included. For each session and frame only channel, sequence, time stamp, SSRC and the mark
 * are patched there, and one sendmsg sends the frame. Every access unit carries the mark of
 * ronda/sim/sei.py (camera, running number, time), so what a recorder lost can be counted.
 * All cameras share the running number: frame n of camera c is due at start + n / fps + phase(c).
 *
 * A session that does not take its bytes queues up to 1 MiB; then whole frames are dropped up to the next
 * key frame, and counted, as cameras do. What the program decides not: whether anybody kept the frames.
 *
 *   load --port 8700 --control 8701 --cameras 500 --fps 25 [--bind 0.0.0.0] [--stap] FILE...
 *
 * Camera c serves rtsp://host:port/load-c from file (c - 1) % files. A file may have a neighbour
 * FILE.shift: a line for each access unit, how many frames later than decoded it is shown (B-frames).
 * The control port takes one word a connection and answers one JSON object:
 * `stats`, `end` (finish what is queued, close, refuse), `off` (reset all, refuse), `on`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_CAMERAS = 2000, MAX_LINKS = 8192, MAX_FILES = 8, MAX_SETS = 16, SLOTS = 20,
    PAYLOAD = 1400, REQUEST = 8192, QUEUE = 1 << 20, MAX_FILE = 1 << 28, SECONDS = 900,
    PAYLOAD_TYPE = 96, SR_BYTES = 4 + 28 + 16, SR_EVERY_S = 5, SEND_BUFFER = 256 * 1024,
};
static const uint8_t IDENTITY[16] = {0x6b, 0x1d, 0x52, 0xc7, 0x9e, 0x34, 0x4f, 0xa8,
                                     0xb2, 0xd1, 0x7c, 0x5e, 0xa9, 0x3f, 0x18, 0x26};
enum { VALUES = 1 + 1 + 3 + 10 + 10, MARK = 16 + VALUES };

typedef struct { size_t at; uint32_t size; uint32_t first, packets; size_t mark; int key, shift; } Frame;
typedef struct { const uint8_t *at; size_t size; } Nal;
typedef struct {
    const char *name;
    int h265, stap;
    uint8_t *bytes; size_t used, room;            /* the packets, as they go out */
    uint32_t *packets; size_t n_packets, packets_room; /* where each begins */
    Frame *frames; size_t n_frames, frames_room;
    uint32_t *keys; size_t n_keys;
    uint8_t sets[MAX_SETS][512]; size_t set_size[MAX_SETS]; int n_sets;
} Material;
typedef struct Camera {
    uint64_t sent, dropped, first, last; /* first and last frame number of the newest session */
    uint32_t opened;
} Camera;
typedef struct Link {
    int fd, used, control, playing, dropping, closing, wants_out;
    int camera;
    uint8_t channel, ready;
    uint16_t sequence;
    uint32_t ssrc, stamp0, packets, octets;
    uint64_t from, next_sr;      /* tick of the first frame; tick of the next sender report */
    uint32_t key_at;             /* frame of the file that was sent first */
    char request[REQUEST]; size_t request_used;
    uint8_t *queue; size_t queue_from, queue_used, queue_room;
    struct Link *next;           /* in its slot */
} Link;

static Material files[MAX_FILES];
static int n_files, n_cameras = 100, port = 8700, control_port = 8701, refuse;
static double fps = 25;
static const char *bind_to = "127.0.0.1";
static Camera cameras[MAX_CAMERAS + 1];
static Link links[MAX_LINKS];
static Link *slots[SLOTS];
static int epoll_fd, rtsp_fd, control_fd, playing, open_links;
static uint64_t start_ns, utc0_us, tick, sent, dropped, sent_bytes, worst_late_ns, refused, accepted;
static uint32_t accepts_a_second[SECONDS];
static volatile sig_atomic_t stopping;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    exit(1);
}
static void *grown(void *old, size_t *room, size_t needed, size_t each) {
    if (needed <= *room) return old;
    while (*room < needed) *room = *room ? *room * 2 : 1024;
    void *made = realloc(old, *room * each);
    if (!made) die("out of memory");
    return made;
}
static void put16(uint8_t *at, uint32_t v) { at[0] = (uint8_t)(v >> 8); at[1] = (uint8_t)v; }
static void put32(uint8_t *at, uint32_t v) { put16(at, v >> 16); put16(at + 2, v); }

/* ---- the file, packetised once ------------------------------------------------------------------ */

static int nal_type(const Material *m, const uint8_t *nal) { return m->h265 ? nal[0] >> 1 & 63 : nal[0] & 31; }
static int is_picture(const Material *m, int type) { return m->h265 ? type < 32 : type >= 1 && type <= 5; }
static int is_key(const Material *m, int type) { return m->h265 ? type >= 16 && type <= 21 : type == 5; }
static int is_set(const Material *m, int type) { return m->h265 ? type >= 32 && type <= 34 : type == 7 || type == 8; }
static int begins_picture(const Material *m, const Nal *n) {
    size_t head = m->h265 ? 2 : 1;
    return n->size > head && n->at[head] & 0x80; /* first_slice_in_pic, or first_mb 0 */
}
static uint8_t *packet(Material *m, size_t payload, int marker) {
    m->bytes = grown(m->bytes, &m->room, m->used + 16 + payload, 1);
    m->packets = grown(m->packets, &m->packets_room, m->n_packets + 1, sizeof *m->packets);
    m->packets[m->n_packets++] = (uint32_t)m->used;
    uint8_t *at = m->bytes + m->used;
    at[0] = '$'; at[1] = 0; put16(at + 2, (uint32_t)(12 + payload));
    memset(at + 4, 0, 12);
    at[4] = 0x80; at[5] = (uint8_t)((marker ? 0x80 : 0) | PAYLOAD_TYPE);
    m->used += 16 + payload;
    return at + 16;
}
static void add_fragments(Material *m, const Nal *n, int last) {
    size_t head = m->h265 ? 2 : 1, extra = head + 1, at = head, part;
    for (; at < n->size; at += part) {
        part = n->size - at < PAYLOAD - extra ? n->size - at : PAYLOAD - extra;
        uint8_t bits = (uint8_t)((at == head ? 0x80 : 0) | (at + part == n->size ? 0x40 : 0));
        uint8_t *to = packet(m, extra + part, last && bits & 0x40);
        if (m->h265) {
            to[0] = (uint8_t)((n->at[0] & 0x81) | 49 << 1); to[1] = n->at[1];
        } else to[0] = (uint8_t)((n->at[0] & 0x60) | 28);
        to[head] = (uint8_t)(bits | nal_type(m, n->at));
        memcpy(to + extra, n->at + at, part);
    }
}
static void add_nal(Material *m, const Nal *n, int last) {
    if (n->size > PAYLOAD) { add_fragments(m, n, last); return; }
    memcpy(packet(m, n->size, last), n->at, n->size);
}
/* Parameter sets together in one packet (STAP-A, AP of H.265), when asked for. */
static int add_together(Material *m, const Nal *nals, int count) {
    size_t size = m->h265 ? 2 : 1;
    int taken = 0;
    while (taken < count && is_set(m, nal_type(m, nals[taken].at)) && size + 2 + nals[taken].size <= PAYLOAD)
        size += 2 + nals[taken++].size;
    if (taken < 2) return 0;
    uint8_t *to = packet(m, size, 0);
    if (m->h265) { to[0] = 48 << 1; to[1] = 1; to += 2; } else *to++ = 3 << 5 | 24;
    for (int i = 0; i < taken; i++) {
        put16(to, (uint32_t)nals[i].size);
        memcpy(to + 2, nals[i].at, nals[i].size);
        to += 2 + nals[i].size;
    }
    return taken;
}
static void add_mark(Material *m, Frame *f) {
    uint8_t nal[4 + MARK + 1], *at = nal;
    if (m->h265) { *at++ = 39 << 1; *at++ = 1; } else *at++ = 6;
    *at++ = 5; *at++ = MARK;
    memcpy(at, IDENTITY, 16);
    memset(at + 16, 0x80, VALUES);
    at += MARK;
    *at++ = 0x80;
    Nal n = {nal, (size_t)(at - nal)};
    add_nal(m, &n, 0);
    f->mark = m->used - 1 - VALUES; /* the values, in all packets */
}
static void keep_set(Material *m, const Nal *n) {
    for (int i = 0; i < m->n_sets; i++)
        if (m->set_size[i] == n->size && !memcmp(m->sets[i], n->at, n->size)) return;
    if (m->n_sets == MAX_SETS || n->size > sizeof m->sets[0]) die("%s: too many or too large parameter sets", m->name);
    memcpy(m->sets[m->n_sets], n->at, n->size);
    m->set_size[m->n_sets++] = n->size;
}
static void add_frame(Material *m, const Nal *nals, int count) {
    m->frames = grown(m->frames, &m->frames_room, m->n_frames + 1, sizeof *m->frames);
    Frame *f = &m->frames[m->n_frames];
    *f = (Frame){.at = m->used, .first = (uint32_t)m->n_packets};
    int marked = 0;
    for (int i = 0; i < count;) {
        int type = nal_type(m, nals[i].at), taken = m->stap ? add_together(m, nals + i, count - i) : 0;
        for (int k = i; k < i + (taken ? taken : 1); k++)
            if (is_set(m, nal_type(m, nals[k].at))) keep_set(m, nals + k);
        if (taken) { i += taken; continue; }
        if (is_picture(m, type) && !marked) { add_mark(m, f); marked = 1; f->key = is_key(m, type); }
        add_nal(m, nals + i, i == count - 1);
        i++;
    }
    if (!marked) die("%s: an access unit without a picture", m->name);
    f->size = (uint32_t)(m->used - f->at);
    f->packets = (uint32_t)(m->n_packets - f->first);
    if (f->key) {
        m->keys = realloc(m->keys, (m->n_keys + 1) * sizeof *m->keys);
        if (!m->keys) die("out of memory");
        m->keys[m->n_keys++] = (uint32_t)m->n_frames;
    }
    m->n_frames++;
}
static size_t next_start(const uint8_t *bytes, size_t size, size_t at) {
    for (; at + 3 <= size; at++)
        if (!bytes[at] && !bytes[at + 1] && bytes[at + 2] == 1) return at;
    return size;
}
static uint8_t *read_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    uint8_t *bytes = malloc(MAX_FILE);
    if (!file || !bytes) die("%s cannot be read", name);
    *size = fread(bytes, 1, MAX_FILE, file);
    if (*size == MAX_FILE) die("%s is larger than 256 MiB", name);
    fclose(file);
    return bytes;
}
static void read_shifts(Material *m) {
    char name[1024];
    snprintf(name, sizeof name, "%s.shift", m->name);
    FILE *file = fopen(name, "r");
    for (size_t i = 0; file && i < m->n_frames && fscanf(file, "%d", &m->frames[i].shift) == 1;) i++;
    if (file) fclose(file);
}
static void read_material(Material *m, const char *name, int stap) {
    enum { MOST = 256 };
    size_t size;
    uint8_t *bytes = read_file(name, &size);
    Nal nals[MOST];
    int count = 0, pictures = 0;
    m->name = name; m->stap = stap;
    size_t at = next_start(bytes, size, 0);
    if (at + 4 >= size) die("%s: no start code; give Annex B H.264 or H.265", name);
    m->h265 = (bytes[at + 3] >> 1 & 63) >= 32 && (bytes[at + 3] >> 1 & 63) <= 35 && bytes[at + 4] == 1;
    while (at + 3 < size) {
        size_t next = next_start(bytes, size, at + 3), end = next;
        while (end > at + 3 && !bytes[end - 1]) end--; /* zeros before the next start code */
        Nal n = {bytes + at + 3, end - at - 3};
        at = next;
        if (n.size < 3) continue;
        int picture = is_picture(m, nal_type(m, n.at));
        if (pictures && (!picture || begins_picture(m, &n))) { add_frame(m, nals, count); count = pictures = 0; }
        if (count == MOST) die("%s: more than %d units in a picture", name, MOST);
        nals[count++] = n;
        pictures += picture;
    }
    if (pictures) add_frame(m, nals, count);
    free(bytes);
    if (!m->n_keys || !m->frames[0].key) die("%s does not begin with a key frame", name);
    read_shifts(m);
}

/* ---- bytes out ---------------------------------------------------------------------------------- */

static void watch(Link *l, int out) {
    struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = l};
    if (l->wants_out != out) epoll_ctl(epoll_fd, EPOLL_CTL_MOD, l->fd, &event);
    l->wants_out = out;
}
static void leave_slot(Link *l) {
    if (!l->playing) return;
    for (Link **at = &slots[l->camera % SLOTS]; *at; at = &(*at)->next)
        if (*at == l) { *at = l->next; break; }
    l->playing = 0;
    playing--;
}
static void drop_link(Link *l, int reset) {
    struct linger hard = {1, 0};
    if (!l->used) return;
    leave_slot(l);
    if (reset) setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(l->fd);
    free(l->queue);
    l->queue = NULL;
    l->used = 0;
    open_links--;
}
static int queue_bytes(Link *l, const uint8_t *bytes, size_t size) {
    if (l->queue_from) {
        memmove(l->queue, l->queue + l->queue_from, l->queue_used - l->queue_from);
        l->queue_used -= l->queue_from;
        l->queue_from = 0;
    }
    l->queue = grown(l->queue, &l->queue_room, l->queue_used + size, 1);
    memcpy(l->queue + l->queue_used, bytes, size);
    l->queue_used += size;
    watch(l, 1);
    return 1;
}
/* Send, or queue what the socket does not take. 0: the other side is gone, and so is the link. */
static int send_parts(Link *l, struct iovec *parts, int count) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    ssize_t done = 0;
    if (l->queue_used == l->queue_from) {
        done = sendmsg(l->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno != EAGAIN && errno != EINTR) { drop_link(l, 0); return 0; }
        if (done < 0) done = 0;
    }
    for (int i = 0; i < count; i++) {
        size_t skip = (size_t)done < parts[i].iov_len ? (size_t)done : parts[i].iov_len;
        done -= (ssize_t)skip;
        if (skip < parts[i].iov_len) queue_bytes(l, (uint8_t *)parts[i].iov_base + skip, parts[i].iov_len - skip);
    }
    return 1;
}
static void say(Link *l, const char *format, ...) {
    char text[8192];
    va_list list;
    va_start(list, format);
    int size = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    struct iovec part = {text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1};
    send_parts(l, &part, 1);
}
static void flush_queue(Link *l) {
    while (l->queue_from < l->queue_used) {
        ssize_t done = send(l->fd, l->queue + l->queue_from, l->queue_used - l->queue_from, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0) {
            if (errno != EAGAIN && errno != EINTR) drop_link(l, 0);
            return;
        }
        l->queue_from += (size_t)done;
    }
    l->queue_from = l->queue_used = 0;
    watch(l, 0);
    if (l->closing) shutdown(l->fd, SHUT_WR);
}

/* ---- frames ------------------------------------------------------------------------------------- */

static void sevens(uint8_t *to, uint64_t value, int size) {
    for (int place = size - 1; place >= 0; place--, value >>= 7) to[place] = 0x80 | (value & 0x7f);
}
static uint64_t frame_us(int camera, uint64_t number) {
    return (uint64_t)((1e6 / fps) * ((double)number + (camera % SLOTS) / (double)SLOTS));
}
static size_t sender_report(Link *l, uint8_t *to, uint64_t at_us, uint32_t stamp) {
    uint64_t seconds = at_us / 1000000u + 2208988800u, part = ((at_us % 1000000u) << 32) / 1000000u;
    to[0] = '$'; to[1] = l->channel + 1; put16(to + 2, SR_BYTES - 4);
    to[4] = 0x80; to[5] = 200; put16(to + 6, 6); put32(to + 8, l->ssrc);
    put32(to + 12, (uint32_t)seconds); put32(to + 16, (uint32_t)part); put32(to + 20, stamp);
    put32(to + 24, l->packets); put32(to + 28, l->octets);
    memcpy(to + 32, "\x81\xca\x00\x03", 4); put32(to + 36, l->ssrc); memcpy(to + 40, "\x01\x04load\0\0", 8);
    return SR_BYTES;
}
static void patch_frame(Link *l, Material *m, const Frame *f, uint64_t number, uint64_t at_us, uint32_t stamp) {
    for (uint32_t i = 0; i < f->packets; i++) {
        uint8_t *at = m->bytes + m->packets[f->first + i];
        at[1] = l->channel;
        put16(at + 6, l->sequence++);
        put32(at + 8, stamp);
        put32(at + 12, l->ssrc);
    }
    uint8_t *mark = m->bytes + f->mark;
    sevens(mark, 1, 1); sevens(mark + 1, 0, 1); sevens(mark + 2, (uint64_t)l->camera, 3);
    sevens(mark + 5, number, 10); sevens(mark + 15, at_us, 10);
}
static void send_frame(Link *l, uint64_t number) {
    Material *m = &files[(l->camera - 1) % n_files];
    Camera *c = &cameras[l->camera];
    const Frame *f = &m->frames[(l->key_at + (number - l->from)) % m->n_frames];
    size_t waiting = l->queue_used - l->queue_from;
    if (waiting + f->size > QUEUE) l->dropping = 1;
    else if (f->key) l->dropping = 0;
    if (l->dropping) { dropped++; c->dropped++; return; }
    uint64_t at_us = utc0_us + frame_us(l->camera, number);
    uint32_t step = (uint32_t)(90000 / fps), stamp = l->stamp0 + step * (uint32_t)(number - l->from);
    uint8_t report[SR_BYTES];
    struct iovec parts[2];
    int count = 0;
    if (number >= l->next_sr) {
        parts[count++] = (struct iovec){report, sender_report(l, report, at_us, stamp)};
        l->next_sr = number + (uint64_t)(SR_EVERY_S * fps);
    }
    patch_frame(l, m, f, number, at_us, stamp + step * (uint32_t)f->shift);
    parts[count++] = (struct iovec){m->bytes + f->at, f->size};
    if (!send_parts(l, parts, count)) return;
    l->packets += f->packets;
    l->octets += f->size - 16 * f->packets;
    if (!c->first) c->first = number;
    c->last = number;
    c->sent++; sent++; sent_bytes += f->size;
}
/* All slots that are due, in order; a late frame is sent late, never left out. */
static uint64_t send_due(void) {
    uint64_t slot_ns = (uint64_t)(1e9 / fps / SLOTS), due;
    for (due = start_ns + tick * slot_ns; due <= now_ns(); due = start_ns + ++tick * slot_ns) {
        for (Link *l = slots[tick % SLOTS], *next; l; l = next) {
            next = l->next;
            send_frame(l, tick / SLOTS);
        }
        uint64_t late = now_ns() - due;
        if (late > worst_late_ns) worst_late_ns = late;
    }
    return due;
}

/* ---- RTSP --------------------------------------------------------------------------------------- */

static int base64(char *to, const uint8_t *from, size_t size) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int at = 0;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t v = (uint32_t)from[i] << 16 | (i + 1 < size ? from[i + 1] << 8 : 0) | (i + 2 < size ? from[i + 2] : 0);
        to[at++] = letters[v >> 18]; to[at++] = letters[v >> 12 & 63];
        to[at++] = i + 1 < size ? letters[v >> 6 & 63] : '=';
        to[at++] = i + 2 < size ? letters[v & 63] : '=';
    }
    to[at] = 0;
    return at;
}
static void describe_sets(const Material *m, char *to, size_t room) {
    static const char *names[] = {"sprop-vps", "sprop-sps", "sprop-pps"};
    char text[4][800] = {"", "", "", ""};
    const uint8_t *sps = m->sets[0];
    for (int i = 0; i < m->n_sets; i++) {
        int type = nal_type(m, m->sets[i]), which = m->h265 ? type - 32 : type - 7;
        if (!m->h265 && type == 7) sps = m->sets[i];
        if (!*text[which]) base64(text[which], m->sets[i], m->set_size[i]);
    }
    if (m->h265)
        snprintf(to, room, "%s=%s;%s=%s;%s=%s", names[0], text[0], names[1], text[1], names[2], text[2]);
    else
        snprintf(to, room, "packetization-mode=1;profile-level-id=%02x%02x%02x;sprop-parameter-sets=%s,%s", sps[1],
                 sps[2], sps[3], text[0], text[1]);
}
static void describe(Link *l, int cseq, const char *url) {
    const Material *m = &files[(l->camera - 1) % n_files];
    char sets[3000], body[4000];
    describe_sets(m, sets, sizeof sets);
    int size = snprintf(body, sizeof body,
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=load\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=range:npt=now-\r\na=control:*\r\n"
        "m=video 0 RTP/AVP %d\r\na=rtpmap:%d %s/90000\r\na=fmtp:%d %s\r\na=framerate:%g\r\na=control:trackID=0\r\n",
        PAYLOAD_TYPE, PAYLOAD_TYPE, m->h265 ? "H265" : "H264", PAYLOAD_TYPE, sets, fps);
    say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\nContent-Base: %s/\r\nContent-Type: application/sdp\r\n"
           "Content-Length: %d\r\n\r\n%s", cseq, url, size, body);
}
static void play(Link *l, int cseq, const char *url) {
    Material *m = &files[(l->camera - 1) % n_files];
    say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: %08x;timeout=60\r\nRange: npt=now-\r\n"
           "RTP-Info: url=%s/trackID=0;seq=%u;rtptime=%u\r\n\r\n", cseq, l->ssrc, url, l->sequence, l->stamp0);
    if (!l->used || l->playing) return;
    uint64_t slot = (uint64_t)(l->camera % SLOTS), number = tick / SLOTS + (tick % SLOTS > slot);
    l->from = number;
    l->next_sr = number;
    l->key_at = m->keys[(uint32_t)rand() % m->n_keys];
    l->next = slots[slot];
    slots[slot] = l;
    l->playing = 1;
    playing++;
    cameras[l->camera].first = 0;
}
static const char *header(const char *request, const char *name) {
    const char *at = strcasestr(request, name);
    return at ? at + strlen(name) : NULL;
}
/* One request, ended by a zero. What it does not understand is refused; it never closes for that. */
static void answer(Link *l, char *request) {
    char method[32], url[512];
    const char *number = header(request, "\nCSeq:"), *transport = header(request, "\nTransport:");
    int cseq = number ? atoi(number) : 0, camera = 0;
    if (sscanf(request, "%31s %511s", method, url) != 2) { drop_link(l, 0); return; }
    char *track = strstr(url, "/trackID=0"), *place = strstr(url, "/load-");
    if (track) *track = 0;
    size_t length = strlen(url);
    if (length && url[length - 1] == '/') url[length - 1] = 0;
    if (place) camera = atoi(place + 6);
    int known = camera >= 1 && camera <= n_cameras;
    if (known && !l->playing) l->camera = camera;
    if (!strcmp(method, "OPTIONS"))
        say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n\r\n", cseq);
    else if (!strcmp(method, "GET_PARAMETER"))
        say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: %08x\r\n\r\n", cseq, l->ssrc);
    else if (!known)
        say(l, "RTSP/1.0 404 Not Found\r\nCSeq: %d\r\n\r\n", cseq);
    else if (!strcmp(method, "DESCRIBE"))
        describe(l, cseq, url);
    else if (!strcmp(method, "SETUP")) {
        const char *channels = transport ? header(transport, "interleaved=") : NULL;
        if (!channels) { say(l, "RTSP/1.0 461 Unsupported Transport\r\nCSeq: %d\r\n\r\n", cseq); return; }
        l->channel = (uint8_t)(atoi(channels) & 0xfe);
        l->ready = 1;
        say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\nSession: %08x;timeout=60\r\n"
               "Transport: RTP/AVP/TCP;unicast;interleaved=%d-%d;ssrc=%08X\r\n\r\n",
            cseq, l->ssrc, l->channel, l->channel + 1, l->ssrc);
    } else if (!strcmp(method, "PLAY") && l->ready)
        play(l, cseq, url);
    else if (!strcmp(method, "TEARDOWN")) {
        say(l, "RTSP/1.0 200 OK\r\nCSeq: %d\r\n\r\n", cseq);
        drop_link(l, 0);
    } else
        say(l, "RTSP/1.0 %s\r\nCSeq: %d\r\n\r\n", strcmp(method, "PLAY") ? "501 Not Implemented" : "455 Not Valid", cseq);
}

/* ---- control ------------------------------------------------------------------------------------ */

static void report(FILE *to) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    uint64_t second = (now_ns() - start_ns) / 1000000000u;
    fprintf(to, "{\"cameras\": %d, \"playing\": %d, \"links\": %d, \"sent\": %llu, \"dropped\": %llu, \"bytes\": %llu, "
        "\"frame\": %llu, \"utc0_us\": %llu, \"worst_late_ms\": %.2f, \"cpu_s\": %.3f, \"accepted\": %llu, \"refused\": %llu, ",
        n_cameras, playing, open_links, (unsigned long long)sent, (unsigned long long)dropped, (unsigned long long)sent_bytes,
        (unsigned long long)(tick / SLOTS), (unsigned long long)utc0_us, (double)worst_late_ns / 1e6, cpu,
        (unsigned long long)accepted, (unsigned long long)refused);
    fprintf(to, "\"second\": %llu, \"accepts_a_second\": [", (unsigned long long)second);
    for (uint64_t i = 0; i <= second && i < SECONDS; i++) fprintf(to, "%s%u", i ? ", " : "", accepts_a_second[i]);
    fprintf(to, "], \"each\": [");
    for (int i = 1; i <= n_cameras; i++)
        fprintf(to, "%s[%llu, %llu, %llu, %llu, %u]", i > 1 ? ", " : "", (unsigned long long)cameras[i].sent,
            (unsigned long long)cameras[i].dropped, (unsigned long long)cameras[i].first, (unsigned long long)cameras[i].last, cameras[i].opened);
    fprintf(to, "]}\n");
}
static void obey(Link *l, const char *word) {
    char *text = NULL;
    size_t size = 0;
    if (!strncmp(word, "on", 2)) refuse = 0;
    if (!strncmp(word, "off", 3) || !strncmp(word, "end", 3)) {
        refuse = 1;
        for (Link *other = links; other < links + MAX_LINKS; other++) {
            if (!other->used || other->control) continue;
            if (word[0] == 'o') { drop_link(other, 1); continue; }
            leave_slot(other);
            other->closing = 1;
            if (other->queue_used == other->queue_from) shutdown(other->fd, SHUT_WR);
        }
    }
    if (!strncmp(word, "fresh", 5)) { worst_late_ns = 0; refuse = 0; }
    FILE *memory = open_memstream(&text, &size);
    if (!memory) return;
    report(memory);
    fclose(memory);
    struct iovec part = {text, size};
    l->closing = 1;
    if (send_parts(l, &part, 1) && l->queue_used == l->queue_from) shutdown(l->fd, SHUT_WR);
    free(text);
}

/* ---- the loop ----------------------------------------------------------------------------------- */

static void take_link(int listener, int is_control) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1, size = SEND_BUFFER;
    if (fd < 0) return;
    uint64_t second = (now_ns() - start_ns) / 1000000000u;
    if (!is_control && second < SECONDS) accepts_a_second[second]++;
    accepted += !is_control;
    Link *l = links;
    while (l < links + MAX_LINKS && l->used) l++;
    if (l == links + MAX_LINKS || (refuse && !is_control)) {
        struct linger hard = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(fd);
        refused++;
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (!is_control) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    memset(l, 0, sizeof *l);
    l->fd = fd; l->used = 1; l->control = is_control;
    l->ssrc = (uint32_t)rand() ^ (uint32_t)rand() << 16;
    l->sequence = (uint16_t)rand();
    l->stamp0 = (uint32_t)rand() << 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    open_links++;
}
/* What a client sent: requests, and `$` frames (its receiver reports), which are skipped. */
static void take_requests(Link *l) {
    while (l->used && l->request_used) {
        size_t done = 0;
        if (l->request[0] == '$') {
            if (l->request_used < 4) return;
            done = 4 + ((uint8_t)l->request[2] << 8 | (uint8_t)l->request[3]);
            if (done > l->request_used) return;
        } else {
            char *end = memmem(l->request, l->request_used, l->control ? "\n" : "\r\n\r\n", l->control ? 1 : 4);
            if (!end) return;
            *end = 0;
            done = (size_t)(end - l->request) + (l->control ? 1 : 4);
            if (l->control) obey(l, l->request);
            else answer(l, l->request);
            if (!l->used) return;
        }
        memmove(l->request, l->request + done, l->request_used - done);
        l->request_used -= done;
    }
}
static void take_input(Link *l) {
    if (l->queue_used - l->queue_from > QUEUE) { drop_link(l, 0); return; } /* asks and asks, and never reads */
    ssize_t got = recv(l->fd, l->request + l->request_used, REQUEST - 1 - l->request_used, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { drop_link(l, 0); return; } /* gone, or a request that does not end */
    l->request_used += (size_t)got;
    take_requests(l);
}
static int listen_on(const char *host, int at) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)at)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (inet_pton(AF_INET, host, &place.sin_addr) != 1 || bind(fd, (struct sockaddr *)&place, sizeof place) || listen(fd, 1024))
        die("cannot listen on %s:%d (%s)", host, at, strerror(errno));
    return fd;
}
static void stop(int sign) { (void)sign; stopping = 1; }
static void serve(void) {
    struct epoll_event events[256], listening = {.events = EPOLLIN, .data.ptr = &rtsp_fd};
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, rtsp_fd, &listening);
    listening.data.ptr = &control_fd;
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, control_fd, &listening);
    while (!stopping) {
        uint64_t due = send_due(), now = now_ns();
        int count = epoll_wait(epoll_fd, events, 256, due > now ? (int)((due - now + 999999u) / 1000000u) : 0);
        for (int i = 0; i < count; i++) {
            Link *l = events[i].data.ptr;
            if ((void *)l == &rtsp_fd || (void *)l == &control_fd) { take_link(*(int *)(void *)l, (void *)l == &control_fd); continue; }
            if (l->used && events[i].events & EPOLLOUT) flush_queue(l);
            if (l->used && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) take_input(l);
        }
    }
}
int main(int count, char **words) {
    int stap = 0;
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (!strcmp(words[i], "--stap")) { stap = 1; continue; }
        if (!strncmp(words[i], "--", 2)) i++;
        if (!strcmp(words[i - 1], "--cameras") ) n_cameras = atoi(value);
        else if (!strcmp(words[i - 1], "--fps")) fps = atof(value);
        else if (!strcmp(words[i - 1], "--port")) port = atoi(value);
        else if (!strcmp(words[i - 1], "--control")) control_port = atoi(value);
        else if (!strcmp(words[i - 1], "--bind")) bind_to = value;
        else if (strncmp(words[i], "--", 2) && n_files < MAX_FILES) read_material(&files[n_files++], words[i], stap);
    }
    if (!n_files || n_cameras < 1 || n_cameras > MAX_CAMERAS || fps <= 0 || fps > 120)
        die("usage: load --port P --control P --cameras 1..%d --fps F [--bind IP] [--stap] FILE...", MAX_CAMERAS);
    struct rlimit many = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &many);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    rtsp_fd = listen_on(bind_to, port);
    control_fd = listen_on(bind_to, control_port);
    struct timespec utc;
    clock_gettime(CLOCK_REALTIME, &utc);
    start_ns = now_ns();
    utc0_us = (uint64_t)utc.tv_sec * 1000000u + (uint64_t)utc.tv_nsec / 1000u;
    srand((unsigned)utc.tv_nsec);
    tick = SLOTS; /* frame numbers begin with 1 */
    start_ns -= (uint64_t)(1e9 / fps);
    utc0_us -= (uint64_t)(1e6 / fps);
    puts("ready");
    fflush(stdout);
    serve();
    report(stdout);
    return 0;
}
