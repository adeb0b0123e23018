#include "daemon/log.h"

#include <cstdlib>
#include <memory>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace dl::daemon {
namespace {

spdlog::level::level_enum to_spdlog(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::error:
      return spdlog::level::err;
    case config::LogLevel::warning:
      return spdlog::level::warn;
    case config::LogLevel::info:
      return spdlog::level::info;
    case config::LogLevel::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

// sd-daemon(3): <3> error, <4> warning, <6> info, <7> debug.
char priority_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return '3';
  if (level == spdlog::level::warn) return '4';
  return level == spdlog::level::info ? '6' : '7';
}

bool journal_reads_standard_error() {
  return std::getenv("JOURNAL_STREAM") != nullptr;
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>("downlinkd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  // The journal has its own time stamps.
  logger->set_pattern(journal_reads_standard_error() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

void write(spdlog::level::level_enum level, std::string_view text) {
  if (!logger().should_log(level)) return;
  std::string line;
  if (journal_reads_standard_error()) line = std::string("<") + priority_of(level) + ">";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  logger().log(level, "{}", line);
}

}  // namespace

void set_log_level(config::LogLevel level) {
  logger().set_level(to_spdlog(level));
}

void log_error(std::string_view text) {
  write(spdlog::level::err, text);
}
void log_warning(std::string_view text) {
  write(spdlog::level::warn, text);
}
void log_info(std::string_view text) {
  write(spdlog::level::info, text);
}
void log_debug(std::string_view text) {
  write(spdlog::level::debug, text);
}

}  // namespace dl::daemon
