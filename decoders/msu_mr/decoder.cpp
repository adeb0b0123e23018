#include "decoders/msu_mr/decoder.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "decoders/msu_mr/blocks.h"
#include "decoders/msu_mr/outline.h"

namespace dl::decoders::msu_mr {

namespace {

std::optional<UtcTime> if_same_pass(std::optional<UtcTime> neighbour, UtcTime time) {
  if (!neighbour || std::chrono::abs(time - *neighbour) > kMaxGapInPass) return std::nullopt;
  return neighbour;
}

// Of the days around `near` the one that brings a time of day closest to it.
UtcTime nearest_day(Microseconds time_of_day, UtcTime near) {
  const auto day = std::chrono::floor<std::chrono::days>(near);
  UtcTime best = UtcTime(day) + time_of_day;
  for (const int shift : {-1, 1, 2}) {
    const UtcTime candidate = UtcTime(day + std::chrono::days(shift)) + time_of_day;
    if (std::chrono::abs(candidate - near) < std::chrono::abs(best - near)) best = candidate;
  }
  return best;
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::create(const PassContext& context) {
  if (!context.profile.packet_time) {
    return fail(ErrorKind::config,
                fmt::format("profile '{}' routes packets to msu-mr but has no section for the packets' "
                            "time code: add it (day_is_valid, utc_offset_s)",
                            context.profile.name));
  }
  DL_TRY(Calibration calibration, Calibration::create(context));
  return std::unique_ptr<Decoder>(new Decoder(context, std::move(calibration)));
}

UtcTime Decoder::time_of(const ImagePacket& image) const {
  const Microseconds time_of_day = image.time_of_day + Seconds(time_.utc_offset_s);
  if (!time_.day_is_valid) return nearest_day(time_of_day, context_.started_at);
  return UtcTime(std::chrono::days(time_.epoch_days_from_1970 + image.day)) + time_of_day;
}

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink& sink) {
  if (!is_image_apid(packet.apid)) return Accepted::no;
  packets_.units_in += 1;
  packets_.bytes_in += packet.bytes.size();
  const auto image = parse_image_packet(packet.apid, packet.bytes);
  if (!image) {
    drop(image.error(), packet);
    return Accepted::yes;
  }
  DL_CHECK(take(time_of(*image), *image, packet, sink));
  return Accepted::yes;
}

Result<void> Decoder::take(UtcTime time, const ImagePacket& image, const link::Packet& packet, GranuleSink& sink) {
  const auto near = [&](const std::optional<UtcTime>& other) {
    return other && std::chrono::abs(time - *other) <= kMaxTimeStep;
  };
  if (!last_time_ || near(last_time_)) {
    if (doubted_) drop(DropReason::packet_time, doubted_->packet);
    doubted_.reset();
    return place(time, image, packet, sink);
  }
  if (doubted_ && near(doubted_->time)) {
    DL_CHECK(place_doubted(sink));
    return place(time, image, packet, sink);
  }
  if (doubted_) drop(DropReason::packet_time, doubted_->packet);
  doubted_ = Doubted{time, packet, Bytes(packet.bytes.begin(), packet.bytes.end())};
  doubted_->packet.bytes = doubted_->bytes;
  return {};
}

Result<void> Decoder::place_doubted(GranuleSink& sink) {
  const Doubted believed = std::move(*doubted_);
  doubted_.reset();
  const auto image = parse_image_packet(believed.packet.apid, believed.bytes);
  return place(believed.time, *image, believed.packet, sink);
}

Result<void> Decoder::place(UtcTime time, const ImagePacket& image, const link::Packet& packet, GranuleSink& sink) {
  last_time_ = time;
  const auto blocks = decode_blocks(image.coded_blocks, image.quality);
  if (!blocks) {
    drop(DropReason::decoder_refused, packet);
    return {};
  }
  const UtcTime slot = floor_to(time, kSlotLength);
  if (open_ && slot < open_->slot_start()) {
    drop(DropReason::late_packet, packet);
    return {};
  }
  if (open_ && slot > open_->slot_start()) DL_CHECK(close(time, sink));
  if (!open_) open_.emplace(slot);
  if (!open_->place(time, image, *blocks, packet)) {
    drop(DropReason::duplicate_packet, packet);
    return {};
  }
  packets_.units_out += 1;
  packets_.bytes_out += packet.bytes.size();
  return {};
}

Result<void> Decoder::flush(GranuleSink& sink) {
  if (doubted_) drop(DropReason::packet_time, doubted_->packet);
  doubted_.reset();
  if (!open_) return {};
  return close(std::nullopt, sink);
}

Result<void> Decoder::close(std::optional<UtcTime> next, GranuleSink& sink) {
  const UtcTime last = open_->last_strip();
  auto [granule, counts] = open_->finish(if_same_pass(previous_strip_, open_->first_strip()), if_same_pass(next, last));
  open_.reset();
  previous_strip_ = last;
  lines_.units_in += counts.lines;
  lines_.units_out += counts.lines - counts.lines_missing;
  lines_.drop(DropReason::missing_line, counts.lines_missing, 0);

  granule.platform = context_.profile.platform;
  add_outline(granule, *context_.orbits);
  calibration_.apply(granule);
  auto& remarks = granule.provenance.remarks;
  if (!time_.day_is_valid) {
    const std::string date = format_utc(granule.slot_start).substr(0, 10);
    if (context_.started_at_assumed) {
      granule.provenance.flags.emplace_back("date_assumed");
      remarks.push_back(
          fmt::format("the packets carry a time of day only; the date {} is that of the input file, as no time of "
                      "reception was given",
                      date));
    } else {
      remarks.push_back(
          fmt::format("the packets carry a time of day only; the date {} is that of the reception", date));
    }
  }
  if (counts.packets_missing > 0) {
    remarks.push_back(fmt::format("{} of {} image packets are missing; their pixels have no data",
                                  counts.packets_missing, counts.packets_missing + counts.packets));
  }
  return sink.accept(std::move(granule));
}

}  // namespace dl::decoders::msu_mr
