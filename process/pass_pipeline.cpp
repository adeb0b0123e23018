#include "process/pass_pipeline.h"

#include <algorithm>

#include <fmt/format.h>

#include "decoders/registry.h"
#include "process/packet_time.h"
#include "process/pass_report.h"
#include "scene/scene_names.h"

namespace dl::process {
namespace {

constexpr std::uint32_t route_key(std::uint8_t vcid, std::uint16_t apid) {
  return (std::uint32_t{vcid} << 16) | apid;
}

std::string known_instruments() {
  std::string names;
  for (const decoders::Instrument* instrument : decoders::instruments()) {
    names += (names.empty() ? "'" : ", '") + std::string(instrument->id) + "'";
  }
  return names;
}

}  // namespace

PassPipeline::PassPipeline(decoders::PassContext context, SceneSink& sink)
    : context_(std::move(context)),
      sink_(sink),
      link_(context_.profile),
      level0_(context_.profile.platform, sink.options()) {}

Result<std::unique_ptr<PassPipeline>> PassPipeline::create(decoders::PassContext context, SceneSink& sink) {
  std::unique_ptr<PassPipeline> pipeline(new PassPipeline(std::move(context), sink));
  for (const link::Route& route : pipeline->context_.profile.routes) DL_CHECK(pipeline->add_route(route));
  return pipeline;
}

Result<void> PassPipeline::add_route(const link::Route& route) {
  InstrumentLine& line = instruments_[route.instrument];
  if (!line.decoder) {
    line.instrument = decoders::find_instrument(route.instrument);
    if (line.instrument == nullptr) {
      return fail(ErrorKind::config,
                  fmt::format("the link profile '{}' routes to the instrument '{}'; expected one of {}",
                              context_.profile.name, route.instrument, known_instruments()));
    }
    auto decoder = line.instrument->create(context_);
    if (!decoder) return tl::unexpected(decoder.error().in(fmt::format("instrument '{}'", route.instrument)));
    line.decoder = std::move(*decoder);
  }
  for (const std::uint16_t apid : route.apids) routes_[route_key(route.vcid, apid)] = &line;
  return {};
}

PassPipeline::InstrumentLine* PassPipeline::instrument_of(const link::Packet& packet) {
  const auto route = routes_.find(route_key(packet.vcid, packet.apid));
  return route == routes_.end() ? nullptr : route->second;
}

Result<void> PassPipeline::push(ByteView bytes, UtcTime received_at) {
  input_bytes_ += bytes.size();
  input_hash_.update(bytes);
  link_.push(bytes, received_at, batch_);
  return take_packets();
}

Result<void> PassPipeline::step_over(ByteView bytes, DropReason reason) {
  input_bytes_ += bytes.size();
  if (reason == DropReason::quarantined) quarantined_bytes_ += bytes.size();
  input_hash_.update(bytes);
  link_.skip(bytes.size(), reason, batch_);
  return take_packets();
}

Result<void> PassPipeline::take_packets() {
  for (const link::Packet& packet : batch_.packets()) {
    if (InstrumentLine* line = instrument_of(packet)) {
      DL_TRY(const decoders::Accepted accepted, line->decoder->push(packet, sink_));
      if (accepted == decoders::Accepted::yes) continue;
    }
    DL_CHECK(keep_in_level0(packet));
  }
  batch_.clear();
  return {};
}

Result<void> PassPipeline::keep_in_level0(const link::Packet& packet) {
  level0_losses_.units_in += 1;
  level0_losses_.bytes_in += packet.bytes.size();
  if (const std::optional<UtcTime> time = packet_time(packet, context_.profile, context_.started_at)) {
    level0_times_.take(*time);
  }
  DL_CHECK(level0_.push({packet.vcid, packet.apid, packet.sequence_count, packet.bytes}));
  level0_losses_.units_out += 1;
  level0_losses_.bytes_out += packet.bytes.size();
  return {};
}

Result<void> PassPipeline::finish() {
  link_.flush(batch_);
  DL_CHECK(take_packets());
  for (auto& [id, line] : instruments_) DL_CHECK(line.decoder->flush(sink_));
  DL_CHECK(finish_level0());
  input_sha256_ = to_hex(input_hash_.finish());
  return {};
}

// Level-0 is named by the first packet that tells its time; where none does, by the reception of the pass.
Result<void> PassPipeline::finish_level0() {
  if (level0_losses_.units_in == 0) return {};
  const UtcTime start = level0_times_.start().value_or(context_.started_at);
  DL_TRY(const auto written, level0_.finish(start, level0_times_.end().value_or(start)));
  if (!written) return {};
  SceneSummary summary;
  summary.id = written->scene_id;
  summary.instrument = "level-0";
  summary.level = "L0";
  summary.remark = fmt::format("{} packets that no decoder takes", level0_losses_.units_out);
  return sink_.announce(*written, std::move(summary));
}

Progress PassPipeline::progress() const {
  const link::LinkReport report = link_.report();
  Progress progress;
  progress.offset = input_bytes_;
  progress.lock = link_.locked();
  for (const link::VirtualChannelReport& channel : report.virtual_channels) {
    progress.frames += channel.counts.frames;
    progress.frames_lost += channel.counts.frames_lost;
    progress.symbols_corrected += channel.counts.symbols_corrected;
    progress.packets += channel.packets.units_out;
  }
  progress.lines = sink_.lines();
  return progress;
}

PassReport PassPipeline::report() const {
  PassReport report;
  report.context = &context_;
  report.options = &sink_.options();
  report.input_bytes = input_bytes_;
  report.input_sha256 = input_sha256_;
  report.quarantined_bytes = quarantined_bytes_;
  report.link = link_.report();
  for (const auto& [id, line] : instruments_) {
    report.instruments.push_back({id, line.decoder->losses(), line.decoder->line_losses()});
  }
  report.level0 = level0_losses_;
  report.scenes = sink_.scenes();
  for (const auto& [key, line] : routes_) report.routes[key] = std::string(line->instrument->id);
  return report;
}

}  // namespace dl::process
