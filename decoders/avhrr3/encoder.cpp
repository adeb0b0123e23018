#include "decoders/avhrr3/encoder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <vector>

#include "calibrate/earth_sun.h"
#include "calibrate/time_model.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/coefficients.h"
#include "decoders/avhrr3/raw_granule.h"

namespace dl::decoders::avhrr3 {
namespace {

constexpr std::uint64_t kPrtCycle = 5;

std::uint16_t rounded(double count) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(count, 0.0, static_cast<double>(kMaxCount))));
}

ReferenceView constant_view(const std::array<std::uint16_t, kSlots>& counts) {
  ReferenceView view{};
  view.fill(counts);
  return view;
}

Result<calibrate::Row> row_of(const calibrate::CalibrationRequest& request, std::string_view quantity, UtcTime time) {
  const auto selected = request.tables->select({quantity, request.profile, {}}, time, request.known_at);
  if (!selected) return fail(ErrorKind::config, selected.error());
  return calibrate::evaluate(*selected);
}

double mean_temperature(const std::array<PrtPolynomial, kPrtCount>& polynomials, double count) {
  double sum = 0;
  for (const PrtPolynomial& polynomial : polynomials) {
    double power = 1;
    for (const double coefficient : polynomial) {
      sum += coefficient * power;
      power *= count;
    }
  }
  return sum / static_cast<double>(kPrtCount);
}

std::span<std::uint16_t> counts_of(ScanLine& line, std::size_t slot) {
  return std::span(line.earth).subspan(slot * kPixels, kPixels);
}

// Ten bits at word `index`, most significant bit first; the place was 0.
void put_word(Bytes& packet, std::size_t index, std::uint16_t value) {
  const std::size_t bit = index * 10;
  const std::size_t at = kApplicationOffset + bit / 8;
  const unsigned shifted = static_cast<unsigned>(value & kMaxCount) << (6 - bit % 8);
  packet[at] = static_cast<Byte>(packet[at] | (shifted >> 8));
  packet[at + 1] = static_cast<Byte>(packet[at + 1] | (shifted & 0xFFU));
}

void put_view(Bytes& packet, std::size_t first, const ReferenceView& view) {
  for (std::size_t sample = 0; sample < kReferenceSamples; ++sample) {
    for (std::size_t slot = 0; slot < kSlots; ++slot)
      put_word(packet, first + sample * kSlots + slot, view[sample][slot]);
  }
}

// Primary header, CDS time, and satellite binary time: 24 bits of seconds and 16 of their fraction, here since the
// epoch as well. Our decoder reads CDS only.
Bytes headers(const ScanLine& line, std::uint16_t sequence_count) {
  const auto since_epoch = line.time - kMetopEpoch;
  const auto days = std::chrono::floor<std::chrono::days>(since_epoch);
  const auto in_day = since_epoch - days;
  const auto milliseconds = std::chrono::floor<Milliseconds>(in_day);
  const auto seconds = std::chrono::floor<Seconds>(since_epoch);
  const std::uint16_t apid = line.channel_3b ? kApidChannel3B : kApidChannel3A;
  Bytes packet;
  packet.reserve(kPacketBytes);
  append_u16(packet, static_cast<std::uint16_t>(0x0800U | apid));  // version 0, telemetry, secondary header
  append_u16(packet, static_cast<std::uint16_t>(0xC000U | (sequence_count & 0x3FFFU)));  // not segmented
  append_u16(packet, static_cast<std::uint16_t>(kPacketBytes - link::kPacketHeaderBytes - 1));
  append_u16(packet, static_cast<std::uint16_t>(days.count()));
  append_u32(packet, static_cast<std::uint32_t>(milliseconds.count()));
  append_u16(packet, static_cast<std::uint16_t>((in_day - milliseconds).count()));
  append_u32(packet, static_cast<std::uint32_t>(seconds.count()) & 0x00FFFFFFU);  // one reserved byte before
  append_u16(packet, static_cast<std::uint16_t>(((since_epoch - seconds).count() << 16) / 1'000'000));
  return packet;
}

}  // namespace

Result<void> Encoder::encode_solar(const SceneLine& scene, ScanLine& line) const {
  DL_TRY(const calibrate::Row row, row_of(request_, kVisibleQuantity, scene.time));
  // The decoder takes the distance at the middle of the granule.
  const double distance_au = calibrate::earth_sun_distance_au(floor_to(scene.time, kSlotLength) + kSlotLength / 2);
  const std::array<std::span<const double>, 3> fields = {scene.reflectance_1, scene.reflectance_2,
                                                         scene.reflectance_3a};
  for (std::size_t slot = 0; slot < fields.size(); ++slot) {
    if (slot == kSlot3 && scene.channel_3b) continue;
    if (!row.values.contains(std::string(kBands[slot].name))) continue;
    assert(fields[slot].size() == kPixels && scene.sun_zenith_deg.size() == kPixels);
    DL_TRY(const calibrate::DualGain gain, visible_gain(row, kBands[slot].name));
    const auto counts = counts_of(line, slot);
    for (std::size_t x = 0; x < kPixels; ++x) {
      const double cosine = std::max(0.0, std::cos(scene.sun_zenith_deg[x] * std::numbers::pi / 180.0));
      counts[x] = rounded(gain.count_of(fields[slot][x] * cosine / (distance_au * distance_au) * 100));
    }
  }
  return {};
}

Result<void> Encoder::encode_thermal(const SceneLine& scene, ScanLine& line) const {
  DL_TRY(const calibrate::Row thermometers, row_of(request_, kPrtQuantity, scene.time));
  DL_TRY(const calibrate::Row row, row_of(request_, kThermalQuantity, scene.time));
  DL_TRY(const auto polynomials, prt_polynomials(thermometers));
  const double black_body_kelvin = mean_temperature(polynomials, state_.prt_count);
  for (const BandInfo& band : kBands) {
    if (!band.thermal || (band.slot == kSlot3 && !scene.channel_3b)) continue;
    const auto& field = band.slot == kSlot3 ? scene.temperature_3b_kelvin
                        : band.slot == 3    ? scene.temperature_4_kelvin
                                            : scene.temperature_5_kelvin;
    assert(field.size() == kPixels);
    DL_TRY(const ThermalCoefficients coefficients, thermal_coefficients(row, band.name));
    const ThermalCurve curve(coefficients, {black_body_kelvin, static_cast<double>(line.space[0][band.slot]),
                                            static_cast<double>(line.black_body[0][band.slot])});
    const auto counts = counts_of(line, band.slot);
    for (std::size_t x = 0; x < kPixels; ++x) counts[x] = rounded(curve.count_of(field[x]));
  }
  return {};
}

Result<ScanLine> Encoder::scan_line(const SceneLine& scene) const {
  ScanLine line;
  line.time = scene.time;
  line.channel_3b = scene.channel_3b;
  line.earth.resize(kSlots * kPixels);
  auto space = state_.space_count;
  auto black_body = state_.black_body_count;
  if (scene.channel_3b) {
    space[kSlot3] = state_.space_count_3b;
    black_body[kSlot3] = state_.black_body_count_3b;
  }
  line.space = constant_view(space);
  line.black_body = constant_view(black_body);
  if (scene.line_number % kPrtCycle != 0) line.prt.fill(state_.prt_count);
  DL_CHECK(encode_solar(scene, line));
  DL_CHECK(encode_thermal(scene, line));
  return line;
}

Bytes encode_packet(const ScanLine& line, std::uint16_t sequence_count) {
  assert(line.earth.size() == kSlots * kPixels && line.time >= kMetopEpoch);
  Bytes packet = headers(line, sequence_count);
  packet.resize(kPacketBytes);
  put_view(packet, kSpaceWord, line.space);
  put_view(packet, kBlackBodyWord, line.black_body);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    put_word(packet, kRampWord + slot, line.ramp[slot]);
    put_word(packet, kPatchWord + slot, line.patch[slot]);
    const auto counts = line.counts(slot);
    for (std::size_t x = 0; x < kPixels; ++x) put_word(packet, kEarthWord + x * kSlots + slot, counts[x]);
  }
  for (std::size_t i = 0; i < kPrtSamples; ++i) put_word(packet, kPrtWord + i, line.prt[i]);
  const std::uint16_t parity = vertical_parity(packet);
  packet[kPacketBytes - 2] = static_cast<Byte>(parity >> 8);
  packet[kPacketBytes - 1] = static_cast<Byte>(parity);
  return packet;
}

}  // namespace dl::decoders::avhrr3
