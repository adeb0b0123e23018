#include <string>
#include <type_traits>

#include <fmt/format.h>

#include "config/load.h"
#include "config/schema.h"
#include "config/value.h"

namespace dl::config {
namespace {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

// Prints the values in force. Keys of another kind than the entry's have none.
class Renderer {
 public:
  template <class T>
  void key(const Key& key, const T& member) {
    if constexpr (std::is_enum_v<T>)
      if (key.name == "kind") kind_ = word_of(member);
    if (!is_key_of(key.kind, kind_)) return;
    if constexpr (IsOptional<T>::value) {
      if (!member)
        text_ += fmt::format("# {} is not set{}\n", key.name,
                             key.initial_note.empty() ? "" : fmt::format(": {}", key.initial_note));
      else
        text_ += fmt::format("{} = {}\n", key.name, to_toml(*member));
    } else {
      text_ += fmt::format("{} = {}\n", key.name, to_toml(member));
    }
  }

  template <class S>
  void table(const Section& section, S& values) {
    entry(fmt::format("[{}]", section.name), values);
  }

  template <class S>
  void list(const Section& section, std::vector<S>& entries) {
    for (auto& values : entries) entry(fmt::format("[[{}]]", section.name), values);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <class S>
  void entry(const std::string& header, S& values) {
    text_ += (text_.empty() ? "" : "\n") + header + "\n";
    kind_ = "";
    describe(*this, values);
  }

  std::string text_;
  std::string_view kind_;
};

}  // namespace

std::string render_config(const Config& config) {
  Config copy = config;  // the schema visits members that may be changed; nothing here changes them
  Renderer renderer;
  describe(renderer, copy);
  return renderer.text();
}

}  // namespace dl::config
