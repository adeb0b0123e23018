// downlinkd: records what the antenna hears, has it decoded, and delivers the scenes. See downlinkd(8).
#include <csignal>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "core/kernel_choice.h"
#include "daemon/log.h"
#include "daemon/service/service.h"
#include "uplink/http/bandwidth_plan.h"

namespace {

// sysexits.h, as documented in downlinkd(8).
constexpr int kExitUsage = 64;
constexpr int kExitIo = 74;
constexpr int kExitBusy = 75;
constexpr int kExitConfig = 78;

int exit_code_of(const dl::Error& error) {
  switch (error.kind) {
    case dl::ErrorKind::config:
    case dl::ErrorKind::unsupported:
      return kExitConfig;
    case dl::ErrorKind::transient:
      return kExitBusy;
    default:
      return kExitIo;
  }
}

template <class Value>
std::optional<std::string> problem_of(const dl::Result<Value>& parsed) {
  return parsed ? std::nullopt : std::optional(parsed.error().message);
}

tl::expected<dl::config::Config, dl::config::ConfigErrors> load(const std::filesystem::path& file) {
  const auto list_spacecraft = [](const std::optional<std::filesystem::path>& configured) {
    if (configured) return dl::config::list_spacecraft_profiles({*configured});
    // Without the installed profiles a configuration may still name profile files.
    const auto directory = dl::config::find_data_directory(dl::config::DataDirectory::spacecraft);
    return directory ? dl::config::list_spacecraft_profiles({*directory}) : std::vector<std::string>();
  };
  dl::config::BandwidthRules rules;
  rules.timetable = [](const std::vector<std::string>& entries) {
    return problem_of(dl::uplink::parse_timetable(entries));
  };
  rules.rate = [](const std::string& rate) { return problem_of(dl::uplink::parse_rate(rate)); };
  return dl::config::load_config(file, list_spacecraft, rules);
}

int fail(const dl::Error& error) {
  dl::daemon::log_error(error.message);
  return exit_code_of(error);
}

int run(const std::filesystem::path& file, bool check_only) {
  auto config = load(file);
  if (!config) {
    std::fputs(config.error().text().c_str(), stderr);
    return kExitConfig;
  }
  if (check_only) {
    std::fputs(dl::config::render_config(*config).c_str(), stdout);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  dl::daemon::set_log_level(config->general.log_level);
  if (!dl::kernel_choice_warning().empty()) dl::daemon::log_warning(dl::kernel_choice_warning());
  const dl::SystemClock clock;
  auto service = dl::daemon::Service::open(
      std::move(*config), [file] { return load(file); }, clock);
  if (!service) return fail(service.error());
  const auto done = (*service)->run();
  return done ? 0 : fail(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Records satellite passes, has them decoded, and delivers the scenes."};
  app.set_version_flag("--version", "downlinkd " DL_VERSION);
  std::filesystem::path file;
  bool check_only = false;
  app.add_option("--config", file, "configuration file, see downlinkd.toml(5)")->required();
  app.add_flag("--check-config", check_only, "report every mistake in the configuration, or print what is in force");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fputs(fmt::format("downlinkd: {} (see --help)\n", error.what()).c_str(), stderr);
    return kExitUsage;
  }
  return run(std::filesystem::absolute(file), check_only);
}
