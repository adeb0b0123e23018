#include "config/cross_rules.h"

#include <sys/un.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/value.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;

template <class Entry>
void check_unique_names(std::string_view list, const std::vector<Entry>& entries, Findings& findings) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (entries[i].name.empty() || entries[i].name != entries[j].name) continue;
      const auto key = entry_name(list, i) + ".name";
      const auto first = findings.place_of(entry_name(list, j) + ".name");
      findings.add(key, fmt::format("expected a name that no other {} has, found '{}', which stands at line {} too",
                                    list, entries[i].name, first.line));
      break;
    }
  }
}

// A token sent in clear text over a network is a token given away.
bool is_safe_for_tokens(const std::string& url) {
  if (url.starts_with("https://")) return true;
  const auto host = std::string_view(url).substr(7);
  for (const std::string_view loopback : {"127.0.0.1", "localhost", "[::1]"})
    if (host == loopback || host.starts_with(std::string(loopback) + ":")) return true;
  return false;
}

void check_secrecy(const Endpoint& endpoint, const std::string& entry, Findings& findings) {
  if (endpoint.url.empty() || is_safe_for_tokens(endpoint.url)) return;
  findings.add(
      entry + ".endpoint",
      fmt::format("expected https:// (credentials would be readable on the network), found '{}'", endpoint.url));
}

// Of a service of Google.
void check_google(const Endpoint& endpoint, const std::string& entry, Findings& findings) {
  const auto file_key = entry + ".credentials_file";
  const auto credentials = endpoint.credentials;
  const bool has_key = credentials == Credentials::service_account || credentials == Credentials::service_account_token;
  if (has_key && !endpoint.credentials_file && !findings.failed(file_key))
    findings.add(file_key, "expected the path of a service-account key, or credentials = \"none\", found nothing");
  if (!has_key && endpoint.credentials_file && !findings.failed(entry + ".credentials"))
    findings.add(file_key,
                 fmt::format("expected nothing with credentials = \"{}\", found a file", to_string(credentials)));
  if (credentials != Credentials::none) check_secrecy(endpoint, entry, findings);
}

void check_proxy(const Endpoint& endpoint, const std::string& entry, Findings& findings) {
  if (!endpoint.proxy.empty() || findings.failed(entry + ".proxy")) return;
  if (!endpoint.no_proxy.empty())
    findings.add(entry + ".no_proxy", fmt::format("expected only with a proxy, found '{}'", endpoint.no_proxy));
  if (endpoint.proxy_login_file)
    findings.add(entry + ".proxy_login_file",
                 fmt::format("expected only with a proxy, found '{}'", endpoint.proxy_login_file->native()));
}

// "bucket.192.0.2.7" is no name of a host.
void check_addressing(const Destination& destination, const std::string& entry, Findings& findings) {
  auto host = std::string_view(destination.endpoint.url);
  host.remove_prefix(std::min(host.size(), host.find("//") == std::string_view::npos ? 0 : host.find("//") + 2));
  const bool is_address =
      host.starts_with('[') ||
      host.substr(0, host.find_first_of(":/")).find_first_not_of("0123456789.") == std::string_view::npos;
  if (destination.addressing == Addressing::virtual_host && is_address && !host.empty())
    findings.add(entry + ".endpoint", fmt::format("expected the name of a host (or addressing = \"path\"), found '{}'",
                                                  destination.endpoint.url));
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

void check_directory(const Config& config, std::size_t index, Findings& findings) {
  const auto& destination = config.destinations[index];
  const auto key = entry_name("destination", index) + ".path";
  const auto& spool = config.general.spool_directory;
  bool is_spools_own = destination.path == spool;
  // The names are those of spool/layout.h; config may not include it.
  for (const auto* own : {"passes", "scenes", "work", "quarantine"})
    is_spools_own |= is_inside(destination.path, spool / own);
  if (is_spools_own)
    findings.add(key,
                 fmt::format("expected a folder outside the spool's own ones, found '{}'", destination.path.native()));
  for (std::size_t j = 0; j < index; ++j) {
    const auto& other = config.destinations[j];
    if (other.kind == DestinationKind::directory && other.path == destination.path &&
        other.object_prefix == destination.object_prefix)
      findings.add(key, fmt::format("expected a folder that no other destination fills, found '{}' of destination '{}'",
                                    destination.path.native(), other.name));
  }
}

void check_destinations(const Config& config, Findings& findings) {
  for (std::size_t i = 0; i < config.destinations.size(); ++i) {
    const auto& destination = config.destinations[i];
    const auto entry = entry_name("destination", i);
    check_proxy(destination.endpoint, entry, findings);
    if (destination.kind == DestinationKind::directory) check_directory(config, i, findings);
    if (destination.kind == DestinationKind::gcs) check_google(destination.endpoint, entry, findings);
    if (destination.kind == DestinationKind::s3) check_addressing(destination, entry, findings);
    if (destination.kind == DestinationKind::sftp &&
        destination.key_file.has_value() == destination.password_file.has_value())
      findings.add(entry + ".key_file", "expected either key_file or password_file, found neither or both");
    // A shared access signature is part of the address.
    if (destination.kind == DestinationKind::azure) check_secrecy(destination.endpoint, entry, findings);
  }
  const auto& all = config.destinations;
  if (!all.empty() && std::none_of(all.begin(), all.end(), [](const auto& one) { return one.required; }))
    findings.add(entry_name("destination", 0) + ".required",
                 "expected true of one destination at least, found none: no scene would ever count as delivered");
}

void check_publishers(const Config& config, Findings& findings) {
  const Publisher* journal = nullptr;
  for (std::size_t i = 0; i < config.publishers.size(); ++i) {
    const auto& publisher = config.publishers[i];
    const auto entry = entry_name("publisher", i);
    check_proxy(publisher.endpoint, entry, findings);
    if (publisher.kind == PublisherKind::pubsub) check_google(publisher.endpoint, entry, findings);
    if (publisher.kind != PublisherKind::journal) continue;
    if (journal)
      findings.add(entry + ".kind",
                   fmt::format("expected one journal at most, found a second beside '{}'", journal->name));
    journal = &publisher;
  }
}

void check_limits(const Config& config, Findings& findings) {
  const auto& process = config.process;
  if (process.tle_age_flag > process.tle_age_refuse)
    findings.add("process.tle_age_flag",
                 fmt::format("expected at most tle_age_refuse ({}), found '{}'",
                             format_duration(process.tle_age_refuse), format_duration(process.tle_age_flag)));
  const auto& space = config.space;
  if (space.stop_scenes_below_bytes <= space.stop_recording_below_bytes)
    findings.add("space.stop_scenes_below", fmt::format("expected more than stop_recording_below ({}), found '{}'",
                                                        format_size(space.stop_recording_below_bytes),
                                                        format_size(space.stop_scenes_below_bytes)));
  const auto& retention = config.retention;
  if (retention.keep_free_bytes <= space.stop_scenes_below_bytes)
    findings.add(
        "retention.keep_free",
        fmt::format("expected more than space.stop_scenes_below ({}), so that room is made before scenes stop, "
                    "found '{}'",
                    format_size(space.stop_scenes_below_bytes), format_size(retention.keep_free_bytes)));
  const auto& socket = config.general.control_socket.native();
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.size() > kLongest)
    findings.add("general.control_socket", fmt::format("expected a path of at most {} bytes (a limit of unix sockets), "
                                                       "found '{}' with {}",
                                                       kLongest, socket, socket.size()));
}

}  // namespace

Position Findings::place_of(const std::string& key) const {
  for (std::string_view prefix = key; !prefix.empty();) {
    if (const auto found = places_.find(prefix); found != places_.end()) return found->second;
    const auto dot = prefix.rfind('.');
    prefix = dot == std::string_view::npos ? std::string_view{} : prefix.substr(0, dot);
  }
  return {};
}

void Findings::add(Position position, const std::string& key, std::string message) {
  failed_.insert(key);
  errors_.push_back({file_, position.line, position.column, key, std::move(message)});
}

std::vector<ConfigError> Findings::take() {
  std::stable_sort(errors_.begin(), errors_.end(), [](const ConfigError& a, const ConfigError& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(errors_);
}

std::string entry_name(std::string_view list, std::size_t index) {
  return fmt::format("{}[{}]", list, index);
}

void check_bandwidth(const Bandwidth& bandwidth, const BandwidthRules& rules, Findings& findings) {
  const std::string limit = "bandwidth.limit";
  for (std::size_t i = 0; rules.timetable && i < bandwidth.limit.size(); ++i) {
    const auto problem = rules.timetable({bandwidth.limit[i]});
    if (problem) findings.add(findings.place_of(entry_name(limit, i)), limit, *problem);
  }
  if (rules.timetable && !bandwidth.limit.empty() && !findings.failed(limit)) {
    if (const auto problem = rules.timetable(bandwidth.limit)) findings.add(limit, *problem);
  }
  const std::string during = "bandwidth.during_pass";
  if (!rules.rate || bandwidth.during_pass == "send" || findings.failed(during)) return;
  if (const auto problem = rules.rate(bandwidth.during_pass))
    findings.add(during, fmt::format("expected \"send\", \"pause\" or a rate; {}", *problem));
}

void check_rules(const Config& config, const std::vector<std::string>& spacecraft_names, Findings& findings) {
  check_unique_names("source", config.sources, findings);
  check_unique_names("destination", config.destinations, findings);
  check_unique_names("publisher", config.publishers, findings);
  check_sources(config, spacecraft_names, findings);
  check_destinations(config, findings);
  check_publishers(config, findings);
  check_limits(config, findings);
}

}  // namespace dl::config
