#include "process/live.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/file.h"
#include "decoders/jpss_ephemeris/instrument.h"
#include "decoders/metop_admin/instrument.h"
#include "process/control_channel.h"
#include "process/pass_pipeline.h"
#include "process/pass_verdict.h"
#include "process/rebinding.h"
#include "process/reception.h"
#include "process/sandbox.h"
#include "process/setup.h"
#include "process/spacecraft_watch.h"
#include "process/tail.h"

namespace dl::process {
namespace {

bool sends_orbit(const link::Profile& profile) {
  return std::ranges::any_of(profile.routes, [](const link::Route& route) {
    return route.instrument == decoders::metop_admin::kInstrument.id ||
           route.instrument == decoders::jpss_ephemeris::kInstrument.id;
  });
}

constexpr int kStartTimeoutMs = 30'000;
// How far one reception may be ahead of another that gives nothing, by the times of reception: then it is waited for no
// longer. Networks delay by less, and scenes are to be there soon.
constexpr Seconds kMostLag{10};

class LivePass {
 public:
  LivePass(const LiveSettings& settings, ControlChannel& control) : settings_(settings), control_(control) {}

  Result<void> run() {
    DL_CHECK(wait_for_start());
    DL_CHECK(learn_start());
    DL_TRY(setup_, make_setup(settings_.common, started_at_));
    DL_CHECK(enter());
    // A configuration that is wrong is told at once, and not when the first bytes come.
    DL_CHECK(begin());
    while (std::ranges::count(ended_, true) < std::ssize(ended_)) {
      DL_CHECK(listen(next_input() || std::ranges::all_of(tails_, &Tail::is_done) ? 0 : -1));
      DL_CHECK(take_in());
      if (pipeline_->at_gap() || (gap_told_ && !next_input())) return leave_at_gap();
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
    stop_at_gap_ = message->stop_at_gap;
    complete_ = message->complete;
    tails_.emplace_back(settings_.recording, message->quarantine);
    if (!message->form.empty()) {
      DL_TRY(forms_.emplace_back(), form_of(message->form, settings_.recording));
    }
    form_known_ = !forms_.empty();
    forms_.resize(1, link::InputForm::bits);
    for (const OtherReception& other : message->receptions) {
      tails_.emplace_back(settings_.recording / other.folder, other.quarantine);
      DL_TRY(forms_.emplace_back(), form_of(other.form, tails_.back().directory()));
    }
    return {};
  }

  // Without a time of its start, it is that of the first byte.
  Result<void> learn_start() {
    if (settings_.started_at) {
      started_at_ = *settings_.started_at;
      return {};
    }
    while (!next_input() && !gap_told_ && !std::ranges::all_of(tails_, &Tail::is_done)) DL_CHECK(listen(-1));
    if (const auto first = next_input()) {
      DL_TRY(started_at_, tails_[*first].next_received_at());
    }
    return {};
  }

  // From here on nothing but the pass's own folders can be written.
  Result<void> enter() {
    has_elements_ = setup_.context.orbits->has_file();
    sends_orbit_ = sends_orbit(setup_.context.profile);
    if (!has_elements_ && !sends_orbit_) {
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
  Result<void> begin() {
    watch_.reset();
    pipeline_.reset();
    setup_.scene.layout = scene::FolderLayout::flat;
    setup_.scene.scenes_directory = settings_.scenes;
    setup_.scene.work_directory = settings_.work;
    setup_.scene.pass_id = settings_.pass_id;
    sink_.emplace(setup_.scene, skip_, callbacks());
    DL_TRY(pipeline_, PassPipeline::create(setup_.context, *sink_, {forms_.begin(), forms_.end()}));
    if (stop_at_gap_) pipeline_->stop_at_gap();
    ended_.assign(tails_.size(), false);
    std::vector<std::string> names;
    for (Tail& tail : tails_) {
      tail.rewind();
      names.push_back(tail.directory().string());
    }
    watch_.emplace(*pipeline_, setup_.context.profile, std::move(names));
    return {};
  }

  // What the recording's bytes are is certain as soon as there are any.
  Result<void> learn_form() {
    if (std::exchange(form_known_, true)) return {};
    DL_TRY(const link::InputForm form, recorded_form(settings_.recording));
    if (form == forms_.front()) return {};
    forms_.front() = form;
    return begin();
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
    return begin();
  }

  // Once a pass: there should be an orbit, from a file of element sets or from the spacecraft, but nothing good.
  Result<void> tell_of_orbit(const SceneSummary& summary) {
    if (!(has_elements_ || sends_orbit_) || orbit_told_ || summary.instrument == "level-0") return {};
    if (!summary.orbit_missing && !summary.orbit_old && !summary.orbit_suspect) return {};
    orbit_told_ = true;
    const std::string action = "put a recent two-line element set of this spacecraft into the file of process.tle_file";
    const std::string& platform = setup_.context.profile.platform;
    if (summary.orbit_missing) {
      return has_elements_ ? control_.send_incident("orbit_unusable", platform, summary.remark, action)
                           : control_.send_incident("orbit_missing", platform, summary.remark, action);
    }
    if (summary.orbit_suspect) {
      return control_.send_incident("orbit_suspect", platform,
                                    "the element set's check digits are wrong or missing: positions may be far off",
                                    action);
    }
    return control_.send_incident("orbit_old", platform,
                                  "the newest element set is older than process.tle_age_flag: positions are flagged",
                                  action);
  }

  Result<void> listen(int timeout_ms) {
    DL_TRY(const auto message, control_.receive(timeout_ms));
    if (!message || message->type == ControlMessage::Type::start || message->reception >= tails_.size()) return {};
    Tail& tail = tails_[message->reception];
    if (message->type == ControlMessage::Type::end) {
      tail.end(message->bytes);
    } else {
      tail.recorded(message->bytes);
    }
    if (message->type == ControlMessage::Type::gap) gap_told_ = true;
    return {};
  }

  // Of the receptions that have something to read, the one that the merger wants most.
  [[nodiscard]] std::optional<std::size_t> next_input() const {
    if (pipeline_) {
      const std::size_t wanted = pipeline_->next_input();
      if (wanted < tails_.size() && tails_[wanted].has_more()) return wanted;
    }
    const auto found = std::ranges::find_if(tails_, &Tail::has_more);
    if (found == tails_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - tails_.begin());
  }

  // One block of what is there.
  Result<void> take_in() {
    if (const auto input = next_input()) DL_CHECK(take_in(*input));
    for (std::size_t input = 0; input < tails_.size(); ++input) {
      if (tails_[input].is_done() && !ended_[input]) DL_CHECK(end(input));
    }
    return release();
  }

  Result<void> take_in(std::size_t input) {
    DL_CHECK(learn_form());
    Tail& tail = tails_[input];
    DL_TRY(const std::size_t count, tail.read_block());
    if (count == 0) return {};
    DL_CHECK(send_progress(input));
    for (Tail::Piece piece = tail.next_piece(); !piece.bytes.empty(); piece = tail.next_piece()) {
      DL_CHECK(piece.reason ? pipeline_->step_over(piece.bytes, *piece.reason, input)
                            : pipeline_->push(piece.bytes, piece.received_at, piece.station, input));
    }
    DL_CHECK(watch(input, count));
    if (next_input()) return {};
    // Whatever kills us while we wait for more, it is not the block that we have just taken in.
    return send_all_progress();
  }

  Result<void> end(std::size_t input) {
    ended_[input] = true;
    DL_CHECK(pipeline_->end(input));
    return watch(input, 0);
  }

  // As SpacecraftWatch::look() has it. Where the pass begins anew, it is all to be read again.
  Result<void> watch(std::size_t input, std::size_t size_bytes) {
    DL_TRY(const auto other, watch_->look(input, size_bytes));
    return other ? rebind(*other) : Result<void>{};
  }

  // While a reception gives nothing, those that are kMostLag ahead of it go on without it. What can be read is read
  // first: so a pass that is there as a whole gives what `batch` makes of it.
  Result<void> release() {
    if (complete_ || tails_.size() == 1 || std::ranges::none_of(tails_, &Tail::waits)) return {};
    UtcTime time = std::ranges::max_element(tails_, {}, &Tail::received_up_to)->received_up_to() - kMostLag;
    for (Tail& tail : tails_) {
      if (!tail.has_more()) continue;
      DL_TRY(const UtcTime next, tail.next_received_at());
      time = std::min(time, next);
    }
    return pipeline_->release(time);
  }

  // The scenes up to here are made; the others are, when what is missing has been fetched, from the recordings.
  Result<void> leave_at_gap() {
    DL_CHECK(send_all_progress());
    return control_.send_gap();
  }

  Result<void> send_progress(std::size_t input) {
    Progress progress = pipeline_->progress();
    progress.reception = input;
    progress.offset = tails_[input].position();
    return control_.send_progress(progress);
  }

  Result<void> send_all_progress() {
    for (std::size_t input = 0; input < tails_.size(); ++input) DL_CHECK(send_progress(input));
    return {};
  }

  const LiveSettings& settings_;
  ControlChannel& control_;
  std::set<std::string> skip_;
  std::vector<Tail> tails_;             // of the receptions; the pass's own first
  std::vector<link::InputForm> forms_;  // theirs
  bool form_known_ = false;             // of the first one
  std::vector<bool> ended_;             // told the pipeline
  std::optional<SceneSink> sink_;
  std::unique_ptr<PassPipeline> pipeline_;
  std::optional<SpacecraftWatch> watch_;
  PassSetup setup_;
  UtcTime started_at_{};
  bool has_elements_ = false;
  bool sends_orbit_ = false;  // the spacecraft, in packets that are routed
  bool orbit_told_ = false;
  bool rebound_ = false;
  bool stop_at_gap_ = false;
  bool gap_told_ = false;  // behind what may be read something is missing
  bool complete_ = false;  // every reception will come to its end
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
