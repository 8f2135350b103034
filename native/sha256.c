/* See sha256.h. */
#include "sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

enum { LANES = 2 };

/* What is left of a stream's bytes: runs of whole blocks, from its tail or from where they lie. */
typedef struct {
    ronda_sha256 *sha;
    const ronda_span *part, *end;
    const uint8_t *data;
    size_t left;
    const uint8_t *run;
    size_t blocks;
} lane;

bool ronda_sha256_available(void)
{
    unsigned int a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) && __builtin_cpu_supports("sse4.1");
}

/* `blocks` blocks of each of `lanes` streams; `lanes` is known where this is put in. The instructions want the
 * state as ABEF and CDGH. */
__attribute__((always_inline, target("sha,sse4.1"))) static inline void compress(const int lanes, lane *of,
                                                                                size_t blocks)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef[LANES], cdgh[LANES], w[LANES][4];
#pragma GCC unroll 2
    for (int l = 0; l < lanes; l++) {
        __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)of[l].sha->state), 0xb1);
        __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(of[l].sha->state + 4)), 0x1b);
        abef[l] = _mm_alignr_epi8(low, high, 8);
        cdgh[l] = _mm_blend_epi16(high, low, 0xf0);
    }
    for (; blocks > 0; blocks--) {
        __m128i abef_before[LANES], cdgh_before[LANES];
#pragma GCC unroll 2
        for (int l = 0; l < lanes; l++) {
            abef_before[l] = abef[l], cdgh_before[l] = cdgh[l];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++)
                w[l][i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(of[l].run + 16 * i)),
                                           big_endian);
            of[l].run += RONDA_SHA256_BLOCK;
        }
#pragma GCC unroll 16
        for (int r = 0; r < 16; r++) { /* four rounds each */
            __m128i constants = _mm_loadu_si128((const __m128i *)(const void *)(ROUND + 4 * r));
#pragma GCC unroll 2
            for (int l = 0; l < lanes; l++) {
                __m128i words = _mm_add_epi32(w[l][r & 3], constants);
                cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], words);
                abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(words, 0x0e));
                if (r < 12) { /* the words of four rounds further on */
                    __m128i next = _mm_sha256msg1_epu32(w[l][r & 3], w[l][(r + 1) & 3]);
                    next = _mm_add_epi32(next, _mm_alignr_epi8(w[l][(r + 3) & 3], w[l][(r + 2) & 3], 4));
                    w[l][r & 3] = _mm_sha256msg2_epu32(next, w[l][(r + 3) & 3]);
                }
            }
        }
#pragma GCC unroll 2
        for (int l = 0; l < lanes; l++) {
            abef[l] = _mm_add_epi32(abef[l], abef_before[l]);
            cdgh[l] = _mm_add_epi32(cdgh[l], cdgh_before[l]);
        }
    }
#pragma GCC unroll 2
    for (int l = 0; l < lanes; l++) {
        __m128i low = _mm_shuffle_epi32(abef[l], 0x1b), high = _mm_shuffle_epi32(cdgh[l], 0xb1);
        _mm_storeu_si128((__m128i *)(void *)of[l].sha->state, _mm_blend_epi16(low, high, 0xf0));
        _mm_storeu_si128((__m128i *)(void *)(of[l].sha->state + 4), _mm_alignr_epi8(high, low, 8));
    }
}

__attribute__((target("sha,sse4.1"))) static void compress_one(lane *of, size_t blocks) { compress(1, of, blocks); }
__attribute__((target("sha,sse4.1"))) static void compress_both(lane *of, size_t blocks) { compress(2, of, blocks); }

/* The next run of whole blocks; false when less than a block is left, which then waits in the tail. */
static bool next_run(lane *of)
{
    ronda_sha256 *sha = of->sha;
    for (;;) {
        while (of->left == 0) {
            if (of->part == of->end)
                return false;
            of->data = of->part->data, of->left = of->part->size;
            of->part++;
        }
        size_t held = sha->bytes % RONDA_SHA256_BLOCK, taken;
        if (held == 0 && of->left >= RONDA_SHA256_BLOCK) {
            of->run = of->data, of->blocks = of->left / RONDA_SHA256_BLOCK;
            taken = of->blocks * RONDA_SHA256_BLOCK;
        } else {
            taken = RONDA_SHA256_BLOCK - held < of->left ? RONDA_SHA256_BLOCK - held : of->left;
            memcpy(sha->tail + held, of->data, taken);
            of->run = sha->tail, of->blocks = held + taken == RONDA_SHA256_BLOCK;
        }
        of->data += taken, of->left -= taken, sha->bytes += taken;
        if (of->blocks > 0)
            return true;
    }
}

void ronda_sha256_update(const ronda_hash_job *jobs, size_t count)
{
    lane lanes[LANES] = {0};
    int busy = 0;
    for (size_t job = 0;;) {
        while (busy < LANES && job < count) {
            lanes[busy] = (lane){.sha = jobs[job].sha, .part = jobs[job].parts};
            lanes[busy].end = jobs[job].parts + jobs[job].count;
            job++;
            busy += next_run(&lanes[busy]);
        }
        if (busy == 0)
            return;
        size_t blocks = lanes[0].blocks;
        if (busy == 1) {
            compress_one(lanes, blocks);
        } else {
            blocks = lanes[1].blocks < blocks ? lanes[1].blocks : blocks;
            compress_both(lanes, blocks);
        }
        for (int l = busy; l-- > 0;) {
            lanes[l].blocks -= blocks;
            if (lanes[l].blocks == 0 && !next_run(&lanes[l]))
                lanes[l] = lanes[--busy];
        }
    }
}

#else

bool ronda_sha256_available(void) { return false; }
void ronda_sha256_update(const ronda_hash_job *jobs, size_t count) { (void)jobs, (void)count; }

#endif

void ronda_sha256_init(ronda_sha256 *sha)
{
    static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(sha->state, START, sizeof START);
    sha->bytes = 0;
}

void ronda_sha256_digest(const ronda_sha256 *sha, uint8_t digest[RONDA_SHA256_BYTES])
{
    ronda_sha256 last = *sha;
    uint8_t end[2 * RONDA_SHA256_BLOCK] = {0x80};
    size_t held = sha->bytes % RONDA_SHA256_BLOCK, fill = (held < 56 ? 56 : 120) - held;
    for (int i = 0; i < 8; i++)
        end[fill + (size_t)i] = (uint8_t)(sha->bytes * 8 >> (56 - 8 * i));
    ronda_span part = {end, fill + 8};
    ronda_sha256_update(&(ronda_hash_job){&last, &part, 1}, 1);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 4; k++)
            digest[4 * i + k] = (uint8_t)(last.state[i] >> (24 - 8 * k));
}
