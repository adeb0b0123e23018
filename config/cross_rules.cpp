#include "config/cross_rules.h"

#include <sys/un.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest_name.h"
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

void check_sources(const Config& config, const std::vector<std::string>& spacecraft_names, Findings& findings) {
  if (config.sources.empty() && !findings.failed("source"))
    findings.add("source", "expected at least one [[source]], found none: downlinkd would have nothing to receive");
  const std::vector<std::string_view> known(spacecraft_names.begin(), spacecraft_names.end());
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const auto& source = config.sources[i];
    const auto entry = entry_name("source", i);
    const bool is_named = !source.spacecraft.empty() && !source.spacecraft.ends_with(".toml");
    if (is_named && std::find(known.begin(), known.end(), source.spacecraft) == known.end())
      findings.add(entry + ".spacecraft",
                   fmt::format("expected a link profile ({}), found '{}'{}", fmt::join(known, ", "), source.spacecraft,
                               suggestion(source.spacecraft, known)));
    if (source.kind != SourceKind::tcp_listen || source.listen.port == 0) continue;
    for (std::size_t j = 0; j < i; ++j) {
      const auto& other = config.sources[j];
      if (other.kind != SourceKind::tcp_listen || other.listen.text() != source.listen.text()) continue;
      findings.add(entry + ".listen", fmt::format("expected an address that no other source listens on, found '{}' of "
                                                  "source '{}'",
                                                  source.listen.text(), other.name));
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

void check_endpoint(const Endpoint& endpoint, const std::string& entry, Findings& findings) {
  const auto file_key = entry + ".credentials_file";
  const bool signs = endpoint.credentials == Credentials::service_account;
  if (signs && !endpoint.credentials_file && !findings.failed(file_key))
    findings.add(file_key, "expected the path of a service-account key, or credentials = \"none\", found nothing");
  if (!signs && endpoint.credentials_file && !findings.failed(entry + ".credentials"))
    findings.add(file_key, "expected nothing with credentials = \"none\", found a file");
  if (signs && !endpoint.url.empty() && !is_safe_for_tokens(endpoint.url))
    findings.add(
        entry + ".endpoint",
        fmt::format("expected https:// (credentials would be readable on the network), found '{}'", endpoint.url));
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
  for (const auto* own : {"passes", "scenes", "work"}) is_spools_own |= is_inside(destination.path, spool / own);
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
    if (config.destinations[i].kind == DestinationKind::directory) check_directory(config, i, findings);
    if (config.destinations[i].kind == DestinationKind::gcs)
      check_endpoint(config.destinations[i].endpoint, entry_name("destination", i), findings);
  }
}

void check_publishers(const Config& config, Findings& findings) {
  const Publisher* journal = nullptr;
  for (std::size_t i = 0; i < config.publishers.size(); ++i) {
    const auto& publisher = config.publishers[i];
    if (publisher.kind == PublisherKind::pubsub)
      check_endpoint(publisher.endpoint, entry_name("publisher", i), findings);
    if (publisher.kind != PublisherKind::journal) continue;
    if (journal)
      findings.add(entry_name("publisher", i) + ".kind",
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
