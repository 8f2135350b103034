/* See steady.h. */
#include "steady.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static bool any_damaged(const ronda_block *block)
{
    unsigned damaged = 0;
    for (uint32_t i = 0; i < block->frames; i++)
        damaged |= block->flags[i] & RONDA_DAMAGED;
    return damaged != 0;
}

static bool is_steady(const ronda_steady *s, const ronda_block *block)
{
    return block->sets->serial == s->sets_serial && block->has_next && block->sound == NULL &&
           block->pts[0] > s->since_pts && block->pts[0] < s->until_pts && s->frames + block->frames <= s->most_frames &&
           s->row_count < RONDA_STEADY_ROWS && s->report_count + block->reports <= RONDA_STEADY_REPORTS &&
           s->size_bytes + block->size <= s->most_bytes && !any_damaged(block);
}

/* Room on the disk, in steps; see RESERVE_BYTES in ronda.video.record.segment_file. */
static bool has_room(ronda_steady *s, const ronda_block *block)
{
    uint64_t wanted = ronda_fragment_room(block) + block->size;
    if (s->size_bytes + wanted <= s->reserved_bytes || s->step_bytes == 0)
        return true;
    uint64_t step = wanted > s->step_bytes ? wanted : s->step_bytes;
    if (fallocate(s->fd, FALLOC_FL_KEEP_SIZE, (off_t)s->reserved_bytes, (off_t)step) != 0)
        return false;
    s->reserved_bytes += step;
    return true;
}

/* A write that fails or falls short is undone; whoever tries again gets the system's reason. */
static bool written(const ronda_steady *s, const uint8_t *header, size_t header_bytes, const ronda_block *block)
{
    struct iovec parts[2] = {{(void *)header, header_bytes}, {block->data, block->size}};
    if (writev(s->fd, parts, 2) == (ssize_t)(header_bytes + block->size))
        return true;
    int ignored = ftruncate(s->fd, (off_t)s->size_bytes);
    (void)ignored;
    lseek(s->fd, (off_t)s->size_bytes, SEEK_SET);
    return false;
}

static void note_reports(ronda_steady *s, const ronda_block *block, int64_t offset_us)
{
    for (uint32_t i = 0; i < block->reports; i++) {
        s->reports[s->report_count] = block->report[i];
        s->reports[s->report_count++].arrival_us += offset_us;
    }
}

static void note(ronda_steady *s, const ronda_block *block, const ronda_fragment *f, int64_t first_us, int64_t last_us)
{
    uint32_t last = block->frames - 1;
    s->rows[s->row_count++] = (ronda_row){
        .offset = s->size_bytes, .size_bytes = f->fragment_bytes, .inter_bytes = block->size - f->key_bytes,
        .first_us = first_us, .last_us = last_us, .start_90k = f->first_dts,
        .duration_90k = f->next_dts - f->first_dts, .shift_90k = f->first_pts - f->first_dts,
        .first_pts = block->pts[0], .last_pts = block->pts[last],
        .frames = block->frames, .crc32 = f->crc32, .key = block->flags[0] & RONDA_KEY,
    };
    s->size_bytes += f->fragment_bytes, s->samples_bytes += block->size;
    s->frames += block->frames, s->sequence++;
    s->last_us = last_us, s->arrival_us = block->arrivals_us[last], s->next_90k = f->next_dts;
    s->depth = f->depth > s->depth ? f->depth : s->depth;
}

bool ronda_steady_append(ronda_steady *s, const ronda_block *block, int64_t offset_us, uint8_t *header,
                         size_t *header_bytes)
{
    if (!is_steady(s, block))
        return false;
    int64_t first_us = larger(s->last_us + 1, block->arrivals_us[0] + offset_us);
    int64_t last_us = larger(first_us + block->frames - 1, block->arrivals_us[block->frames - 1] + offset_us);
    if (first_us - s->last_us >= s->hole_us || last_us - first_us >= s->hole_us || !has_room(s, block))
        return false;
    ronda_muxer before = *s->muxer;
    ronda_fragment f = ronda_fragment_header(s->muxer, block, s->sequence, 0, header);
    if (!written(s, header, f.header_bytes, block)) {
        *s->muxer = before;
        return false;
    }
    *header_bytes = f.header_bytes;
    note(s, block, &f, first_us, last_us);
    note_reports(s, block, offset_us);
    return true;
}

void ronda_steady_taken(ronda_steady *s)
{
    s->most_frames -= s->frames;
    s->row_count = s->report_count = s->frames = 0;
    s->samples_bytes = 0;
    s->depth = 0;
}
