/* CRC-32 as zlib counts it, by carry-less multiplication where the processor can: the check of every
 * fragment then costs a tenth of its copy. The constants are x^n mod P for the folding distances, after
 * V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (2009). */
#include "crc32.h"

#include <string.h>

static uint32_t table[8][256];

__attribute__((constructor)) static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
        table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++)
            table[k][i] = table[0][table[k - 1][i] & 0xff] ^ table[k - 1][i] >> 8;
}

/* Products of polynomials modulo P; the highest bit is x^0. */
static uint32_t times(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
        product ^= a & bit ? b : 0;
        b = b & 1 ? b >> 1 ^ 0xedb88320u : b >> 1;
    }
    return product;
}

/* `first` is moved by x^8 for each byte behind it. */
uint32_t ronda_crc32_joined(uint32_t first, uint32_t second, size_t second_size)
{
    uint32_t by = 1u << 23;
    for (; second_size > 0; second_size >>= 1, by = times(by, by))
        if (second_size & 1)
            first = times(first, by);
    return first ^ second;
}

/* Eight bytes at a time. `crc` is inverted already. */
static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t size)
{
    for (; size >= 8; p += 8, size -= 8) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
        low ^= crc;
        crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
              table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^ table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
    }
    for (; size > 0; p++, size--)
        crc = table[0][(crc ^ *p) & 0xff] ^ crc >> 8;
    return crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* size is at least 64 and a multiple of 16. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t by_folding(uint32_t crc, const uint8_t *p, size_t size)
{
    const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i to_8 = _mm_set_epi64x(0, 0x0163cd6124);
    const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i low_32 = _mm_setr_epi32(~0, 0, ~0, 0);
    const __m128i *from = (const __m128i *)(const void *)p;
    __m128i x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        x[i] = _mm_loadu_si128(from++);
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)crc));
    for (size -= 64; size >= 64; size -= 64)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            __m128i low = _mm_clmulepi64_si128(x[i], by_64, 0x00), high = _mm_clmulepi64_si128(x[i], by_64, 0x11);
            x[i] = _mm_xor_si128(_mm_xor_si128(low, high), _mm_loadu_si128(from++));
        }
#pragma GCC unroll 3
    for (int i = 1; i < 4; i++) {
        __m128i low = _mm_clmulepi64_si128(x[0], by_16, 0x00), high = _mm_clmulepi64_si128(x[0], by_16, 0x11);
        x[0] = _mm_xor_si128(_mm_xor_si128(low, high), x[i]);
    }
    for (; size >= 16; size -= 16) {
        __m128i low = _mm_clmulepi64_si128(x[0], by_16, 0x00), high = _mm_clmulepi64_si128(x[0], by_16, 0x11);
        x[0] = _mm_xor_si128(_mm_xor_si128(low, high), _mm_loadu_si128(from++));
    }
    __m128i v = x[0];
    v = _mm_xor_si128(_mm_srli_si128(v, 8), _mm_clmulepi64_si128(v, by_16, 0x10));
    v = _mm_xor_si128(_mm_srli_si128(v, 4), _mm_clmulepi64_si128(_mm_and_si128(v, low_32), to_8, 0x00));
    __m128i t = _mm_clmulepi64_si128(_mm_and_si128(v, low_32), barrett, 0x10);
    t = _mm_clmulepi64_si128(_mm_and_si128(t, low_32), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(v, t), 1);
}

/* The same four times as wide: size is a multiple of 256, at least 512. What is left of it is a shorter message
 * with the same remainder. */
__attribute__((target("avx512f,vpclmulqdq,avx"))) static uint32_t by_wide_folding(uint32_t crc, const uint8_t *p,
                                                                             size_t size)
{
    const __m512i by_256 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x01322d1430, 0x011542778a));
    uint8_t left[256];
    __m512i x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, p += 64)
        x[i] = _mm512_loadu_si512(p);
    x[0] = _mm512_xor_si512(x[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
    for (size -= 256; size >= 256; size -= 256)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++, p += 64) {
            __m512i low = _mm512_clmulepi64_epi128(x[i], by_256, 0x00);
            __m512i high = _mm512_clmulepi64_epi128(x[i], by_256, 0x11);
            x[i] = _mm512_ternarylogic_epi64(low, high, _mm512_loadu_si512(p), 0x96);
        }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        _mm512_storeu_si512(left + 64 * i, x[i]);
    _mm256_zeroupper(); /* else all that is no AVX runs at half its speed from here on: SHA-256 for instance */
    return by_folding(0, left, sizeof left);
}

uint32_t ronda_crc32(uint32_t crc, const uint8_t *data, size_t size)
{
    crc = ~crc;
    if (size >= 4096 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) {
        size_t folded = size & ~(size_t)255;
        crc = by_wide_folding(crc, data, folded);
        data += folded, size -= folded;
    }
    if (size >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        size_t folded = size & ~(size_t)15;
        crc = by_folding(crc, data, folded);
        data += folded, size -= folded;
    }
    return ~by_table(crc, data, size);
}
#else
uint32_t ronda_crc32(uint32_t crc, const uint8_t *data, size_t size) { return ~by_table(~crc, data, size); }
#endif
