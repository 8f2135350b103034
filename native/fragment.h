/* One fragment's moof and head of mdat, and its decoding times: the twin of ronda.media.reorder and
 * ronda.media.fmp4_write.fragment_header. Pure; equal bytes for equal blocks. */
#ifndef RONDA_FRAGMENT_H
#define RONDA_FRAGMENT_H

#include "crc32.h"
#include "stream.h"

enum { RONDA_MAX_DEPTH = 16 };

/* The times of one segment: see ronda.media.reorder.Reorder. */
typedef struct {
    int depth;
    int64_t origin, last_dts, distance;
    int64_t waiting[RONDA_MAX_DEPTH + 1]; /* sorted; depth of them */
    uint32_t sound_hz;
    int64_t sound_end;
} ronda_muxer;

typedef struct {
    int64_t first_dts, first_pts, next_dts;
    uint64_t key_bytes;
    int depth; /* that the block needs at least */
    size_t header_bytes, sound_bytes, fragment_bytes;
    const uint8_t *sound; /* of the block; NULL where sound is not written */
    uint32_t crc32;       /* of the whole fragment */
} ronda_fragment;

void ronda_muxer_init(ronda_muxer *m, int64_t first_pts, int depth, int64_t distance, uint32_t sound_hz);
/* Bytes that `ronda_fragment_header` needs at most for this block. */
size_t ronda_fragment_room(const ronda_block *block);
/* Takes the frames into the muxer's times. default_distance: of a last frame without a next one. */
ronda_fragment ronda_fragment_header(ronda_muxer *m, const ronda_block *block, uint32_t sequence,
                                     int64_t default_distance, uint8_t *out);

#endif
