// Basic Encoding Rules of ASN.1 (ITU-T X.690), as far as the SLE services use them.
// What is written has definite, minimal lengths, which makes it DER too where no SET has more than one member.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"

namespace dl::link::sle {

enum class TagClass : std::uint8_t { universal = 0, application = 1, context = 2, private_use = 3 };

struct Tag {
  TagClass tag_class = TagClass::universal;
  bool constructed = false;
  std::uint32_t number = 0;

  friend bool operator==(const Tag&, const Tag&) = default;
};

inline constexpr Tag kInteger{TagClass::universal, false, 2};
inline constexpr Tag kOctetString{TagClass::universal, false, 4};
inline constexpr Tag kObjectIdentifier{TagClass::universal, false, 6};
inline constexpr Tag kSequence{TagClass::universal, true, 16};
inline constexpr Tag kSet{TagClass::universal, true, 17};
inline constexpr Tag kVisibleString{TagClass::universal, false, 26};

// "[7]" of a primitive type, and of a SEQUENCE, SET or CHOICE.
constexpr Tag context(std::uint32_t number) {
  return {TagClass::context, false, number};
}
constexpr Tag context_constructed(std::uint32_t number) {
  return {TagClass::context, true, number};
}

// "[7]", "[7] constructed", "universal 16 constructed".
std::string to_string(const Tag& tag);

// The arcs of an OBJECT IDENTIFIER: {1, 3, 112, 4, 3, 1, 2, 22}.
using ObjectIdentifier = std::vector<std::uint32_t>;

struct BerElement {
  Tag tag;
  ByteView content;
};

// Takes elements one after the other out of a view, which must outlive the reader and what it returns. Lengths are
// held against what is there before anything is touched; indefinite lengths are read, nested no deeper than
// kMaxDepth. After an error only destruction is defined. Every error is of kind corrupt, or unsupported for values that
// X.690 allows and no SLE peer needs (strings in pieces, integers over 64 bits).
class BerReader {
 public:
  static constexpr unsigned kMaxDepth = 16;

  explicit BerReader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  Result<BerElement> next();
  // The next element's tag without taking it.
  [[nodiscard]] Result<Tag> peek() const;

  // The next element, which `what` says in the error when it is another.
  Result<ByteView> expect(const Tag& tag, std::string_view what);
  Result<std::int64_t> integer(const Tag& tag, std::string_view what, std::int64_t least, std::int64_t most);
  Result<std::uint32_t> unsigned_integer(const Tag& tag, std::string_view what, std::uint32_t most);
  Result<ByteView> octets(const Tag& tag, std::string_view what, std::size_t least, std::size_t most);
  Result<std::string> text(const Tag& tag, std::string_view what, std::size_t most);
  // Kind corrupt when anything is left.
  Result<void> end(std::string_view what) const;

 private:
  ByteView rest_;
};

// Of the content of an element whose tag has been looked at.
Result<std::int64_t> parse_integer(ByteView content, std::string_view what, std::int64_t least, std::int64_t most);
// No more than 32 arcs of 32 bits.
Result<ObjectIdentifier> parse_object_identifier(ByteView content);

class BerWriter {
 public:
  void integer(const Tag& tag, std::int64_t value);
  void null(const Tag& tag);
  void octets(const Tag& tag, ByteView content);
  void text(const Tag& tag, std::string_view content) { octets(tag, as_bytes(content)); }
  // At least two arcs, as every object identifier has.
  void object_identifier(const Tag& tag, const ObjectIdentifier& arcs);
  // What `write_content` writes stands inside.
  template <class Function>
  void constructed(const Tag& tag, Function write_content) {
    const std::size_t length_at = begin(tag);
    write_content();
    end(length_at);
  }

  [[nodiscard]] ByteView bytes() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  void append_tag(const Tag& tag);
  void append_length(std::size_t length);
  std::size_t begin(const Tag& tag);
  void end(std::size_t length_at);

  Bytes out_;
};

}  // namespace dl::link::sle
