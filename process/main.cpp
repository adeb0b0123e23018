// downlink-process: bits from the sky to scenes. `live` tails the recording of a pass for downlinkd; `batch` makes the
// same scenes from a file, by the same code. See downlink-process(1).
#include <cstdio>
#include <new>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/kernel_choice.h"
#include "process/batch.h"
#include "process/check_tables.h"
#include "process/live.h"
#include "process/settings.h"

namespace {

using dl::process::BatchSettings;
using dl::process::CommonSettings;
using dl::process::LiveSettings;

// Times are parsed here so that a bad one is a usage error like any other.
CLI::Validator utc_time() {
  return {[](std::string& text) {
            const auto time = dl::parse_utc(text);
            return time ? std::string() : time.error().message;
          },
          "UTC"};
}

struct TimeOptions {
  std::string known_at, started_at, received_at;
};

std::optional<dl::UtcTime> time_or_none(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return dl::parse_utc(text).value();
}

void add_common(CLI::App& command, CommonSettings& settings, TimeOptions& times) {
  command.add_option("--spacecraft", settings.spacecraft, "link profile: a name or a .toml file")->required();
  command.add_option("--station", settings.station, "station id, stated in the products");
  command.add_option("--spacecraft-directory", settings.spacecraft_directory, "folder of link profiles");
  command.add_option("--tables", settings.tables_directory, "folder of calibration tables");
  command.add_option("--overlays", settings.overlays_directories, "folder of tables and rows that join those")
      ->expected(1)
      ->take_all();
  command.add_option("--tle", settings.tle_file, "file of two-line element sets");
  command.add_option("--tle-age-flag-days", settings.tle_age_flag_days, "flag older element sets")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--tle-age-refuse-days", settings.tle_age_refuse_days, "do not use older element sets")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--calibration-profile", settings.calibration_profile,
                     "which coefficients; default: the instrument's");
  command.add_option("--known-at", times.known_at, "use only calibration rows that were known then")->check(utc_time());
  command.add_option_function<std::uint64_t>(
      "--memory-limit-mib", [&settings](std::uint64_t mib) { settings.memory_limit_bytes = mib << 20; },
      "limit of address space");
  command.add_option("--threads", settings.threads, "threads of the image encoder; the bytes do not depend on it")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_check(CLI::App& command, dl::process::CheckTablesSettings& settings) {
  command.add_option("--tables", settings.tables_directory, "folder of calibration tables");
  command.add_option("--overlays", settings.overlays_directory, "folder of the operator's own tables and rows");
  command.add_option("--keep", settings.keep, "folder to keep the set in, below its hash");
  command.add_option("--in-force", settings.in_force, "folder of the set before: its rows may not be edited");
  command.add_option_function<std::uint64_t>(
      "--memory-limit-mib", [&settings](std::uint64_t mib) { settings.memory_limit_bytes = mib << 20; },
      "limit of address space");
  command.add_option("--control-fd", settings.control_descriptor, "descriptor of the socket to downlinkd");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns the raw bits of a satellite downlink into scenes."};
  app.set_version_flag("--version", "downlink-process " DL_VERSION);
  app.require_subcommand(1);

  LiveSettings live;
  BatchSettings batch;
  TimeOptions times;
  CLI::App* live_command = app.add_subcommand("live", "tail the recording of a pass for downlinkd");
  add_common(*live_command, live.common, times);
  live_command->add_option("--pass-id", live.pass_id, "id of the pass")->required();
  live_command->add_option("--recording", live.recording, "folder of rec-*.raw")->required();
  live_command->add_option("--work", live.work, "folder for scenes being written")->required();
  live_command->add_option("--scenes", live.scenes, "folder of complete scenes")->required();
  live_command->add_option("--started-at", times.started_at, "reception of the first byte")->check(utc_time());
  live_command->add_option("--control-fd", live.control_descriptor, "descriptor of the socket to downlinkd")
      ->required();

  CLI::App* batch_command = app.add_subcommand("batch", "make the scenes of a recording");
  add_common(*batch_command, batch.common, times);
  batch_command
      ->add_option("--input", batch.inputs,
                   "file as received, - for standard input, or folder of a recording; several are receptions of one "
                   "pass, and merged")
      ->required()
      ->expected(1)
      ->take_all();
  batch_command->add_flag("!--no-rebind", batch.rebind,
                          "keep to --spacecraft, though the frames name another spacecraft that is known");
  batch_command->add_option("--output", batch.output, "folder for the objects")->required();
  batch_command->add_option("--report", batch.report, "the pass report; default: OUTPUT/report.json");
  batch_command
      ->add_option("--received-at", times.received_at,
                   "when the first byte came down; default: the file's modification time")
      ->check(utc_time());

  dl::process::CheckTablesSettings check;
  CLI::App* check_command = app.add_subcommand("check-tables", "read calibration tables and overlays, and judge them");
  add_check(*check_command, check);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fputs(fmt::format("downlink-process: {} (see --help)\n", error.what()).c_str(), stderr);
    return dl::process::kExitUsage;
  }
  live.common.known_at = batch.common.known_at = time_or_none(times.known_at);
  live.started_at = time_or_none(times.started_at);
  batch.received_at = time_or_none(times.received_at);
  if (!dl::kernel_choice_warning().empty()) {
    std::fputs(("downlink-process: " + dl::kernel_choice_warning() + "\n").c_str(), stderr);
  }
  try {
    if (*check_command) return dl::process::run_check_tables(check);
    return *live_command ? dl::process::run_live(live) : dl::process::run_batch(batch);
  } catch (const std::bad_alloc&) {
    // Not a crash, which would count against the recording: the limit is too low for this pass.
    std::fputs("downlink-process: out of memory; raise process.memory_limit (--memory-limit-mib)\n", stderr);
    return dl::process::kExitIo;
  }
}
