#include "decoders/metop_admin/admin_message.h"

#include <string>

#include <bzlib.h>
#include <fmt/format.h>
#include <pugixml.hpp>

#include "decoders/metop_packet.h"
#include "link/packet.h"

namespace dl::decoders::metop_admin {

namespace {

using Sets = std::vector<calibrate::TwoLineElements>;

// At most kLargestDocument, whatever the stream says.
tl::expected<std::string, DropReason> decompress(ByteView compressed) {
  std::string document(kLargestDocument, '\0');
  auto size = static_cast<unsigned>(document.size());
  // libbz2 takes the input as non-const, and does not write to it.
  auto* source = reinterpret_cast<char*>(const_cast<Byte*>(compressed.data()));
  constexpr int kLessMemory = 0;
  constexpr int kQuiet = 0;
  const int result = BZ2_bzBuffToBuffDecompress(document.data(), &size, source,
                                                static_cast<unsigned>(compressed.size()), kLessMemory, kQuiet);
  if (result == BZ_OUTBUFF_FULL) return tl::unexpected(DropReason::decoder_refused);
  if (result != BZ_OK) return tl::unexpected(DropReason::packet_checksum);
  document.resize(size);
  return document;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Pairs a first with the second line that follows it, wherever in the document they stand.
class LineCollector final : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node& node) override {
    const std::string_view name = node.name();
    if (name == "message") satellite_ = node.attribute("satellite").value();
    if (name != "line-1" && name != "line-2") return true;
    const std::string_view line = trimmed(node.child_value());
    if (line.starts_with("1 ")) {
      first_ = line;
    } else {
      add(line);
    }
    return true;
  }

  Sets sets;
  bool refused = false;

 private:
  void add(std::string_view second) {
    auto set = calibrate::parse_two_line_elements(satellite_, first_, second);
    if (set) {
      sets.push_back(std::move(*set));
    } else {
      refused = true;
    }
    first_ = {};
  }

  std::string_view satellite_;
  std::string_view first_;
};

}  // namespace

tl::expected<Sets, DropReason> decode_document(std::string_view xml) {
  pugi::xml_document document;
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_doctype;
  if (!document.load_buffer(xml.data(), xml.size(), kOptions)) return tl::unexpected(DropReason::decoder_refused);
  for (const pugi::xml_node node : document) {
    if (node.type() == pugi::node_doctype) return tl::unexpected(DropReason::decoder_refused);
  }
  LineCollector lines;
  document.traverse(lines);
  if (lines.refused) return tl::unexpected(DropReason::decoder_refused);
  return std::move(lines.sets);
}

tl::expected<Sets, DropReason> decode_admin_packet(ByteView packet) {
  if (packet.size() <= link::kPacketHeaderBytes + kDocumentOffset) return tl::unexpected(DropReason::packet_length);
  const auto document = decompress(packet.subspan(link::kPacketHeaderBytes + kDocumentOffset));
  if (!document) return tl::unexpected(document.error());
  return decode_document(*document);
}

Bytes encode_admin_packet(std::span<const calibrate::TwoLineElements> sets, UtcTime time,
                          std::uint16_t sequence_count) {
  pugi::xml_document document;
  auto root = document.append_child("multi-mission-administrative-message");
  for (const calibrate::TwoLineElements& set : sets) {
    auto message = root.append_child("message");
    message.append_attribute("satellite") = set.name.c_str();
    message.append_attribute("satellite-number") = set.norad_id;
    auto elements = message.append_child("navigation").append_child("two-line-elements");
    elements.append_child("line-1").text() = set.line1.c_str();
    elements.append_child("line-2").text() = set.line2.c_str();
  }
  struct Text final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    std::string text;
  } xml;
  document.save(xml);

  std::string compressed(xml.text.size() + xml.text.size() / 100 + 600, '\0');  // what libbz2 asks for
  auto size = static_cast<unsigned>(compressed.size());
  BZ2_bzBuffToBuffCompress(compressed.data(), &size, xml.text.data(), static_cast<unsigned>(xml.text.size()), 9, 0, 0);
  Bytes data(kDocumentOffset - (kMetopDataOffset - link::kPacketHeaderBytes), Byte{0});
  const ByteView stream = as_bytes(std::string_view(compressed).substr(0, size));
  data.insert(data.end(), stream.begin(), stream.end());
  if (data.size() % 2 != 0) data.push_back(0);
  return make_metop_packet(kApid, sequence_count, time, data);
}

}  // namespace dl::decoders::metop_admin
