#include "decoders/msu_mr/granule_builder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "decoders/msu_mr/channels.h"

namespace dl::decoders::msu_mr {

namespace {

using calibrate::Band;
using calibrate::CalibratedGranule;

constexpr std::size_t kStripPixels = std::size_t{kBlockSize} * kPixels;
constexpr std::uint16_t kWholeStrip = (1U << kPacketsPerStrip) - 1;

constexpr const char* kUncalibratedReason =
    "counts as received: no calibration of MSU-MR by its maker is public, only coefficients that others derived";

Band make_band(const Channel& channel, std::size_t lines) {
  Band band;
  band.name = channel.name;
  band.description = channel.description;
  band.common_name = channel.common_name;
  band.center_wavelength_um = (channel.from_um + channel.to_um) / 2;
  band.full_width_half_max_um = channel.to_um - channel.from_um;
  band.quantity = calibrate::Quantity::counts;
  band.unit = "counts";
  band.values.assign(lines * kPixels, calibrate::kNoData);
  band.uncalibrated_reason = kUncalibratedReason;
  return band;
}

// Daylight as the eye half knows it: near infrared for land and cloud, red in the blue; otherwise one band in grey.
std::vector<std::string> quicklook_bands(const std::vector<Band>& bands) {
  const auto has = [&](std::string_view name) {
    return std::any_of(bands.begin(), bands.end(), [&](const Band& band) { return band.name == name; });
  };
  if (has("1") && has("2")) return {"2", "2", "1"};
  for (const std::string_view name : {"2", "1", "5", "6", "3"}) {
    if (has(name)) return {std::string(name)};
  }
  return {bands.front().name};
}

// Pixels of one packet in a strip, and the same place in quality.
void copy_packet(const std::vector<std::uint8_t>& strip, unsigned packet_in_strip, std::size_t first_line, Band& band,
                 std::vector<std::uint8_t>& quality) {
  constexpr std::size_t kWidth = std::size_t{kBlocksPerPacket} * kBlockSize;
  for (std::size_t line = 0; line < kBlockSize; ++line) {
    const std::size_t from = line * kPixels + packet_in_strip * kWidth;
    const std::size_t to = (first_line + line) * kPixels + packet_in_strip * kWidth;
    for (std::size_t x = 0; x < kWidth; ++x) {
      band.values[to + x] = strip[from + x];
      quality[to + x] = 0;
    }
  }
}

}  // namespace

std::map<UtcTime, GranuleBuilder::Strip>::iterator GranuleBuilder::strip_at(UtcTime time) {
  const auto after = strips_.lower_bound(time - kStripInterval / 2);
  if (after != strips_.end() && after->first <= time + kStripInterval / 2) return after;
  return strips_.emplace(time, Strip{}).first;
}

bool GranuleBuilder::place(UtcTime strip_time, const ImagePacket& image, const Blocks& blocks,
                           const link::Packet& packet) {
  Strip& strip = strip_at(strip_time)->second;
  const std::size_t channel = image.channel - 1;
  const auto bit = static_cast<std::uint16_t>(1U << image.packet_in_strip);
  if ((strip.received[channel] & bit) != 0) return false;
  strip.received[channel] = static_cast<std::uint16_t>(strip.received[channel] | bit);
  channels_ = static_cast<std::uint16_t>(channels_ | (1U << channel));
  auto& pixels = strip.pixels[channel];
  pixels.resize(kStripPixels);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::size_t column = (image.packet_in_strip * std::size_t{kBlocksPerPacket} + i) * kBlockSize;
    for (std::size_t line = 0; line < kBlockSize; ++line) {
      std::copy_n(blocks[i].begin() + static_cast<std::ptrdiff_t>(line * kBlockSize), kBlockSize,
                  pixels.begin() + static_cast<std::ptrdiff_t>(line * kPixels + column));
    }
  }
  if (packet.gap_before) strip.line_flags |= calibrate::kLineGapBefore;
  if (packet.quality.symbols_corrected > 0) strip.line_flags |= calibrate::kLineRsCorrected;
  packets_hash_.update(packet.bytes);
  packets_ += 1;
  symbols_corrected_ += packet.quality.symbols_corrected;
  gaps_ += packet.gap_before ? 1 : 0;
  return true;
}

// Strips that must have been between two times, equally spaced; both ends have theirs.
void GranuleBuilder::fill_between(UtcTime first, UtcTime last) {
  const auto intervals = std::llround(static_cast<double>((last - first).count()) / kStripInterval.count());
  for (long long i = 1; i < intervals; ++i) {
    const UtcTime time = first + (last - first) * i / intervals;
    if (time < slot_start_ || time >= slot_start_ + kSlotLength) continue;
    strips_[time].line_flags = calibrate::kLineMissing | calibrate::kLineTimeInterpolated;
  }
}

void GranuleBuilder::fill_gaps(std::optional<UtcTime> previous, std::optional<UtcTime> next) {
  std::vector<UtcTime> times;
  if (previous) times.push_back(*previous);
  for (const auto& [time, strip] : strips_) times.push_back(time);
  if (next) times.push_back(*next);
  for (std::size_t i = 0; i + 1 < times.size(); ++i) fill_between(times[i], times[i + 1]);
}

GranuleBuilder::Finished GranuleBuilder::finish(std::optional<UtcTime> previous, std::optional<UtcTime> next) {
  assert(!strips_.empty());
  fill_gaps(previous, next);
  Finished finished;
  CalibratedGranule& granule = finished.granule;
  granule.instrument = "msu-mr";
  granule.level = "L1A";
  granule.slot_start = slot_start_;
  granule.slot_length = kSlotLength;
  granule.line_count = strips_.size() * kBlockSize;
  granule.pixel_count = kPixels;
  std::vector<std::size_t> channels;
  for (std::size_t channel = 0; channel < kChannels; ++channel) {
    if (((channels_ >> channel) & 1U) == 0) continue;
    channels.push_back(channel);
    granule.bands.push_back(make_band(kChannelTable[channel], granule.line_count));
    granule.quality.emplace_back(granule.line_count * kPixels, calibrate::kPixelNoData);
  }
  granule.quicklook_bands = quicklook_bands(granule.bands);

  for (const auto& [time, strip] : strips_) {
    const std::size_t first_line = granule.lines.size();
    std::uint32_t flags = strip.line_flags | calibrate::kLineUncalibrated;
    for (std::size_t b = 0; b < channels.size(); ++b) {
      const std::uint16_t received = strip.received[channels[b]];
      finished.counts.packets_missing += kPacketsPerStrip - static_cast<unsigned>(std::popcount(received));
      if (received != kWholeStrip && (flags & calibrate::kLineMissing) == 0) flags |= calibrate::kLinePartial;
      for (unsigned p = 0; p < kPacketsPerStrip; ++p) {
        if (((received >> p) & 1U) == 0) continue;
        copy_packet(strip.pixels[channels[b]], p, first_line, granule.bands[b], granule.quality[b]);
      }
    }
    if ((flags & calibrate::kLineMissing) != 0) finished.counts.lines_missing += kBlockSize;
    for (int line = 0; line < static_cast<int>(kBlockSize); ++line) {
      granule.lines.push_back({time + kLineInterval * line, flags});
    }
  }
  finished.counts.lines = granule.lines.size();
  finished.counts.packets = packets_;
  granule.provenance.packets_sha256 = to_hex(packets_hash_.finish());
  granule.provenance.packets = packets_;
  granule.provenance.symbols_corrected = symbols_corrected_;
  granule.provenance.gaps = gaps_;
  granule.provenance.algorithms = {"msu-mr/lrpt-jpeg/1"};
  strips_.clear();
  return finished;
}

}  // namespace dl::decoders::msu_mr
