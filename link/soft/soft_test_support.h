// The transmit direction, for the tests of this folder: convolutional encoder, puncturing, interleaver, constellation
// and noise. Written from the documents, not from the decoder.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "link/profile.h"
#include "link/soft/soft_decoder.h"

namespace dl::link::testing {

using SymbolStream = std::vector<double>;  // as sent: 1 for a one, -1 for a zero
using BitList = std::vector<bool>;

inline SoftCoding coding_of(Modulation modulation, ConvolutionalRate rate) {
  SoftCoding coding;
  coding.modulation = modulation;
  coding.rate = rate;
  return coding;
}

inline BitList random_bits(std::mt19937& random, std::size_t count) {
  BitList bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = (random() & 1) != 0;
  return bits;
}

// CCSDS 131.0-B figures 3-1 and 3-2: the connection vectors as written there, the newest bit first.
inline SymbolStream convolutional(const BitList& bits, const SoftCoding& coding) {
  static const std::vector<std::pair<std::string, std::string>> kPatterns = {
      {"", ""}, {"1", "1"}, {"10", "11"}, {"101", "110"}, {"10101", "11010"}, {"1000101", "1111010"}};
  const auto& [c1, c2] = kPatterns[static_cast<std::size_t>(coding.rate)];
  const std::string g1 = "1111001";
  const std::string g2 = "1011011";
  std::deque<bool> shift_register(7, false);
  SymbolStream symbols;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    shift_register.push_front(bits[i]);
    shift_register.pop_back();
    bool first = false;
    bool second = coding.second_output_inverted;
    for (std::size_t tap = 0; tap < 7; ++tap) {
      first ^= g1[tap] == '1' && shift_register[tap];
      second ^= g2[tap] == '1' && shift_register[tap];
    }
    if (c1[i % c1.size()] == '1') symbols.push_back(first ? 1 : -1);
    if (c2[i % c2.size()] == '1') symbols.push_back(second ? 1 : -1);
  }
  return symbols;
}

inline BitList nrz_m(const BitList& bits) {
  BitList levels;
  bool level = false;
  for (const bool bit : bits) levels.push_back(level ^= bit);
  return levels;
}

// 36 shift registers of 0, 2048, 4096 … symbols, full of earlier data, fed in turn; a sync word before every 72
// symbols.
inline SymbolStream interleaved_80k(const SymbolStream& coded, std::mt19937& random) {
  std::vector<std::deque<double>> branches(36);
  for (std::size_t i = 0; i < branches.size(); ++i)
    for (std::size_t j = 0; j < i * 2048; ++j) branches[i].push_back((random() & 1) != 0 ? 1 : -1);
  SymbolStream out;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (i % 72 == 0) {
      for (int bit = 7; bit >= 0; --bit) out.push_back((0x27 >> bit & 1) != 0 ? 1 : -1);
    }
    std::deque<double>& branch = branches[i % 36];
    branch.push_back(coded[i]);
    out.push_back(branch.front());
    branch.pop_front();
  }
  return out;
}

// The constellation turned by `quarters`, then mirrored (Q inverted). I is the even symbols.
inline SymbolStream turned(SymbolStream symbols, int quarters, bool mirrored) {
  for (std::size_t i = 0; i + 1 < symbols.size(); i += 2) {
    for (int quarter = 0; quarter < quarters; ++quarter) {
      const double in_phase = symbols[i];
      symbols[i] = -symbols[i + 1];
      symbols[i + 1] = in_phase;
    }
    if (mirrored) symbols[i + 1] = -symbols[i + 1];
  }
  return symbols;
}

// As a demodulator hands them over: signed bytes, with Gaussian noise of standard deviation `sigma`.
inline Bytes received(const SymbolStream& symbols, double sigma, std::mt19937& random) {
  std::normal_distribution<double> noise(0, 1);
  Bytes bytes;
  bytes.reserve(symbols.size());
  for (const double symbol : symbols) {
    const double value = 50 * (sigma > 0 ? symbol + sigma * noise(random) : symbol);
    bytes.push_back(static_cast<Byte>(std::clamp(std::lround(value), -128L, 127L)));
  }
  return bytes;
}

inline Bytes noise(std::size_t count, std::mt19937& random) {
  return received(SymbolStream(count, 0), 1, random);
}

inline BitList bits_of(ByteView bytes) {
  BitList bits;
  for (const Byte byte : bytes)
    for (int bit = 7; bit >= 0; --bit) bits.push_back((byte >> bit & 1) != 0);
  return bits;
}

struct Decoded {
  Bytes bytes;
  std::vector<SoftBits::Run> runs;
  LossLedger losses;
  SoftDecoder::Counts counts;
};

inline Decoded decode_in_pieces(const SoftCoding& coding, ByteView symbols, std::size_t piece) {
  SoftDecoder decoder(coding);
  SoftBits bits;
  for (std::size_t at = 0; at < symbols.size(); at += piece) {
    // Every 1000 symbols take a second.
    for (std::size_t from = at; from < std::min(at + piece, symbols.size());) {
      const std::size_t to = std::min({from / 1000 * 1000 + 1000, at + piece, symbols.size()});
      decoder.push(symbols.subspan(from, to - from), UtcTime{std::chrono::seconds{from / 1000}}, bits);
      from = to;
    }
  }
  decoder.flush(bits);
  return {bits.bytes, bits.runs, decoder.losses(), decoder.counts()};
}

inline Decoded decode(const SoftCoding& coding, ByteView symbols) {
  return decode_in_pieces(coding, symbols, symbols.size() + 1);
}

// Wrong bits of `got` against the stretch of `sent` that fits best, in the polarity that fits better; all of `got` but
// the bits that fill up its last byte must lie within `sent`.
struct Fit {
  std::size_t offset = 0;
  std::size_t wrong = 0;
  bool inverted = false;
};
inline Fit best_fit(const BitList& got, const BitList& sent, std::size_t offsets) {
  Fit best{0, got.size(), false};
  for (std::size_t offset = 0; offset < offsets; ++offset) {
    const std::size_t compared = std::min(got.size(), sent.size() - offset);
    std::size_t wrong = 0;
    const std::size_t sample = std::min<std::size_t>(compared, 400);
    for (std::size_t i = 0; i < sample; ++i) wrong += std::size_t{got[i] != sent[offset + i]};
    if (wrong > sample / 8 && wrong < sample - sample / 8) continue;
    for (std::size_t i = sample; i < compared; ++i) wrong += std::size_t{got[i] != sent[offset + i]};
    const bool inverted = 2 * wrong > compared;
    if (inverted) wrong = compared - wrong;
    if (wrong < best.wrong) best = {offset, wrong, inverted};
  }
  return best;
}

}  // namespace dl::link::testing
