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
  static constexpr std::array<std::pair<std::string_view, SourceKind>, 10> list = {
      {{"tcp-listen", SourceKind::tcp_listen},
       {"tcp-dial", SourceKind::tcp_dial},
       {"udp", SourceKind::udp},
       {"file", SourceKind::file},
       {"folder", SourceKind::folder},
       {"stdin", SourceKind::standard_input},
       {"cortex", SourceKind::cortex},
       {"sle", SourceKind::sle},
       {"nng", SourceKind::nng},
       {"osp", SourceKind::osp}}};
};
template <>
struct Words<link::InputForm> {
  static constexpr std::array<std::pair<std::string_view, link::InputForm>, 5> list = {
      {{"bits", link::InputForm::bits},
       {"codeblocks", link::InputForm::codeblocks},
       {"frames", link::InputForm::frames},
       {"packets", link::InputForm::packets},
       {"soft-symbols", link::InputForm::soft_symbols}}};
};
template <>
struct Words<CortexFamily> {
  static constexpr std::array<std::pair<std::string_view, CortexFamily>, 2> list = {
      {{"hdr", CortexFamily::hdr}, {"crt", CortexFamily::crt}}};
};
template <>
struct Words<SleService> {
  static constexpr std::array<std::pair<std::string_view, SleService>, 2> list = {
      {{"raf", SleService::raf}, {"rcf", SleService::rcf}}};
};
template <>
struct Words<SleMode> {
  static constexpr std::array<std::pair<std::string_view, SleMode>, 3> list = {
      {{"online-timely", SleMode::online_timely},
       {"online-complete", SleMode::online_complete},
       {"offline", SleMode::offline}}};
};
template <>
struct Words<SleAuthentication> {
  static constexpr std::array<std::pair<std::string_view, SleAuthentication>, 3> list = {
      {{"none", SleAuthentication::none}, {"bind", SleAuthentication::bind}, {"all", SleAuthentication::all}}};
};
template <>
struct Words<SleHash> {
  static constexpr std::array<std::pair<std::string_view, SleHash>, 2> list = {
      {{"sha1", SleHash::sha1}, {"sha256", SleHash::sha256}}};
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
