// The words that stand in the file for each choice: the one table behind reading, printing and the documentation.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "config/config.h"

namespace dl::config {

template <class Enum>
struct Words;

template <>
struct Words<LogLevel> {
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 4> list = {{{"error", LogLevel::error},
                                                                                 {"warning", LogLevel::warning},
                                                                                 {"info", LogLevel::info},
                                                                                 {"debug", LogLevel::debug}}};
};
template <>
struct Words<SourceKind> {
  static constexpr std::array<std::pair<std::string_view, SourceKind>, 2> list = {
      {{"tcp-listen", SourceKind::tcp_listen}, {"file", SourceKind::file}}};
};
template <>
struct Words<DestinationKind> {
  static constexpr std::array<std::pair<std::string_view, DestinationKind>, 2> list = {
      {{"directory", DestinationKind::directory}, {"gcs", DestinationKind::gcs}}};
};
template <>
struct Words<PublisherKind> {
  static constexpr std::array<std::pair<std::string_view, PublisherKind>, 2> list = {
      {{"journal", PublisherKind::journal}, {"pubsub", PublisherKind::pubsub}}};
};
template <>
struct Words<Credentials> {
  static constexpr std::array<std::pair<std::string_view, Credentials>, 2> list = {
      {{"none", Credentials::none}, {"service-account", Credentials::service_account}}};
};

template <class Enum>
std::string_view word_of(Enum value) {
  for (const auto& [word, candidate] : Words<Enum>::list)
    if (candidate == value) return word;
  return "unknown";
}

}  // namespace dl::config
