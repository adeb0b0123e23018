#include "uplink/http/xml_reader.h"

#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

namespace dl::uplink {
namespace {

std::string_view without_prefix(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Copies a node, counting down what is left of the limits.
std::optional<Error> copy(const pugi::xml_node& node, XmlElement& out, unsigned depth_left,
                          std::size_t& elements_left) {
  if (depth_left == 0) return Error{ErrorKind::corrupt, "XML answer: elements are nested too deep"};
  if (elements_left-- == 0) return Error{ErrorKind::corrupt, "XML answer: too many elements"};
  out.name = without_prefix(node.name());
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      out.text += child.value();
    } else if (child.type() == pugi::node_element) {
      if (auto error = copy(child, out.children.emplace_back(), depth_left - 1, elements_left)) return error;
    }
  }
  out.text = trimmed(out.text);
  // pugixml leaves a reference to an entity that it does not know as it is, so nothing was fetched or expanded.
  return std::nullopt;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  for (const XmlElement& element : children) {
    if (element.name == child_name) return &element;
  }
  return nullptr;
}

std::string_view XmlElement::child_text(std::string_view child_name) const {
  const XmlElement* element = child(child_name);
  return element != nullptr ? std::string_view(element->text) : std::string_view{};
}

Result<XmlElement> parse_xml(std::string_view text, const XmlLimits& limits) {
  if (text.size() > limits.size_bytes) {
    return fail(ErrorKind::corrupt,
                fmt::format("XML answer: expected at most {} bytes, found {}", limits.size_bytes, text.size()));
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  if (!parsed) {
    return fail(ErrorKind::corrupt, fmt::format("XML answer: {} at byte {}", parsed.description(), parsed.offset));
  }
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return fail(ErrorKind::corrupt, "XML answer: has a document type");
  }
  XmlElement root;
  std::size_t elements_left = limits.elements;
  if (auto error = copy(document.document_element(), root, limits.depth, elements_left)) {
    return Failure(*std::move(error));
  }
  return root;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace dl::uplink
