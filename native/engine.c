/* See engine.h. */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

enum {
    SWEEP_US = 100000,
    STALE_US = 300000, /* a stream that wakes later than it should sends slower than before; with the sweep, what
                        * came waits 0.4 s at most: clock reports are dated with that uncertainty */
    GATHER_US = 20000, /* nobody watches: once something came, wait so long for more, and fetch it all in one go */
    FETCH_US = 20000,  /* datagrams: often enough for a viewer and for the window */
    HOLD_US = 50000,   /* how long a datagram may wait for the one before it */
    LEAST_LOW_WATER = 4 * 1024,
    FIRST_LOW_WATER = 32 * 1024,
    MOST_LOW_WATER = 128 * 1024,
    READ_BYTES = 64 * 1024,
    SCRATCH_BYTES = 512 * 1024, /* what waits for its rest, at most 128 KiB, and a read; stays in the cache */
    EVENTS = 128,
    DATAGRAMS = 32,
    DATAGRAM_BYTES = 65536,
    MOST_NOTE_BYTES = 32 * 1024 * 1024,
};

typedef struct {
    bool used, record, watched, skipping;
    uint32_t generation;
    int fd, udp[4];
    int low_water;
    int64_t read_us, held_us, rated_us;
    uint64_t rated_bytes, came_bytes;
    ronda_stream stream;
} slot;

struct ronda_engine {
    pthread_t thread;
    pthread_mutex_t lock; /* the slots */
    slot **slots;
    uint32_t slot_count, datagram_streams, watched_streams;
    int epoll, wake;
    bool running, joined;
    ronda_ring *ring;
    uint8_t *datagrams, *scratch; /* guarded by `lock` */
    pthread_mutex_t note_lock;
    pthread_cond_t noted;
    ronda_note *notes, **notes_end;
    size_t note_bytes;
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* -- notes --------------------------------------------------------------------------------------------- */

void ronda_note_free(ronda_note *note)
{
    if (note == NULL)
        return;
    free(note->data.data);
    ronda_sets_release(note->sets);
    free(note);
}

static ronda_note *note_new(ronda_note_kind kind, uint64_t key)
{
    ronda_note *note = malloc(sizeof *note);
    if (note != NULL) {
        memset(note, 0, offsetof(ronda_note, sizes));
        note->kind = kind, note->key = key, note->sets = NULL;
    }
    return note;
}

static void tell(ronda_engine *engine, ronda_note *note)
{
    pthread_mutex_lock(&engine->note_lock);
    note->next = NULL;
    *engine->notes_end = note;
    engine->notes_end = &note->next;
    engine->note_bytes += note->data.size;
    pthread_cond_signal(&engine->noted);
    pthread_mutex_unlock(&engine->note_lock);
}

ronda_note *ronda_engine_wait(ronda_engine *engine, int64_t timeout_us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_us % 1000000 * 1000;
    until.tv_sec += timeout_us / 1000000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&engine->note_lock);
    while (engine->notes == NULL)
        if (pthread_cond_timedwait(&engine->noted, &engine->note_lock, &until) != 0)
            break;
    ronda_note *notes = engine->notes;
    engine->notes = NULL;
    engine->notes_end = &engine->notes;
    engine->note_bytes = 0;
    pthread_mutex_unlock(&engine->note_lock);
    return notes;
}

static void tell_rtsp(ronda_engine *engine, slot *one)
{
    ronda_bytes *rtsp = &one->stream.rtsp;
    if (rtsp->size == 0)
        return;
    ronda_note *note = note_new(RONDA_NOTE_RTSP, one->stream.key);
    if (note != NULL) {
        note->data = *rtsp;
        *rtsp = (ronda_bytes){0};
        tell(engine, note);
    }
    rtsp->size = 0;
}

/* Frames first..last-1 of a block whose samples begin at `data`, for those who watch. */
static void tell_frames(ronda_engine *engine, slot *one, const ronda_block *block, const uint8_t *data,
                        uint32_t first, uint32_t last)
{
    size_t start = 0, size = 0;
    if (first >= last)
        return;
    if (one->skipping || engine->note_bytes > MOST_NOTE_BYTES) { /* nobody takes them: go on at a key frame */
        while (first < last && !(block->flags[first] & RONDA_KEY))
            first++;
        one->skipping = first >= last || engine->note_bytes > MOST_NOTE_BYTES;
        if (one->skipping)
            return;
    }
    ronda_note *note = note_new(RONDA_NOTE_FRAMES, one->stream.key);
    if (note == NULL)
        return;
    for (uint32_t i = 0; i < first; i++)
        start += block->sizes[i];
    for (uint32_t i = first; i < last; i++)
        size += block->sizes[i];
    note->data.data = malloc(size > 0 ? size : 1);
    if (note->data.data == NULL) {
        ronda_note_free(note);
        return;
    }
    memcpy(note->data.data, data + start, size);
    note->data.size = size, note->frames = last - first;
    memcpy(note->sizes, block->sizes + first, (last - first) * sizeof *note->sizes);
    memcpy(note->pts, block->pts + first, (last - first) * sizeof *note->pts);
    memcpy(note->arrivals_us, block->arrivals_us + first, (last - first) * sizeof *note->arrivals_us);
    memcpy(note->flags, block->flags + first, last - first);
    note->sets = ronda_sets_share(block->sets);
    tell(engine, note);
}

/* -- reading ------------------------------------------------------------------------------------------- */

/* Hand closed blocks to the ring, and fresh frames to those who watch. */
static void give(ronda_engine *engine, slot *one)
{
    ronda_stream *s = &one->stream;
    for (ronda_block *block; (block = ronda_stream_take_block(s)) != NULL; s->tapped = 0) {
        if (one->watched)
            tell_frames(engine, one, block, block->data, s->tapped, block->frames);
        if (one->record)
            ronda_ring_put(engine->ring, block);
        else
            ronda_block_free(block);
    }
    if (one->watched) {
        tell_frames(engine, one, s->block, s->buf, s->tapped, s->block->dated);
        s->tapped = s->block->dated;
    }
    tell_rtsp(engine, one);
}

static void set_low_water(slot *one, int bytes)
{
    if (one->fd >= 0 && one->low_water != bytes &&
        setsockopt(one->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) == 0)
        one->low_water = bytes;
}

static void set_watched(ronda_engine *engine, slot *one, bool on)
{
    if (one->watched != on)
        __atomic_add_fetch(&engine->watched_streams, on ? 1 : (uint32_t)-1, __ATOMIC_RELAXED);
    one->watched = on;
}

/* Some 0.2 s of this stream's bytes, unless somebody watches. */
static void follow_rate(slot *one, int64_t at_us)
{
    if (one->watched) {
        set_low_water(one, 1);
        return;
    }
    int64_t span_us = at_us - one->rated_us;
    if (span_us < 2000000)
        return;
    uint64_t wanted = (one->came_bytes - one->rated_bytes) * 200000 / (uint64_t)span_us;
    wanted = wanted < LEAST_LOW_WATER ? LEAST_LOW_WATER : wanted > MOST_LOW_WATER ? MOST_LOW_WATER : wanted;
    one->rated_us = at_us, one->rated_bytes = one->came_bytes;
    if (wanted * 4 > (uint64_t)one->low_water * 5 || wanted * 4 < (uint64_t)one->low_water * 3)
        set_low_water(one, (int)wanted);
}

static void let_go(ronda_engine *engine, slot *one)
{
    ronda_stream_wait_no_more(&one->stream);
    ronda_stream_finish(&one->stream, now_us());
    give(engine, one);
    set_watched(engine, one, false);
    if (one->udp[0] < 0)
        epoll_ctl(engine->epoll, EPOLL_CTL_DEL, one->fd, NULL);
    else
        engine->datagram_streams--;
    ronda_stream_free(&one->stream);
    one->used = false;
}

static void end(ronda_engine *engine, slot *one, int number)
{
    ronda_note *note = note_new(RONDA_NOTE_ENDED, one->stream.key);
    let_go(engine, one);
    if (note != NULL) {
        note->number = number, note->at_us = now_us();
        tell(engine, note);
    }
}

/* Fetch all that waits in the connection. False when it is over. */
static bool read_connection(ronda_engine *engine, slot *one)
{
    for (;;) {
        const ronda_bytes *carry = &one->stream.carry;
        size_t held = carry->size, room = SCRATCH_BYTES - held;
        if (one->stream.out_of_memory) {
            end(engine, one, ENOMEM);
            return false;
        }
        if (held > 0)
            memcpy(engine->scratch, carry->data, held);
        int64_t at_us = one->read_us = now_us();
        ssize_t count = recv(one->fd, engine->scratch + held, room, MSG_DONTWAIT);
        if (count <= 0) {
            if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
                ronda_stream_nothing_came(&one->stream, at_us);
                return true;
            }
            end(engine, one, count < 0 ? errno : 0);
            return false;
        }
        one->came_bytes += (uint64_t)count;
        ronda_stream_came(&one->stream, engine->scratch, held + (size_t)count, at_us);
        give(engine, one);
        if ((size_t)count < room)
            return true;
    }
}

static void read_socket(ronda_engine *engine, slot *one, int which, int64_t at_us)
{
    struct mmsghdr messages[DATAGRAMS];
    struct iovec parts[DATAGRAMS];
    int count;
    do {
        memset(messages, 0, sizeof messages);
        for (int i = 0; i < DATAGRAMS; i++) {
            parts[i] = (struct iovec){engine->datagrams + (size_t)i * DATAGRAM_BYTES, DATAGRAM_BYTES};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        count = recvmmsg(one->udp[which], messages, DATAGRAMS, MSG_DONTWAIT, NULL);
        for (int i = 0; i < count; i++) {
            const uint8_t *data = parts[i].iov_base;
            size_t size = messages[i].msg_len;
            one->came_bytes += size;
            if (which == 0)
                ronda_stream_datagram(&one->stream, data, size);
            else if (which == 1)
                ronda_stream_control_datagram(&one->stream, data, size, at_us);
            else if (which == 2)
                ronda_stream_sound_datagram(&one->stream, data, size);
        }
    } while (count == DATAGRAMS);
}

static void read_datagrams(ronda_engine *engine, slot *one)
{
    int64_t at_us = one->read_us = now_us();
    for (int which = 0; which < 4; which++)
        if (one->udp[which] >= 0)
            read_socket(engine, one, which, at_us);
    if (one->stream.window.count == 0)
        one->held_us = at_us;
    else if (at_us - one->held_us >= HOLD_US)
        ronda_stream_wait_no_more(&one->stream);
    ronda_stream_dated(&one->stream, at_us);
    if (one->stream.out_of_memory)
        end(engine, one, ENOMEM);
    else
        give(engine, one);
}

/* -- the thread ---------------------------------------------------------------------------------------- */

static slot *slot_of_event(ronda_engine *engine, uint64_t event)
{
    uint32_t index = (uint32_t)event, generation = (uint32_t)(event >> 32);
    if (index >= engine->slot_count || !engine->slots[index]->used ||
        engine->slots[index]->generation != generation)
        return NULL;
    return engine->slots[index];
}

static void sweep(ronda_engine *engine, int64_t at_us)
{
    for (uint32_t i = 0;; i++) { /* other threads may come between two streams */
        pthread_mutex_lock(&engine->lock);
        bool over = i >= engine->slot_count;
        slot *one = over ? NULL : engine->slots[i];
        if (one != NULL && one->used && one->udp[0] < 0 &&
            (at_us - one->read_us < STALE_US || read_connection(engine, one)))
            follow_rate(one, at_us);
        pthread_mutex_unlock(&engine->lock);
        if (over)
            return;
    }
}

static void fetch(ronda_engine *engine)
{
    for (uint32_t i = 0;; i++) {
        pthread_mutex_lock(&engine->lock);
        bool over = i >= engine->slot_count;
        slot *one = over ? NULL : engine->slots[i];
        if (one != NULL && one->used && one->udp[0] >= 0)
            read_datagrams(engine, one);
        pthread_mutex_unlock(&engine->lock);
        if (over)
            return;
    }
}

/* Connections that have something. A wake-up costs more than a read, so those that come together go together. */
static int await(ronda_engine *engine, struct epoll_event *events, int64_t wait_us)
{
    int count = epoll_wait(engine->epoll, events, EVENTS, wait_us <= 0 ? 0 : (int)(wait_us / 1000) + 1);
    bool hurried = __atomic_load_n(&engine->watched_streams, __ATOMIC_RELAXED) > 0 ||
                   __atomic_load_n(&engine->datagram_streams, __ATOMIC_RELAXED) > 0;
    if (count <= 0 || count == EVENTS || hurried)
        return count;
    nanosleep(&(struct timespec){.tv_nsec = GATHER_US * 1000}, NULL);
    return epoll_wait(engine->epoll, events, EVENTS, 0);
}

static void *run(void *given)
{
    ronda_engine *engine = given;
    struct epoll_event events[EVENTS];
    int64_t swept_us = now_us(), fetched_us = swept_us;
    while (__atomic_load_n(&engine->running, __ATOMIC_ACQUIRE)) {
        int64_t at_us = now_us(), wait_us = swept_us + SWEEP_US - at_us;
        bool datagrams = __atomic_load_n(&engine->datagram_streams, __ATOMIC_RELAXED) > 0;
        if (datagrams && fetched_us + FETCH_US - at_us < wait_us)
            wait_us = fetched_us + FETCH_US - at_us;
        int count = await(engine, events, wait_us);
        for (int i = 0; i < count; i++) {
            if (events[i].data.u64 == UINT64_MAX) {
                eventfd_t value;
                eventfd_read(engine->wake, &value);
                continue;
            }
            pthread_mutex_lock(&engine->lock);
            slot *one = slot_of_event(engine, events[i].data.u64);
            if (one != NULL)
                read_connection(engine, one);
            pthread_mutex_unlock(&engine->lock);
        }
        at_us = now_us();
        if (datagrams && at_us - fetched_us >= FETCH_US) {
            fetched_us = at_us;
            fetch(engine);
        }
        if (at_us - swept_us >= SWEEP_US) {
            swept_us = at_us;
            sweep(engine, at_us);
        }
    }
    return NULL;
}

ronda_engine *ronda_engine_new(ronda_ring *ring)
{
    pthread_condattr_t monotonic;
    ronda_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->ring = ring, engine->notes_end = &engine->notes, engine->running = true;
    engine->epoll = epoll_create1(EPOLL_CLOEXEC);
    engine->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    engine->datagrams = malloc((size_t)DATAGRAMS * DATAGRAM_BYTES);
    engine->scratch = malloc(SCRATCH_BYTES);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->note_lock, NULL);
    pthread_cond_init(&engine->noted, &monotonic);
    struct epoll_event woken = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    int failed = engine->epoll < 0 || engine->wake < 0 || engine->datagrams == NULL || engine->scratch == NULL;
    failed = failed || epoll_ctl(engine->epoll, EPOLL_CTL_ADD, engine->wake, &woken) != 0;
    if (!failed && (errno = pthread_create(&engine->thread, NULL, run, engine)) == 0)
        return engine;
    engine->joined = true;
    int number = errno;
    ronda_engine_free(engine);
    errno = number;
    return NULL;
}

void ronda_engine_close(ronda_engine *engine)
{
    if (engine->joined)
        return;
    __atomic_store_n(&engine->running, false, __ATOMIC_RELEASE);
    eventfd_write(engine->wake, 1);
    pthread_join(engine->thread, NULL);
    engine->joined = true;
    for (uint32_t i = 0; i < engine->slot_count; i++) {
        slot *one = engine->slots[i];
        if (one->used && (one->udp[0] >= 0 ? (read_datagrams(engine, one), one->used) : read_connection(engine, one)))
            let_go(engine, one);
    }
}

void ronda_engine_free(ronda_engine *engine)
{
    ronda_engine_close(engine);
    for (uint32_t i = 0; i < engine->slot_count; i++)
        free(engine->slots[i]);
    free(engine->slots);
    for (ronda_note *note = engine->notes, *next; note != NULL; note = next) {
        next = note->next;
        ronda_note_free(note);
    }
    if (engine->epoll >= 0)
        close(engine->epoll);
    if (engine->wake >= 0)
        close(engine->wake);
    free(engine->datagrams);
    free(engine->scratch);
    pthread_mutex_destroy(&engine->lock);
    pthread_mutex_destroy(&engine->note_lock);
    pthread_cond_destroy(&engine->noted);
    free(engine);
}

/* -- streams ------------------------------------------------------------------------------------------- */

static slot *slot_of_key(ronda_engine *engine, uint64_t key)
{
    for (uint32_t i = 0; i < engine->slot_count; i++)
        if (engine->slots[i]->used && engine->slots[i]->stream.key == key)
            return engine->slots[i];
    return NULL;
}

static slot *free_slot(ronda_engine *engine, uint32_t *index)
{
    for (*index = 0; *index < engine->slot_count; ++*index)
        if (!engine->slots[*index]->used)
            return engine->slots[*index];
    slot **grown = realloc(engine->slots, (engine->slot_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    engine->slots = grown;
    slot *fresh = calloc(1, sizeof *fresh);
    if (fresh != NULL)
        engine->slots[engine->slot_count++] = fresh;
    return fresh;
}

static bool prepare(slot *one, const ronda_spec *spec, const ronda_sets *sets)
{
    uint32_t generation = one->generation + 1;
    memset(one, 0, sizeof *one);
    one->generation = generation;
    one->record = spec->record, one->fd = spec->fd;
    memcpy(one->udp, spec->udp, sizeof one->udp);
    one->read_us = one->rated_us = one->held_us = now_us();
    if (!ronda_stream_init(&one->stream, spec->key, spec->codec, spec->rtp_channel, spec->rtcp_channel))
        return false;
    one->stream.sound_channel = spec->sound_channel;
    one->stream.sound_format = spec->sound_format;
    for (int i = 0; i < sets->count; i++)
        ronda_stream_add_set(&one->stream, sets->nal[i].data, sets->nal[i].size);
    ronda_stream_nothing_came(&one->stream, one->read_us);
    return true;
}

static void walk_early(ronda_engine *engine, slot *one, const uint8_t *early, size_t size)
{
    while (size > 0) {
        size_t held = one->stream.carry.size, part = size < READ_BYTES ? size : READ_BYTES;
        if (held > 0)
            memcpy(engine->scratch, one->stream.carry.data, held);
        memcpy(engine->scratch + held, early, part);
        ronda_stream_came(&one->stream, engine->scratch, held + part, one->read_us);
        give(engine, one);
        early += part, size -= part;
    }
}

int ronda_engine_add(ronda_engine *engine, const ronda_spec *spec, const ronda_sets *sets, const uint8_t *early,
                     size_t early_size)
{
    uint32_t index;
    int number = 0;
    pthread_mutex_lock(&engine->lock);
    slot *one = free_slot(engine, &index);
    if (one == NULL || !prepare(one, spec, sets)) {
        pthread_mutex_unlock(&engine->lock);
        return ENOMEM;
    }
    if (spec->udp[0] < 0) {
        struct epoll_event wanted = {.events = EPOLLIN | EPOLLRDHUP,
                                     .data.u64 = (uint64_t)one->generation << 32 | index};
        set_low_water(one, FIRST_LOW_WATER);
        if (epoll_ctl(engine->epoll, EPOLL_CTL_ADD, spec->fd, &wanted) != 0)
            number = errno;
    } else {
        engine->datagram_streams++;
        eventfd_write(engine->wake, 1); /* the thread waits for a sweep only, until now */
    }
    if (number != 0) {
        ronda_stream_free(&one->stream);
    } else {
        one->used = true;
        walk_early(engine, one, early, early_size);
        if (spec->udp[0] < 0)
            read_connection(engine, one);
    }
    pthread_mutex_unlock(&engine->lock);
    return number;
}

void ronda_engine_remove(ronda_engine *engine, uint64_t key)
{
    pthread_mutex_lock(&engine->lock);
    slot *one = slot_of_key(engine, key);
    if (one != NULL) {
        bool is_there = true;
        if (one->udp[0] >= 0) {
            read_datagrams(engine, one);
            is_there = one->used;
        } else {
            is_there = read_connection(engine, one);
        }
        if (is_there)
            let_go(engine, one);
    }
    pthread_mutex_unlock(&engine->lock);
}

void ronda_engine_watch(ronda_engine *engine, uint64_t key, bool on)
{
    pthread_mutex_lock(&engine->lock);
    slot *one = slot_of_key(engine, key);
    if (one != NULL) {
        ronda_block *block = one->stream.block;
        set_watched(engine, one, on);
        one->skipping = false;
        one->stream.tapped = 0; /* from the newest key frame of the open block, or its beginning */
        for (uint32_t i = block->dated; on && i-- > 0;)
            if (block->flags[i] & RONDA_KEY) {
                one->stream.tapped = i;
                break;
            }
        set_low_water(one, on ? 1 : FIRST_LOW_WATER);
        if (on)
            give(engine, one);
    }
    pthread_mutex_unlock(&engine->lock);
}

bool ronda_engine_stats(ronda_engine *engine, uint64_t key, ronda_stats *stats)
{
    pthread_mutex_lock(&engine->lock);
    const slot *one = slot_of_key(engine, key);
    if (one != NULL)
        *stats = one->stream.stats;
    pthread_mutex_unlock(&engine->lock);
    return one != NULL;
}
