#include "config/documentation.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/schema.h"
#include "config/value.h"

namespace dl::config {
namespace {

// A key with everything about it that depends on its type.
struct DocumentedKey {
  Key key;
  std::string expected;
  std::string initial;  // as TOML, "" when there is no default
  std::string sample;   // as TOML, "" when the sample does not set it
};

template <class T>
std::string as_toml(const Key& key, std::string_view text, const T* type) {
  T value{};
  if (text.empty() || decode(node_of(text, type), key, "/", value)) return "";
  return to_toml(value);
}
// Nothing optional has a default or a sample value: that is what makes it optional.
template <class T>
std::string as_toml(const Key&, std::string_view, const std::optional<T>*) {
  return "";
}

// A list is there, with nothing in it.
std::string as_toml(const Key&, std::string_view, const std::vector<std::string>*) {
  return "[]";
}

class KeyCollector {
 public:
  template <class T>
  void key(const Key& key, const T& member) {
    keys_.push_back({key, expectation(key, &member), as_toml(key, key.initial, &member),
                     key.sample.empty() ? "" : as_toml(key, key.sample, &member)});
  }
  std::vector<DocumentedKey> take() { return std::move(keys_); }

 private:
  std::vector<DocumentedKey> keys_;
};

template <class S>
std::vector<DocumentedKey> keys_of() {
  S values;
  KeyCollector collector;
  describe(collector, values);
  return collector.take();
}

// Visits every section with its keys.
template <class Writer>
class SectionVisitor {
 public:
  explicit SectionVisitor(Writer& writer) : writer_(writer) {}
  template <class S>
  void table(const Section& section, S&) {
    writer_.section(section, fmt::format("[{}]", section.name), keys_of<S>());
  }
  template <class S>
  void list(const Section& section, std::vector<S>&) {
    writer_.section(section, fmt::format("[[{}]]", section.name), keys_of<S>());
  }

 private:
  Writer& writer_;
};

template <class Writer>
void visit_sections(Writer& writer) {
  Config config;
  SectionVisitor visitor(writer);
  describe(visitor, config);
}

std::string default_text(const DocumentedKey& documented) {
  const auto& key = documented.key;
  if (key.required) return "Required.";
  if (!key.initial_note.empty()) return fmt::format("Default: {}.", key.initial_note);
  if (!documented.initial.empty()) return fmt::format("Default: {}.", documented.initial);
  return "Default: none.";
}

// "# " in front of every line of at most 118 columns.
std::string comment(std::string_view text) {
  constexpr std::size_t kWidth = 116;
  std::string lines;
  while (!text.empty()) {
    auto length = text.size();
    if (length > kWidth) length = text.rfind(' ', kWidth);
    lines += fmt::format("# {}\n", text.substr(0, length));
    text.remove_prefix(std::min(text.size(), length + 1));
  }
  return lines;
}

class SampleWriter {
 public:
  void section(const Section& section, const std::string& header, const std::vector<DocumentedKey>& keys) {
    const bool is_list = header.starts_with("[[");
    const bool in_force =
        !is_list || std::any_of(keys.begin(), keys.end(), [](const auto& key) { return !key.sample.empty(); });
    text_ += "\n\n" + comment(section.help);
    if (!section.sample_comment.empty()) text_ += comment(section.sample_comment);
    text_ += fmt::format("{}{}\n", in_force ? "" : "# ", header);
    for (const auto& documented : keys) key(documented);
  }

  std::string text_ =
      "# Configuration of downlinkd; the manual is downlinkd.toml(5). Every key is listed here: lines that begin with "
      "\"# \"\n"
      "# in front of a key show its default, the others are what this sample sets. Relative paths count from the "
      "folder of\n"
      "# this file. `downlinkd --check-config --config FILE` reports every mistake at once.\n";

 private:
  void key(const DocumentedKey& documented) {
    const auto& key = documented.key;
    const auto only = key.kind.empty() ? "" : fmt::format("Only with {}. ", kind_condition(key.kind));
    text_ += "\n" + comment(only + std::string(key.help));
    text_ += comment(fmt::format("Value: {}. {}", documented.expected, default_text(documented)));
    if (!documented.sample.empty())
      text_ += fmt::format("{} = {}\n", key.name, documented.sample);
    else
      text_ += fmt::format("# {} = {}\n", key.name, documented.initial.empty() ? "\"\"" : documented.initial);
  }
};

// Text for mdoc: every sentence on a line of its own, as its typesetters expect.
std::string manual_text(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      result += "\\e";
    } else if (text[i] == ' ' && i > 0 && text[i - 1] == '.') {
      result += '\n';
    } else {
      result += text[i];
    }
  }
  return result + "\n";
}

class ManualWriter {
 public:
  void section(const Section& section, const std::string& header, const std::vector<DocumentedKey>& keys) {
    text_ += fmt::format(".Ss {}\n{}", header, manual_text(section.help));
    if (!section.sample_comment.empty()) text_ += manual_text(section.sample_comment);
    text_ += ".Bl -tag -width Ds\n";
    for (const auto& documented : keys) {
      text_ += fmt::format(".It Ic {}\n", documented.key.name);
      if (!documented.key.kind.empty())
        text_ += manual_text(fmt::format("Only with {}.", kind_condition(documented.key.kind)));
      text_ += manual_text(documented.key.help);
      text_ += manual_text(fmt::format("Value: {}. {}", documented.expected, default_text(documented)));
    }
    text_ += ".El\n";
  }

  std::string text_;
};

constexpr std::string_view kManualHead =
    R"(.\" Written by config-documentation from config/schema.h: change that file, not this one.
.Dd November 22, 2026
.Dt DOWNLINKD.TOML 5
.Os downlinkd
.Sh NAME
.Nm downlinkd.toml
.Nd configuration of downlinkd
.Sh DESCRIPTION
The configuration of
.Xr downlinkd 8
is a TOML 1.0 file.
It is read when the program starts, and again on
.Dv SIGHUP .
A file with a mistake changes nothing: every mistake is reported with its line and column, and a program that runs
goes on with what it had.
Keys that are not described here are refused.
.Pp
Durations and sizes are texts with a unit: "30 s", "1.5 h", "8 MiB".
Relative paths count from the folder of the file.
.Sh TABLES
)";

constexpr std::string_view kManualTail = R"(.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/downlinkd/downlinkd.toml
what the service reads
.It Pa /usr/share/doc/downlinkd/downlinkd.toml
a sample with every key, its meaning and default
.El
.Sh EXAMPLES
The least that works, for an ordinary user:
.Bd -literal -offset indent
[general]
spool_directory = "spool"

[[source]]
name = "antenna-1"
spacecraft = "metop-b"
.Ed
.Pp
A station that listens for its receiver, uploads to a bucket and announces on a topic:
.Bd -literal -offset indent
[general]
station = "svalbard-2"
control_socket = "/run/downlinkd/control.sock"

[[source]]
name = "antenna-1"
spacecraft = "metop-b"
listen = "0.0.0.0:4935"
allowed_peers = ["192.0.2.7"]

[process]
tle_file = "/var/lib/downlinkd-tle/weather.tle"

[[destination]]
name = "archive"
kind = "gcs"
bucket = "my-scenes"
credentials_file = "/etc/downlinkd/service-account.json"

[[publisher]]
name = "cloud"
kind = "pubsub"
project = "my-project"
topic = "scenes"
credentials_file = "/etc/downlinkd/service-account.json"
.Ed
.Sh SEE ALSO
.Xr downlinkctl 1 ,
.Xr downlinkd 8
)";

}  // namespace

std::string render_sample_config() {
  SampleWriter writer;
  visit_sections(writer);
  return std::move(writer.text_);
}

std::string render_manual_page() {
  ManualWriter writer;
  visit_sections(writer);
  return std::string(kManualHead) + writer.text_ + std::string(kManualTail);
}

}  // namespace dl::config
