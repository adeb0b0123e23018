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

// Frames are merged by what they are, so each reception must have them, and they must say where they stand in a row.
Result<void> check_mergeable(const link::Profile& profile, const std::vector<std::optional<link::InputForm>>& forms) {
  if (forms.size() > link::FrameMerger::kMaxInputs) {
    return fail(ErrorKind::config,
                fmt::format("{} receptions cannot be merged, {} at most", forms.size(), link::FrameMerger::kMaxInputs));
  }
  for (const auto& form : forms) {
    const link::InputForm received = form ? profile.received_as(*form).form : profile.form;
    if (received == link::InputForm::packets || profile.has_minor_frames()) {
      return fail(
          ErrorKind::config,
          fmt::format("receptions of '{}' cannot be merged: they are handed over as packets, or its frames have "
                      "no counter",
                      profile.name));
    }
  }
  return {};
}

}  // namespace

PassPipeline::PassPipeline(decoders::PassContext context, SceneSink& sink,
                           const std::vector<std::optional<link::InputForm>>& forms)
    : context_(std::move(context)),
      sink_(sink),
      level0_(context_.profile.platform, sink.options()),
      inputs_(forms.size()) {
  std::vector<link::Profile> profiles;
  profiles.reserve(forms.size());
  for (const auto& form : forms) {
    profiles.push_back(form ? context_.profile.received_as(*form) : context_.profile);
  }
  if (profiles.size() == 1) {
    link_.emplace(profiles.front());
  } else {
    merge_.emplace(profiles);
  }
}

Result<std::unique_ptr<PassPipeline>> PassPipeline::create(decoders::PassContext context, SceneSink& sink,
                                                           const std::vector<std::optional<link::InputForm>>& forms) {
  if (forms.size() > 1) DL_CHECK(check_mergeable(context.profile, forms));
  std::unique_ptr<PassPipeline> pipeline(new PassPipeline(std::move(context), sink, forms));
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
  for (const std::uint16_t apid : route.apids) routes_[route_key(route.vcid, apid)].push_back(&line);
  return {};
}

// Whether any instrument has taken it.
Result<bool> PassPipeline::decode(const link::Packet& packet) {
  const auto route = routes_.find(route_key(packet.vcid, packet.apid));
  if (route == routes_.end()) return false;
  std::uint64_t taken = 0;
  for (InstrumentLine* line : route->second) {
    DL_TRY(const decoders::Accepted accepted, line->decoder->push(packet, sink_));
    if (accepted == decoders::Accepted::yes) ++taken;
  }
  if (taken > 1) packets_shared_ += taken - 1;
  return taken > 0;
}

Result<void> PassPipeline::push(ByteView bytes, UtcTime received_at, link::StationVerdict station, std::size_t input) {
  inputs_[input].bytes += bytes.size();
  inputs_[input].hash.update(bytes);
  if (merge_) {
    merge_->push(input, bytes, received_at, batch_, station);
  } else {
    link_->push(bytes, received_at, batch_, station);
  }
  return take_packets();
}

Result<void> PassPipeline::step_over(ByteView bytes, DropReason reason, std::size_t input) {
  inputs_[input].bytes += bytes.size();
  if (reason == DropReason::quarantined) quarantined_bytes_ += bytes.size();
  inputs_[input].hash.update(bytes);
  if (merge_) {
    merge_->skip(input, bytes.size(), reason, batch_);
  } else {
    link_->skip(bytes.size(), reason, batch_);
  }
  return take_packets();
}

Result<void> PassPipeline::end(std::size_t input) {
  if (inputs_[input].ended) return {};
  inputs_[input].ended = true;
  inputs_[input].sha256 = to_hex(inputs_[input].hash.finish());
  if (merge_) merge_->end(input, batch_);
  if (stops_at_gap_ && has_erred_frames()) at_gap_ = true;
  return take_packets();
}

// Of the last frames of a pass the counters do not tell that they are missing.
bool PassPipeline::has_erred_frames() const {
  if (merge_) return false;  // the other reception may have them
  const link::LinkReport report = link_->report();
  return report.coding.dropped(DropReason::rs_uncorrectable).units +
             report.headers.dropped(DropReason::fecf_bad).units +
             report.headers.dropped(DropReason::station_erred).units >
         0;
}

Result<void> PassPipeline::release(UtcTime time) {
  if (merge_) merge_->release(time, batch_);
  return take_packets();
}

std::size_t PassPipeline::next_input() const {
  if (merge_) return merge_->next_input();
  return inputs_.front().ended ? 1 : 0;
}

PassPipeline::Identity PassPipeline::identity(std::size_t input) const {
  const link::LinkReport report = link_report();
  const link::LinkReport& of_input = merge_ ? report.inputs[input] : report;
  const std::uint64_t ours = of_input.headers.units_out + of_input.headers.dropped(DropReason::idle).units;
  std::uint64_t frames = ours;
  link::ScidCount most;
  for (const link::ScidCount& row : of_input.scids) {
    frames += row.frames;
    if (row.frames > most.frames) most = row;
  }
  Identity identity;
  // A few frames with other identifiers, ours among them, are miscorrections.
  if (most.frames >= kForeignFrames && most.frames >= frames - frames / 8 && sink_.scenes().empty()) {
    identity.other = most;
  } else {
    identity.ours = ours > 0 && (ours >= kForeignFrames || inputs_[input].ended);
  }
  return identity;
}

Result<void> PassPipeline::take_packets() {
  if (stops_at_gap_ && (merge_ ? merge_->breaks() : link_->breaks()) > 0) at_gap_ = true;
  if (at_gap_) batch_.clear();
  for (const link::Packet& packet : batch_.packets()) {
    DL_TRY(const bool taken, decode(packet));
    if (!taken) DL_CHECK(keep_in_level0(packet));
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
  for (std::size_t input = 0; input < inputs_.size(); ++input) DL_CHECK(end(input));
  if (merge_) {
    merge_->flush(batch_);
  } else {
    link_->flush(batch_);
  }
  DL_CHECK(take_packets());
  for (auto& [id, line] : instruments_) DL_CHECK(line.decoder->flush(sink_));
  return finish_level0();
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
  const link::LinkReport report = link_report();
  Progress progress;
  progress.offset = inputs_.front().bytes;
  progress.lock = merge_ ? merge_->locked() : link_->locked();
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
  for (const Input& input : inputs_) {
    report.input_bytes += input.bytes;
    report.inputs.push_back({input.bytes, input.sha256});
  }
  report.quarantined_bytes = quarantined_bytes_;
  report.link = link_report();
  for (const auto& [id, line] : instruments_) {
    report.instruments.push_back({id, line.decoder->losses(), line.decoder->line_losses()});
  }
  report.level0 = level0_losses_;
  report.packets_shared = packets_shared_;
  report.scenes = sink_.scenes();
  for (const auto& [key, lines] : routes_) {
    for (const InstrumentLine* line : lines) report.routes[key].push_back(std::string(line->instrument->id));
  }
  return report;
}

}  // namespace dl::process
