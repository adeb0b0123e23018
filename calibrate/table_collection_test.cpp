#include "calibrate/table_collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::calibrate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string row(const std::string& id, const std::string& from, const std::string& recorded, double slope) {
  return fmt::format(
      R"({{"id": "sat/cam/gain/{}", "valid_from": "{}", "valid_to": null, "recorded_at": "{}",
           "recorded_at_basis": "bulletin issued", "superseded_at": null, "config": {{"side": null, "mirror_side": null,
           "detector": null, "parameter_set": null}},
           "values": {{"1": {{"slope": [{}]}}}}, "uncertainty": null, "status": "operational",
           "source": {{"title": "A bulletin", "locator": "page 1"}}, "reason": "monthly update", "supersedes": null}})",
      id, from, recorded, slope);
}

std::string table(const std::string& rows, const std::string& unit = "%") {
  return fmt::format(
      R"({{"schema": "downlinkd.cal/1", "table": "sat/cam/gain", "platform": "sat", "instrument": "cam",
           "profiles": ["plain"], "quantity": "scaled_radiance", "unit": "{}", "axes": ["band"], "time_model": "step",
           "extrapolation": {{"before": "forbid", "after": "hold", "max_age_days": null, "flag": "cal_extrapolated"}},
           "rows": [{}], "events": []}})",
      unit, rows);
}

const std::string kMarch = row("march", "2026-03-10T12:00:00Z", "2026-03-10T20:00:00Z", 1.0);
const std::string kMay = row("may", "2026-05-12T12:00:00Z", "2026-05-12T22:03:00Z", 1.01);
class TableCollectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            fmt::format("table_collection_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    folders_ = {root_ / "tables", {root_ / "overlays"}};
    write("tables/cam/sat.gain.json", table(kMarch));
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    ASSERT_TRUE(write_file_durably(root_ / name, as_bytes(text)));
  }
  void overlay(const std::string& rows) const { write("overlays/cam/sat.gain-more.json", table(rows)); }

  // What is said about an overlay with these rows.
  std::string refusal_of(const std::string& rows) const {
    overlay(rows);
    const auto collection = load_collection(folders_);
    return collection ? "accepted" : error_of(collection.error()).message;
  }

  fs::path root_;
  TableFolders folders_;
};

TEST_F(TableCollectionTest, RowsOfAnOverlayJoinTheShippedTable) {
  overlay(kMay);
  const auto collection = load_collection(folders_);
  ASSERT_TRUE(collection) << error_of(collection.error()).message;
  const TableSet* set = collection->find("sat", "cam");
  ASSERT_NE(set, nullptr);
  const auto may = set->select({"scaled_radiance", "plain"}, *parse_utc("2026-06-01T00:00:00Z"), {});
  ASSERT_TRUE(may) << may.error();
  EXPECT_EQ(may->row->id, "sat/cam/gain/may");
  const auto april = set->select({"scaled_radiance", "plain"}, *parse_utc("2026-04-01T00:00:00Z"), {});
  ASSERT_TRUE(april) << april.error();
  EXPECT_EQ(april->row->id, "sat/cam/gain/march");
}

TEST_F(TableCollectionTest, AnOverlayChangesTheHashAndTheSameRowAgainDoesNot) {
  const std::string bare = load_collection(folders_)->sha256;
  overlay(kMarch);
  EXPECT_EQ(load_collection(folders_)->sha256, bare);
  overlay(kMay);
  EXPECT_NE(load_collection(folders_)->sha256, bare);
}

TEST_F(TableCollectionTest, AShippedRowWithOtherContentIsRefusedWithFileAndRow) {
  const std::string said = refusal_of(row("march", "2026-03-10T12:00:00Z", "2026-03-10T20:00:00Z", 1.1));
  EXPECT_THAT(said, HasSubstr("overlays/cam/sat.gain-more.json"));
  EXPECT_THAT(said, HasSubstr("sat/cam/gain/march"));
}

TEST_F(TableCollectionTest, ASlippedDigitIsRefusedWithFileAndRow) {
  const std::string said = refusal_of(row("may", "2026-05-12T12:00:00Z", "2026-05-12T22:03:00Z", 1.91));
  EXPECT_THAT(said, HasSubstr("overlays/cam/sat.gain-more.json"));
  EXPECT_THAT(said, HasSubstr("sat/cam/gain/may"));
}

TEST_F(TableCollectionTest, AnOverlappingRowIsRefusedWithFileAndRows) {
  const std::string said = refusal_of(row("again", "2026-03-10T12:00:00Z", "2026-03-11T20:00:00Z", 1.0));
  EXPECT_THAT(said, HasSubstr("overlays/cam/sat.gain-more.json"));
  EXPECT_THAT(said, HasSubstr("sat/cam/gain/march"));
  EXPECT_THAT(said, HasSubstr("sat/cam/gain/again"));
}

TEST_F(TableCollectionTest, ARowWithoutSourceIsRefusedWithFileAndRow) {
  std::string bare = kMay;
  const std::string source = R"("source": {"title": "A bulletin", "locator": "page 1"}, )";
  bare.erase(bare.find(source), source.size());
  const std::string said = refusal_of(bare);
  EXPECT_THAT(said, HasSubstr("overlays/cam/sat.gain-more.json"));
  EXPECT_THAT(said, HasSubstr("sat/cam/gain/may"));
  EXPECT_THAT(said, HasSubstr("source"));
}

TEST_F(TableCollectionTest, AFileThatNobodyWouldReadIsAProblem) {
  write("overlays/may.json", table(kMay));
  write("overlays/cam/deeper/sat.gain.json", table(kMay));
  write("overlays/cam/gain.json", table(kMay));
  write("overlays/README.md", "not a table");
  const auto collection = load_collection(folders_);
  ASSERT_FALSE(collection);
  EXPECT_EQ(collection.error().size(), 3U) << error_of(collection.error()).message;
}

TEST_F(TableCollectionTest, EveryBadFileIsReported) {
  write("overlays/cam/sat.a.json", "nonsense");
  write("overlays/dish/sat.b.json", "{}");
  const auto collection = load_collection(folders_);
  ASSERT_FALSE(collection);
  EXPECT_GE(collection.error().size(), 2U);
}

TEST_F(TableCollectionTest, ARowThatWasEditedUnderItsIdIsRefusedOverTheOldSet) {
  overlay(kMay);
  const auto before = load_collection(folders_);
  ASSERT_TRUE(before);
  overlay(row("may", "2026-05-12T12:00:00Z", "2026-05-12T22:03:00Z", 1.02));
  const auto now = load_collection(folders_);
  ASSERT_TRUE(now);
  EXPECT_TRUE(edited_elements(*before, *before).empty());
  const auto problems = edited_elements(*before, *now);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].file, HasSubstr("overlays/cam/sat.gain-more.json"));
  EXPECT_EQ(problems[0].element, "sat/cam/gain/may");
  EXPECT_GT(problems[0].line, 0U);
}

TEST_F(TableCollectionTest, WhatIsKeptReadsBackAsTheSameSet) {
  overlay(kMay);
  const auto kept = keep_collection(folders_, root_ / "kept", nullptr);
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_TRUE(*kept) << error_of(kept->error()).message;
  EXPECT_EQ((*kept)->sha256, load_collection(folders_)->sha256);
  fs::remove_all(root_ / "overlays");
  const auto again = load_collection(folders_of_kept(root_ / "kept" / (*kept)->sha256));
  ASSERT_TRUE(again) << error_of(again.error()).message;
  EXPECT_EQ(again->sha256, (*kept)->sha256);
}

TEST_F(TableCollectionTest, WhatIsRefusedIsNotKeptAndNamedByItsOwnPlace) {
  overlay(row("may", "2026-05-12T12:00:00Z", "2026-05-12T22:03:00Z", 1.91));
  const auto kept = keep_collection(folders_, root_ / "kept", nullptr);
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_FALSE(*kept);
  const std::string said = error_of(kept->error()).message;
  EXPECT_THAT(said, HasSubstr((root_ / "overlays/cam/sat.gain-more.json").string()));
  EXPECT_THAT(said, Not(HasSubstr(".new-")));
  EXPECT_TRUE(fs::is_empty(root_ / "kept"));
}

TEST(InstalledTablesTest, LoadWhole) {
  const auto collection = load_collection({DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}});
  ASSERT_TRUE(collection) << error_of(collection.error()).message;
  EXPECT_NE(collection->find("metop-b", "avhrr-3"), nullptr);
}

}  // namespace
}  // namespace dl::calibrate
