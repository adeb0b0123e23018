#include "decoders/avhrr3/decoder.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "calibrate/table_load.h"
#include "calibrate/time_model.h"
#include "decoders/avhrr3/calibrator.h"
#include "decoders/avhrr3/coefficients.h"
#include "decoders/avhrr3/hrpt_line.h"

namespace dl::decoders::avhrr3 {
namespace {

bool close_in_time(UtcTime a, UtcTime b) {
  return std::chrono::abs(a - b) <= kMaxTimeStep;
}

// Whole lines that fit between two neighbouring times without either.
std::uint64_t lines_between(UtcTime earlier, UtcTime later) {
  const double periods = std::chrono::duration<double>(later - earlier).count() * kLinesPerSecond;
  return periods < 1.5 ? 0 : static_cast<std::uint64_t>(periods + 0.5) - 1;
}

}  // namespace

std::string default_profile(const calibrate::TableSet& tables) {
  const auto has_solar_bands = [&](std::string_view profile) {
    return std::any_of(tables.tables().begin(), tables.tables().end(), [&](const calibrate::Table& table) {
      return table.quantity == kVisibleQuantity && table.in_profile(profile);
    });
  };
  if (has_solar_bands(kDefaultProfile)) return std::string(kDefaultProfile);
  for (const std::string& profile : tables.profiles()) {
    if (has_solar_bands(profile)) return profile;
  }
  return std::string(kDefaultProfile);
}

Result<std::unique_ptr<Decoder>> Decoder::create(const PassContext& context) {
  auto decoder = std::unique_ptr<Decoder>(new Decoder());
  decoder->platform_ = context.profile.platform;
  decoder->started_at_ = context.started_at;
  decoder->started_at_assumed_ = context.started_at_assumed;
  DL_TRY(decoder->tables_, calibrate::load_tables(context.tables, context.profile.platform, "avhrr-3"));
  DL_CHECK(check_rows(decoder->tables_));
  decoder->has_clock_rows_ =
      std::any_of(decoder->tables_.tables().begin(), decoder->tables_.tables().end(),
                  [](const calibrate::Table& table) { return table.quantity == kClockQuantity; });
  const std::string profile =
      context.calibration_profile.empty() ? default_profile(decoder->tables_) : context.calibration_profile;
  const std::vector<std::string> known = decoder->tables_.profiles();
  if (std::find(known.begin(), known.end(), profile) == known.end()) {
    return fail(ErrorKind::config, fmt::format("calibration profile '{}' of AVHRR/3 on '{}': expected one of {}",
                                               profile, context.profile.platform, fmt::join(known, ", ")));
  }
  decoder->request_ = {&decoder->tables_, profile, context.known_at};
  decoder->orbits_ = context.orbits;
  return decoder;
}

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink& sink) {
  const bool hrpt = looks_like_hrpt_line(packet);
  if (!hrpt && !looks_like_avhrr3(packet.apid, packet.bytes)) return Accepted::no;
  format_ = hrpt ? LineFormat::hrpt_minor_frame : LineFormat::metop_packet;
  ++packets_.units_in;
  packets_.bytes_in += packet.bytes.size();
  auto line = hrpt ? decode_hrpt_frame(packet.bytes, last_time_.value_or(started_at_)) : decode_packet(packet.bytes);
  if (!line) {
    drop(line.error(), packet.bytes.size());
    return Accepted::yes;
  }
  if (has_clock_rows_) correct_clock(*line);
  DL_CHECK(take(
      {std::move(*line), 0, packet.quality, packet.gap_before, Bytes(packet.bytes.begin(), packet.bytes.end())}, sink));
  return Accepted::yes;
}

// A line without a row keeps its time; the calibrator says which rows were used.
void Decoder::correct_clock(ScanLine& line) const {
  const auto selected = tables_.select({kClockQuantity, request_.profile}, line.time, request_.known_at);
  if (!selected) return;
  const double offset_s = clock_offset_s(calibrate::evaluate(*selected)).value_or(0);
  line.time -= Microseconds(std::llround(offset_s * 1e6));
}

Result<void> Decoder::take(Arrival arrival, GranuleSink& sink) {
  if (last_time_ && close_in_time(arrival.line.time, *last_time_)) {
    if (doubted_) drop(DropReason::packet_time, doubted_->bytes.size());
    doubted_.reset();
    return place(std::move(arrival), sink);
  }
  if (doubted_ && close_in_time(arrival.line.time, doubted_->line.time)) {
    Arrival believed = std::move(*doubted_);
    doubted_.reset();
    if (last_time_) believed.flags |= calibrate::kLineTimeJump;
    DL_CHECK(place(std::move(believed), sink));
    return place(std::move(arrival), sink);
  }
  if (doubted_) drop(DropReason::packet_time, doubted_->bytes.size());
  doubted_ = std::move(arrival);
  return {};
}

Result<void> Decoder::place(Arrival arrival, GranuleSink& sink) {
  const UtcTime time = arrival.line.time;
  const std::size_t size = arrival.bytes.size();
  const UtcTime slot = floor_to(time, kSlotLength);
  const bool a_little_back = open_ && slot < open_->slot_start() && last_time_ && close_in_time(time, *last_time_);
  if (closed_.contains(slot) || a_little_back) {
    drop_line(DropReason::late_packet, size);
    return {};
  }
  if (!open_ || open_->slot_start() != slot) DL_CHECK(change_slot(slot, time, sink));
  last_time_ = time;
  if (!open_->add(std::move(arrival.line), arrival.flags, arrival.quality, arrival.gap_before, arrival.bytes)) {
    drop_line(DropReason::duplicate_packet, size);
    return {};
  }
  ++packets_.units_out;
  packets_.bytes_out += size;
  return {};
}

Result<void> Decoder::change_slot(UtcTime slot, UtcTime time, GranuleSink& sink) {
  const bool next_slot = open_ && slot == open_->slot_start() + kSlotLength;
  if (open_) {
    if (!next_slot && time > *last_time_ && time - *last_time_ <= kMaxGapInPass) {
      const std::uint64_t missing = lines_between(*last_time_, time);
      lines_.units_in += missing;
      lines_.drop(DropReason::missing_line, missing, 0);
    }
    DL_CHECK(close({follows_granule_, next_slot}, sink));
  }
  open_.emplace(slot);
  follows_granule_ = next_slot;
  return {};
}

Result<void> Decoder::close(Padding padding, GranuleSink& sink) {
  RawGranule granule = open_->finish(padding);
  granule.format = format_;
  granule.date_assumed = format_ == LineFormat::hrpt_minor_frame && started_at_assumed_;
  closed_.insert(open_->slot_start());
  open_.reset();
  lines_.units_in += granule.lines.size();
  lines_.units_out += granule.packets;
  lines_.drop(DropReason::missing_line, granule.lines.size() - granule.packets, 0);
  Location location = locate(granule, request_, *orbits_);
  return sink.accept(calibrate_granule(std::move(granule), platform_, request_, std::move(location)));
}

Result<void> Decoder::flush(GranuleSink& sink) {
  if (doubted_) {
    Arrival last = std::move(*doubted_);
    doubted_.reset();
    // The only line of the pass has nothing that contradicts it.
    if (last_time_) {
      drop(DropReason::packet_time, last.bytes.size());
    } else {
      DL_CHECK(place(std::move(last), sink));
    }
  }
  if (!open_) return {};
  return close({follows_granule_, false}, sink);
}

void Decoder::drop(DropReason reason, std::size_t size_bytes) {
  packets_.drop(reason, 1, size_bytes);
}

void Decoder::drop_line(DropReason reason, std::size_t size_bytes) {
  drop(reason, size_bytes);
  ++lines_.units_in;
  lines_.drop(reason, 1, 0);
}

}  // namespace dl::decoders::avhrr3
