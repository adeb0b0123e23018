// Members of a JSON object, read one after another; what is wrong with them is collected.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calibrate/table_problem.h"
#include "calibrate/table_words.h"

namespace dl::calibrate {

// Where problems go, and of which element they are.
struct ProblemSink {
  std::vector<TableProblem>& problems;
  Place place;
  std::string element;

  void add(std::string reason, ErrorKind kind = ErrorKind::corrupt) const {
    problems.push_back({place.file, place.line, element, std::move(reason), kind});
  }
};

class JsonMembers {
 public:
  // `path` is put in front of names in messages: "extrapolation.". The object outlives this.
  JsonMembers(const nlohmann::json& object, const ProblemSink& sink, std::string path = "")
      : object_(object), sink_(sink), path_(std::move(path)) {}

  // Each member must be one of these.
  void only(std::initializer_list<std::string_view> known) const;

  // nullptr when it is missing or null; a problem if it is `needed`.
  const nlohmann::json* find(const char* name, std::string_view what, bool needed) const;

  // A text that is not empty; the empty one, and a problem, when there is none.
  std::string text(const char* name) const;
  // The same without control characters: it stands in lists of lines.
  std::string name(const char* name) const;
  // As text(), but missing and null are no problem.
  std::string text_or_none(const char* name) const;
  // A text or null, but stated: an axis is never implied.
  std::optional<std::string> stated(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  UtcTime time(const char* name) const;
  std::optional<UtcTime> time_or_none(const char* name) const;
  std::optional<double> positive_or_none(const char* name) const;
  // Objects of objects of number lists.
  RowValues values(const char* name, bool needed) const;
  // nullopt, and a problem, when it is missing or no object.
  std::optional<JsonMembers> object(const char* name, std::string_view what, bool needed = true) const;

  // The first word's value, and a problem, when it is none of `words`.
  template <class Value, std::size_t N>
  Value word(const char* name, const Words<Value, N>& words) const {
    const std::string written = text(name);
    if (written.empty()) return words.front().second;
    return spelled(name, written, words);
  }
  template <class Value, std::size_t N>
  Value word_or(const char* name, const Words<Value, N>& words, Value otherwise) const {
    const std::string written = text_or_none(name);
    return written.empty() ? otherwise : spelled(name, written, words);
  }

 private:
  void expected(std::string_view name, std::string_view what) const;

  template <class Value, std::size_t N>
  Value spelled(const char* name, const std::string& written, const Words<Value, N>& words) const {
    std::string known;
    for (const auto& [spelling, value] : words) {
      if (written == spelling) return value;
      known += (known.empty() ? "" : ", ") + std::string(spelling);
    }
    sink_.add(fmt::format("member '{}{}': expected one of {}, found '{}'", path_, name, known, written),
              ErrorKind::unsupported);
    return words.front().second;
  }

  const nlohmann::json& object_;
  const ProblemSink& sink_;
  std::string path_;
};

}  // namespace dl::calibrate
