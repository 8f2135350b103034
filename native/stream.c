/* See stream.h. The order of functions follows a byte's way: buffer, walking, packets, NAL units, access
 * units, blocks, arrivals. Whoever changes a rule here changes it in the Python twin too. */
#include "stream.h"

#include "crc32.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { DOLLAR = 0x24, FOREIGN_LIMIT = 64, ANSWER_HEAD_BYTES = 65536, ANSWER_BODY_BYTES = 65536, LEEWAY = 2000 };

/* What NAL units and payloads mean: the numbers of ronda.video.engine.nal_kinds. */
typedef struct {
    int shift, mask, head_bytes, fragment, aggregate, sei;
} kinds;
static const kinds KINDS[] = {{0, 0x1f, 1, 28, 24, 6}, {1, 0x3f, 2, 49, 48, 39}};

static inline const kinds *kinds_of(const ronda_stream *s) { return &KINDS[s->codec]; }
static inline int kind_of(const kinds *k, uint8_t first) { return (first >> k->shift) & k->mask; }

static bool is_picture(ronda_codec codec, int kind)
{
    return codec == RONDA_H264 ? kind == 1 || kind == 5 : kind < 32; /* no camera sends data partitions */
}

static bool is_key(ronda_codec codec, int kind) { return codec == RONDA_H264 ? kind == 5 : kind >= 16 && kind <= 21; }

static bool is_set(ronda_codec codec, int kind)
{
    return codec == RONDA_H264 ? kind == 7 || kind == 8 : kind >= 32 && kind <= 34;
}

static bool is_before_picture(ronda_codec codec, int kind)
{
    return codec == RONDA_H264 ? kind >= 6 && kind <= 9 : (kind >= 32 && kind <= 35) || kind == 39;
}

static inline uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
static inline void put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24), p[1] = (uint8_t)(v >> 16), p[2] = (uint8_t)(v >> 8), p[3] = (uint8_t)v;
}

/* -- memory ------------------------------------------------------------------------------------------ */

/* Buffers and blocks are used again and again: pages that are there already cost no fault. What is beyond a
 * pool's size goes back to the system at once. */
enum { POOL_MOST = 256 };
typedef struct {
    pthread_mutex_t lock;
    int count;
    size_t size;
    void *free[POOL_MOST];
} pool;
static pool buffers = {.lock = PTHREAD_MUTEX_INITIALIZER, .size = RONDA_BUFFER_BYTES};
static pool blocks = {.lock = PTHREAD_MUTEX_INITIALIZER, .size = sizeof(ronda_block)};

static void *pool_take(pool *from)
{
    void *found = NULL;
    pthread_mutex_lock(&from->lock);
    if (from->count > 0)
        found = from->free[--from->count];
    pthread_mutex_unlock(&from->lock);
    if (found != NULL)
        return found;
    found = mmap(NULL, from->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return found != MAP_FAILED ? found : NULL;
}

static void pool_give(pool *to, void *what)
{
    bool kept = false;
    pthread_mutex_lock(&to->lock);
    if (to->count < POOL_MOST) {
        to->free[to->count++] = what;
        kept = true;
    }
    pthread_mutex_unlock(&to->lock);
    if (!kept)
        munmap(what, to->size);
}

uint8_t *ronda_buffer_take(void) { return pool_take(&buffers); }

void ronda_buffer_give(uint8_t *data, size_t capacity)
{
    if (data != NULL && capacity == RONDA_BUFFER_BYTES)
        pool_give(&buffers, data);
    else
        free(data);
}

static bool bytes_add(ronda_bytes *to, const uint8_t *from, size_t size)
{
    if (size == 0)
        return true;
    if (to->size + size > to->capacity) {
        size_t wanted = to->capacity ? 2 * to->capacity : 1024;
        while (wanted < to->size + size)
            wanted *= 2;
        uint8_t *grown = realloc(to->data, wanted);
        if (grown == NULL)
            return false;
        to->data = grown, to->capacity = wanted;
    }
    memcpy(to->data + to->size, from, size);
    to->size += size;
    return true;
}

static ronda_sets *sets_new(void)
{
    static uint64_t serial;
    ronda_sets *sets = calloc(1, sizeof *sets);
    if (sets != NULL)
        sets->references = 1, sets->serial = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
    return sets;
}

ronda_sets *ronda_sets_share(ronda_sets *sets)
{
    __atomic_add_fetch(&sets->references, 1, __ATOMIC_RELAXED);
    return sets;
}

void ronda_sets_release(ronda_sets *sets)
{
    if (sets == NULL || __atomic_sub_fetch(&sets->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (int i = 0; i < sets->count; i++)
        free(sets->nal[i].data);
    free(sets);
}

static bool sets_add(ronda_sets *sets, const uint8_t *nal, size_t size)
{
    if (sets->count == RONDA_MAX_SETS || !bytes_add(&sets->nal[sets->count], nal, size))
        return false;
    sets->count++;
    return true;
}

static bool sets_equal(const ronda_sets *a, const ronda_sets *b)
{
    if (a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++)
        if (a->nal[i].size != b->nal[i].size || memcmp(a->nal[i].data, b->nal[i].data, a->nal[i].size) != 0)
            return false;
    return true;
}

static ronda_block *block_new(const ronda_stream *s)
{
    ronda_block *block = pool_take(&blocks);
    if (block == NULL)
        return NULL;
    memset(block, 0, offsetof(ronda_block, sizes));
    block->key = s->key;
    block->sets = ronda_sets_share(s->sets);
    return block;
}

void ronda_block_free(ronda_block *block)
{
    if (block == NULL)
        return;
    ronda_buffer_give(block->data, block->capacity);
    ronda_sets_release(block->sets);
    if (block->sound != NULL)
        free(block->sound->data.data);
    free(block->sound);
    pool_give(&blocks, block);
}

bool ronda_stream_init(ronda_stream *s, uint64_t key, ronda_codec codec, int rtp, int rtcp)
{
    memset(s, 0, sizeof *s);
    s->key = key, s->codec = codec, s->rtp_channel = rtp, s->rtcp_channel = rtcp, s->sound_channel = -1;
    s->stats.last_frame_us = -1;
    s->nal = -1, s->stamp = s->last_stamp = -1, s->distance = 3600, s->read_us = -1;
    s->in_sync = true, s->ssrc = -1, s->expected = s->window.expected = s->sound_expected = -1;
    s->sound_stamp = -1, s->closed_end = &s->closed;
    s->sets = sets_new(), s->unit_sets = sets_new();
    s->buf = ronda_buffer_take(), s->capacity = RONDA_BUFFER_BYTES;
    if (s->sets != NULL && s->unit_sets != NULL && s->buf != NULL)
        s->block = block_new(s);
    if (s->block != NULL)
        return true;
    ronda_stream_free(s);
    return false;
}

void ronda_stream_free(ronda_stream *s)
{
    for (ronda_block *block; (block = ronda_stream_take_block(s)) != NULL;)
        ronda_block_free(block);
    ronda_block_free(s->block);
    ronda_sets_release(s->sets);
    ronda_sets_release(s->unit_sets);
    for (int i = 0; i < RONDA_WINDOW; i++)
        free(s->window.packet[i]);
    free(s->rtsp.data);
    free(s->carry.data);
    ronda_buffer_give(s->buf, s->capacity);
    s->block = NULL, s->sets = s->unit_sets = NULL, s->buf = NULL, s->rtsp.data = s->carry.data = NULL;
}

static void use_sets(ronda_block *block, ronda_sets *sets)
{
    ronda_sets *before = block->sets;
    block->sets = ronda_sets_share(sets);
    ronda_sets_release(before);
}

bool ronda_stream_add_set(ronda_stream *s, const uint8_t *nal, size_t size)
{
    return sets_add(s->sets, nal, size);
}

/* Room for `size` more bytes of samples. */
static bool reserve(ronda_stream *s, size_t size)
{
    size_t capacity = s->capacity;
    if (s->w + size <= capacity)
        return true;
    while (capacity < s->w + size)
        capacity *= 2;
    uint8_t *grown = malloc(capacity);
    if (grown == NULL) {
        s->out_of_memory = true;
        return false;
    }
    memcpy(grown, s->buf, s->w);
    ronda_buffer_give(s->buf, s->capacity);
    s->buf = grown, s->capacity = capacity;
    return true;
}

static void append(ronda_stream *s, const uint8_t *data, size_t size)
{
    memcpy(s->buf + s->w, data, size);
    s->w += size;
}

/* -- NAL units --------------------------------------------------------------------------------------- */

static void begin_unit(ronda_stream *s, uint32_t stamp);
static void end_unit(ronda_stream *s);
static void list_unit(ronda_stream *s);

/* A picture beyond the cap is left out, so that no camera can fill the memory. */
static void refuse_unit(ronda_stream *s)
{
    s->w = s->unit + (s->listed ? s->block->sizes[s->block->frames - 1] : 0);
    s->nal = -1, s->unit_refused = true, s->has_picture = false;
    s->stats.refused_packets++;
}

/* What this NAL unit means for its access unit. */
static void note_nal(ronda_stream *s, size_t start, size_t end)
{
    const kinds *k = kinds_of(s);
    const uint8_t *nal = s->buf + start;
    size_t size = end - start, head = (size_t)k->head_bytes;
    if (size > 0) {
        int kind = kind_of(k, nal[0]);
        if (is_picture(s->codec, kind)) {
            s->has_picture = true;
            if (is_key(s->codec, kind))
                s->unit_flags |= RONDA_KEY;
        } else if (is_set(s->codec, kind)) {
            if (size <= RONDA_MAX_SET_BYTES)
                sets_add(s->unit_sets, nal, size);
        } else if (kind == k->sei && size > head + 1 && nal[head] == 6) {
            s->unit_flags |= RONDA_RECOVERY;
        }
        if (nal[0] & 0x80)
            s->unit_flags |= RONDA_DAMAGED;
    }
    if (end - s->unit > RONDA_MAX_FRAME_BYTES)
        refuse_unit(s);
}

static void close_nal(ronda_stream *s)
{
    if (s->nal < 0)
        return;
    size_t start = (size_t)s->nal;
    s->nal = -1;
    put_be32(s->buf + start, (uint32_t)(s->w - start - 4));
    note_nal(s, start + 4, s->w);
}

/* Another NAL unit begins, or the picture ends, before the end of this one was marked. */
static void break_off_nal(ronda_stream *s)
{
    if (s->nal >= 0) {
        s->unit_flags |= RONDA_DAMAGED;
        close_nal(s);
    }
}

static void drop_half_nal(ronda_stream *s)
{
    if (s->nal >= 0) {
        s->w = (size_t)s->nal;
        s->nal = -1;
        s->unit_flags |= RONDA_DAMAGED;
    }
}

static void whole_nal(ronda_stream *s, const uint8_t *from, size_t size)
{
    if (!reserve(s, 4 + size))
        return;
    size_t start = s->w;
    put_be32(s->buf + start, (uint32_t)size);
    s->w += 4;
    append(s, from, size);
    note_nal(s, start + 4, s->w);
}

static void fragment(ronda_stream *s, const uint8_t *payload, size_t size)
{
    const kinds *k = kinds_of(s);
    size_t head_at = (size_t)k->head_bytes;
    if (size <= head_at) {
        s->stats.refused_packets++;
        return;
    }
    uint8_t head = payload[head_at];
    if (!reserve(s, 4 + size))
        return;
    if (head & 0x80) {
        break_off_nal(s);
        s->nal = (ptrdiff_t)s->w;
        s->w += 4;
        if (k->head_bytes == 1) {
            s->buf[s->w++] = (uint8_t)((payload[0] & 0xe0) | (head & 0x1f));
        } else {
            s->buf[s->w++] = (uint8_t)((payload[0] & 0x81) | (head & 0x3f) << 1);
            s->buf[s->w++] = payload[1];
        }
    } else if (s->nal < 0) {
        s->unit_flags |= RONDA_DAMAGED; /* its start was lost: the rest is no picture */
        return;
    }
    append(s, payload + head_at + 1, size - head_at - 1);
    if (head & 0x40)
        close_nal(s);
    else if (s->w - s->unit > RONDA_MAX_FRAME_BYTES)
        refuse_unit(s);
}

/* Several NAL units in one payload. */
static void aggregate(ronda_stream *s, const uint8_t *from, size_t size)
{
    size_t at = 0;
    while (at + 2 < size) {
        size_t part = be16(from + at);
        at += 2;
        if (part == 0 || at + part > size) {
            s->unit_flags |= RONDA_DAMAGED;
            s->stats.refused_packets++;
            return;
        }
        whole_nal(s, from + at, part);
        at += part;
    }
}

/* -- packets ----------------------------------------------------------------------------------------- */

/* Where the payload of an RTP packet lies; false when it is malformed. */
static bool payload_span(const uint8_t *packet, size_t size, size_t *start, size_t *stop)
{
    if (size < 12 || packet[0] >> 6 != 2)
        return false;
    size_t at = 12 + 4 * (size_t)(packet[0] & 0x0f), end = size;
    if (packet[0] & 0x10) {
        if (at + 4 > size)
            return false;
        at += 4 + 4 * (size_t)be16(packet + at + 2);
    }
    if (packet[0] & 0x20 && end > at)
        end -= packet[end - 1] < end ? packet[end - 1] : end;
    *start = at, *stop = end;
    return at <= end;
}

/* Keep one sender; believe another after some packets in a row without the first. */
static bool accept_sender(ronda_stream *s, uint32_t ssrc)
{
    if (s->ssrc >= 0) {
        if (++s->foreign < FOREIGN_LIMIT) {
            s->stats.refused_packets++;
            return false;
        }
        drop_half_nal(s);
        end_unit(s);
        s->stamp = -1;
        s->last_stamp = -2; /* the new sender's times have nothing to do with the old ones */
    }
    s->ssrc = ssrc, s->expected = -1;
    return true;
}

/* How many packets are missing before this one; -1 when it is an old one come again. */
static int count_loss(ronda_stream *s, uint32_t sequence)
{
    int32_t expected = s->expected;
    s->expected = (int32_t)((sequence + 1) & 0xffff);
    if (expected < 0 || (uint32_t)expected == sequence)
        return 0;
    uint32_t lost = (sequence - (uint32_t)expected) & 0xffff;
    if (lost >= 0x8000) {
        s->expected = expected;
        s->stats.refused_packets++;
        return -1;
    }
    s->stats.lost_packets += lost;
    drop_half_nal(s);
    if (s->stamp >= 0 && !s->listed && s->w > s->unit)
        s->unit_flags |= RONDA_DAMAGED;
    return (int)lost;
}

/* Whether this payload begins a new picture: one that follows a whole one with the same time. */
static bool begins_picture(const ronda_stream *s, const uint8_t *payload, size_t size)
{
    const kinds *k = kinds_of(s);
    size_t head = (size_t)k->head_bytes, slice_at = head;
    int kind = kind_of(k, payload[0]);
    if (kind == k->fragment && size > head + 1) {
        if (!(payload[head] & 0x80))
            return false;
        kind = payload[head] & k->mask, slice_at = head + 1;
    } else if (kind == k->aggregate && size > 2 * head + 2) {
        kind = kind_of(k, payload[head + 2]), slice_at = 2 * head + 2;
    }
    if (is_before_picture(s->codec, kind))
        return true;
    return is_picture(s->codec, kind) && slice_at < size && payload[slice_at] & 0x80;
}

static void nals(ronda_stream *s, const uint8_t *payload, size_t size)
{
    const kinds *k = kinds_of(s);
    int kind = kind_of(k, payload[0]);
    size_t head = (size_t)k->head_bytes;
    if (kind == k->fragment) {
        fragment(s, payload, size);
    } else if (kind < k->aggregate && (kind != 0 || head == 2)) {
        break_off_nal(s);
        whole_nal(s, payload, size);
    } else if (kind == k->aggregate) {
        break_off_nal(s);
        if (size > head)
            aggregate(s, payload + head, size - head);
    } else {
        s->stats.refused_packets++;
        s->unit_flags |= RONDA_DAMAGED;
    }
}

/* One RTP packet with a whole header. */
static void packet(ronda_stream *s, const uint8_t *head, size_t size)
{
    size_t start = 12, stop = size;
    uint32_t sequence = be16(head + 2), stamp = be32(head + 4), ssrc = be32(head + 8);
    bool marker = head[1] & 0x80;
    if (head[0] != 0x80 && !payload_span(head, size, &start, &stop)) {
        s->stats.refused_packets++;
        return;
    }
    if ((int64_t)ssrc != s->ssrc && !accept_sender(s, ssrc))
        return;
    s->foreign = 0;
    int lost = count_loss(s, sequence);
    if (lost < 0 || start == stop)
        return;
    if ((int64_t)stamp != s->stamp ||
        (s->listed && begins_picture(s, head + start, stop - start))) {
        end_unit(s);
        begin_unit(s, stamp);
    }
    if (lost) {
        s->unit_flags |= RONDA_DAMAGED;
        if (s->listed)
            s->block->flags[s->block->frames - 1] |= RONDA_DAMAGED;
    }
    if (!s->unit_refused && !s->out_of_memory)
        nals(s, head + start, stop - start);
    if (marker)
        list_unit(s);
}

static void control(ronda_stream *s, const uint8_t *data, size_t size, int64_t now_us)
{
    ronda_report report = {0};
    bool found = false;
    for (size_t at = 0; at + 4 <= size;) {
        size_t length = 4 * (size_t)(be16(data + at + 2) + 1);
        if (data[at] >> 6 != 2 || at + length > size)
            break;
        if (data[at + 1] == 200 && length >= 28) {
            report.arrival_us = now_us;
            report.ntp = (uint64_t)be32(data + at + 8) << 32 | be32(data + at + 12);
            report.rtp = be32(data + at + 16);
            found = true;
        }
        at += length;
    }
    if (!found)
        return;
    s->stats.report = report, s->stats.has_report = true;
    if (s->block->reports < RONDA_MAX_REPORTS)
        s->block->report[s->block->reports++] = report;
}

/* -- sound ------------------------------------------------------------------------------------------- */

static ronda_sound *open_sound(ronda_stream *s)
{
    if (s->block->sound == NULL) {
        s->block->sound = malloc(sizeof *s->block->sound);
        if (s->block->sound != NULL)
            memset(s->block->sound, 0, offsetof(ronda_sound, sizes));
    }
    return s->block->sound;
}

static void sound_sample(ronda_stream *s, ronda_sound *sound, const uint8_t *data, size_t size, int64_t tick,
                         int64_t ticks)
{
    if (!bytes_add(&sound->data, data, size))
        return;
    if (tick < s->sound_end)
        tick = s->sound_end;
    sound->sizes[sound->count] = (uint32_t)size;
    sound->ticks[sound->count++] = tick;
    s->sound_end = tick + ticks;
    s->sound_last = ticks;
}

static int64_t sound_place(ronda_stream *s, uint32_t stamp, int64_t at_tick)
{
    int64_t clock_hz = s->sound_format.clock_hz;
    if (s->sound_stamp >= 0) {
        int64_t delta = (int32_t)(stamp - (uint32_t)s->sound_stamp);
        int64_t tick = s->sound_tick + delta;
        if (llabs(delta) <= 10 * clock_hz && llabs(tick - at_tick) <= clock_hz)
            at_tick = tick;
    }
    s->sound_stamp = stamp, s->sound_tick = at_tick;
    return at_tick;
}

static uint64_t bits_at(const uint8_t *data, size_t first, uint32_t count)
{
    uint64_t value = 0;
    for (size_t bit = first; bit < first + count; bit++)
        value = value << 1 | (uint64_t)(data[bit / 8] >> (7 - bit % 8) & 1);
    return value;
}

/* RFC 3640: sizes of the access units first, then the units. */
static void sound_units(ronda_stream *s, ronda_sound *sound, const uint8_t *data, size_t size, int64_t tick)
{
    uint32_t head_bits = s->sound_format.size_bits + s->sound_format.index_bits;
    if (size < 2 || head_bits == 0) {
        s->stats.refused_packets++;
        return;
    }
    size_t bits = be16(data), unit = 2 + (bits + 7) / 8;
    if (unit > size) {
        s->stats.refused_packets++;
        return;
    }
    for (size_t index = 0; index < bits / head_bits; index++) {
        size_t part = (size_t)bits_at(data + 2, index * head_bits, s->sound_format.size_bits);
        if (part == 0 || unit + part > size || sound->count >= RONDA_MAX_SOUND_SAMPLES) {
            s->stats.refused_packets++;
            return;
        }
        sound_sample(s, sound, data + unit, part, tick + (int64_t)index * 1024, 1024);
        unit += part;
    }
}

static void sound_packet(ronda_stream *s, const uint8_t *data, size_t size)
{
    size_t start, stop;
    if (s->sound_format.kind == RONDA_NO_SOUND || !payload_span(data, size, &start, &stop)) {
        s->stats.refused_packets++;
        return;
    }
    if (s->stamp < 0)
        return; /* no picture to lie beside has begun */
    uint32_t sequence = be16(data + 2), stamp = be32(data + 4);
    ronda_sound *sound = open_sound(s);
    if (sound == NULL)
        return;
    if (s->sound_expected >= 0 && ((sequence - (uint32_t)s->sound_expected) & 0xffff) >= 0x8000) {
        s->stats.refused_packets++;
        return;
    }
    s->sound_expected = (int32_t)((sequence + 1) & 0xffff);
    if (sound->data.size > RONDA_MAX_SOUND_BYTES || sound->count >= RONDA_MAX_SOUND_SAMPLES) {
        s->stats.refused_packets++;
        return;
    }
    int64_t tick = sound_place(s, stamp, ronda_floordiv(s->unit_pts * s->sound_format.clock_hz, 90000));
    if (s->sound_format.kind == RONDA_AAC)
        sound_units(s, sound, data + start, stop - start, tick);
    else if (stop > start)
        sound_sample(s, sound, data + start, stop - start, tick,
                     (int64_t)((stop - start) / s->sound_format.channels));
}

/* -- between the packets ------------------------------------------------------------------------------ */

static const char *const RTSP_WORDS[] = {"RTSP/",  "OPTION", "ANNOUN", "SET_PA", "GET_PA",
                                         "REDIRE", "TEARDO", "DESCRI", "PAUSE "};
enum { WORDS = sizeof RTSP_WORDS / sizeof *RTSP_WORDS };

static void lose_sync(ronda_stream *s)
{
    if (s->in_sync) {
        s->in_sync = false;
        s->stats.resyncs++;
        drop_half_nal(s);
        s->unit_flags |= RONDA_DAMAGED;
    }
}

static size_t content_length(const uint8_t *head, size_t size)
{
    static const char name[] = "\ncontent-length";
    const size_t length = sizeof name - 1;
    for (size_t at = 0; at + length < size; at++) {
        size_t i = 0;
        while (i < length && (head[at + i] | (i ? 0x20 : 0)) == (uint8_t)name[i])
            i++;
        if (i < length)
            continue;
        size_t p = at + length, value = 0, digits = 0;
        while (p < size && (head[p] == ' ' || head[p] == '\t'))
            p++;
        if (p >= size || head[p++] != ':')
            continue;
        while (p < size && (head[p] == ' ' || head[p] == '\t'))
            p++;
        while (p < size && head[p] >= '0' && head[p] <= '9' && digits < 7)
            value = 10 * value + (size_t)(head[p++] - '0'), digits++;
        if (digits > 0)
            return value;
    }
    return 0;
}

/* An RTSP message: how many bytes it takes; 0 while it is not whole. */
static size_t rtsp_message(ronda_stream *s, const uint8_t *at, size_t left)
{
    size_t looked = left < ANSWER_HEAD_BYTES ? left : ANSWER_HEAD_BYTES;
    const uint8_t *mark = memmem(at, looked, "\r\n\r\n", 4);
    if (mark == NULL) {
        if (left < ANSWER_HEAD_BYTES)
            return 0;
        lose_sync(s);
        return 1;
    }
    size_t head = (size_t)(mark - at), body = content_length(at, head);
    size_t size = head + 4 + (body < ANSWER_BODY_BYTES ? body : ANSWER_BODY_BYTES);
    if (size > left)
        return 0;
    bytes_add(&s->rtsp, at, size);
    return size;
}

/* Skip to the next `$` with a known channel and RTP version 2. */
static size_t find_packet(ronda_stream *s, const uint8_t *from, size_t left)
{
    const uint8_t *end = from + left;
    for (const uint8_t *at = from; (at = memchr(at, DOLLAR, (size_t)(end - at))) != NULL; at++) {
        if (at + 1 == end)
            return (size_t)(at - from);
        if (at[1] != s->rtp_channel && at[1] != s->rtcp_channel)
            continue;
        if (at + 5 > end)
            return (size_t)(at - from);
        if (at[4] >> 6 == 2) {
            s->in_sync = true;
            return (size_t)(at - from);
        }
    }
    return (size_t)(end - from);
}

/* Bytes that begin no packet: RTSP, blank lines, or noise. Gives how many are used up. */
static size_t out_of_band(ronda_stream *s, const uint8_t *at, size_t left)
{
    if (s->in_sync) {
        size_t head = left < 6 ? left : 6;
        if (*at == '\r' || *at == '\n')
            return 1;
        for (int i = 0; i < WORDS; i++) {
            size_t word = strlen(RTSP_WORDS[i]), compared = head < 6 ? (head < 5 ? head : 5) : word;
            if (memcmp(at, RTSP_WORDS[i], compared) == 0)
                return head < 6 ? 0 : rtsp_message(s, at, left);
        }
        lose_sync(s);
    }
    return find_packet(s, at, left);
}

/* Most packets are the middle of a fragmented NAL unit: they take this short way. */
static inline bool middle(ronda_stream *s, const uint8_t *at, size_t size)
{
    const kinds *k = kinds_of(s);
    size_t payload = 16 + (size_t)k->head_bytes + 1;
    if (s->nal < 0 || at[4] != 0x80 || at[5] >= 0x80 || size <= payload || (int32_t)be16(at + 6) != s->expected ||
        (int64_t)be32(at + 8) != s->stamp || (int64_t)be32(at + 12) != s->ssrc ||
        kind_of(k, at[16]) != k->fragment || at[payload - 1] & 0xc0 ||
        s->w - s->unit >= RONDA_MAX_FRAME_BYTES || !reserve(s, size))
        return false;
    s->expected = (s->expected + 1) & 0xffff;
    append(s, at + payload, size - payload);
    return true;
}

/* Gives how many bytes were used up; the rest must come again, with more. */
static size_t walk(ronda_stream *s, const uint8_t *data, size_t end, int64_t now_us)
{
    size_t pos = 0;
    while (end - pos >= 4 && !s->out_of_memory) {
        const uint8_t *at = data + pos;
        if (*at != DOLLAR || !s->in_sync) {
            size_t used = out_of_band(s, at, end - pos);
            if (used == 0 && (!s->in_sync || *at != DOLLAR))
                break;
            pos += used;
            continue;
        }
        int channel = at[1];
        size_t size = 4 + (size_t)be16(at + 2);
        bool is_sound = s->sound_channel >= 0 && (channel == s->sound_channel || channel == s->sound_channel + 1);
        if (channel != s->rtp_channel && channel != s->rtcp_channel && !is_sound) {
            if (end - pos <= size)
                break;
            if (at[size] == DOLLAR) { /* a track that nobody asked for: another packet follows it */
                s->stats.refused_packets++;
                pos += size;
            } else {
                lose_sync(s);
                pos += 1;
            }
            continue;
        }
        if (end - pos < size)
            break;
        if (channel == s->rtp_channel) {
            if (size < 16)
                s->stats.refused_packets++;
            else if (!middle(s, at, size))
                packet(s, at + 4, size - 4);
        } else if (channel == s->rtcp_channel) {
            control(s, at + 4, size - 4, now_us);
        } else if (channel == s->sound_channel) {
            sound_packet(s, at + 4, size - 4);
        }
        pos += size;
    }
    return pos;
}

/* -- access units ------------------------------------------------------------------------------------- */

static void forget_unit_sets(ronda_stream *s)
{
    if (s->unit_sets->count == 0)
        return;
    ronda_sets *fresh = sets_new();
    if (fresh == NULL) {
        s->out_of_memory = true;
        return;
    }
    ronda_sets_release(s->unit_sets);
    s->unit_sets = fresh;
}

static void begin_unit(ronda_stream *s, uint32_t stamp)
{
    if (s->w == s->unit) { /* else parameter sets wait for this picture */
        s->unit_flags = s->unit_refused ? RONDA_DAMAGED : s->unit_flags & RONDA_DAMAGED;
        forget_unit_sets(s);
    }
    s->stamp = stamp;
    s->listed = s->unit_refused = s->has_picture = false;
    if (s->last_stamp == -1) {
        s->unit_pts = 0;
        return;
    }
    int64_t delta = s->last_stamp < 0 ? 0 : (int32_t)(stamp - (uint32_t)s->last_stamp);
    if (delta == 0 || delta < -RONDA_MAX_JUMP_90K || delta > RONDA_MAX_JUMP_90K) {
        delta = s->distance;
        s->unit_flags |= RONDA_RESTAMPED;
        s->stats.restamps++;
    } else if (delta > 0) {
        s->distance = delta;
    }
    s->unit_pts = s->last_pts + delta;
}

static void count_unit(ronda_stream *s)
{
    uint32_t last = s->block->frames - 1;
    s->stats.frames++;
    s->stats.bytes += s->block->sizes[last];
    if (s->block->flags[last] & RONDA_DAMAGED)
        s->stats.damaged++;
}

/* The unit's bytes are final. Counted now, while they are in the cache: the writer reads them only once more. */
static void check_unit(ronda_stream *s, size_t size)
{
    s->block->crc32 = ronda_crc32(s->block->crc32, s->buf + s->unit, size);
    s->unit += size;
}

/* Close the block: its buffer goes with it, the open unit moves to a fresh one. */
static void emit(ronda_stream *s, bool has_next, int64_t next_pts)
{
    size_t open = s->w - s->unit;
    size_t capacity = s->unit > RONDA_BUFFER_BYTES ? s->capacity : RONDA_BUFFER_BYTES; /* the next is like it */
    while (capacity < open)
        capacity *= 2;
    uint8_t *fresh = capacity == RONDA_BUFFER_BYTES ? ronda_buffer_take() : malloc(capacity);
    ronda_block *next = fresh != NULL ? block_new(s) : NULL;
    if (next == NULL) {
        ronda_buffer_give(fresh, capacity);
        s->out_of_memory = true;
        return;
    }
    ronda_block *block = s->block;
    block->data = s->buf, block->size = s->unit, block->capacity = s->capacity;
    block->has_next = has_next, block->next_pts = next_pts;
    if (block->sound != NULL)
        block->sound->last_ticks = s->sound_last;
    if (block->sound != NULL && block->sound->count == 0) {
        free(block->sound->data.data);
        free(block->sound);
        block->sound = NULL;
    }
    *s->closed_end = block;
    s->closed_end = &block->next;
    memcpy(fresh, s->buf + s->unit, open);
    if (s->nal >= 0)
        s->nal -= (ptrdiff_t)s->unit;
    s->buf = fresh, s->capacity = capacity;
    s->unit = 0, s->w = open;
    s->block = next;
}

/* Close the block before the unit that is about to be listed, where one should end. */
static void cut_block(ronda_stream *s)
{
    ronda_block *block = s->block;
    if (s->unit_sets->count > 0 && !sets_equal(s->unit_sets, s->sets)) {
        ronda_sets_release(s->sets); /* blocks share what becomes s->sets: it never changes again */
        s->sets = s->unit_sets;
        s->unit_sets = sets_new();
        if (s->unit_sets == NULL) {
            s->unit_sets = ronda_sets_share(s->sets);
            s->out_of_memory = true;
            return;
        }
    }
    if (block->frames == 0) {
        use_sets(block, s->sets);
        return;
    }
    if (s->unit_flags & RONDA_KEY || s->unit_pts - block->pts[0] >= RONDA_FRAGMENT_90K ||
        s->unit_pts <= block->pts[0] - RONDA_FRAGMENT_90K || block->frames >= RONDA_MAX_FRAMES ||
        s->unit >= RONDA_MAX_BLOCK_BYTES)
        emit(s, true, s->unit_pts);
}

/* A marker: the unit is whole, unless no picture has come for it yet. */
static void list_unit(ronda_stream *s)
{
    break_off_nal(s);
    if (!s->has_picture || s->unit_refused)
        return;
    if (s->listed) {
        s->block->sizes[s->block->frames - 1] = (uint32_t)(s->w - s->unit);
        s->block->flags[s->block->frames - 1] |= s->unit_flags;
        return;
    }
    cut_block(s);
    if (s->out_of_memory)
        return;
    uint32_t at = s->block->frames++;
    s->block->sizes[at] = (uint32_t)(s->w - s->unit);
    s->block->pts[at] = s->unit_pts;
    s->block->flags[at] = s->unit_flags;
    s->listed = true;
    s->last_stamp = s->stamp, s->last_pts = s->unit_pts;
}

/* A changed time stamp: what is open is over. A unit without a picture waits for the next. */
static void end_unit(ronda_stream *s)
{
    if (s->stamp < 0)
        return;
    list_unit(s);
    if (!s->listed)
        return;
    count_unit(s);
    s->listed = false;
    check_unit(s, s->w - s->unit);
    s->unit_flags = 0;
    forget_unit_sets(s);
    s->has_picture = false;
}

/* -- arrivals ----------------------------------------------------------------------------------------- */

static int64_t arrival(ronda_stream *s, int64_t pts, int64_t newest, int64_t after_us, int64_t now_us)
{
    int64_t at = now_us - ronda_floordiv((newest - pts) * 100, 9), floor_us = after_us;
    if (s->has_newest) {
        int64_t elapsed = ronda_floordiv((pts - s->newest_pts) * 100, 9);
        int64_t latest = s->newest_us + elapsed + llabs(elapsed) / LEEWAY;
        at = at < latest ? at : latest;
        floor_us = floor_us > s->newest_us ? floor_us : s->newest_us;
    }
    if (floor_us > now_us) {
        at = now_us;
    } else {
        at = at < now_us ? at : now_us;
        at = at > floor_us ? at : floor_us;
    }
    s->has_newest = true, s->newest_pts = pts, s->newest_us = at;
    return at;
}

static void date_block(ronda_stream *s, ronda_block *block, int64_t newest, int64_t after_us, int64_t now_us)
{
    for (; block->dated < block->frames; block->dated++)
        block->arrivals_us[block->dated] = arrival(s, block->pts[block->dated], newest, after_us, now_us);
}

void ronda_stream_dated(ronda_stream *s, int64_t now_us)
{
    const ronda_block *last = NULL;
    for (const ronda_block *block = s->closed; block != NULL; block = block->next)
        if (block->dated < block->frames)
            last = block;
    if (s->block->dated < s->block->frames)
        last = s->block;
    if (last != NULL) {
        int64_t newest = last->pts[last->frames - 1], after_us = s->read_us >= 0 ? s->read_us : now_us;
        for (ronda_block *block = s->closed; block != NULL; block = block->next)
            date_block(s, block, newest, after_us, now_us);
        date_block(s, s->block, newest, after_us, now_us);
        s->stats.last_frame_us = s->newest_us;
    }
    s->read_us = now_us;
}

/* -- what the engine calls ---------------------------------------------------------------------------- */

void ronda_stream_came(ronda_stream *s, const uint8_t *data, size_t size, int64_t now_us)
{
    size_t used = walk(s, data, size, now_us);
    s->carry.size = 0;
    if (!bytes_add(&s->carry, data + used, size - used))
        s->out_of_memory = true;
    ronda_stream_dated(s, now_us);
}

void ronda_stream_nothing_came(ronda_stream *s, int64_t now_us) { s->read_us = now_us; }

void ronda_stream_finish(ronda_stream *s, int64_t now_us)
{
    if (s->listed) {
        count_unit(s);
        check_unit(s, s->block->sizes[s->block->frames - 1]);
    }
    if (s->block->frames > 0)
        emit(s, false, 0);
    ronda_stream_dated(s, now_us);
}

ronda_block *ronda_stream_take_block(ronda_stream *s)
{
    ronda_block *block = s->closed;
    if (block == NULL)
        return NULL;
    s->closed = block->next;
    if (s->closed == NULL)
        s->closed_end = &s->closed;
    block->next = NULL;
    return block;
}

/* -- datagrams ----------------------------------------------------------------------------------------- */

static void window_run(ronda_stream *s)
{
    ronda_window *w = &s->window;
    for (;;) {
        int slot = w->expected & (RONDA_WINDOW - 1);
        uint8_t *held = w->packet[slot];
        if (held == NULL || (int32_t)be16(held + 2) != w->expected)
            return;
        w->packet[slot] = NULL, w->count--;
        w->expected = (w->expected + 1) & 0xffff;
        packet(s, held, w->size[slot]);
        free(held);
    }
}

void ronda_stream_wait_no_more(ronda_stream *s)
{
    while (s->window.count > 0) {
        while (s->window.packet[s->window.expected & (RONDA_WINDOW - 1)] == NULL)
            s->window.expected = (s->window.expected + 1) & 0xffff;
        window_run(s);
    }
}

void ronda_stream_datagram(ronda_stream *s, const uint8_t *data, size_t size)
{
    ronda_window *w = &s->window;
    if (size < 12) {
        s->stats.refused_packets++;
        return;
    }
    int32_t sequence = (int32_t)be16(data + 2);
    uint32_t ahead = w->expected < 0 ? 0 : ((uint32_t)(sequence - w->expected) & 0xffff);
    if (ahead >= 0x8000) {
        packet(s, data, size); /* old: counted and refused there */
        return;
    }
    if (ahead > 0 && ahead < RONDA_WINDOW) {
        int slot = sequence & (RONDA_WINDOW - 1);
        if (w->packet[slot] == NULL && (w->packet[slot] = malloc(size)) != NULL) {
            memcpy(w->packet[slot], data, size);
            w->size[slot] = (uint32_t)size;
            w->count++;
        }
        return;
    }
    if (ahead >= RONDA_WINDOW)
        ronda_stream_wait_no_more(s);
    w->expected = (sequence + 1) & 0xffff;
    packet(s, data, size);
    window_run(s);
}

void ronda_stream_control_datagram(ronda_stream *s, const uint8_t *data, size_t size, int64_t now_us)
{
    control(s, data, size, now_us);
}

void ronda_stream_sound_datagram(ronda_stream *s, const uint8_t *data, size_t size) { sound_packet(s, data, size); }
