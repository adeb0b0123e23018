#include "decoders/avhrr3/raw_granule.h"

#include <algorithm>
#include <cassert>

#include "calibrate/calibrated_granule.h"

namespace dl::decoders::avhrr3 {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

}  // namespace

bool RawGranule::has_channel_3(bool b) const {
  return std::any_of(lines.begin(), lines.end(),
                     [b](const RawLine& line) { return line.received && line.scan.channel_3b == b; });
}

std::int64_t GranuleBuilder::place_of(UtcTime time) const {
  const std::int64_t lines_x2 = 2 * kLinesPerSecond * (time - first_time_).count();
  const std::int64_t nearest = floor_divide(lines_x2 + kMicrosecondsPerSecond, 2 * kMicrosecondsPerSecond);
  return std::max<std::int64_t>(0, first_place_ + nearest);
}

UtcTime GranuleBuilder::time_of(std::int64_t place) const {
  return first_time_ + Microseconds(floor_divide((place - first_place_) * kMicrosecondsPerSecond, kLinesPerSecond));
}

bool GranuleBuilder::add(ScanLine line, std::uint32_t flags, const link::FrameQuality& quality, bool gap_before,
                         ByteView packet) {
  assert(line.time >= slot_start_ && line.time < slot_start_ + kSlotLength);
  if (lines_.empty()) {
    first_time_ = line.time;
    first_place_ = (line.time - slot_start_).count() * kLinesPerSecond / kMicrosecondsPerSecond;
  }
  const std::int64_t place = place_of(line.time);
  if (lines_.contains(place)) return false;

  hash_.update(packet);
  symbols_corrected_ += quality.symbols_corrected;
  if (gap_before) ++gaps_;
  RawLine raw;
  raw.flags = flags;
  if (quality.symbols_corrected > 0) raw.flags |= calibrate::kLineRsCorrected;
  if (gap_before) raw.flags |= calibrate::kLineGapBefore;
  if (line.channel_3b) raw.flags |= calibrate::kLineChannel3B;
  raw.received = true;
  raw.scan = std::move(line);
  lines_.emplace(place, std::move(raw));
  return true;
}

RawGranule GranuleBuilder::finish(Padding padding) {
  assert(!lines_.empty());
  RawGranule granule;
  granule.slot_start = slot_start_;
  granule.packets = lines_.size();
  granule.packets_sha256 = to_hex(hash_.finish());
  granule.symbols_corrected = symbols_corrected_;
  granule.gaps = gaps_;

  const std::int64_t first = padding.from_slot_start ? 0 : lines_.begin()->first;
  std::int64_t last = lines_.rbegin()->first;
  while (padding.to_slot_end && time_of(last + 1) < slot_start_ + kSlotLength) ++last;
  granule.lines.reserve(static_cast<std::size_t>(last - first + 1));
  for (std::int64_t place = first; place <= last; ++place) {
    if (auto found = lines_.find(place); found != lines_.end()) {
      granule.lines.push_back(std::move(found->second));
      continue;
    }
    RawLine missing;
    missing.scan.time = time_of(place);
    missing.flags = calibrate::kLineMissing | calibrate::kLineTimeInterpolated;
    granule.lines.push_back(std::move(missing));
  }
  lines_.clear();
  return granule;
}

}  // namespace dl::decoders::avhrr3
