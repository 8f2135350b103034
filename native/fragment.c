/* See fragment.h. */
#include "fragment.h"

#include <string.h>

enum { KEY_SAMPLE = 0x02000000, OTHER_SAMPLE = 0x01010000, SOUND_TRUN = 0x000301 };

static uint8_t *u32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24), p[1] = (uint8_t)(v >> 16), p[2] = (uint8_t)(v >> 8), p[3] = (uint8_t)v;
    return p + 4;
}

static uint8_t *u64(uint8_t *p, uint64_t v) { return u32(u32(p, (uint32_t)(v >> 32)), (uint32_t)v); }

static uint8_t *head(uint8_t *p, uint32_t size, const char *kind)
{
    p = u32(p, size);
    memcpy(p, kind, 4);
    return p + 4;
}

void ronda_muxer_init(ronda_muxer *m, int64_t first_pts, int depth, int64_t distance, uint32_t sound_hz)
{
    memset(m, 0, sizeof *m);
    m->depth = depth < 0 ? 0 : depth > RONDA_MAX_DEPTH ? RONDA_MAX_DEPTH : depth;
    m->origin = first_pts - m->depth * distance;
    for (int step = 0; step < m->depth; step++)
        m->waiting[step] = first_pts - (m->depth - step) * distance;
    m->last_dts = -1;
    m->sound_hz = sound_hz;
}

static int64_t rising(const ronda_muxer *m, int64_t pts)
{
    int64_t dts = pts - m->origin;
    return dts > m->last_dts ? dts : m->last_dts + 1;
}

/* The depth-th smallest presentation time so far: the invariant is that these rise strictly. */
static int64_t next_dts(ronda_muxer *m, int64_t pts)
{
    if (m->depth > 0) {
        int at = m->depth;
        while (at > 0 && m->waiting[at - 1] > pts) {
            m->waiting[at] = m->waiting[at - 1];
            at--;
        }
        m->waiting[at] = pts;
        pts = m->waiting[0];
        memmove(m->waiting, m->waiting + 1, (size_t)m->depth * sizeof *m->waiting);
    }
    m->last_dts = rising(m, pts);
    return m->last_dts;
}

static int64_t peek_dts(const ronda_muxer *m, int64_t pts)
{
    return rising(m, m->depth > 0 && m->waiting[0] < pts ? m->waiting[0] : pts);
}

static int needed_depth(const ronda_block *block)
{
    int depth = 0;
    for (uint32_t i = 1; i < block->frames; i++) {
        int later = 0;
        for (uint32_t j = i > RONDA_MAX_DEPTH ? i - RONDA_MAX_DEPTH : 0; j < i; j++)
            later += block->pts[j] > block->pts[i];
        depth = later > depth ? later : depth;
    }
    return depth;
}

size_t ronda_fragment_room(const ronda_block *block)
{
    size_t sound = block->sound != NULL ? 8 + 16 + 20 + 20 + 8 * (size_t)block->sound->count : 0;
    return 8 + 16 + 8 + 16 + 20 + 20 + 16 * (size_t)block->frames + sound + 8;
}

static uint8_t *video_run(uint8_t *p, const ronda_block *block, const int64_t *dts, int64_t next, int64_t origin,
                          bool has_offsets, uint32_t data_offset)
{
    uint32_t columns = has_offsets ? 4 : 3, rows = 4 * columns * block->frames;
    p = head(p, 8 + 16 + 20 + 20 + rows, "traf");
    p = u32(u32(head(p, 16, "tfhd"), 0x020000), 1);
    p = u64(u32(head(p, 20, "tfdt"), 1u << 24), (uint64_t)dts[0]);
    p = head(p, 20 + rows, "trun");
    p = u32(u32(u32(p, 1u << 24 | 0x000701 | (has_offsets ? 0x800 : 0)), block->frames), data_offset);
    for (uint32_t i = 0; i < block->frames; i++) {
        p = u32(p, (uint32_t)((i + 1 < block->frames ? dts[i + 1] : next) - dts[i]));
        p = u32(p, block->sizes[i]);
        p = u32(p, block->flags[i] & RONDA_KEY ? KEY_SAMPLE : OTHER_SAMPLE);
        if (has_offsets)
            p = u32(p, (uint32_t)(block->pts[i] - origin - dts[i]));
    }
    return p;
}

/* Where each sound sample begins in the segment: never before the one before ends. */
static uint8_t *sound_run(ronda_muxer *m, uint8_t *p, const ronda_sound *sound, uint32_t data_offset)
{
    int64_t origin = ronda_floordiv(m->origin * m->sound_hz, 90000), at = sound->ticks[0] - origin;
    at = at > m->sound_end ? at : m->sound_end;
    p = head(p, 8 + 16 + 20 + 20 + 8 * sound->count, "traf");
    p = u32(u32(head(p, 16, "tfhd"), 0x020000), 2);
    p = u64(u32(head(p, 20, "tfdt"), 1u << 24), (uint64_t)at);
    p = head(p, 20 + 8 * sound->count, "trun");
    p = u32(u32(u32(p, SOUND_TRUN), sound->count), data_offset);
    for (uint32_t i = 0; i < sound->count; i++) {
        int64_t next = at + sound->last_ticks;
        if (i + 1 < sound->count) {
            next = sound->ticks[i + 1] - origin;
            next = next > at ? next : at + 1;
        }
        p = u32(u32(p, (uint32_t)(next - at)), sound->sizes[i]);
        at = next;
    }
    m->sound_end = at;
    return p;
}

ronda_fragment ronda_fragment_header(ronda_muxer *m, const ronda_block *block, uint32_t sequence,
                                     int64_t default_distance, uint8_t *out)
{
    ronda_fragment f = {0};
    int64_t dts[RONDA_MAX_FRAMES];
    bool has_offsets = false;
    for (uint32_t i = 0; i < block->frames; i++) {
        dts[i] = next_dts(m, block->pts[i]);
        has_offsets |= block->pts[i] - m->origin != dts[i];
        f.key_bytes += block->flags[i] & RONDA_KEY ? block->sizes[i] : 0;
    }
    uint32_t last = block->frames - 1;
    if (last > 0)
        m->distance = ronda_floordiv(dts[last] - dts[0], last);
    f.first_dts = dts[0], f.first_pts = block->pts[0] - m->origin;
    f.next_dts = block->has_next ? peek_dts(m, block->next_pts)
                                 : dts[last] + (m->distance ? m->distance : default_distance);
    f.depth = needed_depth(block);
    bool has_sound = block->sound != NULL && m->sound_hz > 0;
    uint32_t video = 8 + 16 + 20 + 20 + (has_offsets ? 16 : 12) * block->frames;
    uint32_t sound = has_sound ? 8 + 16 + 20 + 20 + 8 * block->sound->count : 0;
    uint32_t moof = 8 + 16 + video + sound;
    uint8_t *p = head(out, moof, "moof");
    p = u32(u32(head(p, 16, "mfhd"), 0), sequence);
    p = video_run(p, block, dts, f.next_dts, m->origin, has_offsets, moof + 8);
    if (has_sound)
        p = sound_run(m, p, block->sound, moof + 8 + (uint32_t)block->size);
    if (has_sound)
        f.sound = block->sound->data.data, f.sound_bytes = block->sound->data.size;
    p = head(p, 8 + (uint32_t)(block->size + f.sound_bytes), "mdat");
    f.header_bytes = (size_t)(p - out);
    f.fragment_bytes = f.header_bytes + block->size + f.sound_bytes;
    f.crc32 = ronda_crc32(0, out, f.header_bytes);
    f.crc32 = ronda_crc32_joined(f.crc32, block->crc32, block->size);
    f.crc32 = ronda_crc32(f.crc32, f.sound, f.sound_bytes);
    return f;
}
