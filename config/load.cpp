#include "config/load.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "config/cross_rules.h"
#include "config/nearest_name.h"
#include "config/schema.h"
#include "config/toml_tree.h"
#include "config/value.h"
#include "core/file.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;

// Nobody writes a configuration of this size; a device or a disk image named by mistake must not fill the memory.
constexpr std::uint64_t kFileSizeLimitBytes = 4U << 20;

std::string expected_but_found(const std::string& expected, const std::string& found) {
  return fmt::format("expected {}, found {}", expected, found);
}

// Reads one table: visits the keys of its section, then complains about those that nobody asked for.
class TableReader {
 public:
  TableReader(const TomlTable& table, std::string name, const fs::path& base, Findings& findings)
      : table_(table), name_(std::move(name)), base_(base), findings_(findings) {}

  template <class T>
  void key(const Key& key, T& member) {
    const bool applies = is_key_of(key.kind, kind_);
    known_.push_back({key.name, key.kind, applies});
    const auto* entry = find(table_, key.name);
    const auto path = name_ + "." + std::string(key.name);
    if (entry) findings_.place(path, entry->node.position);
    if (applies && entry) read(key, path, entry->node, member);
    if (applies && !entry) use_default(key, path, member);
    if (key.name == "kind") remember_kind(member);
  }

  // Call when every key has been visited.
  void finish() {
    for (const auto& entry : table_) {
      const auto path = name_ + "." + entry.key;
      const auto* key = known(entry.key);
      if (!key) {
        findings_.add(entry.position, path,
                      fmt::format("expected a key of this table, found '{}', which is none{}", entry.key,
                                  suggestion(entry.key, names_that_apply())));
      } else if (!key->applies) {
        findings_.add(entry.position, path,
                      fmt::format("expected only with {}, found with kind = \"{}\"", kinds_text(key->name), kind_));
      }
    }
  }

 private:
  struct KnownKey {
    std::string_view name;
    std::string_view kind;
    bool applies;
  };

  template <class T>
  void read(const Key& key, const std::string& path, const TomlNode& node, T& member) {
    if constexpr (std::is_same_v<T, std::vector<std::string>>) place_elements(path, node);
    if (const auto mismatch = decode(node, key, base_, member))
      findings_.add(mismatch->position, path, expected_but_found(expectation(key, &member), mismatch->found));
  }

  void place_elements(const std::string& path, const TomlNode& node) {
    const auto* array = std::get_if<TomlArray>(&node.value);
    for (std::size_t i = 0; array && i < array->size(); ++i) findings_.place(entry_name(path, i), (*array)[i].position);
  }

  template <class T>
  void use_default(const Key& key, const std::string& path, T& member) {
    if (key.required) findings_.add(path, expected_but_found(expectation(key, &member), "nothing"));
    if (key.initial.empty()) return;
    [[maybe_unused]] const auto mismatch = decode(node_of(key.initial, &member), key, base_, member);
    assert(!mismatch && "a default of the schema breaks its own rule");
  }

  template <class T>
  void remember_kind(const T& member) {
    if constexpr (std::is_enum_v<T>) kind_ = word_of(member);
  }

  // Of several of that name, the one that applies.
  [[nodiscard]] const KnownKey* known(std::string_view name) const {
    const KnownKey* found = nullptr;
    for (const auto& key : known_)
      if (key.name == name && (!found || key.applies)) found = &key;
    return found;
  }

  // "kind = "gcs" or "s3"", of all keys of that name.
  [[nodiscard]] std::string kinds_text(std::string_view name) const {
    std::string kinds;
    for (const auto& key : known_)
      if (key.name == name) kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", key.kind);
    return kind_condition(kinds);
  }

  [[nodiscard]] std::vector<std::string_view> names_that_apply() const {
    std::vector<std::string_view> names;
    for (const auto& key : known_)
      if (key.applies) names.push_back(key.name);
    return names;
  }

  const TomlTable& table_;
  std::string name_;
  const fs::path& base_;
  Findings& findings_;
  std::string_view kind_;
  std::vector<KnownKey> known_;
};

// Reads the top level: tables and lists of tables.
class DocumentReader {
 public:
  DocumentReader(const TomlTable& document, const fs::path& base, Findings& findings)
      : document_(document), base_(base), findings_(findings) {}

  template <class S>
  void table(const Section& section, S& values) {
    known_.push_back(section.name);
    const auto name = std::string(section.name);
    const auto* entry = find(document_, section.name);
    static const TomlTable kEmpty;
    const TomlTable* found = entry ? std::get_if<TomlTable>(&entry->node.value) : &kEmpty;
    if (entry) findings_.place(name, entry->node.position);
    if (!found)
      findings_.add(name, expected_but_found(fmt::format("a table, [{}]", name), describe_value(entry->node)));
    read(found ? *found : kEmpty, name, values);
  }

  template <class S>
  void list(const Section& section, std::vector<S>& entries) {
    known_.push_back(section.name);
    const auto name = std::string(section.name);
    const auto* entry = find(document_, section.name);
    if (!entry) return;
    findings_.place(name, entry->node.position);
    const auto* array = std::get_if<TomlArray>(&entry->node.value);
    const auto expected = fmt::format("a list of tables, [[{}]]", name);
    if (!array) return findings_.add(name, expected_but_found(expected, describe_value(entry->node)));
    for (std::size_t i = 0; i < array->size(); ++i) {
      const auto& element = (*array)[i];
      const auto path = entry_name(section.name, i);
      findings_.place(path, element.position);
      entries.emplace_back();
      if (const auto* found = std::get_if<TomlTable>(&element.value))
        read(*found, path, entries.back());
      else
        findings_.add(path, expected_but_found(expected, describe_value(element)));
    }
  }

  void finish() {
    for (const auto& entry : document_) {
      if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
      findings_.add(entry.position, entry.key,
                    fmt::format("expected a table of the configuration, found '{}', which is none{}", entry.key,
                                suggestion(entry.key, known_)));
    }
  }

 private:
  template <class S>
  void read(const TomlTable& table, const std::string& name, S& values) {
    TableReader reader(table, name, base_, findings_);
    describe(reader, values);
    reader.finish();
  }

  const TomlTable& document_;
  const fs::path& base_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

// Lets a DocumentReader see the sections of these types and nothing else.
template <class... Wanted>
class Only {
 public:
  explicit Only(DocumentReader& reader) : reader_(reader) {}
  template <class S>
  void table(const Section& section, S& values) {
    if constexpr ((std::is_same_v<S, Wanted> || ...)) reader_.table(section, values);
  }
  template <class S>
  void list(const Section&, std::vector<S>&) {}

 private:
  DocumentReader& reader_;
};

// The entry that stands for an empty list.
template <class S>
void add_default_entry(std::vector<S>& entries, std::string_view name, const fs::path& base, Findings& findings) {
  const TomlTable table = {{"name", {}, {{}, std::string(name)}}};
  TableReader reader(table, "default", base, findings);
  describe(reader, entries.emplace_back());
}

void fill_control_socket(General& general) {
  if (general.control_socket.empty()) general.control_socket = general.spool_directory / "control.sock";
}

void fill_overlays(Process& process, const fs::path& spool_directory) {
  if (process.overlays_directory.empty()) process.overlays_directory = spool_directory / "overlays";
}

void fill_endpoint(Destination& destination) {
  auto& url = destination.endpoint.url;
  if (!url.empty()) return;
  if (destination.kind == DestinationKind::s3) url = fmt::format("https://s3.{}.amazonaws.com", destination.region);
  if (destination.kind == DestinationKind::azure)
    url = fmt::format("https://{}.blob.core.windows.net", destination.account);
}

void fill_dependent_defaults(Config& config, Findings& findings) {
  const auto& base = config.general.spool_directory;
  fill_control_socket(config.general);
  fill_overlays(config.process, base);
  if (config.destinations.empty() && !findings.failed("destination"))
    add_default_entry(config.destinations, "local", base, findings);
  if (config.publishers.empty() && !findings.failed("publisher"))
    add_default_entry(config.publishers, "journal", base, findings);
  // The service hands over nothing else.
  for (auto& source : config.sources)
    if (source.kind == SourceKind::sle) source.form = link::InputForm::frames;
  for (std::size_t i = 0; i < config.destinations.size(); ++i) {
    auto& destination = config.destinations[i];
    const bool has_none = destination.path.empty() && !findings.failed(entry_name("destination", i) + ".path");
    if (destination.kind == DestinationKind::directory && has_none) destination.path = base / "bucket";
    fill_endpoint(destination);
  }
  // Below that, the steps of [space] begin; so that it does not come to them, room is made before.
  auto& retention = config.retention;
  if (retention.keep_free_bytes == 0 && !findings.failed("retention.keep_free"))
    retention.keep_free_bytes = 2 * config.space.stop_scenes_below_bytes;
}

fs::path absolute_path(const fs::path& file) {
  std::error_code error;
  return fs::absolute(file, error).lexically_normal();
}

ConfigErrors one_error(const std::string& file, Position position, std::string message) {
  return {{{file, position.line, position.column, "", std::move(message)}}};
}

}  // namespace

std::string ConfigError::text() const {
  const auto place = line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
  return key.empty() ? fmt::format("{}: {}", place, message) : fmt::format("{}: {}: {}", place, key, message);
}

std::string ConfigErrors::text() const {
  std::string text;
  for (const auto& error : errors) text += error.text() + "\n";
  return text + fmt::format("{} error{} in '{}'\n", errors.size(), errors.size() == 1 ? "" : "s", errors.front().file);
}

tl::expected<Config, ConfigErrors> parse_config(std::string_view text, const fs::path& file,
                                                const ListSpacecraft& list_spacecraft, const BandwidthRules& rules) {
  const auto document = parse_toml(text);
  if (!document) {
    const auto& problem = document.error();
    return tl::unexpected(one_error(file.native(), problem.position, "expected TOML: " + problem.message));
  }
  Config config;
  config.file = absolute_path(file);
  const auto base = config.file.parent_path();

  Findings findings(file.native());
  DocumentReader reader(*document, base, findings);
  describe(reader, config);
  reader.finish();
  fill_dependent_defaults(config, findings);
  check_rules(config, list_spacecraft(config.process.spacecraft_directory), findings);
  check_bandwidth(config.bandwidth, rules, findings);
  if (auto errors = findings.take(); !errors.empty()) return tl::unexpected(ConfigErrors{std::move(errors)});
  return config;
}

tl::expected<Config, ConfigErrors> load_config(const fs::path& file, const ListSpacecraft& list_spacecraft,
                                               const BandwidthRules& rules) {
  const auto text = read_text_file(file, kFileSizeLimitBytes);
  if (!text) return tl::unexpected(one_error(file.native(), {}, text.error().message));
  return parse_config(*text, file, list_spacecraft, rules);
}

namespace {

template <class... Wanted>
tl::expected<Config, ConfigErrors> load_only(const fs::path& file) {
  const auto text = read_text_file(file, kFileSizeLimitBytes);
  if (!text) return tl::unexpected(one_error(file.native(), {}, text.error().message));
  const auto document = parse_toml(*text);
  if (!document)
    return tl::unexpected(
        one_error(file.native(), document.error().position, "expected TOML: " + document.error().message));
  const auto base = absolute_path(file).parent_path();
  Findings findings(file.native());
  DocumentReader reader(*document, base, findings);
  Config config;
  Only<Wanted...> wanted(reader);
  describe(wanted, config);
  if (auto errors = findings.take(); !errors.empty()) return tl::unexpected(ConfigErrors{std::move(errors)});
  fill_control_socket(config.general);
  fill_overlays(config.process, config.general.spool_directory);
  return config;
}

}  // namespace

tl::expected<General, ConfigErrors> load_general(const fs::path& file) {
  return load_only<General>(file).map([](Config config) { return std::move(config.general); });
}

tl::expected<Process, ConfigErrors> load_process(const fs::path& file) {
  return load_only<General, Process>(file).map([](Config config) { return std::move(config.process); });
}

}  // namespace dl::config
