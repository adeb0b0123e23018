#include "process/live.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "core/file.h"
#include "process/control_channel.h"
#include "process/pass_pipeline.h"
#include "process/pass_verdict.h"
#include "process/sandbox.h"
#include "process/setup.h"
#include "recording/recording_reader.h"

namespace dl::process {
namespace {

// How much is taken in between two progress messages: the grain at which a crash is placed, and so of quarantine.
constexpr std::size_t kBlockBytes = 256U << 10;
constexpr int kStartTimeoutMs = 30'000;

// A stretch that is not decoded, with what it is booked as.
struct SteppedOver {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  DropReason reason = DropReason::quarantined;
};

// What downlinkd has told us so far.
struct PassState {
  std::uint64_t recorded_bytes = 0;
  bool ended = false;

  void take(const ControlMessage& message) {
    if (message.type == ControlMessage::Type::start) return;
    recorded_bytes = std::max(recorded_bytes, message.bytes);
    if (message.type == ControlMessage::Type::end) ended = true;
  }
};

class LivePass {
 public:
  LivePass(const LiveSettings& settings, ControlChannel& control) : settings_(settings), control_(control) {}

  Result<void> run() {
    DL_CHECK(wait_for_start());
    DL_CHECK(prepare());
    while (!state_.ended || position_ < state_.recorded_bytes) {
      DL_CHECK(listen(position_ < state_.recorded_bytes ? 0 : -1));
      DL_CHECK(take_in());
    }
    DL_CHECK(pipeline_->finish());
    DL_CHECK(control_.send_progress(pipeline_->progress()));
    const PassReport report = pipeline_->report();
    for (const Verdict& verdict : judge(report)) {
      DL_CHECK(control_.send_incident(verdict.kind, settings_.pass_id, verdict.message, verdict.action));
    }
    return control_.send_report(pass_report_json(report));
  }

 private:
  Result<void> wait_for_start() {
    DL_TRY(const auto message, control_.receive(kStartTimeoutMs));
    if (!message || message->type != ControlMessage::Type::start) {
      return fail(ErrorKind::io, "expected downlinkd's start message on the control channel");
    }
    skip_.insert(message->skip.begin(), message->skip.end());
    quarantine_ = message->quarantine;
    return {};
  }

  Result<void> prepare() {
    DL_TRY(auto reader, recording::RecordingReader::open(settings_.recording));
    reader_.emplace(std::move(reader));
    UtcTime started_at = settings_.started_at.value_or(UtcTime{});
    if (!settings_.started_at) {
      DL_CHECK(wait_for_bytes());
      if (!reader_->chunks().empty()) started_at = reader_->chunks().front().received_at;
    }
    DL_TRY(PassSetup setup, make_setup(settings_.common, started_at));
    platform_ = setup.context.profile.platform;
    has_elements_ = !setup.context.tle_text.empty();
    if (!has_elements_) {
      DL_CHECK(control_.send_incident("orbit_missing", platform_,
                                      "no file of element sets is configured: scenes carry no positions",
                                      "set process.tle_file to a file with a recent two-line element set"));
    }
    setup.scene.layout = scene::FolderLayout::flat;
    setup.scene.scenes_directory = settings_.scenes;
    setup.scene.work_directory = settings_.work;
    setup.scene.pass_id = settings_.pass_id;
    std::error_code error;
    std::filesystem::create_directories(settings_.work, error);
    if (error) return fail_errno(fmt::format("cannot make '{}'", settings_.work.string()), error.value());
    if (const auto entered = enter_sandbox({settings_.common.memory_limit_bytes, {settings_.work, settings_.scenes}});
        !entered) {
      std::fputs(fmt::format("warning: {}, going on without\n", entered.error().message).c_str(), stderr);
    }
    SceneSink::Callbacks callbacks;
    callbacks.written = [this](const scene::WrittenScene& written, const SceneSummary& summary) -> Result<void> {
      DL_CHECK(tell_of_orbit(summary));
      return control_.send_scene(written.scene_id);
    };
    callbacks.differs = [this](const scene::WrittenScene& written) {
      return control_.send_incident(
          "scene_differs", written.scene_id,
          fmt::format("pass '{}' gave other data for the scene '{}', which was made before; the first one is kept",
                      settings_.pass_id, written.scene_id),
          "compare with: downlink-process batch on this pass's recording");
    };
    sink_.emplace(setup.scene, skip_, callbacks);
    DL_TRY(pipeline_, PassPipeline::create(setup.context, *sink_));
    return {};
  }

  // Once a pass: a file of element sets is there, but has nothing good for this spacecraft.
  Result<void> tell_of_orbit(const SceneSummary& summary) {
    if (!has_elements_ || orbit_told_ || summary.instrument == "level-0") return {};
    if (!summary.orbit_missing && !summary.orbit_old && !summary.orbit_suspect) return {};
    orbit_told_ = true;
    const std::string action = "put a recent two-line element set of this spacecraft into the file of process.tle_file";
    if (summary.orbit_missing) return control_.send_incident("orbit_unusable", platform_, summary.remark, action);
    if (summary.orbit_suspect) {
      return control_.send_incident("orbit_suspect", platform_,
                                    "the element set's check digits are wrong or missing: positions may be far off",
                                    action);
    }
    return control_.send_incident("orbit_old", platform_,
                                  "the newest element set is older than process.tle_age_flag: positions are flagged",
                                  action);
  }

  Result<void> listen(int timeout_ms) {
    DL_TRY(const auto message, control_.receive(timeout_ms));
    if (message) state_.take(*message);
    return {};
  }

  Result<void> wait_for_bytes() {
    while (!state_.ended && state_.recorded_bytes == 0) DL_CHECK(listen(-1));
    return reader_->refresh();
  }

  // The stretch to step over that holds or follows `position_`, if any: the one that begins first.
  [[nodiscard]] std::optional<SteppedOver> next_stepped_over() const {
    std::optional<SteppedOver> next;
    const auto consider = [&](std::uint64_t offset, std::uint64_t end, DropReason reason) {
      if (end > position_ && (!next || offset < next->offset)) next = SteppedOver{offset, end, reason};
    };
    for (const auto& stretch : reader_->missing()) consider(stretch.offset, stretch.end(), DropReason::torn_recording);
    for (const auto& stretch : quarantine_) {
      consider(stretch.offset, stretch.offset + stretch.size, DropReason::quarantined);
    }
    return next;
  }

  // One block of what is there.
  Result<void> take_in() {
    if (position_ >= state_.recorded_bytes) return {};
    DL_CHECK(reader_->refresh());
    const std::uint64_t readable = std::min(state_.recorded_bytes, reader_->size_bytes());
    if (position_ >= readable) {
      if (!state_.ended) return {};
      return fail(ErrorKind::io,
                  fmt::format("the recording '{}' has {} bytes, downlinkd said {}", settings_.recording.string(),
                              reader_->size_bytes(), state_.recorded_bytes));
    }
    DL_CHECK(control_.send_progress(pipeline_->progress()));
    const std::optional<SteppedOver> stretch = next_stepped_over();
    const bool inside = stretch && stretch->offset <= position_;
    std::uint64_t end = std::min<std::uint64_t>(readable, position_ + kBlockBytes);
    if (stretch) end = std::min(end, inside ? stretch->end : stretch->offset);
    // Blocks end on a fixed grid, so that a crash is found at the same place whatever arrived when.
    end = std::min(end, (position_ / kBlockBytes + 1) * kBlockBytes);
    buffer_.resize(static_cast<std::size_t>(end - position_));
    DL_TRY(const std::size_t count, reader_->read(position_, buffer_));
    buffer_.resize(count);
    DL_CHECK(inside ? pipeline_->step_over(buffer_, stretch->reason)
                    : pipeline_->push(buffer_, received_at(position_)));
    position_ += count;
    if (position_ < state_.recorded_bytes) return {};
    // Whatever kills us while we wait for more, it is not the block that we have just taken in.
    return control_.send_progress(pipeline_->progress());
  }

  [[nodiscard]] UtcTime received_at(std::uint64_t offset) {
    const auto& chunks = reader_->chunks();
    while (chunk_ + 1 < chunks.size() && chunks[chunk_].end() <= offset) ++chunk_;
    return chunks.empty() ? UtcTime{} : chunks[chunk_].received_at;
  }

  const LiveSettings& settings_;
  ControlChannel& control_;
  PassState state_;
  std::set<std::string> skip_;
  std::vector<Stretch> quarantine_;
  std::optional<recording::RecordingReader> reader_;
  std::optional<SceneSink> sink_;
  std::unique_ptr<PassPipeline> pipeline_;
  std::string platform_;
  bool has_elements_ = false;
  bool orbit_told_ = false;
  std::uint64_t position_ = 0;
  std::size_t chunk_ = 0;
  Bytes buffer_;
};

}  // namespace

int run_live(const LiveSettings& settings) {
  ControlChannel control(settings.control_descriptor);
  LivePass pass(settings, control);
  const Result<void> done = pass.run();
  if (done) return kExitDone;
  // downlinkd went away: nothing is lost, the next start reads the recording from the beginning.
  if (done.error().kind == ErrorKind::cancelled) return kExitDone;
  std::fputs(fmt::format("{}\n", done.error().message).c_str(), stderr);
  return exit_code_of(done.error());
}

}  // namespace dl::process
