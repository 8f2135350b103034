/* One thread that receives all playing streams: epoll, big reads, no disk, no Python.
 *
 * SO_RCVLOWAT lets a socket wake the thread only when a quarter of a second of its bytes wait in it (one
 * byte while somebody watches); a sweep fetches what slow streams left. Datagrams are fetched by time.
 * Every method may be called from any thread: a mutex guards the streams, held for one read at a time. */
#ifndef RONDA_ENGINE_H
#define RONDA_ENGINE_H

#include "ring.h"

typedef enum { RONDA_NOTE_RTSP, RONDA_NOTE_ENDED, RONDA_NOTE_FRAMES } ronda_note_kind;

/* What the engine tells: answers, ends, and the frames of watched streams. */
typedef struct ronda_note {
    struct ronda_note *next;
    ronda_note_kind kind;
    uint64_t key;
    int number; /* errno of an end */
    int64_t at_us;
    ronda_bytes data;
    uint32_t frames;
    uint32_t sizes[RONDA_MAX_FRAMES];
    int64_t pts[RONDA_MAX_FRAMES], arrivals_us[RONDA_MAX_FRAMES];
    uint8_t flags[RONDA_MAX_FRAMES];
    ronda_sets *sets;
} ronda_note;

typedef struct ronda_engine ronda_engine;

typedef struct {
    uint64_t key;
    ronda_codec codec;
    int rtp_channel, rtcp_channel, sound_channel;
    ronda_sound_format sound_format;
    bool record;
    int fd;        /* the connection; read only without datagrams */
    int udp[4];    /* video RTP and RTCP, sound RTP and RTCP; -1: none */
} ronda_spec;

ronda_engine *ronda_engine_new(ronda_ring *ring); /* NULL with errno */
void ronda_engine_close(ronda_engine *engine);    /* gives what has come, ends the thread */
void ronda_engine_free(ronda_engine *engine);
/* 0 or an errno. `early` are bytes read before; `sets` those of the description. */
int ronda_engine_add(ronda_engine *engine, const ronda_spec *spec, const ronda_sets *sets, const uint8_t *early,
                     size_t early_size);
void ronda_engine_remove(ronda_engine *engine, uint64_t key);
void ronda_engine_watch(ronda_engine *engine, uint64_t key, bool on);
bool ronda_engine_stats(ronda_engine *engine, uint64_t key, ronda_stats *stats);
ronda_note *ronda_engine_wait(ronda_engine *engine, int64_t timeout_us);
void ronda_note_free(ronda_note *note);

#endif
