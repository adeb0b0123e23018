#include "calibrate/table_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

UtcTime at(std::string_view text) {
  return *parse_utc(text);
}

Row row(std::string id, std::string_view from, std::string_view recorded) {
  Row made;
  made.id = std::move(id);
  made.valid_from = at(from);
  made.recorded_at = at(recorded);
  made.values = {{"1", {{"gain", {1}}}}};
  made.sha256 = "hash of " + made.id;
  return made;
}

// Two bulletins, each issued ten hours after it took effect.
Table bulletins() {
  Table table;
  table.name = "sat/radiometer/visible";
  table.profiles = {"bulletins"};
  table.quantity = "scaled_radiance";
  table.time_model = TimeModel::step;
  table.extrapolation = {Extrapolation::forbid, Extrapolation::hold, 75.0, {}, "cal_extrapolated"};
  table.rows = {row("march", "2026-03-10T12:00:00Z", "2026-03-10T22:00:00Z"),
                row("may", "2026-05-12T12:00:00Z", "2026-05-12T22:00:00Z")};
  return table;
}

TableSet set_of(Table table) {
  auto set = TableSet::create({std::move(table)});
  EXPECT_TRUE(set) << set.error().message;
  return set.value();
}

const RowKey kKey{"scaled_radiance", "bulletins", {}};

std::string chosen(const TableSet& set, std::string_view time, std::optional<UtcTime> known_at = {}) {
  const Selection selection = set.select(kKey, at(time), known_at);
  return selection ? selection->row->id + (selection->extrapolated ? " extrapolated" : "") : selection.error();
}

TEST(TableSet, RowsAreHalfOpenAtTheirBoundaries) {
  const TableSet set = set_of(bulletins());
  EXPECT_THAT(chosen(set, "2026-03-10T11:59:59.999999Z"), HasSubstr("begins at 2026-03-10T12:00:00Z"));
  EXPECT_EQ(chosen(set, "2026-03-10T12:00:00Z"), "march");
  EXPECT_EQ(chosen(set, "2026-05-12T11:59:59.999999Z"), "march");
  EXPECT_EQ(chosen(set, "2026-05-12T12:00:00Z"), "may");
}

TEST(TableSet, RowRecordedLaterIsNotUsedWhenAskedAsKnownBefore) {
  const TableSet set = set_of(bulletins());
  EXPECT_EQ(chosen(set, "2026-05-12T13:00:00Z", at("2026-05-12T21:59:59Z")), "march");
  EXPECT_EQ(chosen(set, "2026-05-12T13:00:00Z", at("2026-05-12T22:00:00Z")), "may");
  EXPECT_THAT(chosen(set, "2026-05-12T13:00:00Z", at("2026-01-01T00:00:00Z")), HasSubstr("was known"));
}

TEST(TableSet, SupersededRowLivesOnForThoseWhoAskAsKnownThen) {
  Table table = bulletins();
  table.rows[1].superseded_at = at("2026-06-01T00:00:00Z");
  table.rows.push_back(row("may corrected", "2026-05-12T12:00:00Z", "2026-06-01T00:00:00Z"));
  const TableSet set = set_of(table);
  EXPECT_EQ(chosen(set, "2026-05-13T00:00:00Z", at("2026-05-31T23:59:59Z")), "may");
  EXPECT_EQ(chosen(set, "2026-05-13T00:00:00Z", at("2026-06-01T00:00:00Z")), "may corrected");
  EXPECT_EQ(chosen(set, "2026-05-13T00:00:00Z"), "may corrected");
}

TEST(TableSet, OldRowIsHeldAndFlagged) {
  const TableSet set = set_of(bulletins());
  EXPECT_EQ(chosen(set, "2026-07-26T12:00:00Z"), "may");
  EXPECT_EQ(chosen(set, "2026-07-26T12:00:00.000001Z"), "may extrapolated");
}

TEST(TableSet, ForbiddenExtrapolationGivesAReason) {
  Table table = bulletins();
  table.extrapolation.after = Extrapolation::forbid;
  EXPECT_THAT(chosen(set_of(table), "2026-12-01T00:00:00Z"), HasSubstr("older than the table allows"));
  table.extrapolation.max_age_days.reset();
  table.rows[1].valid_to = at("2026-06-01T00:00:00Z");
  EXPECT_THAT(chosen(set_of(table), "2026-06-01T00:00:00Z"), HasSubstr("ends at 2026-06-01T00:00:00Z, and it ended"));
}

TEST(TableSet, HeldBeforeTheFirstRowIsFlagged) {
  Table table = bulletins();
  table.extrapolation.before = Extrapolation::hold;
  EXPECT_EQ(chosen(set_of(table), "2026-01-01T00:00:00Z"), "march extrapolated");
}

TEST(TableSet, SuspectAndWithdrawnRowsAreNeverChosen) {
  Table table = bulletins();
  table.rows[1].status = RowStatus::suspect;
  EXPECT_EQ(chosen(set_of(table), "2026-05-13T00:00:00Z"), "march");
}

TEST(TableSet, RowOfAnotherSideIsNotChosen) {
  Table table = bulletins();
  table.rows[1].config.side = "B";
  const TableSet set = set_of(table);
  EXPECT_EQ(chosen(set, "2026-05-13T00:00:00Z"), "march");
  const Selection side_b =
      set.select({"scaled_radiance", "bulletins", {"B", {}, {}, {}}}, at("2026-05-13T00:00:00Z"), {});
  ASSERT_TRUE(side_b);
  EXPECT_EQ(side_b->row->id, "may");
}

TEST(TableSet, UnknownProfileIsAReasonNotAGuess) {
  const TableSet set = set_of(bulletins());
  EXPECT_THAT(set.select({"scaled_radiance", "other", {}}, at("2026-05-13T00:00:00Z"), {}).error(),
              HasSubstr("no such table"));
}

TEST(TableSet, TwoTablesForOneQuestionAreRefused) {
  Table rival = bulletins();
  rival.name = "sat/radiometer/visible-2";
  const auto set = TableSet::create({bulletins(), rival});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::corrupt);
}

TEST(TableSet, UsedRowNamesTheRowThatEndsIt) {
  const TableSet set = set_of(bulletins());
  const UsedRow used = used_row(*set.select(kKey, at("2026-05-01T00:00:00Z"), {}), "1,2");
  EXPECT_EQ(used.id, "march");
  EXPECT_EQ(used.bands, "1,2");
  EXPECT_EQ(used.valid_to, "2026-05-12T12:00:00Z");
  EXPECT_EQ(used.recorded_at, "2026-03-10T22:00:00Z");
}

TEST(TableSet, HashChangesWithAnyRowAndNotWithTheOrderOfTables) {
  Table other = bulletins();
  other.name = "sat/radiometer/thermal";
  other.quantity = "thermal";
  for (Row& one : other.rows) one.id += " thermal";
  const auto hash = [](std::vector<Table> tables) { return TableSet::create(std::move(tables))->sha256(); };
  EXPECT_EQ(hash({bulletins(), other}), hash({other, bulletins()}));
  Table changed = bulletins();
  changed.rows[0].sha256 = "another";
  EXPECT_NE(hash({changed, other}), hash({bulletins(), other}));
}

TEST(TableSet, EventsThatTouchTheIntervalAreFound) {
  Table table = bulletins();
  Event event;
  event.id = "noise";
  event.from = at("2026-04-01T00:00:00Z");
  event.to = at("2026-04-02T00:00:00Z");
  event.recorded_at = at("2026-04-03T00:00:00Z");
  table.events = {event};
  const TableSet set = set_of(table);
  const auto count = [&](std::string_view from, std::string_view to, std::optional<UtcTime> known = {}) {
    return set.events("bulletins", at(from), at(to), known).size();
  };
  EXPECT_EQ(count("2026-04-01T23:59:59Z", "2026-04-05T00:00:00Z"), 1u);
  EXPECT_EQ(count("2026-04-02T00:00:00Z", "2026-04-05T00:00:00Z"), 0u);
  EXPECT_EQ(count("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), 0u);
  EXPECT_EQ(count("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z", at("2026-04-02T12:00:00Z")), 0u);
}

}  // namespace
}  // namespace dl::calibrate
