#include "spool/pass_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "spool/intake_json.h"

namespace dl::spool {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "downlinkd.pass/1";
constexpr std::uint64_t kPassFileLimitBytes = std::uint64_t{1} << 20;

Failure refuse(const std::string& reason) {
  return fail(ErrorKind::corrupt, "pass description: " + reason);
}

Result<std::string> text_of(const Json& document, const char* member) {
  const auto found = document.find(member);
  if (found == document.end() || !found->is_string()) return refuse(fmt::format("expected text as '{}'", member));
  return found->get<std::string>();
}

Result<UtcTime> time_of(const Json& document, const char* member) {
  DL_TRY(const std::string text, text_of(document, member));
  Result<UtcTime> time = parse_utc(text);
  if (!time) return refuse(fmt::format("'{}': {}", member, time.error().message));
  return time;
}

Result<Pass> parse_pass(const std::string& text) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) return refuse("expected a JSON object");
  DL_TRY(const std::string format, text_of(document, "format"));
  if (format != kFormat) return refuse(fmt::format("expected format '{}', found '{}'", kFormat, format));
  Pass pass;
  DL_TRY(pass.id, text_of(document, "id"));
  if (pass.id.empty()) return refuse("'id' is empty");
  DL_TRY(pass.source, text_of(document, "source"));
  DL_TRY(pass.spacecraft, text_of(document, "spacecraft"));
  DL_TRY(pass.station, text_of(document, "station"));
  DL_TRY(pass.started_at, time_of(document, "started_at"));
  if (document.contains("table_set")) {
    DL_TRY(pass.table_set, text_of(document, "table_set"));
  }
  pass.intake = intake_of(text);
  const auto ended = document.find("ended_at");
  if (ended == document.end()) return refuse("expected a time or null as 'ended_at'");
  if (ended->is_null()) return pass;
  DL_TRY(pass.ended_at, time_of(document, "ended_at"));
  DL_TRY(pass.end_reason, text_of(document, "end_reason"));
  pass.state = PassState::ended;
  return pass;
}

}  // namespace

Result<void> write_pass_file(const std::filesystem::path& pass_directory, const Pass& pass) {
  Json document = {{"format", kFormat},
                   {"id", pass.id},
                   {"source", pass.source},
                   {"spacecraft", pass.spacecraft},
                   {"station", pass.station},
                   {"started_at", format_utc(pass.started_at)},
                   {"ended_at", pass.ended_at ? Json(format_utc(*pass.ended_at)) : Json(nullptr)},
                   {"end_reason", pass.end_reason}};
  if (!pass.table_set.empty()) document["table_set"] = pass.table_set;
  if (pass.intake != IntakeCounters{}) document["intake"] = Json::parse(intake_to_json(pass.intake));
  // A name that is not UTF-8 must not stop a recording.
  const std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return write_file_durably(pass_directory / "pass.json", as_bytes(text));
}

Result<Pass> read_pass_file(const std::filesystem::path& pass_directory) {
  const std::filesystem::path path = pass_directory / "pass.json";
  DL_TRY(const std::string text, read_text_file(path, kPassFileLimitBytes));
  Result<Pass> pass = parse_pass(text);
  if (!pass) return Failure(pass.error().in(fmt::format("'{}'", path.string())));
  return pass;
}

}  // namespace dl::spool
