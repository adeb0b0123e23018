// downlink-inspect: lists the frames or packets of a recording, with what became of each. Exit codes:
//   0   the file was read whole
//   64  bad usage
//   66  the input file is not there
//   70  the numbers of the report do not add up: a bug in this program
//   74  reading or writing failed
//   78  the link profile is not there or has mistakes
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "core/file.h"
#include "tools/downlink-inspect/inspect.h"
#include "tools/downlink-inspect/listing.h"

namespace {

namespace fs = std::filesystem;
using dl::Result;
using dl::inspect::Listing;
using dl::inspect::Options;
using dl::inspect::Unit;
using dl::link::InputForm;

enum ExitCode { kOk = 0, kUsage = 64, kNoInput = 66, kBug = 70, kIo = 74, kConfig = 78 };

// As the form of a source in downlinkd.toml.
const std::map<std::string, InputForm> kForms = {{"bits", InputForm::bits},
                                                 {"codeblocks", InputForm::codeblocks},
                                                 {"frames", InputForm::frames},
                                                 {"packets", InputForm::packets},
                                                 {"soft-symbols", InputForm::soft_symbols}};

int complain(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "downlink-inspect: %s\n", message.c_str());
  return code;
}

void add_common_options(CLI::App& command, Options& options) {
  command.add_option("file", options.file, "Recording: bytes as received")->required()->option_text("FILE");
  command.add_option("--spacecraft", options.spacecraft, "Link profile: a name, or a path that ends in .toml")
      ->required()
      ->option_text("NAME|FILE.toml");
  command.add_option("--spacecraft-directory", options.spacecraft_directory, "Folder of the named link profiles")
      ->option_text("DIR");
  command.add_option("--form", options.form, "What the file holds, where it is not what the link profile says")
      ->transform(CLI::CheckedTransformer(kForms))
      ->option_text("bits|codeblocks|frames|packets|soft-symbols");
  command.add_flag("--json", options.json, "JSON in place of a table");
  command.add_option("--vcid", options.vcid, "Only this virtual channel")->check(CLI::Range(0, 63))->option_text("N");
  command.add_flag("!--no-idle", options.idle, "Leave out idle frames and idle packets");
}

void describe(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "downlink-inspect " DL_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 read whole, 64 bad usage, 66 no input, 70 numbers that do not add up, 74 input or output failed, "
      "78 bad link profile.");
  CLI::App* frames = app.add_subcommand("frames", "List transfer frames");
  add_common_options(*frames, options);
  frames->add_option("--out", options.out, "Write the listed frames here, corrected, without marker and parity")
      ->option_text("FILE");
  frames->callback([&options] { options.unit = Unit::frames; });
  CLI::App* packets = app.add_subcommand("packets", "List space packets");
  add_common_options(*packets, options);
  packets->add_option("--apid", options.apid, "Only this APID")->check(CLI::Range(0, 2047))->option_text("N");
  packets->add_option("--out", options.out, "Write the listed packets here, back to back")->option_text("FILE");
  packets->callback([&options] { options.unit = Unit::packets; });
}

Result<dl::link::Profile> load_profile(const Options& options) {
  fs::path directory = options.spacecraft_directory;
  // A profile named by path needs no folder.
  if (directory.empty() && !options.spacecraft.ends_with(".toml")) {
    DL_TRY(directory, dl::config::find_data_directory(dl::config::DataDirectory::spacecraft));
  }
  DL_TRY(dl::link::Profile profile, dl::config::load_spacecraft_profile(options.spacecraft, {directory}));
  return options.form ? profile.received_as(*options.form) : profile;
}

// The file that --out names, written in large pieces; does nothing without one.
class Output {
 public:
  static Result<Output> open(const fs::path& path) {
    Output output(path);
    if (!path.empty()) {
      DL_TRY(output.file_, dl::open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
    }
    return output;
  }

  Result<void> add(dl::ByteView bytes) {
    if (!file_.valid()) return {};
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    return waiting_.size() < kPieceBytes ? Result<void>{} : finish();
  }

  Result<void> finish() {
    if (file_.valid()) DL_CHECK(dl::write_all(file_.get(), waiting_, path_.native()));
    waiting_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kPieceBytes = 1U << 20;
  explicit Output(fs::path path) : path_(std::move(path)) {}

  fs::path path_;
  dl::FileDescriptor file_;
  dl::Bytes waiting_;
};

// On a terminal that the list does not go to.
class Progress {
 public:
  explicit Progress(std::uint64_t total)
      : total_(total), shown_(isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done) {
    const std::uint64_t percent = total_ == 0 ? 100 : done * 100 / total_;
    if (!shown_ || percent == last_percent_) return;
    last_percent_ = percent;
    std::fprintf(stderr, "\r%3u %%", static_cast<unsigned>(percent));
  }

 private:
  std::uint64_t total_;
  bool shown_;
  std::uint64_t last_percent_ = 101;
};

// What the report finds that does not add up.
Result<std::vector<std::string>> run(const Options& options, const dl::link::Profile& profile) {
  DL_TRY(Output output, Output::open(options.out));
  std::error_code unknown_size;
  Progress progress(fs::file_size(options.file, unknown_size));
  Listing listing(options.unit, options.json, stdout);
  DL_CHECK(listing.begin());
  dl::inspect::Visitor visitor;
  visitor.frame = [&](const dl::link::Frame& frame) -> Result<void> {
    if (!frame.uncorrectable()) DL_CHECK(output.add(frame.bytes));
    return listing.row(frame);
  };
  visitor.packet = [&](const dl::link::Packet& packet) -> Result<void> {
    DL_CHECK(output.add(packet.bytes));
    return listing.row(packet);
  };
  visitor.progress = [&](std::uint64_t done) { progress.show(done); };
  DL_TRY(const dl::inspect::Report report, dl::inspect::inspect(options, profile, visitor));
  DL_CHECK(output.finish());
  DL_CHECK(listing.end(report));
  if (std::fflush(stdout) != 0) return dl::fail_errno("writing standard output", errno);
  return report.link.imbalances();
}

int inspect_file(const Options& options) {
  const auto profile = load_profile(options);
  if (!profile) return complain(kConfig, profile.error().message);
  std::error_code error;
  if (!fs::exists(options.file, error)) {
    return complain(kNoInput, fmt::format("expected a recording, found no file '{}'", options.file.native()));
  }
  if (!options.out.empty() && fs::equivalent(options.file, options.out, error)) {
    return complain(kUsage, fmt::format("expected another file after --out than the input, found '{}' twice",
                                        options.out.native()));
  }
  const auto done = run(options, *profile);
  if (!done) return complain(kIo, done.error().message);
  for (const std::string& problem : *done) complain(kBug, problem);
  return done->empty() ? kOk : kBug;
}

}  // namespace

int main(int argument_count, char** arguments) {
  Options options;
  CLI::App app("Lists the frames or packets of a recording, with what became of each", "downlink-inspect");
  try {
    describe(app, options);
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return inspect_file(options);
}
