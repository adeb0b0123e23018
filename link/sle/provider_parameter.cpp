#include "link/sle/provider_parameter.h"

#include <fmt/format.h>

#include "link/sle/common_types.h"

namespace dl::link::sle {
namespace {

constexpr std::size_t kMostPermittedQualities = 3;
constexpr std::size_t kMostMasterChannels = 1024;
constexpr std::size_t kMostVirtualChannels = 64;

Failure unexpected(std::string_view what, const Tag& found) {
  return fail(ErrorKind::corrupt, fmt::format("{} cannot be {}", what, to_string(found)));
}

// CHOICE of a number at one tag, and NULL at the other.
Result<Parameter> read_optional_number(ParameterName name, BerReader& reader, std::uint32_t number_tag) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag == context(1 - number_tag)) return Parameter{name, std::monostate{}};
  if (element.tag != context(number_tag)) return unexpected("the value of a parameter", element.tag);
  DL_TRY(const std::int64_t value, parse_integer(element.content, "the value of a parameter", 0, 0xFFFF));
  return Parameter{name, static_cast<std::uint32_t>(value)};
}

Result<Parameter> read_number(ParameterName name, BerReader& reader) {
  DL_TRY(const std::uint32_t value, reader.unsigned_integer(kInteger, "the value of a parameter", 0xFFFF));
  return Parameter{name, value};
}

Result<ByteView> read_set(BerReader& reader, std::string_view what) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag != kSet && element.tag != kSequence) return unexpected(what, element.tag);
  return element.content;
}

Result<Parameter> read_qualities(BerReader& reader) {
  DL_TRY(const ByteView content, read_set(reader, "the permitted frame qualities"));
  BerReader members(content);
  std::vector<std::uint32_t> qualities;
  while (!members.at_end()) {
    DL_TRY(const std::uint32_t quality, members.unsigned_integer(kInteger, "a permitted frame quality", 2));
    if (qualities.size() == kMostPermittedQualities) {
      return fail(ErrorKind::corrupt, "a set of permitted frame qualities has more than 3 members");
    }
    qualities.push_back(quality);
  }
  return Parameter{ParameterName::permitted_frame_quality, std::move(qualities)};
}

Result<std::vector<std::uint8_t>> read_vcids(ByteView content) {
  BerReader members(content);
  std::vector<std::uint8_t> vcids;
  while (!members.at_end()) {
    DL_TRY(const std::uint32_t vcid, members.unsigned_integer(kInteger, "a permitted virtual channel", 63));
    if (vcids.size() == kMostVirtualChannels) {
      return fail(ErrorKind::corrupt, "a list of virtual channels has more than 64 members");
    }
    vcids.push_back(static_cast<std::uint8_t>(vcid));
  }
  return vcids;
}

Result<PermittedChannels> read_permitted_channels(BerReader& members) {
  DL_TRY(const ByteView content, members.expect(kSequence, "a permitted master channel"));
  BerReader reader(content);
  PermittedChannels channels;
  DL_TRY(const std::uint32_t scid, reader.unsigned_integer(kInteger, "a permitted spacecraft id", 65535));
  DL_TRY(const std::uint32_t version, reader.unsigned_integer(kInteger, "a permitted frame version", 15));
  channels.spacecraft_id = static_cast<std::uint16_t>(scid);
  channels.frame_version = static_cast<std::uint8_t>(version);
  DL_TRY(const BerElement list, reader.next());
  if (list.tag == context(0)) return channels;
  if (list.tag != context_constructed(1)) return unexpected("a list of virtual channels", list.tag);
  DL_TRY(channels.vcids, read_vcids(list.content));
  return channels;
}

Result<Parameter> read_channel_set(BerReader& reader) {
  DL_TRY(const ByteView content, read_set(reader, "the permitted channels"));
  BerReader members(content);
  std::vector<PermittedChannels> set;
  while (!members.at_end()) {
    if (set.size() == kMostMasterChannels) {
      return fail(ErrorKind::corrupt, "a set of permitted channels has more than 1024 members");
    }
    DL_TRY(PermittedChannels channels, read_permitted_channels(members));
    set.push_back(std::move(channels));
  }
  return Parameter{ParameterName::permitted_gvcid_set, std::move(set)};
}

Result<Parameter> read_requested_channel(BerReader& reader) {
  DL_TRY(const Tag tag, reader.peek());
  if (tag == context(1)) {
    DL_CHECK(reader.next());
    return Parameter{ParameterName::requested_gvcid, std::monostate{}};
  }
  DL_TRY(const ChannelId channel, read_channel(context_constructed(0), reader));
  return Parameter{ParameterName::requested_gvcid, channel};
}

Result<Parameter> read_value(std::uint32_t number, BerReader& reader) {
  const auto name = static_cast<ParameterName>(number);
  switch (name) {
    case ParameterName::buffer_size:
    case ParameterName::delivery_mode:
    case ParameterName::requested_frame_quality:
    case ParameterName::return_timeout_period:
    case ParameterName::min_reporting_cycle:
      return read_number(name, reader);
    case ParameterName::latency_limit:
      return read_optional_number(name, reader, 0);
    case ParameterName::reporting_cycle:
      return read_optional_number(name, reader, 1);
    case ParameterName::permitted_frame_quality:
      return read_qualities(reader);
    case ParameterName::permitted_gvcid_set:
      return read_channel_set(reader);
    case ParameterName::requested_gvcid:
      return read_requested_channel(reader);
  }
  return fail(ErrorKind::unsupported, fmt::format("parameter {} is none of RAF and RCF", number));
}

}  // namespace

Result<Diagnostic> read_diagnostic(BerReader& reader) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag != context(0) && element.tag != context(1)) return unexpected("a diagnostic", element.tag);
  DL_TRY(const std::int64_t code, parse_integer(element.content, "a diagnostic", 0, 255));
  return Diagnostic{element.tag == context(1), static_cast<std::uint8_t>(code)};
}

Result<Parameter> read_parameter(BerReader& reader) {
  DL_TRY(const BerElement alternative, reader.next());
  if (alternative.tag.tag_class != TagClass::context || !alternative.tag.constructed) {
    return unexpected("a parameter", alternative.tag);
  }
  BerReader inner(alternative.content);
  DL_TRY(const std::uint32_t number, inner.unsigned_integer(kInteger, "the name of a parameter", 0xFFFF));
  return read_value(number, inner);
}

}  // namespace dl::link::sle
