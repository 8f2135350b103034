/* CRC-32 as zlib counts it. */
#ifndef RONDA_CRC32_H
#define RONDA_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t ronda_crc32(uint32_t crc, const uint8_t *data, size_t size);
/* Of two pieces, one after the other, whose own sums are known. */
uint32_t ronda_crc32_joined(uint32_t first, uint32_t second, size_t second_size);

#endif
