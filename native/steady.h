/* Append the blocks of a stream that goes on as before to its open segment, in one step without the interpreter.
 *
 * No rule is decided here. The limits within which a block needs none are given (`ronda_steady`); a block outside
 * of them is refused untouched and is looked at by ronda.video.record.camera_recorder, as every block could be.
 * Belongs to the writer's thread. */
#ifndef RONDA_STEADY_H
#define RONDA_STEADY_H

#include "fragment.h"

enum { RONDA_STEADY_ROWS = 16, RONDA_STEADY_REPORTS = 64 };

/* See ronda.video.model.Fragment; and the last frame, for the account of the camera's time. */
typedef struct {
    uint64_t offset, size_bytes, inter_bytes;
    int64_t first_us, last_us, start_90k, duration_90k, shift_90k, first_pts, last_pts;
    uint32_t frames, crc32;
    bool key;
} ronda_row;

typedef struct {
    /* of the segment */
    int fd;
    ronda_muxer *muxer;
    int64_t hole_us; /* a silence this long is looked at */
    /* the limits of what is steady */
    uint64_t sets_serial, most_bytes;
    int64_t since_pts, until_pts; /* between these */
    uint32_t most_frames;
    /* where the file and the stream stand */
    uint64_t size_bytes, reserved_bytes, step_bytes; /* of the file; up to where it has room, and by how much it gets more */
    uint32_t sequence;
    int64_t last_us;
    /* since the last `taken` */
    ronda_row rows[RONDA_STEADY_ROWS];
    ronda_report reports[RONDA_STEADY_REPORTS]; /* arrivals as wall time */
    uint32_t row_count, report_count, frames;
    uint64_t samples_bytes;
    int64_t arrival_us, next_90k;
    int depth;
} ronda_steady;

/* False: nothing was done, the file is as long as it was. offset_us: wall time of an arrival minus its monotonic
 * time. header has room for `ronda_fragment_room` and gets header_bytes. */
bool ronda_steady_append(ronda_steady *s, const ronda_block *block, int64_t offset_us, uint8_t *header,
                         size_t *header_bytes);
void ronda_steady_taken(ronda_steady *s);

#endif
