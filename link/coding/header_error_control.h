// AOS frame header error control (CCSDS 732.0-B 4.1.2.6): a shortened Reed-Solomon code (10,6) of 4-bit symbols over
// what a frame must have right to be sorted: master channel and virtual channel identifiers (bytes 0 and 1) and the
// signaling field (byte 5). The frame counter (bytes 2 to 4) is not protected. Four check symbols in bytes 6 and 7.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::size_t kHeaderErrorControlEnd = 8;  // primary header and check symbols
inline constexpr unsigned kCorrectableHeaderSymbols = 2;

// Fills in bytes 6 and 7. `header` has at least 8 bytes.
void write_header_error_control(std::span<Byte> header);

// Corrects up to two symbols in place and returns how many; nothing, and `header` unchanged, when there are more.
// `header` has at least 8 bytes.
std::optional<unsigned> correct_header(std::span<Byte> header);

}  // namespace dl::link
