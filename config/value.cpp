#include "config/value.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "config/text_form.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// systemd passes credentials on as files of these names (systemd.exec(5), LoadCredential=); who reads one knows where.
constexpr std::string_view kCredentialPrefix = "credential:";
constexpr std::array<Unit, 5> kDurationUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 5> kSizeUnits = {
    {{"TiB", std::uint64_t{1} << 40}, {"GiB", 1U << 30}, {"MiB", 1U << 20}, {"KiB", 1U << 10}, {"B", 1}}};

// "<number> <unit>", the blank may be missing. Exact: no result that a double cannot hold as a whole number.
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, 5>& units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || std::signbit(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  for (const auto& unit : units) {
    if (text != unit.name) continue;
    const double product = number * static_cast<double>(unit.factor);
    if (product != std::floor(product) || product >= std::ldexp(1.0, 53)) return std::nullopt;
    return static_cast<std::uint64_t>(product);
  }
  return std::nullopt;
}

std::string format_quantity(std::uint64_t value, const std::array<Unit, 5>& units) {
  for (const auto& unit : units)
    if (value != 0 && value % unit.factor == 0) return fmt::format("{} {}", value / unit.factor, unit.name);
  return fmt::format("{} {}", value, units.back().name);
}

std::string range_text(const Key& key) {
  std::string text;
  if (!key.minimum.empty()) text += fmt::format(" from {} to {}", key.minimum, key.maximum);
  if (!key.multiple_of.empty()) text += fmt::format(", a multiple of {}", key.multiple_of);
  return text;
}

bool in_range(std::uint64_t value, const Key& key, const std::array<Unit, 5>& units) {
  if (!key.minimum.empty() && value < *parse_quantity(key.minimum, units)) return false;
  if (!key.maximum.empty() && value > *parse_quantity(key.maximum, units)) return false;
  return key.multiple_of.empty() || value % *parse_quantity(key.multiple_of, units) == 0;
}

Decoded decode_quantity(const TomlNode& node, const Key& key, const std::array<Unit, 5>& units, std::uint64_t& out) {
  const auto* text = std::get_if<std::string>(&node.value);
  const auto value = text ? parse_quantity(*text, units) : std::nullopt;
  if (!value || !in_range(*value, key, units)) return Mismatch{node.position, describe_value(node)};
  out = *value;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> address_bits(const std::string& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return 32;
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return 128;
  return std::nullopt;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_whole(text.substr(colon + 1));
  if (!port || *port > 0xFFFF) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  ListenAddress address{std::string(host), static_cast<std::uint16_t>(*port)};
  if (address_bits(address.host) != (bracketed ? 128U : 32U)) return std::nullopt;
  return address;
}

std::optional<PeerNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  PeerNetwork network{std::string(text.substr(0, slash)), 0};
  const auto bits = address_bits(network.address);
  if (!bits) return std::nullopt;
  network.prefix_bits = *bits;
  if (slash == std::string_view::npos) return network;
  const auto prefix = parse_whole(text.substr(slash + 1));
  if (!prefix || *prefix > *bits) return std::nullopt;
  network.prefix_bits = static_cast<unsigned>(*prefix);
  return network;
}

// What is wrong with the file system's side of a path; "" when nothing.
std::string file_problem(const fs::path& path, Form form) {
  if (form == Form::host_path || form == Form::secret) return "";
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return fmt::format("'{}', which does not exist", path.native());
  if (form == Form::directory)
    return fs::is_directory(status) ? "" : fmt::format("'{}', which is no folder", path.native());
  if (!fs::is_regular_file(status)) return fmt::format("'{}', which is no file", path.native());
  if (access(path.c_str(), R_OK) != 0) return fmt::format("'{}', which this user may not read", path.native());
  if (form == Form::program && access(path.c_str(), X_OK) != 0)
    return fmt::format("'{}', which this user may not execute", path.native());
  return "";
}

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_quantity(text, kDurationUnits);
  return value ? std::optional(Milliseconds(static_cast<std::int64_t>(*value))) : std::nullopt;
}
std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits);
}
std::string format_duration(Milliseconds duration) {
  return format_quantity(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}
std::string format_size(std::uint64_t size_bytes) {
  return format_quantity(size_bytes, kSizeUnits);
}

Decoded decode(const TomlNode& node, const Key& key, const fs::path& base, std::string& out) {
  const auto* text = std::get_if<std::string>(&node.value);
  if (!text || !matches(key.form, *text)) return Mismatch{node.position, describe_value(node)};
  // A profile's file is a path like any other; its name is left for the loader, who knows the names.
  if (key.form == Form::spacecraft && text->ends_with(".toml")) {
    const auto path = (base / *text).lexically_normal();
    if (auto problem = file_problem(path, Form::file); !problem.empty()) return Mismatch{node.position, problem};
    out = path.native();
    return std::nullopt;
  }
  out = *text;
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key&, const fs::path&, bool& out) {
  const auto* boolean = std::get_if<bool>(&node.value);
  if (!boolean) return Mismatch{node.position, describe_value(node)};
  out = *boolean;
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key& key, const fs::path&, unsigned& out) {
  const auto* integer = std::get_if<std::int64_t>(&node.value);
  if (!integer || *integer < static_cast<std::int64_t>(*parse_whole(key.minimum)) ||
      *integer > static_cast<std::int64_t>(*parse_whole(key.maximum)))
    return Mismatch{node.position, describe_value(node)};
  out = static_cast<unsigned>(*integer);
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key& key, const fs::path&, std::uint64_t& out) {
  return decode_quantity(node, key, kSizeUnits, out);
}

Decoded decode(const TomlNode& node, const Key& key, const fs::path&, Milliseconds& out) {
  std::uint64_t value = 0;
  auto mismatch = decode_quantity(node, key, kDurationUnits, value);
  if (!mismatch) out = Milliseconds(static_cast<std::int64_t>(value));
  return mismatch;
}

Decoded decode(const TomlNode& node, const Key&, const fs::path&, UtcTime& out) {
  const auto* time = std::get_if<TomlTime>(&node.value);
  const auto* text = std::get_if<std::string>(&node.value);
  const auto parsed = time ? parse_utc(time->text) : text ? parse_utc(*text) : fail(ErrorKind::config, "");
  if (!parsed) return Mismatch{node.position, describe_value(node)};
  out = *parsed;
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key& key, const fs::path& base, fs::path& out) {
  const auto* text = std::get_if<std::string>(&node.value);
  if (!text || text->empty() || text->find('\0') != std::string::npos)
    return Mismatch{node.position, describe_value(node)};
  if (key.form == Form::secret && text->starts_with(kCredentialPrefix)) {
    const auto name = std::string_view(*text).substr(kCredentialPrefix.size());
    if (name.empty() || name.find('/') != std::string_view::npos || name.front() == '.')
      return Mismatch{node.position, describe_value(node)};
    out = *text;
    return std::nullopt;
  }
  auto path = (base / *text).lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // "spool/" names the same folder
  if (auto problem = file_problem(path, key.form); !problem.empty()) return Mismatch{node.position, std::move(problem)};
  out = std::move(path);
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key&, const fs::path&, ListenAddress& out) {
  const auto* text = std::get_if<std::string>(&node.value);
  auto address = text ? parse_listen_address(*text) : std::nullopt;
  if (!address) return Mismatch{node.position, describe_value(node)};
  out = std::move(*address);
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key&, const fs::path&, std::vector<PeerNetwork>& out) {
  const auto* array = std::get_if<TomlArray>(&node.value);
  if (!array || array->empty()) return Mismatch{node.position, describe_value(node)};
  std::vector<PeerNetwork> networks;
  for (const auto& element : *array) {
    const auto* text = std::get_if<std::string>(&element.value);
    auto network = text ? parse_network(*text) : std::nullopt;
    if (!network) return Mismatch{element.position, describe_value(element) + " in the list"};
    networks.push_back(std::move(*network));
  }
  out = std::move(networks);
  return std::nullopt;
}

Decoded decode(const TomlNode& node, const Key&, const fs::path&, std::vector<std::string>& out) {
  const auto* array = std::get_if<TomlArray>(&node.value);
  if (!array) return Mismatch{node.position, describe_value(node)};
  std::vector<std::string> texts;
  for (const auto& element : *array) {
    const auto* text = std::get_if<std::string>(&element.value);
    if (!text || text->empty()) return Mismatch{element.position, describe_value(element) + " in the list"};
    texts.push_back(*text);
  }
  out = std::move(texts);
  return std::nullopt;
}

std::string expectation(const Key& key, const std::string*) {
  return std::string(form_text(key.form));
}
std::string expectation(const Key&, const bool*) {
  return "true or false";
}
std::string expectation(const Key& key, const unsigned*) {
  return "a whole number" + range_text(key);
}
std::string expectation(const Key& key, const std::uint64_t*) {
  return fmt::format("a size{} (B, KiB, MiB, GiB, TiB), such as \"{}\"", range_text(key),
                     key.initial.empty() ? "8 GiB" : key.initial);
}
std::string expectation(const Key& key, const Milliseconds*) {
  return fmt::format("a duration{} (ms, s, min, h, d), such as \"{}\"", range_text(key),
                     key.initial.empty() ? "30 d" : key.initial);
}
std::string expectation(const Key&, const UtcTime*) {
  return "a time in UTC, such as 2026-05-12T12:00:00Z";
}
std::string expectation(const Key& key, const fs::path*) {
  return std::string(form_text(key.form));
}
std::string expectation(const Key& key, const ListenAddress*) {
  return fmt::format("an address and a port, such as \"{}\" or \"[::1]:4935\"", key.initial);
}
std::string expectation(const Key&, const std::vector<PeerNetwork>*) {
  return "a list of addresses or networks, such as [\"192.0.2.7\", \"2001:db8::/32\"]";
}

std::string expectation(const Key&, const std::vector<std::string>*) {
  return "a list of texts";
}

std::string to_toml(const std::string& value) {
  return toml_string(value);
}
std::string to_toml(bool value) {
  return value ? "true" : "false";
}
std::string to_toml(unsigned value) {
  return fmt::format("{}", value);
}
std::string to_toml(std::uint64_t size_bytes) {
  return toml_string(format_size(size_bytes));
}
std::string to_toml(Milliseconds duration) {
  return toml_string(format_duration(duration));
}
std::string to_toml(UtcTime time) {
  return format_utc(time);
}
std::string to_toml(const fs::path& path) {
  return toml_string(path.native());
}
std::string to_toml(const ListenAddress& address) {
  return toml_string(address.text());
}
std::string to_toml(const std::vector<PeerNetwork>& networks) {
  std::string list;
  for (const auto& network : networks) list += (list.empty() ? "" : ", ") + toml_string(network.text());
  return "[" + list + "]";
}

std::string to_toml(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ", ") + toml_string(text);
  return "[" + list + "]";
}

TomlNode node_of(std::string_view text, const bool*) {
  return {{}, text == "true"};
}
TomlNode node_of(std::string_view text, const unsigned*) {
  return {{}, static_cast<std::int64_t>(parse_whole(text).value_or(0))};
}
TomlNode node_of(std::string_view text, const std::vector<PeerNetwork>*) {
  return node_of(text, static_cast<const std::vector<std::string>*>(nullptr));
}
TomlNode node_of(std::string_view text, const std::vector<std::string>*) {
  TomlArray array;
  while (!text.empty()) {
    const auto comma = text.find(", ");
    array.push_back({{}, std::string(text.substr(0, comma))});
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 2);
  }
  return {{}, std::move(array)};
}

}  // namespace dl::config
