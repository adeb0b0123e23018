#include "link/sle/common_types.h"

#include <fmt/format.h>

#include "link/sle/time_code.h"

namespace dl::link::sle {
namespace {

constexpr std::size_t kLeastCredentialsBytes = 8;
constexpr std::size_t kMostCredentialsBytes = 256;
constexpr std::uint32_t kMostSpacecraftId = 65535;
constexpr std::uint32_t kMostFrameVersion = 15;
constexpr std::uint32_t kMostVcid = 63;

Failure unexpected(std::string_view what, const Tag& found) {
  return fail(ErrorKind::corrupt, fmt::format("{} cannot be {}", what, to_string(found)));
}

}  // namespace

void write_credentials(CredentialsView credentials, BerWriter& writer) {
  if (credentials.empty()) return writer.null(context(0));
  writer.octets(context(1), credentials);
}

Result<CredentialsView> read_credentials(BerReader& reader) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag == context(0)) return CredentialsView{};
  if (element.tag != context(1)) return unexpected("credentials", element.tag);
  if (element.content.size() < kLeastCredentialsBytes || element.content.size() > kMostCredentialsBytes) {
    return fail(ErrorKind::corrupt, fmt::format("credentials have {} bytes, expected {} to {}", element.content.size(),
                                                kLeastCredentialsBytes, kMostCredentialsBytes));
  }
  return element.content;
}

void write_time(UtcTime time, BerWriter& writer) {
  writer.octets(context(0), encode_time(time));
}

Result<UtcTime> read_time(BerReader& reader) {
  DL_TRY(const BerElement element, reader.next());
  const bool is_pico = element.tag == context(1);
  if (element.tag != context(0) && !is_pico) return unexpected("a time", element.tag);
  if (element.content.size() != (is_pico ? kPicosecondTimeBytes : kTimeBytes)) {
    return fail(ErrorKind::corrupt,
                fmt::format("a time as {} has {} bytes", to_string(element.tag), element.content.size()));
  }
  return decode_time(element.content);
}

void write_conditional_time(const std::optional<UtcTime>& time, BerWriter& writer) {
  if (!time) return writer.null(context(0));
  // Time is a CHOICE, so that this tag is explicit whatever the module says (X.680 31.2.7).
  writer.constructed(context_constructed(1), [&] { write_time(*time, writer); });
}

Result<std::optional<UtcTime>> read_conditional_time(BerReader& reader) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag == context(0)) return std::nullopt;
  if (element.tag != context_constructed(1)) return unexpected("a conditional time", element.tag);
  BerReader inner(element.content);
  DL_TRY(const UtcTime time, read_time(inner));
  return time;
}

void write_invoke_id(std::uint16_t invoke_id, BerWriter& writer) {
  writer.integer(kInteger, invoke_id);
}

Result<std::uint16_t> read_invoke_id(BerReader& reader) {
  DL_TRY(const std::uint32_t invoke_id, reader.unsigned_integer(kInteger, "the invoke id", 0xFFFF));
  return static_cast<std::uint16_t>(invoke_id);
}

void write_channel(const Tag& tag, const ChannelId& channel, BerWriter& writer) {
  writer.constructed(tag, [&] {
    writer.integer(kInteger, channel.spacecraft_id);
    writer.integer(kInteger, channel.frame_version);
    if (channel.vcid) {
      writer.integer(context(1), *channel.vcid);
    } else {
      writer.null(context(0));
    }
  });
}

Result<ChannelId> read_channel(const Tag& tag, BerReader& reader) {
  DL_TRY(const ByteView content, reader.expect(tag, "the global virtual channel id"));
  BerReader inner(content);
  ChannelId channel;
  DL_TRY(const std::uint32_t scid, inner.unsigned_integer(kInteger, "the spacecraft id", kMostSpacecraftId));
  DL_TRY(const std::uint32_t version, inner.unsigned_integer(kInteger, "the frame version", kMostFrameVersion));
  DL_TRY(const BerElement element, inner.next());
  channel.spacecraft_id = static_cast<std::uint16_t>(scid);
  channel.frame_version = static_cast<std::uint8_t>(version);
  if (element.tag == context(0)) return channel;
  if (element.tag != context(1)) return unexpected("a virtual channel", element.tag);
  DL_TRY(const std::int64_t vcid, parse_integer(element.content, "the virtual channel", 0, kMostVcid));
  channel.vcid = static_cast<std::uint8_t>(vcid);
  return channel;
}

void write_peer_abort(const PeerAbort& abort, BerWriter& writer) {
  writer.integer(context(pdu_tag::kPeerAbort), abort.diagnostic);
}

}  // namespace dl::link::sle
