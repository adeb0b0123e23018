#include "daemon/control/table.h"

#include <gtest/gtest.h>

namespace dl::control {
namespace {

TEST(Table, AlignsColumnsAndPutsNotesUnderTheirRow) {
  Table table;
  table.add_column("Name", Align::left);
  table.add_column("Bytes", Align::right);
  table.add_row({{"a"}, {"12345678"}});
  table.add_row({{"longer"}, {"9"}}, {"last error: none of your business"});
  EXPECT_EQ(table.text(false),
            "NAME       BYTES\n"
            "a       12345678\n"
            "longer         9\n"
            "    last error: none of your business\n");
}

TEST(Table, LeavesOutColumnsWithoutContent) {
  Table table;
  table.add_column("A", Align::left);
  table.add_column("B", Align::left);
  table.add_column("C", Align::left);
  table.add_row({{"1"}, {"-"}, {"2"}});
  table.add_row({{"3"}, {""}, {"-"}});
  EXPECT_EQ(table.text(false), "A  C\n1  2\n3  -\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table;
  table.add_column("N", Align::left);
  table.add_column("M", Align::left);
  table.add_row({{"Tromsø"}, {"x"}});
  table.add_row({{"Kiruna"}, {"y"}});
  EXPECT_EQ(table.text(false), "N       M\nTromsø  x\nKiruna  y\n");
}

TEST(Table, ColoursOnlyWhenAsked) {
  EXPECT_EQ(painted("parked", Tone::bad, false), "parked");
  EXPECT_EQ(painted("parked", Tone::bad, true), "\033[1;31mparked\033[0m");
  EXPECT_EQ(painted("queued", Tone::plain, true), "queued");
}

TEST(Printable, TakesControlCharactersOut) {
  EXPECT_EQ(printable("a\033[2J\nb\tc\x7F"), "a?[2J b c?");
}

TEST(Sheet, AlignsValues) {
  Sheet sheet;
  sheet.add("Station", {"svalbard-2"});
  sheet.add("State", {"running", Tone::good});
  EXPECT_EQ(sheet.text(false), "Station  svalbard-2\nState    running\n");
}

}  // namespace
}  // namespace dl::control
