/* See ring.h. */
#include "ring.h"

#include <stdlib.h>
#include <time.h>

enum { OVERHEAD_BYTES = 8192 }; /* of a block in memory, besides its samples */

bool ronda_ring_init(ronda_ring *ring, size_t capacity)
{
    pthread_condattr_t monotonic;
    *ring = (ronda_ring){.capacity = capacity};
    ring->end = &ring->first;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    return pthread_mutex_init(&ring->lock, NULL) == 0 && pthread_cond_init(&ring->came, &monotonic) == 0;
}

void ronda_ring_free(ronda_ring *ring, void (*free_order)(void *))
{
    for (ronda_item *item = ring->first, *next; item != NULL; item = next) {
        next = item->next;
        ronda_block_free(item->block);
        if (item->order != NULL)
            free_order(item->order);
        free(item);
    }
    free(ring->streams);
    pthread_mutex_destroy(&ring->lock);
    pthread_cond_destroy(&ring->came);
}

static ronda_ring_stream *stream_of(ronda_ring *ring, uint64_t key)
{
    for (size_t i = ring->stream_count; i-- > 0;)
        if (ring->streams[i].key == key)
            return &ring->streams[i];
    if (ring->stream_count == ring->stream_room) {
        size_t room = ring->stream_room ? 2 * ring->stream_room : 64;
        ronda_ring_stream *grown = realloc(ring->streams, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        ring->streams = grown, ring->stream_room = room;
    }
    ring->streams[ring->stream_count] = (ronda_ring_stream){.key = key};
    return &ring->streams[ring->stream_count++];
}

static size_t size_of(const ronda_block *block) { return block->size + OVERHEAD_BYTES; }
static bool starts_with_key(const ronda_block *block) { return block->flags[0] & RONDA_KEY; }

static void widen(ronda_item *dropped, const ronda_block *block)
{
    dropped->frames += block->frames;
    dropped->last_us = block->arrivals_us[block->frames - 1];
}

static ronda_item *append(ronda_ring *ring, ronda_item_kind kind)
{
    ronda_item *item = calloc(1, sizeof *item);
    if (item == NULL)
        return NULL;
    item->kind = kind;
    *ring->end = item;
    ring->end = &item->next;
    pthread_cond_signal(&ring->came);
    return item;
}

static void become_dropped(ronda_item *item)
{
    const ronda_block *block = item->block;
    item->kind = RONDA_DROPPED, item->key = block->key, item->frames = block->frames;
    item->first_us = block->arrivals_us[0], item->last_us = block->arrivals_us[block->frames - 1];
    ronda_block_free(item->block);
    item->block = NULL;
}

static int priority_of(ronda_ring *ring, uint64_t key)
{
    const ronda_ring_stream *stream = stream_of(ring, key);
    return stream != NULL ? stream->priority : 0;
}

/* The least important stream that has a block here; of equal ones that with the lowest key. */
static const ronda_block *victim(ronda_ring *ring)
{
    const ronda_block *found = NULL;
    int least = 0;
    for (const ronda_item *item = ring->first; item != NULL; item = item->next) {
        if (item->kind != RONDA_BLOCK || (found != NULL && item->block->key == found->key))
            continue;
        int priority = priority_of(ring, item->block->key);
        if (found == NULL || priority < least || (priority == least && item->block->key < found->key))
            found = item->block, least = priority;
    }
    return found;
}

/* Leave out the oldest group of pictures of the least important stream. */
static bool drop_group(ronda_ring *ring)
{
    const ronda_block *chosen = victim(ring);
    if (chosen == NULL)
        return false;
    uint64_t key = chosen->key;
    ronda_item *dropped = NULL;
    for (ronda_item **link = &ring->first, *item; (item = *link) != NULL;) {
        if (item->kind != RONDA_BLOCK || item->block->key != key) {
            link = &item->next;
            continue;
        }
        if (dropped != NULL && starts_with_key(item->block))
            return true;
        ring->bytes -= size_of(item->block);
        if (dropped == NULL) {
            become_dropped(item);
            dropped = item;
            link = &item->next;
            continue;
        }
        widen(dropped, item->block);
        ronda_block_free(item->block);
        if (ring->end == &item->next)
            ring->end = link;
        *link = item->next;
        free(item);
    }
    ronda_ring_stream *stream = stream_of(ring, key);
    if (stream != NULL)
        stream->dropping = true; /* the rest of the group is still to come */
    return true;
}

static bool still_dropping(ronda_ring *ring, ronda_block *block)
{
    ronda_ring_stream *stream = stream_of(ring, block->key);
    if (stream == NULL || !stream->dropping)
        return false;
    if (starts_with_key(block)) {
        stream->dropping = false;
        return false;
    }
    return true;
}

void ronda_ring_put(ronda_ring *ring, ronda_block *block)
{
    pthread_mutex_lock(&ring->lock);
    bool dropping = still_dropping(ring, block);
    ronda_item *item = append(ring, RONDA_BLOCK);
    if (item == NULL) {
        ronda_block_free(block);
    } else {
        item->block = block;
        if (dropping)
            become_dropped(item);
        else
            ring->bytes += size_of(block);
    }
    while (ring->bytes > ring->capacity && drop_group(ring))
        ;
    pthread_mutex_unlock(&ring->lock);
}

bool ronda_ring_order(ronda_ring *ring, void *order)
{
    pthread_mutex_lock(&ring->lock);
    ronda_item *item = append(ring, RONDA_ORDER);
    if (item != NULL)
        item->order = order;
    pthread_mutex_unlock(&ring->lock);
    return item != NULL;
}

void ronda_ring_priority(ronda_ring *ring, uint64_t key, int priority)
{
    pthread_mutex_lock(&ring->lock);
    ronda_ring_stream *stream = stream_of(ring, key);
    if (stream != NULL)
        stream->priority = priority;
    pthread_mutex_unlock(&ring->lock);
}

static void sleep_us(int64_t us)
{
    struct timespec pause = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

ronda_item *ronda_ring_take(ronda_ring *ring, int64_t timeout_us, int64_t gather_us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_us % 1000000 * 1000;
    until.tv_sec += timeout_us / 1000000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&ring->lock);
    while (ring->first == NULL)
        if (pthread_cond_timedwait(&ring->came, &ring->lock, &until) != 0)
            break;
    if (ring->first != NULL && gather_us > 0) { /* many blocks in one go spare many wake-ups */
        pthread_mutex_unlock(&ring->lock);
        sleep_us(gather_us);
        pthread_mutex_lock(&ring->lock);
    }
    ronda_item *items = ring->first;
    ring->first = NULL;
    ring->end = &ring->first;
    ring->bytes = 0;
    pthread_mutex_unlock(&ring->lock);
    return items;
}
