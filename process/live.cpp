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
#include "process/rebinding.h"
#include "process/reception.h"
#include "process/sandbox.h"
#include "process/setup.h"
#include "process/spacecraft_watch.h"
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
    DL_CHECK(open_recording());
    DL_TRY(setup_, make_setup(settings_.common, started_at_));
    DL_CHECK(enter());
    // A configuration that is wrong is told at once, and not when the first bytes come.
    DL_CHECK(begin(link::InputForm::bits));
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

  Result<void> open_recording() {
    DL_TRY(auto reader, recording::RecordingReader::open(settings_.recording));
    reader_.emplace(std::move(reader));
    if (settings_.started_at) {
      started_at_ = *settings_.started_at;
      return {};
    }
    DL_CHECK(wait_for_bytes());
    if (!reader_->chunks().empty()) started_at_ = reader_->chunks().front().received_at;
    return {};
  }

  // From here on nothing but the pass's own folders can be written.
  Result<void> enter() {
    has_elements_ = !setup_.context.tle_text.empty();
    if (!has_elements_) {
      DL_CHECK(control_.send_incident("orbit_missing", setup_.context.profile.platform,
                                      "no file of element sets is configured: scenes carry no positions",
                                      "set process.tle_file to a file with a recent two-line element set"));
    }
    std::error_code error;
    std::filesystem::create_directories(settings_.work, error);
    if (error) return fail_errno(fmt::format("cannot make '{}'", settings_.work.string()), error.value());
    if (const auto entered = enter_sandbox({settings_.common.memory_limit_bytes, {settings_.work, settings_.scenes}});
        !entered) {
      std::fputs(fmt::format("warning: {}, going on without\n", entered.error().message).c_str(), stderr);
    }
    return {};
  }

  // A pipeline at the recording's beginning.
  Result<void> begin(link::InputForm form) {
    watch_.reset();
    pipeline_.reset();
    setup_.scene.layout = scene::FolderLayout::flat;
    setup_.scene.scenes_directory = settings_.scenes;
    setup_.scene.work_directory = settings_.work;
    setup_.scene.pass_id = settings_.pass_id;
    sink_.emplace(setup_.scene, skip_, callbacks());
    DL_TRY(pipeline_, PassPipeline::create(setup_.context, *sink_, {form}));
    watch_.emplace(*pipeline_, setup_.context.profile, std::vector<std::string>{settings_.recording.string()});
    form_ = form;
    position_ = 0;
    arrivals_ = {};
    return {};
  }

  // What the recording's bytes are is certain as soon as there are any.
  Result<void> learn_form() {
    if (position_ > 0) return {};
    DL_TRY(const link::InputForm form, recorded_form(settings_.recording));
    if (form == form_) return {};
    return begin(form);
  }

  SceneSink::Callbacks callbacks() {
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
    return callbacks;
  }

  // Every frame so far is another spacecraft's. Where exactly one link profile is that one's, the pass begins anew with
  // it; the incident of an unknown one comes with the pass's end, when all frames are counted.
  Result<void> rebind(const link::ScidCount& seen) {
    if (rebound_) return {};
    rebound_ = true;
    const link::Profile ours = setup_.context.profile;
    DL_TRY(const std::vector<std::string> names, profiles_of(seen, ours, settings_.common));
    if (names.size() != 1) return {};
    CommonSettings common = settings_.common;
    common.spacecraft = names.front();
    DL_TRY(setup_, make_setup(common, started_at_));
    DL_CHECK(control_.send_rebind(names.front(), ours.name, describe(seen)));
    return begin(form_);
  }

  // Once a pass: a file of element sets is there, but has nothing good for this spacecraft.
  Result<void> tell_of_orbit(const SceneSummary& summary) {
    if (!has_elements_ || orbit_told_ || summary.instrument == "level-0") return {};
    if (!summary.orbit_missing && !summary.orbit_old && !summary.orbit_suspect) return {};
    orbit_told_ = true;
    const std::string action = "put a recent two-line element set of this spacecraft into the file of process.tle_file";
    if (summary.orbit_missing)
      return control_.send_incident("orbit_unusable", setup_.context.profile.platform, summary.remark, action);
    if (summary.orbit_suspect) {
      return control_.send_incident("orbit_suspect", setup_.context.profile.platform,
                                    "the element set's check digits are wrong or missing: positions may be far off",
                                    action);
    }
    return control_.send_incident("orbit_old", setup_.context.profile.platform,
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
    DL_CHECK(learn_form());
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
    if (inside) {
      DL_CHECK(pipeline_->step_over(buffer_, stretch->reason));
    } else {
      DL_CHECK(push_block());
    }
    position_ += count;
    DL_TRY(const auto other, watch_->look(0, count));
    if (other) DL_CHECK(rebind(*other));
    if (position_ < state_.recorded_bytes) return {};
    // Whatever kills us while we wait for more, it is not the block that we have just taken in.
    return control_.send_progress(pipeline_->progress());
  }

  // Each stretch with the time and the verdict of the chunk that brought it.
  Result<void> push_block() {
    ByteView rest = buffer_;
    for (std::uint64_t at = position_; !rest.empty();) {
      const Arrival arrival = arrivals_.at(reader_->chunks(), at);
      const ByteView bytes = rest.first(std::min<std::uint64_t>(rest.size(), arrival.end - at));
      DL_CHECK(pipeline_->push(bytes, arrival.received_at, arrival.station));
      rest = rest.subspan(bytes.size());
      at += bytes.size();
    }
    return {};
  }

  const LiveSettings& settings_;
  ControlChannel& control_;
  PassState state_;
  std::set<std::string> skip_;
  std::vector<Stretch> quarantine_;
  std::optional<recording::RecordingReader> reader_;
  std::optional<SceneSink> sink_;
  std::unique_ptr<PassPipeline> pipeline_;
  std::optional<SpacecraftWatch> watch_;
  PassSetup setup_;
  link::InputForm form_ = link::InputForm::bits;
  UtcTime started_at_{};
  bool has_elements_ = false;
  bool orbit_told_ = false;
  bool rebound_ = false;
  std::uint64_t position_ = 0;
  ArrivalCursor arrivals_;
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
