#include "calibrate/table_problem.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace dl::calibrate {
namespace {

constexpr std::size_t kMaxListed = 50;

}  // namespace

std::string to_string(const TableProblem& problem) {
  std::string out = problem.file;
  if (problem.line != 0) out += fmt::format(":{}", problem.line);
  out += ": ";
  if (!problem.element.empty()) out += fmt::format("'{}': ", problem.element);
  return out + problem.reason;
}

Error error_of(const std::vector<TableProblem>& problems) {
  assert(!problems.empty());
  std::string message = "calibration table ";
  for (std::size_t i = 0; i < std::min(problems.size(), kMaxListed); ++i) {
    if (i > 0) message += '\n';
    message += to_string(problems[i]);
  }
  if (problems.size() > kMaxListed) message += fmt::format("\nand {} more", problems.size() - kMaxListed);
  return {problems.front().kind, std::move(message)};
}

}  // namespace dl::calibrate
