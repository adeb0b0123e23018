#include "link/sle/service_instance.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace dl::link::sle {
namespace {

constexpr std::size_t kMostAttributes = 16;
constexpr std::size_t kMostValueBytes = 256;

// The last arc below {1 3 112 4 3 1 2}: the definitions of CCSDS-SLE-TRANSFER-SERVICE-SERVICE-INSTANCE-ID.
constexpr std::array<std::uint32_t, 7> kPrefix = {1, 3, 112, 4, 3, 1, 2};
struct Attribute {
  std::string_view name;
  std::uint32_t arc;
};
constexpr std::array<Attribute, 13> kAttributes = {{{"sagr", 52},
                                                    {"spack", 53},
                                                    {"fsl-fg", 14},
                                                    {"rsl-fg", 38},
                                                    {"cltu", 7},
                                                    {"fsp", 10},
                                                    {"raf", 22},
                                                    {"rcf", 46},
                                                    {"rcfsh", 44},
                                                    {"rocf", 49},
                                                    {"rsp", 40},
                                                    {"tcf", 12},
                                                    {"tcva", 16}}};

const Attribute* find_attribute(std::string_view name) {
  const auto* found = std::find_if(kAttributes.begin(), kAttributes.end(),
                                   [name](const Attribute& attribute) { return attribute.name == name; });
  return found == kAttributes.end() ? nullptr : found;
}

struct Part {
  std::string_view name;
  std::string_view value;
};

// The first part of `text`, which is taken off it.
Part take_part(std::string_view& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::exchange(text, {}), {}};
  const std::size_t next_equals = text.find('=', equals + 1);
  const std::size_t dot = next_equals == std::string_view::npos ? std::string_view::npos : text.rfind('.', next_equals);
  const bool last = dot == std::string_view::npos || dot < equals;
  const Part part{text.substr(0, equals), text.substr(equals + 1, last ? std::string_view::npos : dot - equals - 1)};
  text = last ? std::string_view{} : text.substr(dot + 1);
  return part;
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<std::string> read_attribute(BerReader& attributes) {
  DL_TRY(const ByteView set, attributes.expect(kSet, "an attribute of the service instance"));
  BerReader outer(set);
  DL_TRY(const ByteView sequence, outer.expect(kSequence, "an attribute of the service instance"));
  BerReader reader(sequence);
  DL_TRY(const ByteView identifier, reader.expect(kObjectIdentifier, "the name of an attribute"));
  DL_TRY(const ObjectIdentifier arcs, parse_object_identifier(identifier));
  DL_TRY(const std::string value, reader.text(kVisibleString, "the value of an attribute", kMostValueBytes));
  if (arcs.size() == kPrefix.size() + 1 && std::equal(kPrefix.begin(), kPrefix.end(), arcs.begin())) {
    for (const Attribute& attribute : kAttributes) {
      if (attribute.arc == arcs.back()) return fmt::format("{}={}", attribute.name, value);
    }
  }
  return fmt::format("{}={}", fmt::join(arcs, "-"), value);
}

}  // namespace

Result<void> check_service_instance(std::string_view text) {
  const std::string_view whole = text;
  std::size_t count = 0;
  do {
    const Part part = take_part(text);
    if (find_attribute(part.name) == nullptr || part.value.empty() || part.value.size() > kMostValueBytes ||
        !is_visible(part.value) || ++count > kMostAttributes) {
      return fail(ErrorKind::config,
                  fmt::format("the service instance '{}' is not of the form 'sagr=1.spack=PASS1.rsl-fg=1.raf=onlc1': "
                              "'{}' is no attribute with a value",
                              whole, part.name));
    }
  } while (!text.empty());
  return {};
}

void write_service_instance(std::string_view text, BerWriter& writer) {
  writer.constructed(kSequence, [&] {
    while (!text.empty()) {
      const Part part = take_part(text);
      const Attribute* attribute = find_attribute(part.name);
      assert(attribute != nullptr);
      ObjectIdentifier arcs(kPrefix.begin(), kPrefix.end());
      arcs.push_back(attribute->arc);
      writer.constructed(kSet, [&] {
        writer.constructed(kSequence, [&] {
          writer.object_identifier(kObjectIdentifier, arcs);
          writer.text(kVisibleString, part.value);
        });
      });
    }
  });
}

Result<std::string> read_service_instance(BerReader& reader) {
  DL_TRY(const ByteView content, reader.expect(kSequence, "the service instance"));
  BerReader attributes(content);
  std::string text;
  for (std::size_t count = 0; !attributes.at_end(); ++count) {
    if (count == kMostAttributes) {
      return fail(ErrorKind::corrupt, fmt::format("a service instance has more than {} attributes", kMostAttributes));
    }
    DL_TRY(const std::string attribute, read_attribute(attributes));
    text += (text.empty() ? "" : ".") + attribute;
  }
  return text;
}

}  // namespace dl::link::sle
