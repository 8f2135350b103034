/* libFuzzer drives one stream with whatever a camera may send: interleaved bytes in reads of any size,
 * datagrams, sound, and both codecs; every block then goes through the muxer, the check and the ring.
 *
 * The first bytes of an input choose how it is fed; the rest is what the camera sends. Invariants are
 * checked on the way: whatever is violated is an abort, and libFuzzer keeps the input. */
#include "../fragment.h"
#include "../ring.h"

#include <stdlib.h>
#include <string.h>

#define HOLDS(condition) \
    do {                 \
        if (!(condition)) \
            abort();     \
    } while (0)

typedef struct {
    const uint8_t *data;
    size_t size;
} input;

static uint8_t take(input *from)
{
    if (from->size == 0)
        return 0;
    from->size--;
    return *from->data++;
}

/* Exactly as long as it says, so that the sanitizer sees each byte read too far. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    HOLDS(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

static void check_block(const ronda_block *block)
{
    size_t total = 0;
    HOLDS(block->frames > 0 && block->frames <= RONDA_MAX_FRAMES && block->dated == block->frames);
    for (uint32_t i = 0; i < block->frames; i++) {
        size_t at = total, end = total + block->sizes[i];
        HOLDS(end <= block->size);
        while (at < end) { /* length-prefixed NAL units fill the sample */
            size_t nal = (size_t)block->data[at] << 24 | (size_t)block->data[at + 1] << 16 |
                         (size_t)block->data[at + 2] << 8 | block->data[at + 3];
            at += 4 + nal;
        }
        HOLDS(at == end);
        HOLDS(i == 0 || block->arrivals_us[i] >= block->arrivals_us[i - 1]);
        total = end;
    }
    HOLDS(total == block->size);
}

static void mux(const ronda_block *block, int depth, uint32_t sound_hz)
{
    static ronda_muxer muxer;
    ronda_muxer_init(&muxer, block->pts[0], depth, 3600, sound_hz);
    size_t room = ronda_fragment_room(block);
    uint8_t *header = malloc(room);
    HOLDS(header != NULL);
    ronda_fragment f = ronda_fragment_header(&muxer, block, 1, 3600, header);
    HOLDS(f.header_bytes <= room && f.next_dts > f.first_dts && f.key_bytes <= block->size);
    HOLDS(block->crc32 == ronda_crc32(ronda_crc32(0, block->data, block->size / 2),
                                                                 block->data + block->size / 2,
                                                                 block->size - block->size / 2));
    free(header);
}

static void drain(ronda_stream *s, ronda_ring *ring, int depth, uint32_t sound_hz)
{
    for (ronda_block *block; (block = ronda_stream_take_block(s)) != NULL;) {
        check_block(block);
        mux(block, depth, sound_hz);
        ronda_ring_put(ring, block);
    }
    HOLDS(ring->bytes <= ring->capacity);
    HOLDS(s->capacity <= 32u << 20 && s->carry.size <= 1u << 20);
}

static void feed_interleaved(ronda_stream *s, input *in, int64_t *now_us)
{
    size_t part = (size_t)take(in) << 4;
    part = part < in->size ? part : in->size;
    size_t held = s->carry.size;
    uint8_t *whole = malloc(held + part > 0 ? held + part : 1);
    HOLDS(whole != NULL);
    if (held > 0)
        memcpy(whole, s->carry.data, held);
    memcpy(whole + held, in->data, part);
    ronda_stream_came(s, whole, held + part, *now_us += 40000);
    free(whole);
    in->data += part, in->size -= part;
}

static void feed_datagram(ronda_stream *s, input *in, int64_t *now_us)
{
    uint8_t how = take(in);
    size_t part = (size_t)take(in) << (how & 3);
    part = part < in->size ? part : in->size;
    uint8_t *packet = exact(in->data, part);
    switch (how >> 5) {
    case 0: ronda_stream_control_datagram(s, packet, part, *now_us); break;
    case 1: ronda_stream_sound_datagram(s, packet, part); break;
    case 2: ronda_stream_wait_no_more(s); break;
    default: ronda_stream_datagram(s, packet, part);
    }
    ronda_stream_dated(s, *now_us += 1000);
    free(packet);
    in->data += part, in->size -= part;
}

static void take_all(ronda_ring *ring, int64_t gather_us)
{
    for (ronda_item *item = ronda_ring_take(ring, 0, gather_us), *next; item != NULL; item = next) {
        next = item->next;
        HOLDS((item->kind == RONDA_BLOCK) == (item->block != NULL));
        ronda_block_free(item->block);
        free(item->order);
        free(item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t sps[] = {0x67, 0x64, 0, 0x1e};
    input in = {data, size};
    uint8_t how = take(&in);
    ronda_stream s;
    ronda_ring ring;
    int64_t now_us = 1000000;
    HOLDS(ronda_ring_init(&ring, how & 0x80 ? 100000 : 1 << 24));
    HOLDS(ronda_stream_init(&s, 7, how & 1 ? RONDA_H265 : RONDA_H264, 0, 1));
    ronda_stream_add_set(&s, sps, sizeof sps);
    for (uint64_t other = 100; other < 100 + 70 * (how & 1); other++) /* more streams than the first room */
        ronda_ring_priority(&ring, other, 1);
    ronda_ring_priority(&ring, 7, how & 3);
    if (how & 0x10)
        HOLDS(ronda_ring_order(&ring, malloc(1)));
    if (how & 2) {
        s.sound_channel = 2;
        s.sound_format = (ronda_sound_format){how & 4 ? RONDA_AAC : RONDA_G711, 16000, 1 + (how >> 6 & 1), 13, 3};
    }
    int depth = how >> 4 & 3;
    while (in.size > 0) {
        if (how & 8)
            feed_datagram(&s, &in, &now_us);
        else
            feed_interleaved(&s, &in, &now_us);
        drain(&s, &ring, depth, s.sound_format.clock_hz);
    }
    ronda_stream_wait_no_more(&s);
    ronda_stream_finish(&s, now_us + 1);
    drain(&s, &ring, depth, s.sound_format.clock_hz);
    ronda_stream_free(&s);
    take_all(&ring, how & 0x40 ? 1 : 0);
    HOLDS(ring.bytes == 0 && ronda_ring_take(&ring, 1, 1) == NULL); /* waits a microsecond in vain */
    HOLDS(ronda_ring_order(&ring, malloc(1)));
    ronda_ring_free(&ring, free);
    return 0;
}
