#include "process/batch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "core/file.h"
#include "process/pass_pipeline.h"
#include "process/pass_verdict.h"
#include "process/rebinding.h"
#include "process/reception.h"
#include "process/sandbox.h"
#include "process/setup.h"
#include "process/spacecraft_watch.h"

namespace dl::process {
namespace {

// On a terminal only: a pipe gets the result and nothing else.
class ProgressLine {
 public:
  void show(std::uint64_t done, std::uint64_t size, std::size_t scenes) {
    if (!terminal_) return;
    const auto percent = size == 0 ? 100 : done * 100 / size;
    std::fputs(fmt::format("\r{:3d} %  {} scenes", percent, scenes).c_str(), stderr);
  }
  void clear() const {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

void print_scenes(const std::vector<SceneSummary>& scenes) {
  std::size_t width = 5;
  for (const SceneSummary& scene : scenes) width = std::max(width, scene.id.size());
  fmt::print("{:<{}}  {:>6}  {:>7}  {:>7}  {}\n", "SCENE", width, "LINES", "MISSING", "NO DATA", "REMARK");
  for (const SceneSummary& scene : scenes) {
    const double no_data =
        scene.pixels == 0 ? 0 : 100.0 * static_cast<double>(scene.pixels_no_data) / static_cast<double>(scene.pixels);
    fmt::print("{:<{}}  {:>6}  {:>7}  {:>5.1f} %  {}\n", scene.id, width, scene.lines, scene.lines_missing, no_data,
               scene.remark);
  }
}

// A folder of this run's own in the output, so that several runs may share the output; removed when the run ends.
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& output) : path_(output / fmt::format(".work-{}", ::getpid())) {
    remove();
  }
  ~WorkFolder() { remove(); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  std::filesystem::path path_;
};

std::filesystem::path report_path(const BatchSettings& settings) {
  return std::filesystem::absolute(settings.report.empty() ? settings.output / "report.json" : settings.report);
}

struct Attempt {
  int exit_code = kExitDone;
  std::optional<link::ScidCount> other_spacecraft;  // nothing was made: the receptions are of this one
};

class BatchRun {
 public:
  BatchRun(const BatchSettings& settings, std::vector<Reception>& receptions, const std::filesystem::path& work)
      : settings_(settings), receptions_(receptions), work_(work) {}

  // `may_rebind`: stop where all frames are another spacecraft's.
  Result<Attempt> run(PassSetup& setup, bool may_rebind) {
    setup.scene.layout = scene::FolderLayout::object_tree;
    setup.scene.scenes_directory = settings_.output;
    setup.scene.work_directory = work_;
    SceneSink sink(setup.scene, {}, callbacks());
    std::vector<std::optional<link::InputForm>> forms;
    for (const Reception& reception : receptions_) forms.push_back(reception.form());
    DL_TRY(const auto pipeline, PassPipeline::create(setup.context, sink, forms));
    DL_TRY(const auto other, read(*pipeline, setup.context.profile, sink, may_rebind));
    progress_.clear();
    if (other) return Attempt{kExitDone, other};
    DL_CHECK(pipeline->finish());
    return conclude(pipeline->report());
  }

 private:
  SceneSink::Callbacks callbacks() {
    SceneSink::Callbacks callbacks;
    callbacks.written = [](const scene::WrittenScene&, const SceneSummary&) { return Result<void>{}; };
    callbacks.differs = [this](const scene::WrittenScene& written) -> Result<void> {
      ++scenes_in_the_way_;
      std::fputs(
          fmt::format("downlink-process: '{}' holds other data of the same time and instrument and is left as it is; "
                      "choose an empty --output\n",
                      written.directory.string())
              .c_str(),
          stderr);
      return {};
    };
    return callbacks;
  }

  // All of the receptions, in such turns that none runs ahead of the others.
  Result<std::optional<link::ScidCount>> read(PassPipeline& pipeline, const link::Profile& profile,
                                              const SceneSink& sink, bool may_rebind) {
    std::vector<std::string> names;
    std::uint64_t size = 0;
    for (Reception& reception : receptions_) {
      reception.rewind();
      names.push_back(reception.path().string());
      size += reception.size_bytes();
    }
    SpacecraftWatch watch(pipeline, profile, std::move(names));
    std::vector<bool> ended(receptions_.size());
    std::uint64_t done = 0;
    for (std::size_t left = receptions_.size(); left > 0;) {
      const std::size_t input = next_input(pipeline, watch, ended);
      DL_TRY(const Reception::Piece piece, receptions_[input].next());
      if (piece.bytes.empty()) {
        DL_CHECK(pipeline.end(input));
        ended[input] = true;
        --left;
      } else {
        DL_CHECK(piece.missing ? pipeline.step_over(piece.bytes, DropReason::torn_recording, input)
                               : pipeline.push(piece.bytes, piece.received_at, piece.station, input));
      }
      DL_TRY(const auto other, watch.look(input, piece.bytes.size()));
      if (other && may_rebind) return other;
      done += piece.bytes.size();
      progress_.show(done, size, sink.scenes().size());
    }
    if (done == size) return std::nullopt;
    progress_.clear();
    return fail(ErrorKind::io,
                fmt::format("read {} of the {} bytes of '{}'", done, size, receptions_.front().path().string()));
  }

  // A reception that is another spacecraft's gives nothing: what the others are is wanted first.
  [[nodiscard]] std::size_t next_input(const PassPipeline& pipeline, const SpacecraftWatch& watch,
                                       const std::vector<bool>& ended) const {
    const std::size_t next = pipeline.next_input();
    if (!watch.is_foreign(next)) return next;
    for (std::size_t input = 0; input < ended.size(); ++input) {
      if (!ended[input] && !watch.is_foreign(input)) return input;
    }
    return next;
  }

  Result<Attempt> conclude(const PassReport& report) const {
    DL_CHECK(write_file_durably(report_path(settings_), as_bytes(pass_report_json(report, 2) + "\n")));
    print_scenes(report.scenes);
    for (const Verdict& verdict : judge(report)) {
      std::fputs(fmt::format("downlink-process: {}; {}\n", verdict.message, verdict.action).c_str(), stderr);
    }
    const std::vector<std::string> problems = imbalances(report);
    for (const std::string& problem : problems) {
      std::fputs(fmt::format("downlink-process: the report does not add up, please report this: {}\n", problem).c_str(),
                 stderr);
    }
    if (!problems.empty()) return Attempt{kExitSoftware, {}};
    return Attempt{scenes_in_the_way_ > 0 ? kExitExists : kExitDone, {}};
  }

  const BatchSettings& settings_;
  std::vector<Reception>& receptions_;
  const std::filesystem::path& work_;
  ProgressLine progress_;
  std::size_t scenes_in_the_way_ = 0;
};

// The first reception of the pass says when it was.
Result<PassSetup> setup_for(const BatchSettings& settings, const CommonSettings& common,
                            const std::vector<Reception>& receptions) {
  const auto* first = &receptions.front();
  for (const Reception& reception : receptions) {
    if (reception.started_at() < first->started_at()) first = &reception;
  }
  DL_TRY(PassSetup setup, make_setup(common, settings.received_at.value_or(first->started_at())));
  setup.context.started_at_assumed = first->started_at_assumed();
  return setup;
}

// The settings for the one known spacecraft that these frames are of, where there is exactly one.
Result<std::optional<CommonSettings>> rebound(const CommonSettings& common, const link::ScidCount& seen,
                                              const link::Profile& ours) {
  DL_TRY(const std::vector<std::string> names, profiles_of(seen, ours, common));
  if (names.size() != 1) return std::nullopt;
  std::fputs(fmt::format("downlink-process: note: the frames are of {}, which is '{}', not of '{}': it is decoded as "
                         "that (--no-rebind keeps to '{}')\n",
                         describe(seen), names.front(), ours.name, ours.name)
                 .c_str(),
             stderr);
  CommonSettings settings = common;
  settings.spacecraft = names.front();
  return settings;
}

// The exit code of a run that came to its end.
Result<int> process_inputs(const BatchSettings& settings) {
  std::vector<Reception> receptions;
  for (const std::filesystem::path& input : settings.inputs) {
    const bool is_folder = std::filesystem::is_directory(input);
    for (const auto& path : is_folder ? receptions_in(input) : std::vector{input}) {
      DL_TRY(Reception reception, Reception::open(path, settings.received_at));
      receptions.push_back(std::move(reception));
    }
  }
  DL_TRY(PassSetup setup, setup_for(settings, settings.common, receptions));
  std::error_code error;
  std::filesystem::create_directories(settings.output, error);
  if (error) return fail_errno(fmt::format("cannot make the folder '{}'", settings.output.string()), error.value());
  const WorkFolder work(settings.output);
  std::filesystem::create_directories(work.path(), error);
  if (error) return fail_errno(fmt::format("cannot make a folder in '{}'", settings.output.string()), error.value());

  if (const auto entered =
          enter_sandbox({settings.common.memory_limit_bytes, {settings.output, report_path(settings).parent_path()}});
      !entered) {
    std::fputs(fmt::format("downlink-process: warning: {}, going on without\n", entered.error().message).c_str(),
               stderr);
  }
  BatchRun run(settings, receptions, work.path());
  DL_TRY(Attempt attempt, run.run(setup, settings.rebind));
  if (!attempt.other_spacecraft) return attempt.exit_code;
  DL_TRY(const auto common, rebound(settings.common, *attempt.other_spacecraft, setup.context.profile));
  if (common) {
    DL_TRY(setup, setup_for(settings, *common, receptions));
  }
  DL_TRY(attempt, run.run(setup, false));
  return attempt.exit_code;
}

}  // namespace

int run_batch(const BatchSettings& settings) {
  for (const std::filesystem::path& input : settings.inputs) {
    if (input == "-" || std::filesystem::exists(input)) continue;
    std::fputs(fmt::format("downlink-process: there is no '{}'\n", input.string()).c_str(), stderr);
    return kExitNoInput;
  }
  const Result<int> exit_code = process_inputs(settings);
  if (exit_code) return *exit_code;
  std::fputs(fmt::format("downlink-process: {}\n", exit_code.error().message).c_str(), stderr);
  return exit_code_of(exit_code.error());
}

}  // namespace dl::process
