#include "decoders/amsu_a/packet.h"

#include <cassert>

namespace dl::decoders::amsu_a {
namespace {

std::size_t look_offset(std::size_t view_offset, const Unit& unit, std::size_t band, std::size_t look) {
  return view_offset + 2 * (look * unit.bands + band);
}

std::vector<Looks> read_looks(const Unit& unit, ByteView science, std::size_t view_offset) {
  std::vector<Looks> looks(unit.bands);
  for (std::size_t band = 0; band < unit.bands; ++band) {
    for (std::size_t look = 0; look < kLooks; ++look) {
      looks[band][look] = read_u16(science, look_offset(view_offset, unit, band, look));
    }
  }
  return looks;
}

void put_u16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<Byte>(value >> 8);
  bytes[at + 1] = static_cast<Byte>(value);
}

void write_looks(const Unit& unit, Bytes& science, std::size_t view_offset, const std::vector<Looks>& looks) {
  for (std::size_t band = 0; band < unit.bands; ++band) {
    for (std::size_t look = 0; look < kLooks; ++look) {
      put_u16(science, look_offset(view_offset, unit, band, look), looks[band][look]);
    }
  }
}

}  // namespace

std::optional<Bytes> without_fill(const Unit& unit, ByteView data) {
  Bytes science;
  science.reserve(unit.science_bytes);
  for (std::size_t at = 0; at + 1 < data.size() && science.size() < unit.science_bytes; at += 2) {
    const std::uint16_t word = read_u16(data, at);
    if (word != kFillWord) append_u16(science, word);
  }
  if (science.size() < unit.science_bytes) return std::nullopt;
  return science;
}

UnitScan read_science(const Unit& unit, ByteView science) {
  assert(science.size() == unit.science_bytes);
  UnitScan scan;
  scan.earth.resize(unit.bands);
  for (std::size_t band = 0; band < unit.bands; ++band) {
    for (std::size_t x = 0; x < kPixels; ++x) {
      scan.earth[band][x] = read_u16(science, unit.earth_offset + unit.earth_step * x + 2 * band);
    }
  }
  scan.space = read_looks(unit, science, unit.space_offset);
  scan.target = read_looks(unit, science, unit.target_offset);
  for (std::size_t i = 0; i < unit.thermometers; ++i) {
    scan.thermometers.push_back(read_u16(science, unit.thermometer_offset + 2 * i));
  }
  return scan;
}

Bytes write_science(const Unit& unit, const UnitScan& scan) {
  Bytes science(unit.science_bytes);
  for (std::size_t band = 0; band < unit.bands; ++band) {
    for (std::size_t x = 0; x < kPixels; ++x) {
      put_u16(science, unit.earth_offset + unit.earth_step * x + 2 * band, scan.earth[band][x]);
    }
  }
  write_looks(unit, science, unit.space_offset, scan.space);
  write_looks(unit, science, unit.target_offset, scan.target);
  for (std::size_t i = 0; i < unit.thermometers; ++i) {
    put_u16(science, unit.thermometer_offset + 2 * i, scan.thermometers[i]);
  }
  return science;
}

}  // namespace dl::decoders::amsu_a
