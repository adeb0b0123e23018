// The small XML answers of S3 and Azure as a tree. By pugixml (docs/decisions/0008).
//
// What a server says is input from outside: no document type, no external entities, bounded size, depth and number of
// elements. Attributes and namespaces are dropped; nobody here needs them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace dl::uplink {

struct XmlElement {
  std::string name;  // without a namespace prefix
  std::string text;  // its own text, entities resolved, white space at both ends removed
  std::vector<XmlElement> children;

  // The first child of that name; nullptr when there is none.
  [[nodiscard]] const XmlElement* child(std::string_view child_name) const;
  // Of the first child of that name; empty when there is none.
  [[nodiscard]] std::string_view child_text(std::string_view child_name) const;
};

struct XmlLimits {
  std::size_t size_bytes = 4U << 20;
  std::size_t elements = 200'000;
  unsigned depth = 16;
};

// The root element. Kind corrupt for anything that is not one whole document within the limits.
Result<XmlElement> parse_xml(std::string_view text, const XmlLimits& limits = {});

// Text for an element's content: & < > and quotes as entities.
std::string xml_escape(std::string_view text);

}  // namespace dl::uplink
