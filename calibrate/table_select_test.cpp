#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/table_check.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {
namespace {

using testing::HasSubstr;

UtcTime at(std::string_view text) {
  return *parse_utc(text);
}

Row row(std::string id, std::string_view from, std::vector<std::string> bands = {"1"}) {
  Row made;
  made.id = std::move(id);
  made.valid_from = at(from);
  made.recorded_at = at("2020-01-01");
  for (const std::string& band : bands) made.values[band]["gain"] = {1};
  return made;
}

Table table_of(std::vector<Row> rows, std::string profile = "plain") {
  Table table;
  table.name = "sat/cam/gain-" + profile;
  table.profiles = {std::move(profile)};
  table.quantity = "gain";
  table.time_model = TimeModel::step;
  table.extrapolation = {Extrapolation::forbid, Extrapolation::hold, {}, {}, "cal_extrapolated"};
  table.rows = std::move(rows);
  return table;
}

Event event(std::string id, EventEffect effect, std::string_view from, std::string_view to) {
  Event made;
  made.id = std::move(id);
  made.effect = effect;
  made.from = at(from);
  made.to = at(to);
  made.recorded_at = at("2020-02-01");
  made.text = "what befell it";
  return made;
}

TableSet set_of(std::vector<Table> tables) {
  auto set = TableSet::create(std::move(tables));
  EXPECT_TRUE(set) << set.error().message;
  return set.value();
}

std::string chosen(const TableSet& set, const RowKey& key, std::string_view time, std::string_view known_at = {}) {
  const std::optional<UtcTime> known = known_at.empty() ? std::nullopt : std::optional(at(known_at));
  const Selection selection = set.select(key, at(time), known);
  return selection ? selection->row->id : selection.error();
}

const RowKey kKey{"gain", "plain"};

RowKey of_band(std::string_view band) {
  RowKey key = kKey;
  key.band = band;
  return key;
}

TEST(TableSelect, ExcludedIntervalIsHalfOpenAndSaysWhy) {
  Table table = table_of({row("a", "2000-02-24")});
  table.events = {event("off", EventEffect::exclude, "2000-10-26", "2000-10-30")};
  const TableSet set = set_of({table});
  EXPECT_EQ(chosen(set, kKey, "2000-10-25T23:59:59.999999Z"), "a");
  EXPECT_THAT(chosen(set, kKey, "2000-10-26"), HasSubstr("event 'off' excludes it: what befell it"));
  EXPECT_THAT(chosen(set, kKey, "2000-10-29T23:59:59.999999Z"), HasSubstr("event 'off'"));
  EXPECT_EQ(chosen(set, kKey, "2000-10-30"), "a");
  EXPECT_EQ(chosen(set, kKey, "2000-10-27", "2020-01-31"), "a") << "the event was not known yet";
}

TEST(TableSelect, EventOfOneBandLeavesTheOthers) {
  Table table = table_of({row("a", "2000-01-01", {"1", "2"})});
  table.events = {event("band 1 dead", EventEffect::exclude, "2001-01-01", "2002-01-01")};
  table.events[0].bands = {"1"};
  const TableSet set = set_of({table});
  EXPECT_THAT(chosen(set, of_band("1"), "2001-06-01"), HasSubstr("excludes"));
  EXPECT_EQ(chosen(set, of_band("2"), "2001-06-01"), "a");
  EXPECT_EQ(chosen(set, kKey, "2001-06-01"), "a") << "a question about all bands";
}

TEST(TableSelect, RowsWithoutTheBandSayThatTheyHaveNoNumbersOfIt) {
  const TableSet set = set_of({table_of({row("a", "2000-02-24", {"1", "2"})})});
  EXPECT_EQ(chosen(set, of_band("2"), "2001-01-01"), "a");
  EXPECT_THAT(chosen(set, of_band("3A"), "2001-01-01"), HasSubstr("its rows have no numbers of this band"));
}

TEST(RowSelector, AnswersAsTheSetDoesForTimesInAnyOrder) {
  Table table = table_of({row("a", "2000-02-24"), row("b", "2000-06-01"), row("c", "2000-09-01", {"1", "2"})});
  table.extrapolation.max_age_days = 120;
  table.extrapolation.limit_days = 20;
  Event off = event("off", EventEffect::exclude, "2000-10-05T12:00:00Z", "2000-10-10");
  off.bands = {"1"};
  table.events = {off, event("other", EventEffect::select_profile, "2000-11-01", "2000-11-03")};
  table.events.back().profile = "other";
  const TableSet set = set_of({table, table_of({row("o", "2000-01-01")}, "other")});
  std::vector<UtcTime> times;
  for (int hour = 0; hour < 400 * 24; hour += 5) times.push_back(at("2000-01-15") + std::chrono::hours(hour));
  std::mt19937 random(7);
  for (const bool ordered : {true, false}) {
    if (!ordered) std::shuffle(times.begin(), times.end(), random);
    for (const std::string_view band : {"1", "2"}) {
      RowSelector selector(set, of_band(band), {});
      for (const UtcTime time : times) {
        const Selection expected = set.select(of_band(band), time, {});
        const Selection found = selector.at(time);
        ASSERT_EQ(found.has_value(), expected.has_value()) << format_utc(time);
        if (!expected) {
          EXPECT_EQ(found.error(), expected.error());
          continue;
        }
        EXPECT_EQ(found->row, expected->row) << format_utc(time);
        EXPECT_EQ(found->ends, expected->ends);
        EXPECT_EQ(found->extrapolated_days, expected->extrapolated_days);
        EXPECT_EQ(found->profile_event, expected->profile_event);
      }
    }
  }
}

TEST(TableSelect, EventSelectsAnotherProfileAndIsNamed) {
  Table table = table_of({row("usual", "2000-01-01")});
  table.events = {event("patch", EventEffect::select_profile, "2001-05-05", "2001-06-15")};
  table.events[0].profile = "patched";
  const TableSet set = set_of({table, table_of({row("special", "2000-01-01")}, "patched")});
  EXPECT_EQ(chosen(set, kKey, "2001-05-04T23:59:59Z"), "usual");
  EXPECT_EQ(chosen(set, kKey, "2001-05-05"), "special");
  EXPECT_EQ(chosen(set, kKey, "2001-06-15"), "usual");
  const Explanation why = set.explain(kKey, at("2001-05-05"), {});
  EXPECT_EQ(why.profile, "patched");
  ASSERT_EQ(why.events.size(), 1u);
  EXPECT_EQ(why.events[0]->id, "patch");
  EXPECT_EQ(used_row(*why.selection, "1").profile_event, "patch");
}

TEST(TableSelect, SelectedProfileMustHaveATable) {
  Table table = table_of({row("a", "2000-01-01")});
  table.events = {event("patch", EventEffect::select_profile, "2001-05-05", "2001-06-15")};
  table.events[0].profile = "nowhere";
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("selects profile 'nowhere'"));
}

TEST(TableSelect, EventThatWasCorrectedLivesOnForThoseWhoAskAsKnownThen) {
  Table table = table_of({row("a", "2000-01-01")});
  table.events = {event("too long", EventEffect::exclude, "2001-01-01", "2001-03-01"),
                  event("right", EventEffect::exclude, "2001-01-01", "2001-02-01")};
  table.events[1].supersedes = "too long";
  table.events[1].recorded_at = at("2020-03-01");
  const TableSet set = set_of({table});
  EXPECT_THAT(chosen(set, kKey, "2001-02-15", "2020-02-29"), HasSubstr("'too long'"));
  EXPECT_EQ(chosen(set, kKey, "2001-02-15", "2020-03-01"), "a");
  EXPECT_EQ(chosen(set, kKey, "2001-02-15"), "a");
}

TEST(TableSelect, EveryAxisOfTheKeyKeepsRowsApart) {
  Row a = row("a", "2000-01-01");
  a.config = {"A", "0", "3", "primary"};
  Row b = row("b", "2000-01-01");
  b.config = {"A", "1", "3", "primary"};
  const TableSet set = set_of({table_of({a, b})});
  const auto key = [](RowConfig config) { return RowKey{"gain", "plain", std::move(config)}; };
  EXPECT_EQ(chosen(set, key({"A", "0", "3", "primary"}), "2001-01-01"), "a");
  EXPECT_EQ(chosen(set, key({"A", "1", "3", "primary"}), "2001-01-01"), "b");
  EXPECT_THAT(chosen(set, key({"A", {}, "3", "primary"}), "2001-01-01"), HasSubstr("no row"));
  EXPECT_THAT(chosen(set, key({"B", "0", "3", "primary"}), "2001-01-01"), HasSubstr("no row"));
  EXPECT_THAT(chosen(set, key({"A", "0", "4", "primary"}), "2001-01-01"), HasSubstr("no row"));
  EXPECT_THAT(chosen(set, key({"A", "0", "3", "backup"}), "2001-01-01"), HasSubstr("no row"));
}

TEST(TableSelect, RowOfOneBandOnlyIsForThatBandOnly) {
  const TableSet set = set_of({table_of({row("both", "2000-01-01", {"1", "2"}), row("one", "2001-01-01", {"1"})})});
  EXPECT_EQ(chosen(set, of_band("1"), "2002-01-01"), "one");
  EXPECT_EQ(chosen(set, of_band("2"), "2002-01-01"), "both");
}

TEST(TableSelect, SuspectRowIsChosenUnderAnOverrideThatIsRecorded) {
  Table table = table_of({row("good", "2000-01-01"), row("doubtful", "2001-01-01")});
  table.rows[1].status = RowStatus::suspect;
  EXPECT_EQ(chosen(set_of({table}), kKey, "2002-01-01"), "good");
  Override decision;
  decision.id = "use it";
  decision.row = "doubtful";
  decision.recorded_at = at("2020-05-01");
  decision.sha256 = "hash of the decision";
  const std::string before = set_of({table}).sha256();
  table.overrides = {decision};
  const TableSet set = set_of({table});
  EXPECT_NE(set.sha256(), before);
  EXPECT_EQ(chosen(set, kKey, "2002-01-01"), "doubtful");
  EXPECT_EQ(chosen(set, kKey, "2002-01-01", "2020-04-30"), "good");
  EXPECT_EQ(used_row(*set.select(kKey, at("2002-01-01"), {}), "1").override_id, "use it");
  table.overrides[0].row = "good";
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("only a suspect or withdrawn one"));
}

TEST(TableSelect, RowThatReplacesAnotherNeedsNoChangeOfTheOldOne) {
  Table table = table_of({row("typo", "2000-01-01"), row("right", "2000-01-01")});
  table.rows[1].recorded_at = at("2020-06-01");
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("overlap"));
  table.rows[1].supersedes = "typo";
  const TableSet set = set_of({table});
  EXPECT_EQ(chosen(set, kKey, "2001-01-01", "2020-05-31"), "typo");
  EXPECT_EQ(chosen(set, kKey, "2001-01-01", "2020-06-01"), "right");
  EXPECT_EQ(chosen(set, kKey, "2001-01-01"), "right");
}

TEST(TableSelect, SupersessionMustNameARowRecordedBeforeAndAgreeWithIt) {
  Table table = table_of({row("a", "2000-01-01"), row("b", "2000-01-01")});
  table.rows[1].recorded_at = at("2020-06-01");
  table.rows[1].supersedes = "nothing";
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("which is no row of table"));
  table.rows[1].supersedes = "a";
  table.rows[0].superseded_at = at("2020-07-01");
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("expected this row's recorded_at 2020-06-01"));
}

TEST(TableSelect, GapIsRefusedUnlessAnEventOrAnotherSideFillsIt) {
  Table table = table_of({row("a", "2000-02-24"), row("a again", "2001-07-02")});
  for (Row& one : table.rows) one.config.side = "A";
  table.rows[0].valid_to = at("2000-10-26");
  EXPECT_THAT(TableSet::create({table}).error().message,
              HasSubstr("nothing applies between 2000-10-26T00:00:00Z and 2001-07-02T00:00:00Z"));
  Row b = row("b", "2000-10-30");
  b.config.side = "B";
  b.valid_to = at("2001-06-15");
  table.rows.push_back(b);
  EXPECT_THAT(TableSet::create({table}).error().message, HasSubstr("between 2000-10-26T00:00:00Z and 2001-07-02"));
  table.events = {event("off", EventEffect::exclude, "2000-10-26", "2000-10-30"),
                  event("power", EventEffect::exclude, "2001-06-15", "2001-07-02")};
  EXPECT_TRUE(TableSet::create({table}));
}

TEST(TableSelect, ExplanationSaysOfEveryRowWhyItWasPassedOver) {
  Table table = table_of({row("first", "2000-01-01"), row("second", "2001-01-01"), row("third", "2002-01-01"),
                          row("late", "2001-06-01"), row("doubtful", "2001-03-01")});
  table.rows[3].recorded_at = at("2021-01-01");
  table.rows[4].status = RowStatus::withdrawn;
  table.rows[4].reason = "a slip of the pen";
  const TableSet set = set_of({table});
  const Explanation why = set.explain(kKey, at("2001-07-01"), at("2020-12-31"));
  ASSERT_TRUE(why.selection) << why.selection.error();
  EXPECT_EQ(why.selection->row->id, "second");
  EXPECT_EQ(why.selection->next->id, "third");
  EXPECT_EQ(why.selection->ends, at("2002-01-01"));
  EXPECT_NEAR(why.selection->age_days, 181, 1e-9);
  std::string reasons;
  for (const PassedOver& one : why.passed_over) reasons += one.row->id + ' ' + one.reason + '\n';
  EXPECT_EQ(reasons,
            "first was followed by 'second'\n"
            "third begins at 2002-01-01T00:00:00Z\n"
            "late was recorded at 2021-01-01T00:00:00Z\n"
            "doubtful is withdrawn: a slip of the pen\n");
}

TEST(TableSelect, TablesOfOneNameAreOne) {
  Table more = table_of({row("may", "2001-05-01")});
  const TableSet set = set_of({table_of({row("march", "2001-03-01")}), more});
  EXPECT_EQ(set.tables().size(), 1u);
  EXPECT_EQ(chosen(set, kKey, "2001-05-01"), "may");
  more.rows[0].id = "march";
  more.rows[0].sha256 = "another hash";
  EXPECT_THAT(TableSet::create({table_of({row("march", "2001-03-01")}), more}).error().message,
              HasSubstr("with other contents"));
  more.sha256 = "another head";
  EXPECT_THAT(TableSet::create({table_of({row("march", "2001-03-01")}), more}).error().message,
              HasSubstr("has other members"));
}

TEST(TableSelect, AllProblemsAreToldAtOnce) {
  Table table = table_of({row("a", "2000-01-01"), row("a", "2001-01-01"), row("c", "2001-01-01")});
  table.rows[2].supersedes = "x";
  std::vector<TableProblem> problems;
  EXPECT_FALSE(TableSet::create({table}, &problems));
  EXPECT_EQ(problems.size(), 3u);
}

// Of rows without doubt or end the one that began last holds, whatever the order in which they stand.
TEST(TableSelect, LatestRowThatBeganHoldsForAnyTableAndTime) {
  std::mt19937 random(9);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Row> rows;
    const int count = 1 + static_cast<int>(random() % 8);
    for (int i = 0; i < count; ++i) {
      Row one = row(std::to_string(i), "2000-01-01");
      one.valid_from += std::chrono::hours(24 * (10 * i));
      rows.push_back(one);
    }
    std::shuffle(rows.begin(), rows.end(), random);
    const TableSet set = set_of({table_of(rows)});
    for (int day = -5; day < 10 * count + 5; day += 5) {
      const UtcTime time = at("2000-01-01") + std::chrono::hours(24 * day);
      const Selection selected = set.select(kKey, time, {});
      ASSERT_EQ(selected.has_value(), day >= 0);
      if (!selected) continue;
      const int expected = std::min(day / 10, count - 1);
      EXPECT_EQ(selected->row->id, std::to_string(expected));
      EXPECT_EQ(selected->next == nullptr, expected == count - 1);
    }
  }
}

}  // namespace
}  // namespace dl::calibrate
