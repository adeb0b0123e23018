#include "config/load.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/file.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> known_spacecraft(const std::optional<fs::path>& directory) {
  if (directory) return {"of-the-configured-folder"};
  return {"meteor-m2-lrpt", "metop-b", "suomi-npp"};
}
constexpr std::string_view kSource = "[[source]]\nname = \"a\"\nspacecraft = \"metop-b\"\n";

tl::expected<Config, ConfigErrors> parse(std::string_view text) {
  return parse_config(text, "/etc/dl/d.toml", known_spacecraft);
}

// What is said about `text`, without the file's name and the count.
std::string complaints(std::string_view text) {
  const auto config = parse(text);
  if (config) return "";
  std::string lines;
  for (const auto& error : config.error().errors)
    lines += error.text().substr(std::string("/etc/dl/d.toml").size()) + "\n";
  return lines;
}
std::string complaints_beside_a_source(const std::string& text) {
  return complaints(std::string(kSource) + text);
}

class ConfigFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("dl_config_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  fs::path folder_;
};

TEST(LoadConfig, OneSourceIsEnough) {
  const auto config = parse(kSource);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->general.spool_directory, "/var/lib/downlinkd");
  EXPECT_EQ(config->general.control_socket, "/var/lib/downlinkd/control.sock");
  EXPECT_EQ(config->sources[0].listen.text(), "127.0.0.1:4935");
  EXPECT_EQ(config->sources[0].idle_timeout, std::chrono::seconds(30));
  ASSERT_EQ(config->destinations.size(), 1U);
  EXPECT_EQ(config->destinations[0].kind, DestinationKind::directory);
  EXPECT_EQ(config->destinations[0].path, "/var/lib/downlinkd/bucket");
  EXPECT_EQ(config->destinations[0].workers, 2U);
  ASSERT_EQ(config->publishers.size(), 1U);
  EXPECT_EQ(config->publishers[0].kind, PublisherKind::journal);
  EXPECT_EQ(config->publishers[0].name, "journal");
  EXPECT_FALSE(config->process.tle_file);
  EXPECT_GT(config->space.stop_scenes_below_bytes, config->space.stop_recording_below_bytes);
}

TEST(LoadConfig, PathsCountFromTheFilesFolder) {
  const auto config = parse("[general]\nspool_directory = \"../spool/\"\n" + std::string(kSource));
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->general.spool_directory, "/etc/spool");
  EXPECT_EQ(config->general.control_socket, "/etc/spool/control.sock");
}

// golden/many_mistakes.txt is what an operator reads about golden/many_mistakes.toml.
TEST(LoadConfig, ReportsEveryMistakeAtItsPlaceAndCountsThem) {
  const auto golden = fs::path(DL_SOURCE_DIRECTORY) / "config/golden";
  const auto text = read_text_file(golden / "many_mistakes.toml");
  const auto expected = read_text_file(golden / "many_mistakes.txt");
  ASSERT_TRUE(text && expected);
  const auto config = parse_config(*text, "many_mistakes.toml", known_spacecraft);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().text(), *expected);
}

TEST(LoadConfig, NoSourceIsAMistake) {
  EXPECT_EQ(complaints(""),
            ": source: expected at least one [[source]], found none: downlinkd would have nothing to receive\n");
}

TEST(LoadConfig, MissingKeysAreReportedAtTheirTable) {
  EXPECT_EQ(complaints("\n[[source]]\n"),
            ":2:1: source[0].name: expected a name of lower-case letters, digits and dashes, at most 40 characters, "
            "found nothing\n"
            ":2:1: source[0].spacecraft: expected the name of a link profile, or the path of its .toml file, found "
            "nothing\n");
}

TEST(LoadConfig, TablesAndListsOfTablesAreToldApart) {
  EXPECT_EQ(complaints("[source]\nname = \"a\"\n"),
            ":1:1: source: expected a list of tables, [[source]], found a table\n");
  EXPECT_EQ(complaints("general = 7\n" + std::string(kSource)),
            ":1:11: general: expected a table, [general], found the whole number 7\n");
  EXPECT_EQ(complaints("source = [1]\n"),
            ":1:11: source[0]: expected a list of tables, [[source]], found the whole number 1\n");
}

TEST(LoadConfig, TextThatIsNoTomlIsOneErrorWithItsPlace) {
  const auto config = parse("[general]\nstation = \n");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().errors.size(), 1U);
  const auto& error = config.error().errors[0];
  EXPECT_EQ(error.line, 2U);
  EXPECT_TRUE(error.text().starts_with("/etc/dl/d.toml:2:")) << error.text();
  EXPECT_NE(error.text().find("expected TOML: "), std::string::npos) << error.text();
}

TEST(LoadConfig, HostileTextIsRefusedWithoutACrash) {
  for (const auto& text :
       {std::string(100'000, '['), std::string("a = ") + std::string(100'000, '['), std::string("\0\xFF\xFE", 3),
        std::string("a.b.c.d = 1\na.b = 2"), std::string("\"\\uD800\" = 1")})
    EXPECT_FALSE(parse(text));
}

TEST(LoadConfig, AMissingFileIsOneErrorThatNamesIt) {
  const auto config = load_config("/nonexistent/d.toml", known_spacecraft);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().text().find("'/nonexistent/d.toml'"), std::string::npos) << config.error().text();
}

TEST_F(ConfigFolder, FilesThatMustBeThereAreLookedFor) {
  const auto file = write("d.toml", std::string(kSource) + "[process]\ntle_file = \"weather.tle\"\n");
  auto config = load_config(file, known_spacecraft);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().errors[0].message, "expected the path of a file that exists, found '" +
                                                  (folder_ / "weather.tle").native() + "', which does not exist");
  write("weather.tle", "");
  config = load_config(file, known_spacecraft);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->process.tle_file, folder_ / "weather.tle");
}

TEST_F(ConfigFolder, AFileSourceNeedsItsRecordingAndTakesATime) {
  write("pass.cadu", "x");
  const auto config = load_config(write("d.toml", R"(
[[source]]
name = "replay"
kind = "file"
spacecraft = "metop-b"
path = "pass.cadu"
received_at = 2026-05-12T12:00:00Z
)"),
                                  known_spacecraft);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->sources[0].path, folder_ / "pass.cadu");
  EXPECT_EQ(config->sources[0].received_at, parse_utc("2026-05-12T12:00:00Z").value());
}

TEST_F(ConfigFolder, AProfileMayBeAFile) {
  const auto file = write("d.toml", "[[source]]\nname = \"a\"\nspacecraft = \"my-sat.toml\"\n");
  EXPECT_FALSE(load_config(file, known_spacecraft));
  write("my-sat.toml", "");
  const auto config = load_config(file, known_spacecraft);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->sources[0].spacecraft, (folder_ / "my-sat.toml").native());
}

TEST_F(ConfigFolder, NamesOfProfilesComeFromTheConfiguredFolder) {
  const std::string directory = "[process]\nspacecraft_directory = \".\"\n";
  const std::string source = "[[source]]\nname = \"a\"\nspacecraft = \"of-the-configured-folder\"\n";
  EXPECT_TRUE(load_config(write("d.toml", directory + source), known_spacecraft));
  EXPECT_FALSE(load_config(write("e.toml", source), known_spacecraft));
}

TEST_F(ConfigFolder, AProgramMustBeExecutable) {
  write("p", "");
  const auto config =
      load_config(write("d.toml", std::string(kSource) + "[process]\nprogram = \"p\"\n"), known_spacecraft);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().text().find("may not execute"), std::string::npos) << config.error().text();
}

TEST_F(ConfigFolder, TheGeneralTableIsReadWhateverElseIsWrong) {
  const auto file = write("d.toml", "[general]\nspool_directory = \"spool\"\n[[source]]\nname = 7\n[nonsense]\n");
  EXPECT_FALSE(load_config(file, known_spacecraft));
  const auto general = load_general(file);
  ASSERT_TRUE(general) << general.error().text();
  EXPECT_EQ(general->control_socket, folder_ / "spool/control.sock");
  EXPECT_FALSE(load_general(write("e.toml", "[general]\ncontrol_socket = 7\n")));
  EXPECT_FALSE(load_general(write("f.toml", "[general\n")));
  EXPECT_FALSE(load_general(folder_ / "none.toml"));
}

TEST(LoadConfig, CredentialsAndTheirFileGoTogether) {
  const std::string gcs = "[[destination]]\nname = \"c\"\nkind = \"gcs\"\nbucket = \"abc\"\n";
  EXPECT_EQ(
      complaints_beside_a_source(gcs),
      ":4:1: destination[0].credentials_file: expected the path of a service-account key, or credentials = \"none\", "
      "found nothing\n");
  EXPECT_EQ(complaints_beside_a_source(gcs + "credentials = \"none\"\n"), "");
  EXPECT_EQ(
      complaints_beside_a_source(gcs + "credentials_file = \"/no/such\"\n"),
      ":8:20: destination[0].credentials_file: expected the path of a file that exists, found '/no/such', which does "
      "not exist\n");
  EXPECT_EQ(complaints_beside_a_source(gcs + "credentials = \"none\"\ncredentials_file = \"/etc/passwd\"\n"),
            ":9:20: destination[0].credentials_file: expected nothing with credentials = \"none\", found a file\n");
}

TEST(LoadConfig, CredentialsDoNotTravelInClearText) {
  const std::string signed_pubsub =
      "[[publisher]]\nname = \"p\"\nkind = \"pubsub\"\nproject = \"p\"\ntopic = \"top\"\ncredentials_file = "
      "\"/etc/passwd\"\n";
  EXPECT_EQ(complaints_beside_a_source(signed_pubsub + "endpoint = \"http://pubsub.example\"\n"),
            ":10:12: publisher[0].endpoint: expected https:// (credentials would be readable on the network), found "
            "'http://pubsub.example'\n");
  EXPECT_EQ(complaints_beside_a_source(signed_pubsub + "endpoint = \"http://127.0.0.1:8085\"\n"), "");
  EXPECT_NE(complaints_beside_a_source(signed_pubsub + "endpoint = \"http://127.0.0.1.example\"\n"), "");
}

TEST(LoadConfig, LimitsMustBeInOrder) {
  EXPECT_EQ(complaints_beside_a_source("[process]\ntle_age_flag = \"4 d\"\n[space]\nstop_scenes_below = \"4 MiB\"\n"),
            ":5:16: process.tle_age_flag: expected at most tle_age_refuse (3 d), found '4 d'\n"
            ":7:21: space.stop_scenes_below: expected more than stop_recording_below (4 MiB), found '4 MiB'\n");
}

TEST(LoadConfig, AScenesFolderIsNotTheSpoolsOwn) {
  for (const std::string path : {"/var/lib/downlinkd", "/var/lib/downlinkd/scenes", "/var/lib/downlinkd/work/x"})
    EXPECT_NE(complaints_beside_a_source("[[destination]]\nname = \"l\"\npath = \"" + path + "\"\n"), "") << path;
  EXPECT_EQ(complaints_beside_a_source("[[destination]]\nname = \"l\"\npath = \"/var/lib/downlinkd/scenes2\"\n"), "");
}

TEST(LoadConfig, TwoOfAKindDoNotShareAPlace) {
  EXPECT_EQ(
      complaints_beside_a_source("[[source]]\nname = \"b\"\nspacecraft = \"metop-b\"\n"),
      ":4:1: source[1].listen: expected an address that no other source listens on, found '127.0.0.1:4935' of source "
      "'a'\n");
  EXPECT_EQ(complaints_beside_a_source("[[destination]]\nname = \"l\"\n[[destination]]\nname = \"m\"\n"),
            ":6:1: destination[1].path: expected a folder that no other destination fills, found "
            "'/var/lib/downlinkd/bucket' of destination 'l'\n");
  EXPECT_EQ(complaints_beside_a_source("[[publisher]]\nname = \"l\"\n[[publisher]]\nname = \"m\"\n"),
            ":6:1: publisher[1].kind: expected one journal at most, found a second beside 'l'\n");
}

TEST(LoadConfig, ASocketPathThatTheSystemCannotBindIsRefused) {
  const auto said = complaints_beside_a_source("[general]\nspool_directory = \"/" + std::string(120, 'x') + "\"\n");
  EXPECT_NE(said.find("general.control_socket: expected a path of at most 107 bytes"), std::string::npos) << said;
}

}  // namespace
}  // namespace dl::config
