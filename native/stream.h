/* The packet engine's rules in C: bytes of one camera in, blocks of whole access units out.
 *
 * The twin of ronda.video.engine.depacketise and access_units: both must give blocks with equal bytes for
 * equal streams (tests/unit/test_engines_agree.py). No socket, no clock, no Python in here, so that the
 * fuzzer can drive it alone. Times are monotonic microseconds.
 *
 * What was received is walked where it lies; samples are copied once, into the buffer of the open block,
 * which leaves with the block. What is less than a packet waits in `carry` for the next read.
 *
 *     0            unit          w        capacity
 *     | whole units | open unit  | free   |
 */
#ifndef RONDA_STREAM_H
#define RONDA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RONDA_FRAGMENT_90K = 45000,
    RONDA_MAX_FRAMES = 256,
    RONDA_MAX_REPORTS = 16,
    RONDA_MAX_SETS = 32,
    RONDA_MAX_SET_BYTES = 4096,
    RONDA_MAX_BLOCK_BYTES = 8 * 1024 * 1024,
    RONDA_MAX_FRAME_BYTES = 4 * 1024 * 1024,
    RONDA_MAX_JUMP_90K = 10 * 90000,
    RONDA_MAX_SOUND_BYTES = 256 * 1024,
    RONDA_MAX_SOUND_SAMPLES = 2048,
    RONDA_WINDOW = 64,
    RONDA_BUFFER_BYTES = 256 * 1024,
};

enum { RONDA_KEY = 1, RONDA_DAMAGED = 2, RONDA_RECOVERY = 4, RONDA_RESTAMPED = 8 };

typedef enum { RONDA_H264, RONDA_H265 } ronda_codec;
typedef enum { RONDA_NO_SOUND, RONDA_AAC, RONDA_G711 } ronda_sound_kind;

typedef struct {
    uint8_t *data;
    size_t size, capacity;
} ronda_bytes;

/* Parameter sets, shared by the blocks that were coded with them. */
typedef struct {
    int references;  /* atomic */
    uint64_t serial; /* no two differ in content and share it */
    int count;
    ronda_bytes nal[RONDA_MAX_SETS];
} ronda_sets;

typedef struct {
    int64_t arrival_us;
    uint64_t ntp;
    uint32_t rtp;
} ronda_report;

typedef struct {
    ronda_bytes data;
    uint32_t count;
    uint32_t sizes[RONDA_MAX_SOUND_SAMPLES];
    int64_t ticks[RONDA_MAX_SOUND_SAMPLES];
    int64_t last_ticks;
} ronda_sound;

typedef struct ronda_block {
    struct ronda_block *next;
    uint64_t key;
    uint8_t *data; /* size bytes of samples */
    size_t size, capacity;
    uint32_t crc32; /* of the data */
    uint32_t frames, dated, reports;
    bool has_next;
    int64_t next_pts;
    ronda_sets *sets;
    ronda_sound *sound; /* or NULL */
    uint32_t sizes[RONDA_MAX_FRAMES];
    int64_t pts[RONDA_MAX_FRAMES];
    int64_t arrivals_us[RONDA_MAX_FRAMES];
    uint8_t flags[RONDA_MAX_FRAMES];
    ronda_report report[RONDA_MAX_REPORTS];
} ronda_block;

typedef struct {
    uint64_t frames, bytes, damaged, lost_packets, resyncs, restamps, refused_packets;
    int64_t last_frame_us; /* -1: none yet */
    bool has_report;
    ronda_report report;
} ronda_stats;

typedef struct {
    ronda_sound_kind kind;
    uint32_t clock_hz, channels, size_bits, index_bits;
} ronda_sound_format;

typedef struct {
    uint8_t *packet[RONDA_WINDOW];
    uint32_t size[RONDA_WINDOW];
    uint32_t count;
    int32_t expected;
} ronda_window;

typedef struct {
    uint64_t key;
    ronda_codec codec;
    int rtp_channel, rtcp_channel, sound_channel; /* sound_channel -1: no sound */
    ronda_sound_format sound_format;
    ronda_stats stats;
    /* the open block's samples, and what was received but is less than a packet */
    uint8_t *buf;
    size_t capacity, unit, w;
    ronda_bytes carry;
    /* the open block */
    ronda_block *block;
    uint32_t tapped;
    /* the open access unit */
    bool listed, unit_refused, has_picture;
    uint8_t unit_flags;
    ronda_sets *unit_sets;
    ptrdiff_t nal; /* where the length field of the open NAL unit lies, or -1 */
    int64_t stamp, last_stamp, last_pts, unit_pts, distance;
    ronda_sets *sets;
    /* arrivals */
    int64_t read_us, newest_pts, newest_us;
    bool has_newest;
    /* walking */
    bool in_sync;
    int64_t ssrc;
    uint32_t foreign;
    int32_t expected;
    ronda_bytes rtsp;
    ronda_window window;
    /* sound */
    int32_t sound_expected;
    int64_t sound_stamp, sound_tick, sound_end, sound_last;
    /* closed blocks whose frames are not dated yet, in order */
    ronda_block *closed, **closed_end;
    bool out_of_memory;
} ronda_stream;

/* Where data buffers of RONDA_BUFFER_BYTES come from and go to; thread-safe. */
uint8_t *ronda_buffer_take(void);
void ronda_buffer_give(uint8_t *data, size_t capacity);

bool ronda_stream_init(ronda_stream *s, uint64_t key, ronda_codec codec, int rtp, int rtcp);
void ronda_stream_free(ronda_stream *s);
/* The sets of the description, before anything is fed. */
bool ronda_stream_add_set(ronda_stream *s, const uint8_t *nal, size_t size);

/* Walk what was received: `data` begins with what `carry` held. `carry` is renewed. */
void ronda_stream_came(ronda_stream *s, const uint8_t *data, size_t size, int64_t now_us);
void ronda_stream_nothing_came(ronda_stream *s, int64_t now_us);
void ronda_stream_finish(ronda_stream *s, int64_t now_us);

void ronda_stream_datagram(ronda_stream *s, const uint8_t *packet, size_t size);
void ronda_stream_control_datagram(ronda_stream *s, const uint8_t *packet, size_t size, int64_t now_us);
void ronda_stream_sound_datagram(ronda_stream *s, const uint8_t *packet, size_t size);
void ronda_stream_wait_no_more(ronda_stream *s);
void ronda_stream_dated(ronda_stream *s, int64_t now_us);

/* The oldest closed block, or NULL; the caller frees it. */
ronda_block *ronda_stream_take_block(ronda_stream *s);
void ronda_block_free(ronda_block *block);
void ronda_sets_release(ronda_sets *sets);
ronda_sets *ronda_sets_share(ronda_sets *sets);

static inline int64_t ronda_floordiv(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

#endif
