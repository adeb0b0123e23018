#include "calibrate/table_lock.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/table_load.h"
#include "core/file.h"

namespace dl::calibrate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

std::string row(const std::string& id, const std::string& from, const std::string& gain, const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "valid_from": ")" + from + R"(", "recorded_at": ")" + from +
         R"(", "recorded_at_basis": "bulletin issued",
      "config": {"side": null, "mirror_side": null, "detector": null, "parameter_set": null},
      "values": {"1": {"gain": [)" +
         gain + R"(]}}, "status": "operational", "source": {"title": "a bulletin", "locator": "page 1"},)" + more +
         R"("reason": "monthly"})";
}

std::string table(const std::string& rows, const std::string& unit = "1") {
  return R"({"schema": "downlinkd.cal/1", "table": "sat/cam/gain", "platform": "sat", "instrument": "cam",
    "profiles": ["plain"], "quantity": "gain", "unit": ")" +
         unit + R"(", "axes": ["band"], "time_model": "step", "extrapolation": {"flag": "cal_extrapolated"},
    "rows": [)" +
         rows + R"(], "events": []})";
}

class TableLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            (std::string("table_lock_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    folders_ = {root_ / "shipped", {root_ / "overlay"}};
    fs::create_directories(shipped());
    fs::create_directories(overlay());
    write(shipped() / "sat.gain.json", table(row("march", "2026-03-10", "1")));
    lock();
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] fs::path shipped() const { return folders_.shipped / "cam"; }
  [[nodiscard]] fs::path overlay() const { return folders_.overlays[0] / "cam"; }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  void lock() const {
    const auto written = write_table_lock(shipped());
    EXPECT_TRUE(written) << written.error().message;
  }
  [[nodiscard]] std::string loaded() const {
    const auto set = load_tables(folders_, "sat", "cam");
    return set ? "" : set.error().message;
  }

  fs::path root_;
  TableFolders folders_;
};

TEST_F(TableLockTest, ListsTheHeadAndEveryRow) {
  const std::string lock = read_text_file(shipped() / kTableLockName).value();
  EXPECT_THAT(lock, HasSubstr("  sat.gain.json  march\n"));
  EXPECT_THAT(lock, HasSubstr("  sat.gain.json  sat/cam/gain\n"));
  EXPECT_EQ(loaded(), "");
}

TEST_F(TableLockTest, EditedRowUnderAnOldHashIsRefusedWithItsPlace) {
  write(shipped() / "sat.gain.json", table(row("march", "2026-03-10", "1.01")));
  EXPECT_THAT(loaded(), HasSubstr("sat.gain.json:3: 'march': it was edited: its SHA-256 is"));
}

TEST_F(TableLockTest, EditedHeadIsRefused) {
  write(shipped() / "sat.gain.json", table(row("march", "2026-03-10", "1"), "%"));
  EXPECT_THAT(loaded(), HasSubstr("sat.gain.json: 'sat/cam/gain': it was edited"));
}

TEST_F(TableLockTest, RespelledRowIsTheSameRow) {
  write(shipped() / "sat.gain.json", table(row("march", "2026-03-10", "1.00e0")) + "\n\n");
  EXPECT_EQ(loaded(), "");
}

TEST_F(TableLockTest, RowThatWasTakenAwayIsMissed) {
  write(shipped() / "sat.gain.json", table(""));
  EXPECT_THAT(loaded(), HasSubstr("'march': it is gone"));
  fs::remove(shipped() / "sat.gain.json");
  EXPECT_THAT(loaded(), HasSubstr("'march': it is gone"));
}

TEST_F(TableLockTest, RowThatWasAddedWithoutAHashIsRefused) {
  write(shipped() / "sat.gain.json", table(row("march", "2026-03-10", "1") + ',' + row("may", "2026-05-12", "1")));
  EXPECT_THAT(loaded(), HasSubstr("'may': "));
  lock();
  EXPECT_EQ(loaded(), "");
}

TEST_F(TableLockTest, LinesThatAreNoneAreNamed) {
  std::ofstream(shipped() / kTableLockName, std::ios::app) << "no hash\n";
  EXPECT_THAT(loaded(), HasSubstr("tables.sha256:3: expected '<sha256>  <file>  <id>'"));
}

TEST_F(TableLockTest, OverlayAddsARowToTheShippedTable) {
  write(overlay() / "sat.gain.json", table(row("may", "2026-05-12", "1.01")));
  const auto set = load_tables(folders_, "sat", "cam");
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->tables().size(), 1u);
  EXPECT_EQ(set->tables()[0].rows.size(), 2u);
  const auto shipped_only = load_tables({folders_.shipped, {}}, "sat", "cam");
  EXPECT_NE(set->sha256(), shipped_only->sha256());
}

TEST_F(TableLockTest, OverlayReplacesARowOfTheShippedTableWithoutTouchingIt) {
  std::string text = table(row("march corrected", "2026-03-10", "1.2", R"("supersedes": "march",)"));
  text.replace(text.find(R"("recorded_at": "2026-03-10")"), 27, R"("recorded_at": "2026-04-01")");
  write(overlay() / "sat.gain.json", text);
  const auto set = load_tables(folders_, "sat", "cam");
  ASSERT_TRUE(set) << set.error().message;
  const auto id = [&](const char* known_at) {
    return set->select({"gain", "plain"}, *parse_utc("2026-06-01"), *parse_utc(known_at))->row->id;
  };
  EXPECT_EQ(id("2026-03-31"), "march");
  EXPECT_EQ(id("2026-04-01"), "march corrected");
}

TEST_F(TableLockTest, OverlayWithAnOverlapASlipAndNoSourceIsRefusedAsAWholeWithItsFile) {
  const std::string overlapping = row("again", "2026-03-10", "1");
  const std::string slipped = row("slipped", "2026-05-12", "10");
  write(overlay() / "sat.gain.json", table(overlapping + ',' + slipped));
  std::vector<TableProblem> problems;
  EXPECT_FALSE(load_tables(folders_, "sat", "cam", &problems));
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].file, (overlay() / "sat.gain.json").string());
  EXPECT_THAT(problems[0].reason, HasSubstr("25 %"));
  EXPECT_THAT(problems[1].reason, HasSubstr("overlap"));
  std::string text = table(slipped);
  text.replace(text.find(R"("source")"), 8, R"("sauce")");
  write(overlay() / "sat.gain.json", text);
  EXPECT_THAT(loaded(), HasSubstr("member 'sauce' is not known here"));
  EXPECT_THAT(loaded(), HasSubstr("member 'source': expected where the numbers come from"));
}

TEST_F(TableLockTest, SubjectsAreThoseThatFilesAreNamedFor) {
  write(overlay() / "bird.gain.json", "");
  EXPECT_THAT(table_subjects(folders_), ElementsAre(TableSubject{"cam", "bird"}, TableSubject{"cam", "sat"}));
}

TEST_F(TableLockTest, MissingOverlayIsNoneAndMissingShippedFolderIsAnError) {
  fs::remove_all(folders_.overlays[0]);
  EXPECT_EQ(loaded(), "");
  folders_.shipped = root_ / "nowhere";
  const auto set = load_tables(folders_, "sat", "cam");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::calibrate
