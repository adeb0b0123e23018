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
  static constexpr std::array<std::pair<std::string_view, DestinationKind>, 5> list = {
      {{"directory", DestinationKind::directory},
       {"gcs", DestinationKind::gcs},
       {"s3", DestinationKind::s3},
       {"azure", DestinationKind::azure},
       {"sftp", DestinationKind::sftp}}};
};
template <>
struct Words<PublisherKind> {
  static constexpr std::array<std::pair<std::string_view, PublisherKind>, 3> list = {
      {{"journal", PublisherKind::journal}, {"pubsub", PublisherKind::pubsub}, {"webhook", PublisherKind::webhook}}};
};
template <>
struct Words<Credentials> {
  static constexpr std::array<std::pair<std::string_view, Credentials>, 4> list = {
      {{"none", Credentials::none},
       {"service-account", Credentials::service_account},
       {"service-account-token", Credentials::service_account_token},
       {"metadata", Credentials::metadata}}};
};
template <>
struct Words<Addressing> {
  static constexpr std::array<std::pair<std::string_view, Addressing>, 2> list = {
      {{"path", Addressing::path}, {"virtual", Addressing::virtual_host}}};
};
template <>
struct Words<Verify> {
  static constexpr std::array<std::pair<std::string_view, Verify>, 2> list = {
      {{"size", Verify::size}, {"content", Verify::content}}};
};

template <class Enum>
std::string_view word_of(Enum value) {
  for (const auto& [word, candidate] : Words<Enum>::list)
    if (candidate == value) return word;
  return "unknown";
}

}  // namespace dl::config
