#include "tools/downlinkctl/calibration/command_line.h"

#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/data_directory.h"
#include "config/load.h"

namespace dl::downlinkctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualConfigFile = "/etc/downlinkd/downlinkd.toml";

void add_subject(CLI::App& command, CalTexts& texts, bool is_required) {
  command.add_option("--platform", texts.platform, "Spacecraft, such as metop-b")
      ->required(is_required)
      ->type_name("NAME");
  command.add_option("--instrument", texts.instrument, "Instrument, such as avhrr-3")
      ->required(is_required)
      ->type_name("NAME");
}

CalCommand::Action action_of(const CLI::App& cal) {
  using Action = CalCommand::Action;
  const auto name = cal.get_subcommands().front()->get_name();
  if (name == "show") return Action::show;
  if (name == "explain") return Action::explain;
  if (name == "diff") return Action::diff;
  if (name == "verify") return Action::verify;
  return name == "import" ? Action::import_file : Action::list;
}

Result<fs::path> installed_tables() {
  return config::find_data_directory(config::DataDirectory::tables);
}

Result<calibrate::TableFolders> folders_of(const CalTexts& texts, const std::optional<fs::path>& config_file) {
  calibrate::TableFolders folders;
  std::error_code error;
  const bool has_usual = fs::exists(kUsualConfigFile, error);
  if (config_file || (has_usual && texts.tables.empty())) {
    const auto process = config::load_process(config_file.value_or(kUsualConfigFile));
    if (!process) return fail(ErrorKind::config, process.error().errors.front().text());
    folders.shipped = process->tables_directory.value_or("");
    folders.overlays.push_back(process->overlays_directory);
  }
  if (!texts.tables.empty()) folders.shipped = texts.tables;
  if (!texts.overlays.empty()) folders.overlays = {texts.overlays};
  if (folders.shipped.empty()) {
    DL_TRY(folders.shipped, installed_tables());
  }
  return folders;
}

Result<UtcTime> time_of(const char* option, const std::string& text) {
  auto time = parse_utc(text);
  if (time) return *time;
  return fail(ErrorKind::config, fmt::format("{}: {}", option, time.error().message));
}

// "TIME" or "TIME@TIME": at that time, as known at the other one. False when it is no time.
Result<bool> read_date(const std::string& text, std::optional<UtcTime>& at, std::optional<UtcTime>& known_at) {
  const auto split = text.find('@');
  const auto time = parse_utc(text.substr(0, split));
  if (!time) return false;
  at = *time;
  if (split != std::string::npos) {
    DL_TRY(known_at, time_of("behind @", text.substr(split + 1)));
  }
  return true;
}

Result<void> read_sides(const CalTexts& texts, CalCommand& command) {
  DL_TRY(const bool a_is_date, read_date(texts.a, command.at_a, command.known_a));
  DL_TRY(const bool b_is_date, read_date(texts.b, command.at_b, command.known_b));
  if (a_is_date != b_is_date) {
    return fail(ErrorKind::config,
                fmt::format("expected two folders or two times, found '{}' and '{}'", texts.a, texts.b));
  }
  command.a = texts.a;
  command.b = texts.b;
  return {};
}

}  // namespace

void add_cal(CLI::App& app, CalTexts& texts) {
  auto* cal = app.add_subcommand("cal", "Calibration tables: which rows, why, since when; no daemon is needed");
  cal->require_subcommand(1);
  cal->fallthrough();
  cal->add_option("--tables", texts.tables, "Folder of tables, in place of the configured or installed one")
      ->type_name("DIR");
  cal->add_option("--overlays", texts.overlays, "Folder of overlays, in place of the configured one")->type_name("DIR");
  add_subject(*cal->add_subcommand("list", "The tables that there are"), texts, false);
  auto* show = cal->add_subcommand("show", "One table with all of its rows and events");
  show->add_option("table", texts.table, "Name of a table, such as metop-b/avhrr-3/visible")
      ->required()
      ->type_name("TABLE");
  auto* explain = cal->add_subcommand("explain", "Which rows answer for a time, and why");
  add_subject(*explain, texts, true);
  explain->add_option("--at", texts.at, "Time of the measurement, in UTC")->required()->type_name("TIME");
  explain->add_option("--known-at", texts.known_at, "With what was known then")->type_name("TIME");
  explain->add_option("--profile", texts.profile, "Only this profile")->type_name("NAME");
  explain->add_option("--side", texts.side, "Side of the electronics that was on")->type_name("SIDE");
  explain->add_flag("--rows", texts.rows, "The rows that were not chosen too, with why not");
  auto* diff = cal->add_subcommand("diff", "What differs between two folders of tables, or between two times");
  add_subject(*diff, texts, false);
  diff->add_option("a", texts.a, "A folder, or TIME, or TIME@TIME: as known at the second")->required()->type_name("A");
  diff->add_option("b", texts.b, "Another one")->required()->type_name("B");
  diff->add_option("--profile", texts.profile, "Only this profile, between times")->type_name("NAME");
  cal->add_subcommand("verify", "Check every rule and every hash");
  auto* import_file = cal->add_subcommand("import", "Check a bulletin with all tables, and put it among the overlays");
  import_file->add_option("file", texts.file, "A table file with the new rows")->required()->type_name("FILE");
}

Result<CalCommand> complete_cal(const CLI::App& app, const CalTexts& texts,
                                const std::optional<fs::path>& config_file) {
  CalCommand command;
  command.action = action_of(*app.get_subcommand("cal"));
  command.platform = texts.platform;
  command.instrument = texts.instrument;
  command.table = texts.table;
  command.profile = texts.profile;
  command.side = texts.side;
  command.passed_over = texts.rows;
  command.file = texts.file;
  if (!texts.at.empty()) {
    DL_TRY(command.at, time_of("--at", texts.at));
  }
  if (!texts.known_at.empty()) {
    DL_TRY(command.known_at, time_of("--known-at", texts.known_at));
  }
  if (command.action == CalCommand::Action::diff) DL_CHECK(read_sides(texts, command));
  DL_TRY(command.folders, folders_of(texts, config_file));
  return command;
}

}  // namespace dl::downlinkctl
