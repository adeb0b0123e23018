// Text tables: columns as wide as their widest cell, numbers to the right, notes under their row.
#pragma once

#include <string>
#include <vector>

namespace dl::control {

enum class Tone { plain, good, warning, bad, heading };
enum class Align { left, right };

// With the terminal's colours around it when `colour` is on.
std::string painted(const std::string& text, Tone tone, bool colour);

// The text without control characters: an error text of a server must not steer the terminal.
std::string printable(const std::string& text);

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

class Table {
 public:
  // Columns are known from the first row; every row has the same ones.
  void add_column(std::string title, Align align);
  void add_row(std::vector<Cell> cells, std::vector<std::string> notes = {});

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::size_t columns() const { return columns_.size(); }
  // Lines with line feeds. Columns in which every cell is empty or "-" are left out.
  [[nodiscard]] std::string text(bool colour) const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  struct Row {
    std::vector<Cell> cells;
    std::vector<std::string> notes;
  };
  [[nodiscard]] std::size_t width_of(std::size_t column) const;
  [[nodiscard]] bool has_content(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// "Title    value" lines, one under the other.
class Sheet {
 public:
  void add(std::string title, Cell value) { lines_.push_back({std::move(title), std::move(value)}); }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] std::string text(bool colour) const;

 private:
  struct Line {
    std::string title;
    Cell value;
  };
  std::vector<Line> lines_;
};

}  // namespace dl::control
