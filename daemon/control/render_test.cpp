#include "daemon/control/render.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/file.h"
#include "daemon/control/report_json.h"
#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

namespace fs = std::filesystem;

class Golden : public ::testing::TestWithParam<SampleReport> {
 protected:
  // What differs is left in the build folder, to be looked at and, when it is right, copied.
  static void expect_golden(const std::string& name, const std::string& actual) {
    const auto file = fs::path(DL_SOURCE_DIRECTORY) / "daemon/control/golden" / name;
    const auto expected = read_text_file(file).value_or("");
    if (expected == actual) return;
    const auto left = fs::path(DL_BINARY_DIRECTORY) / "golden" / name;
    fs::create_directories(left.parent_path());
    std::ofstream(left) << actual;
    EXPECT_EQ(actual, expected) << "differs from " << file << "; what came out is in " << left;
  }
};

TEST_P(Golden, TableIsAsItWas) {
  expect_golden(GetParam().name + ".txt", render(GetParam().report));
}
TEST_P(Golden, JsonIsAsItWas) {
  expect_golden(GetParam().name + ".json", to_json(GetParam().report).dump(2) + "\n");
}

TEST_P(Golden, ColourChangesNothingButColours) {
  const auto coloured = render(GetParam().report, {.colour = true});
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\033')
      i = coloured.find('m', i);
    else
      plain += coloured[i];
  }
  EXPECT_EQ(plain, render(GetParam().report));
}

TEST_P(Golden, TextNeverSteersTheTerminal) {
  EXPECT_EQ(render(GetParam().report).find('\033'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Reports, Golden, ::testing::ValuesIn(sample_reports()), [](const auto& sample) {
  auto name = sample.param.name;
  for (auto& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST(Render, ProcessReportsThatAreNoneAreSaidToBe) {
  PassReport report;
  report.process_report_json = "not JSON";
  EXPECT_NE(render(report).find("cannot be read"), std::string::npos);
  report.process_report_json =
      R"({"stages":[1,{"name":"x","dropped":7}],"apids":{},"virtual_channels":[[]],"balanced":"x"})";
  EXPECT_NE(render(report).find("STAGE"), std::string::npos);
}

TEST(Render, AProcessReportThatDoesNotAddUpIsCalledADefect) {
  PassReport report;
  report.process_report_json = R"({"balanced":false})";
  EXPECT_NE(render(report).find("do not add up"), std::string::npos);
}

}  // namespace
}  // namespace dl::control
