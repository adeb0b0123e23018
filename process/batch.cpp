#include "process/batch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "core/file.h"
#include "process/pass_pipeline.h"
#include "process/pass_verdict.h"
#include "process/sandbox.h"
#include "process/setup.h"
#include "recording/recording_reader.h"

namespace dl::process {
namespace {

constexpr std::size_t kBlockBytes = 1U << 20;

// Bytes with the time of their reception, from a plain file or from the recording of a pass.
class Input {
 public:
  static Result<Input> open(const BatchSettings& settings) {
    Input input;
    if (std::filesystem::is_directory(settings.input)) {
      DL_TRY(auto recording, recording::RecordingReader::open(settings.input));
      if (recording.chunks().empty()) {
        return fail(ErrorKind::io,
                    fmt::format("'{}' holds no recording (rec-000001.raw with its index)", settings.input.string()));
      }
      input.received_at_ = settings.received_at.value_or(recording.chunks().front().received_at);
      input.recording_ = std::make_unique<recording::RecordingReader>(std::move(recording));
      input.size_bytes_ = input.recording_->size_bytes();
      return input;
    }
    DL_TRY(input.file_, open_file(settings.input, O_RDONLY));
    struct stat status {};
    if (::fstat(input.file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return fail(ErrorKind::io, fmt::format("'{}' is not a file", settings.input.string()));
    }
    input.size_bytes_ = static_cast<std::uint64_t>(status.st_size);
    const UtcTime modified{Seconds{status.st_mtim.tv_sec}};
    input.received_at_ = settings.received_at.value_or(modified);
    input.assumed_ = !settings.received_at;
    return input;
  }

  [[nodiscard]] UtcTime started_at() const { return received_at_; }
  // Nobody said when it was received: started_at() is the time stamp of the file.
  [[nodiscard]] bool started_at_assumed() const { return assumed_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  // The next bytes; empty at the end. They are all of a stretch that a power cut took, or none is.
  Result<ByteView> next(Bytes& buffer, const std::filesystem::path& name) {
    std::uint64_t border = offset_ + kBlockBytes;
    missing_ = false;
    if (recording_) {
      for (const recording::MissingStretch& stretch : recording_->missing()) {
        if (stretch.end() <= offset_) continue;
        missing_ = stretch.offset <= offset_;
        border = std::min(border, missing_ ? stretch.end() : stretch.offset);
        break;
      }
    }
    buffer.resize(static_cast<std::size_t>(border - offset_));
    DL_TRY(const std::size_t count,
           recording_ ? recording_->read(offset_, buffer) : read_at(file_.get(), offset_, buffer, name.string()));
    offset_ += count;
    return ByteView(buffer).first(count);
  }
  // Of what next() gave last.
  [[nodiscard]] bool missing() const { return missing_; }

 private:
  std::unique_ptr<recording::RecordingReader> recording_;
  FileDescriptor file_;
  UtcTime received_at_{};
  bool assumed_ = false;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t offset_ = 0;
  bool missing_ = false;
};

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

// The exit code of a run that came to its end.
Result<int> process_input(const BatchSettings& settings) {
  DL_TRY(Input input, Input::open(settings));
  DL_TRY(PassSetup setup, make_setup(settings.common, input.started_at()));
  setup.context.started_at_assumed = input.started_at_assumed();
  const std::filesystem::path report =
      std::filesystem::absolute(settings.report.empty() ? settings.output / "report.json" : settings.report);
  std::error_code error;
  std::filesystem::create_directories(settings.output, error);
  if (error) return fail_errno(fmt::format("cannot make the folder '{}'", settings.output.string()), error.value());
  setup.scene.layout = scene::FolderLayout::object_tree;
  setup.scene.scenes_directory = settings.output;
  const WorkFolder work(settings.output);
  setup.scene.work_directory = work.path();
  std::filesystem::create_directories(setup.scene.work_directory, error);
  if (error) return fail_errno(fmt::format("cannot make a folder in '{}'", settings.output.string()), error.value());

  if (const auto entered = enter_sandbox({settings.common.memory_limit_bytes, {settings.output, report.parent_path()}});
      !entered) {
    std::fputs(fmt::format("downlink-process: warning: {}, going on without\n", entered.error().message).c_str(),
               stderr);
  }
  SceneSink::Callbacks callbacks;
  callbacks.written = [](const scene::WrittenScene&, const SceneSummary&) { return Result<void>{}; };
  std::size_t scenes_in_the_way = 0;
  callbacks.differs = [&scenes_in_the_way](const scene::WrittenScene& written) -> Result<void> {
    ++scenes_in_the_way;
    std::fputs(
        fmt::format("downlink-process: '{}' holds other data of the same time and instrument and is left as it is; "
                    "choose an empty --output\n",
                    written.directory.string())
            .c_str(),
        stderr);
    return {};
  };
  SceneSink sink(setup.scene, {}, callbacks);
  DL_TRY(const auto pipeline, PassPipeline::create(setup.context, sink));

  ProgressLine progress;
  Bytes buffer;
  std::uint64_t done = 0;
  for (;;) {
    DL_TRY(const ByteView bytes, input.next(buffer, settings.input));
    if (bytes.empty()) break;
    DL_CHECK(input.missing() ? pipeline->step_over(bytes, DropReason::torn_recording)
                             : pipeline->push(bytes, input.started_at()));
    done += bytes.size();
    progress.show(done, input.size_bytes(), sink.scenes().size());
  }
  DL_CHECK(pipeline->finish());
  progress.clear();
  if (done != input.size_bytes()) {
    return fail(ErrorKind::io,
                fmt::format("read {} of the {} bytes of '{}'", done, input.size_bytes(), settings.input.string()));
  }
  const PassReport pass_report = pipeline->report();
  DL_CHECK(write_file_durably(report, as_bytes(pass_report_json(pass_report, 2) + "\n")));
  print_scenes(sink.scenes());
  for (const Verdict& verdict : judge(pass_report)) {
    std::fputs(fmt::format("downlink-process: {}; {}\n", verdict.message, verdict.action).c_str(), stderr);
  }
  const std::vector<std::string> problems = imbalances(pass_report);
  for (const std::string& problem : problems) {
    std::fputs(fmt::format("downlink-process: the report does not add up, please report this: {}\n", problem).c_str(),
               stderr);
  }
  if (!problems.empty()) return kExitSoftware;
  return scenes_in_the_way > 0 ? kExitExists : kExitDone;
}

}  // namespace

int run_batch(const BatchSettings& settings) {
  if (!std::filesystem::exists(settings.input)) {
    std::fputs(fmt::format("downlink-process: there is no '{}'\n", settings.input.string()).c_str(), stderr);
    return kExitNoInput;
  }
  const Result<int> exit_code = process_input(settings);
  if (exit_code) return *exit_code;
  std::fputs(fmt::format("downlink-process: {}\n", exit_code.error().message).c_str(), stderr);
  return exit_code_of(exit_code.error());
}

}  // namespace dl::process
