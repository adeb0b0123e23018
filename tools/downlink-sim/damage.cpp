#include "tools/downlink-sim/damage.h"

#include <algorithm>
#include <map>

namespace dl::sim {
namespace {

Bytes without_lost_frames(ByteView cadus, std::size_t cadu_size_bytes, const Damage& damage, DamageDone& done) {
  Bytes kept;
  kept.reserve(cadus.size());
  for (std::size_t offset = 0, index = 0; offset < cadus.size(); offset += cadu_size_bytes, ++index) {
    if (std::ranges::binary_search(damage.lost_frames, index)) {
      ++done.frames_lost;
      continue;
    }
    const ByteView cadu = cadus.subspan(offset, std::min(cadu_size_bytes, cadus.size() - offset));
    kept.insert(kept.end(), cadu.begin(), cadu.end());
  }
  return kept;
}

// Independent bit errors by drawing the distances between them: one draw per error, not per bit.
void flip_bits(Bytes& bytes, double rate, std::mt19937_64& random, DamageDone& done) {
  if (rate <= 0) return;
  std::geometric_distribution<std::uint64_t> distance(std::min(rate, 1.0));
  const std::uint64_t size_bits = bytes.size() * 8;
  for (std::uint64_t bit = distance(random); bit < size_bits; bit += 1 + distance(random)) {
    bytes[bit / 8] = static_cast<Byte>(bytes[bit / 8] ^ (0x80U >> (bit % 8)));
    ++done.bits_flipped;
  }
}

// Copies bit by bit with `shift_bits` in front and the slips applied; ends on a whole byte, padded with zeros.
Bytes with_slips(ByteView bytes, unsigned shift_bits, const std::map<std::uint64_t, bool>& slips) {
  Bytes out;
  out.reserve(bytes.size() + 2);
  unsigned filled = 0;
  unsigned current = 0;
  const auto put = [&](unsigned bit) {
    current = (current << 1) | bit;
    if (++filled % 8 == 0) {
      out.push_back(static_cast<Byte>(current));
      current = 0;
    }
  };
  for (unsigned i = 0; i < shift_bits; ++i) put(i % 2);
  auto slip = slips.begin();
  for (std::uint64_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const unsigned value = (bytes[bit / 8] >> (7 - bit % 8)) & 1U;
    if (slip != slips.end() && slip->first == bit) {
      const bool removed = slip->second;
      ++slip;
      if (removed) continue;
      put(value);
    }
    put(value);
  }
  while (filled % 8 != 0) put(0);
  return out;
}

}  // namespace

Bytes apply_damage(ByteView cadus, std::size_t cadu_size_bytes, const Damage& damage, DamageDone& done) {
  std::mt19937_64 random(damage.seed);
  Bytes bytes = without_lost_frames(cadus, cadu_size_bytes, damage, done);
  flip_bits(bytes, damage.bit_error_rate, random, done);
  if ((damage.slips > 0 || damage.shift_bits > 0) && !bytes.empty()) {
    std::map<std::uint64_t, bool> slips;  // bit -> removed (otherwise doubled)
    const std::uint64_t wanted = std::min<std::uint64_t>(damage.slips, bytes.size());  // there are only so many bits
    while (slips.size() < wanted) slips.emplace(random() % (bytes.size() * 8), random() % 2 == 0);
    for (const auto& [bit, removed] : slips) ++(removed ? done.bits_removed : done.bits_doubled);
    bytes = with_slips(bytes, damage.shift_bits, slips);
  }
  if (damage.inverted) {
    for (Byte& byte : bytes) byte = static_cast<Byte>(~byte);
  }
  return bytes;
}

}  // namespace dl::sim
