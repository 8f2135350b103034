/* SHA-256 (FIPS 180-4) of many streams at once. One stream keeps the processor's SHA unit busy half of the time,
 * since each round waits for the one before; two streams side by side fill it. */
#ifndef RONDA_SHA256_H
#define RONDA_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RONDA_SHA256_BYTES = 32, RONDA_SHA256_BLOCK = 64 };

typedef struct {
    uint32_t state[8];
    uint64_t bytes;                   /* so far */
    uint8_t tail[RONDA_SHA256_BLOCK]; /* what is less than a block; bytes % 64 of it */
} ronda_sha256;

typedef struct {
    const uint8_t *data;
    size_t size;
} ronda_span;

/* Bytes for one stream, in order. No two jobs of one call are for the same stream. */
typedef struct {
    ronda_sha256 *sha;
    const ronda_span *parts;
    size_t count;
} ronda_hash_job;

/* Whether this processor has the instructions; without them nothing else here may be called. */
bool ronda_sha256_available(void);
void ronda_sha256_init(ronda_sha256 *sha);
void ronda_sha256_update(const ronda_hash_job *jobs, size_t count);
/* Of what came so far; the stream may go on. */
void ronda_sha256_digest(const ronda_sha256 *sha, uint8_t digest[RONDA_SHA256_BYTES]);

#endif
