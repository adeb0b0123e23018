#include "daemon/control/table.h"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <string_view>

namespace dl::control {
namespace {

constexpr std::string_view kGap = "  ";

// Terminal columns of UTF-8 text, every character counted as one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\033[32m";
    case Tone::warning:
      return "\033[33m";
    case Tone::bad:
      return "\033[1;31m";
    case Tone::heading:
      return "\033[1m";
  }
  return "";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Padding stays outside of the colour, so that it is cut off at the end of a line.
std::string padded(const Cell& cell, std::size_t to, Align align, bool colour) {
  const std::string blanks(to - std::min(to, width(cell.text)), ' ');
  const auto text = painted(cell.text, cell.tone, colour);
  return align == Align::left ? text + blanks : blanks + text;
}

void trim_end(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

std::string painted(const std::string& text, Tone tone, bool colour) {
  const auto escape = escape_of(tone);
  return colour && !escape.empty() ? std::string(escape) + text + "\033[0m" : text;
}

std::string printable(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += c == '\n' || c == '\t' ? ' ' : byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return result;
}

void Table::add_column(std::string title, Align align) {
  columns_.push_back({upper(std::move(title)), align});
}

void Table::add_row(std::vector<Cell> cells, std::vector<std::string> notes) {
  assert(cells.size() == columns_.size());
  rows_.push_back({std::move(cells), std::move(notes)});
}

std::size_t Table::width_of(std::size_t column) const {
  std::size_t widest = width(columns_[column].title);
  for (const auto& row : rows_) widest = std::max(widest, width(row.cells[column].text));
  return widest;
}

bool Table::has_content(std::size_t column) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const Row& row) { return !row.cells[column].text.empty() && row.cells[column].text != "-"; });
}

std::string Table::text(bool colour) const {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (has_content(i)) shown.push_back(i);

  std::string text;
  const auto add_line = [&](auto cell_of) {
    std::string line;
    for (const auto i : shown) {
      if (!line.empty()) line += kGap;
      line += padded(cell_of(i), width_of(i), columns_[i].align, colour);
    }
    trim_end(line);
    text += line + "\n";
  };
  add_line([&](std::size_t i) { return Cell{columns_[i].title, Tone::heading}; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t i) { return row.cells[i]; });
    for (const auto& note : row.notes) text += "    " + note + "\n";
  }
  return text;
}

std::string Sheet::text(bool colour) const {
  std::size_t widest = 0;
  for (const auto& line : lines_) widest = std::max(widest, width(line.title));
  std::string text;
  for (const auto& line : lines_) {
    auto whole = padded({line.title, Tone::plain}, widest, Align::left, colour) + std::string(kGap) +
                 painted(line.value.text, line.value.tone, colour);
    trim_end(whole);
    text += whole + "\n";
  }
  return text;
}

}  // namespace dl::control
