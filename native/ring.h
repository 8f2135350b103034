/* The bounded hand-over between the receiving thread and the writer: see ronda.video.record.ring.
 *
 * `ronda_ring_put` never waits for the writer. When the ring is full, whole groups of pictures of the least
 * important stream are left out, oldest first, and a `dropped` item stands in their place: counted, never
 * silence. Orders travel between the blocks, so that the writer meets them in order. */
#ifndef RONDA_RING_H
#define RONDA_RING_H

#include "stream.h"

#include <pthread.h>

typedef enum { RONDA_BLOCK, RONDA_DROPPED, RONDA_ORDER } ronda_item_kind;

typedef struct ronda_item {
    struct ronda_item *next;
    ronda_item_kind kind;
    ronda_block *block;
    uint64_t key, frames; /* of what was dropped */
    int64_t first_us, last_us;
    void *order;
} ronda_item;

typedef struct {
    uint64_t key;
    int priority;
    bool dropping; /* waits for its next key frame */
} ronda_ring_stream;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t came;
    ronda_item *first, **end;
    size_t bytes, capacity;
    ronda_ring_stream *streams;
    size_t stream_count, stream_room;
} ronda_ring;

bool ronda_ring_init(ronda_ring *ring, size_t capacity);
void ronda_ring_free(ronda_ring *ring, void (*free_order)(void *));
void ronda_ring_put(ronda_ring *ring, ronda_block *block);
bool ronda_ring_order(ronda_ring *ring, void *order);
void ronda_ring_priority(ronda_ring *ring, uint64_t key, int priority);
/* Everything that waits, in order; waits up to timeout_us for the first item and then gather_us for more. */
ronda_item *ronda_ring_take(ronda_ring *ring, int64_t timeout_us, int64_t gather_us);

#endif
