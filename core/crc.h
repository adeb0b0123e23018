// Cyclic redundancy checks of the formats that we speak.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.h"

namespace dl {

// CRC-32C (Castagnoli, reflected 0x82F63B78, start and final inversion), as object stores and our recording
// index use it. Continue a running value by passing the previous result as `crc`; start with 0.
std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);

// CRC-32C of A followed by B from the CRC-32C of each and the length of B: what a whole consists of can be checked
// without reading it again.
std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t size_b_bytes);

// CRC-16 of CCSDS 132.0-B (FECF): polynomial 0x1021, start 0xFFFF, no reflection.
std::uint16_t crc16_ccitt(ByteView bytes, std::uint16_t crc = 0xFFFF);

// Base64 of the four bytes, most significant first: the form in which Google Cloud Storage states a CRC-32C.
std::string crc32c_base64(std::uint32_t crc);

}  // namespace dl
