#include "daemon/service/notify.h"

#include <ctime>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace dl::daemon {
namespace {

void notify(const std::string& state) {
  ::sd_notify(0, state.c_str());
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

void notify_ready(const std::string& status) {
  notify("READY=1\nSTATUS=" + one_line(status));
}
void notify_status(const std::string& status) {
  notify("STATUS=" + one_line(status));
}
void notify_stopping() {
  notify("STOPPING=1\nSTATUS=stopping");
}
void notify_watchdog() {
  notify("WATCHDOG=1");
}

void notify_reloading() {
  // Type=notify-reload wants to know when; Type=notify ignores it.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

std::optional<Milliseconds> watchdog_interval() {
  std::uint64_t interval_us = 0;
  if (::sd_watchdog_enabled(0, &interval_us) <= 0) return std::nullopt;
  return std::chrono::floor<Milliseconds>(Microseconds(interval_us) / 2);
}

}  // namespace dl::daemon
