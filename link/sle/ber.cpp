#include "link/sle/ber.h"

#include <array>
#include <cassert>
#include <limits>

#include <fmt/format.h>

namespace dl::link::sle {
namespace {

constexpr std::size_t kMaxArcs = 32;

struct Header {
  Tag tag;
  std::size_t size_bytes = 0;
  std::size_t content_bytes = 0;
  bool indefinite = false;
};

Failure cut_short() {
  return fail(ErrorKind::corrupt, "an element of a PDU ends before the length that it states");
}

Result<Header> parse_tag(ByteView bytes) {
  if (bytes.empty()) return cut_short();
  Header header;
  header.tag.tag_class = static_cast<TagClass>(bytes[0] >> 6);
  header.tag.constructed = (bytes[0] & 0x20) != 0;
  header.tag.number = bytes[0] & 0x1F;
  header.size_bytes = 1;
  if (header.tag.number != 0x1F) return header;
  header.tag.number = 0;
  for (unsigned count = 0; count < 4; ++count) {
    if (header.size_bytes == bytes.size()) return cut_short();
    const Byte byte = bytes[header.size_bytes++];
    header.tag.number = header.tag.number << 7 | (byte & 0x7FU);
    if ((byte & 0x80) == 0) return header;
  }
  return fail(ErrorKind::corrupt, "a tag of a PDU has more than 28 bits");
}

Result<Header> parse_header(ByteView bytes) {
  DL_TRY(Header header, parse_tag(bytes));
  if (header.size_bytes == bytes.size()) return cut_short();
  const Byte first = bytes[header.size_bytes++];
  if (first == 0x80) {
    if (!header.tag.constructed) {
      return fail(ErrorKind::corrupt, fmt::format("{} has no length and no elements", to_string(header.tag)));
    }
    header.indefinite = true;
    return header;
  }
  std::uint64_t length = first;
  if ((first & 0x80) != 0) {
    length = 0;
    const unsigned count = first & 0x7FU;
    if (count > 8) return fail(ErrorKind::corrupt, fmt::format("a length of a PDU has {} bytes", count));
    if (count > bytes.size() - header.size_bytes) return cut_short();
    for (unsigned i = 0; i < count; ++i) length = length << 8 | bytes[header.size_bytes++];
  }
  if (length > bytes.size() - header.size_bytes) return cut_short();
  header.content_bytes = static_cast<std::size_t>(length);
  return header;
}

bool is_end_of_contents(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == 0 && bytes[1] == 0;
}

// Of the content of an element without length, up to its end-of-contents octets.
Result<std::size_t> measure_indefinite(ByteView bytes, unsigned depth) {
  if (depth > BerReader::kMaxDepth) {
    return fail(ErrorKind::corrupt, fmt::format("a PDU is nested deeper than {} elements", BerReader::kMaxDepth));
  }
  std::size_t size = 0;
  while (!is_end_of_contents(bytes.subspan(size))) {
    DL_TRY(const Header header, parse_header(bytes.subspan(size)));
    size += header.size_bytes;
    if (!header.indefinite) {
      size += header.content_bytes;
      continue;
    }
    DL_TRY(const std::size_t inner, measure_indefinite(bytes.subspan(size), depth + 1));
    size += inner + 2;
  }
  return size;
}

}  // namespace

std::string to_string(const Tag& tag) {
  constexpr std::array<std::string_view, 4> kClasses = {"universal ", "application ", "", "private "};
  const std::string number =
      tag.tag_class == TagClass::context ? fmt::format("[{}]", tag.number) : std::to_string(tag.number);
  return fmt::format("{}{}{}", kClasses[static_cast<std::size_t>(tag.tag_class)], number,
                     tag.constructed ? " constructed" : "");
}

Result<BerElement> BerReader::next() {
  DL_TRY(Header header, parse_header(rest_));
  std::size_t end_bytes = 0;
  if (header.indefinite) {
    DL_TRY(header.content_bytes, measure_indefinite(rest_.subspan(header.size_bytes), 0));
    end_bytes = 2;
  }
  const BerElement element{header.tag, rest_.subspan(header.size_bytes, header.content_bytes)};
  rest_ = rest_.subspan(header.size_bytes + header.content_bytes + end_bytes);
  return element;
}

Result<Tag> BerReader::peek() const {
  DL_TRY(const Header header, parse_tag(rest_));
  return header.tag;
}

Result<ByteView> BerReader::expect(const Tag& tag, std::string_view what) {
  if (at_end()) return fail(ErrorKind::corrupt, fmt::format("{} is missing", what));
  DL_TRY(const BerElement element, next());
  if (element.tag == tag) return element.content;
  if (element.tag == Tag{tag.tag_class, !tag.constructed, tag.number} && !tag.constructed) {
    return fail(ErrorKind::unsupported, fmt::format("{} is sent in pieces", what));
  }
  return fail(ErrorKind::corrupt,
              fmt::format("{} was expected as {}, found {}", what, to_string(tag), to_string(element.tag)));
}

Result<std::int64_t> BerReader::integer(const Tag& tag, std::string_view what, std::int64_t least, std::int64_t most) {
  DL_TRY(const ByteView content, expect(tag, what));
  return parse_integer(content, what, least, most);
}

Result<std::uint32_t> BerReader::unsigned_integer(const Tag& tag, std::string_view what, std::uint32_t most) {
  DL_TRY(const std::int64_t value, integer(tag, what, 0, most));
  return static_cast<std::uint32_t>(value);
}

Result<ByteView> BerReader::octets(const Tag& tag, std::string_view what, std::size_t least, std::size_t most) {
  DL_TRY(const ByteView content, expect(tag, what));
  if (content.size() < least || content.size() > most) {
    return fail(ErrorKind::corrupt,
                fmt::format("{} has {} bytes, expected {} to {}", what, content.size(), least, most));
  }
  return content;
}

Result<std::string> BerReader::text(const Tag& tag, std::string_view what, std::size_t most) {
  DL_TRY(const ByteView content, octets(tag, what, 0, most));
  for (const Byte byte : content) {
    // VisibleString: ISO 646 without control characters.
    if (byte < 0x20 || byte > 0x7E) {
      return fail(ErrorKind::corrupt,
                  fmt::format("{} has the byte {:#04x}, which is no visible character", what, byte));
    }
  }
  return std::string(as_text(content));
}

Result<void> BerReader::end(std::string_view what) const {
  if (at_end()) return {};
  return fail(ErrorKind::corrupt, fmt::format("{} bytes follow {}", rest_.size(), what));
}

Result<std::int64_t> parse_integer(ByteView content, std::string_view what, std::int64_t least, std::int64_t most) {
  if (content.empty()) return fail(ErrorKind::corrupt, fmt::format("{} is an integer without a byte", what));
  if (content.size() > 8) return fail(ErrorKind::unsupported, fmt::format("{} has more than 64 bits", what));
  std::uint64_t bits = (content[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const Byte byte : content) bits = bits << 8 | byte;
  const auto value = static_cast<std::int64_t>(bits);
  if (value >= least && value <= most) return value;
  return fail(ErrorKind::corrupt, fmt::format("{} is {}, expected {} to {}", what, value, least, most));
}

Result<ObjectIdentifier> parse_object_identifier(ByteView content) {
  ObjectIdentifier arcs;
  std::uint64_t arc = 0;
  bool inside = false;
  for (const Byte byte : content) {
    arc = arc << 7 | (byte & 0x7FU);
    inside = (byte & 0x80) != 0;
    if (arc > std::numeric_limits<std::uint32_t>::max() || arcs.size() == kMaxArcs) {
      return fail(ErrorKind::corrupt, "an object identifier is too long");
    }
    if (inside) continue;
    if (arcs.empty()) {
      // X.690 8.19.4: the first two arcs share a number.
      const auto first = static_cast<std::uint32_t>(arc < 80 ? arc / 40 : 2);
      arcs = {first, static_cast<std::uint32_t>(arc) - 40 * first};
    } else {
      arcs.push_back(static_cast<std::uint32_t>(arc));
    }
    arc = 0;
  }
  if (inside || arcs.empty()) return fail(ErrorKind::corrupt, "an object identifier ends within an arc");
  return arcs;
}

void BerWriter::append_tag(const Tag& tag) {
  const unsigned lead = static_cast<unsigned>(tag.tag_class) << 6 | (tag.constructed ? 0x20U : 0U);
  if (tag.number < 0x1F) {
    out_.push_back(static_cast<Byte>(lead | tag.number));
    return;
  }
  assert(tag.number < 1U << 14);
  out_.push_back(static_cast<Byte>(lead | 0x1F));
  if (tag.number >= 0x80) out_.push_back(static_cast<Byte>(0x80 | tag.number >> 7));
  out_.push_back(static_cast<Byte>(tag.number & 0x7F));
}

namespace {

// X.690 8.1.3 and 10.1: the fewest octets.
struct LengthOctets {
  std::array<Byte, 9> bytes{};
  std::size_t count = 0;

  explicit LengthOctets(std::size_t length) {
    if (length < 0x80) {
      bytes[count++] = static_cast<Byte>(length);
      return;
    }
    std::size_t octets = 1;
    while (octets < 8 && length >> (8 * octets) != 0) ++octets;
    bytes[count++] = static_cast<Byte>(0x80 | octets);
    while (octets > 0) bytes[count++] = static_cast<Byte>(length >> (8 * --octets));
  }
};

}  // namespace

void BerWriter::append_length(std::size_t length) {
  const LengthOctets octets(length);
  out_.insert(out_.end(), octets.bytes.begin(), octets.bytes.begin() + static_cast<std::ptrdiff_t>(octets.count));
}

std::size_t BerWriter::begin(const Tag& tag) {
  append_tag(tag);
  out_.push_back(0);
  return out_.size() - 1;
}

void BerWriter::end(std::size_t length_at) {
  const LengthOctets octets(out_.size() - length_at - 1);
  out_[length_at] = octets.bytes[0];
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(length_at) + 1, octets.bytes.begin() + 1,
              octets.bytes.begin() + static_cast<std::ptrdiff_t>(octets.count));
}

void BerWriter::integer(const Tag& tag, std::int64_t value) {
  std::size_t octets = 1;
  while (octets < 8 && value >> (8 * octets - 1) != 0 && value >> (8 * octets - 1) != -1) ++octets;
  append_tag(tag);
  append_length(octets);
  while (octets > 0) out_.push_back(static_cast<Byte>(value >> (8 * --octets)));
}

void BerWriter::null(const Tag& tag) {
  octets(tag, {});
}

void BerWriter::octets(const Tag& tag, ByteView content) {
  append_tag(tag);
  append_length(content.size());
  out_.insert(out_.end(), content.begin(), content.end());
}

void BerWriter::object_identifier(const Tag& tag, const ObjectIdentifier& arcs) {
  assert(arcs.size() >= 2);
  Bytes content;
  const auto append_arc = [&content](std::uint64_t arc) {
    unsigned groups = 1;
    while (arc >> (7 * groups) != 0) ++groups;
    while (groups-- > 0) {
      content.push_back(static_cast<Byte>((arc >> (7 * groups) & 0x7F) | (groups != 0 ? 0x80 : 0)));
    }
  };
  append_arc(std::uint64_t{40} * arcs[0] + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) append_arc(arcs[i]);
  octets(tag, content);
}

}  // namespace dl::link::sle
