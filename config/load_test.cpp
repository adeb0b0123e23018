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
  EXPECT_EQ(complaints_beside_a_source(gcs + "credentials = \"metadata\"\ncredentials_file = \"credential:key\"\n"),
            ":9:20: destination[0].credentials_file: expected nothing with credentials = \"metadata\", found a file\n");
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

// A station without its key still records.
TEST(LoadConfig, AKeyThatIsMissingIsNoMistakeOfTheConfiguration) {
  const auto config = parse(std::string(kSource) +
                            "[[destination]]\nname = \"c\"\nkind = \"gcs\"\nbucket = \"abc\"\n"
                            "credentials_file = \"keys/none.json\"\nca_file = \"credential:ca.pem\"\n");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->destinations[0].endpoint.credentials_file, "/etc/dl/keys/none.json");
  EXPECT_EQ(config->destinations[0].endpoint.ca_file, "credential:ca.pem");
  EXPECT_EQ(
      complaints_beside_a_source("[[destination]]\nname = \"c\"\nkind = \"azure\"\naccount = \"acc\"\n"
                                 "container = \"abc\"\ncredentials_file = \"credential:../x\"\n"),
      ":9:20: destination[0].credentials_file: expected the path of a file, or \"credential:NAME\" for a credential "
      "that systemd passes on, found the text 'credential:../x'\n");
}

TEST(LoadConfig, EveryKindOfDestinationHasItsKeysAndNoOthers) {
  const auto config = parse(std::string(kSource) + R"(
[[destination]]
name = "amazon"
kind = "s3"
bucket = "abc"
region = "eu-west-1"
credentials_file = "aws"
[[destination]]
name = "blobs"
kind = "azure"
account = "acc0"
container = "a-b"
credentials_file = "sas"
required = false
[[destination]]
name = "box"
kind = "sftp"
host = "box.example"
user = "station"
key_file = "id"
known_hosts = "hosts"
)");
  ASSERT_TRUE(config) << config.error().text();
  const auto& all = config->destinations;
  EXPECT_EQ(all[0].endpoint.url, "https://s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(all[0].part_size_bytes, 8U << 20);
  EXPECT_TRUE(all[0].create_only);
  EXPECT_EQ(all[0].profile, "default");
  EXPECT_EQ(all[1].endpoint.url, "https://acc0.blob.core.windows.net");
  EXPECT_FALSE(all[1].required);
  EXPECT_EQ(all[2].port, 22U);
  EXPECT_EQ(all[2].key_file, fs::path("/etc/dl/id"));
  EXPECT_EQ(all[2].endpoint.connect_timeout, std::chrono::seconds(20));
  EXPECT_EQ(
      complaints_beside_a_source("[[destination]]\nname = \"l\"\nbucket = \"abc\"\nendpoint = \"http://a\"\n"),
      ":6:1: destination[0].bucket: expected only with kind = \"gcs\" or \"s3\", found with kind = \"directory\"\n"
      ":7:1: destination[0].endpoint: expected only with kind = \"gcs\" or \"s3\" or \"azure\", found with kind = "
      "\"directory\"\n");
}

TEST(LoadConfig, AnSshServerIsToldOneWhoWeAre) {
  const std::string sftp =
      "[[destination]]\nname = \"b\"\nkind = \"sftp\"\nhost = \"h\"\nuser = \"u\"\nknown_hosts = \"k\"\n";
  const std::string said =
      ": destination[0].key_file: expected either key_file or password_file, found neither or both\n";
  EXPECT_EQ(complaints_beside_a_source(sftp), ":4:1" + said);
  EXPECT_EQ(complaints_beside_a_source(sftp + "password_file = \"p\"\n"), "");
  EXPECT_EQ(complaints_beside_a_source(sftp + "password_file = \"p\"\nkey_file = \"q\"\n"), ":11:12" + said);
}

TEST(LoadConfig, SomeDestinationMustBeRequired) {
  EXPECT_EQ(
      complaints_beside_a_source("[[destination]]\nname = \"l\"\nrequired = false\n"),
      ":6:12: destination[0].required: expected true of one destination at least, found none: no scene would ever "
      "count as delivered\n");
}

TEST(LoadConfig, AddressesThatCannotWorkAreRefused) {
  const std::string s3 = "[[destination]]\nname = \"s\"\nkind = \"s3\"\nbucket = \"abc\"\ncredentials_file = \"k\"\n";
  EXPECT_EQ(complaints_beside_a_source(s3 + "endpoint = \"http://192.0.2.7:7480\"\n"),
            ":9:12: destination[0].endpoint: expected the name of a host (or addressing = \"path\"), found "
            "'http://192.0.2.7:7480'\n");
  EXPECT_EQ(complaints_beside_a_source(s3 + "endpoint = \"http://192.0.2.7:7480\"\naddressing = \"path\"\n"), "");
  EXPECT_EQ(complaints_beside_a_source(s3 + "no_proxy = \"a\"\n"),
            ":9:12: destination[0].no_proxy: expected only with a proxy, found 'a'\n");
  EXPECT_NE(complaints_beside_a_source(s3 + "proxy = \"http://user:pass@proxy\"\n"), "");
  EXPECT_EQ(complaints_beside_a_source(s3 + "proxy = \"http://proxy:3128\"\nno_proxy = \"a,b\"\n"), "");
}

TEST(LoadConfig, BandwidthIsCheckedByWhoeverKnowsItsLanguage) {
  BandwidthRules rules;
  rules.timetable = [](const std::vector<std::string>& entries) -> std::optional<std::string> {
    if (entries.size() > 1) return "two of them";
    return entries[0] == "bad" ? std::optional<std::string>("'bad' is bad") : std::nullopt;
  };
  rules.rate = [](const std::string& rate) { return std::optional(rate + "?"); };
  const auto said = [&](const std::string& text) {
    const auto config = parse_config(std::string(kSource) + text, "d.toml", known_spacecraft, rules);
    return config ? "" : config.error().errors.front().text();
  };
  EXPECT_EQ(said("[bandwidth]\nlimit = [\"good\",\n  \"bad\"]\n"), "d.toml:6:3: bandwidth.limit: 'bad' is bad");
  EXPECT_EQ(said("[bandwidth]\nlimit = [\"a\", \"b\"]\n"), "d.toml:5:9: bandwidth.limit: two of them");
  EXPECT_EQ(said("[bandwidth]\nduring_pass = \"fast\"\n"),
            "d.toml:5:15: bandwidth.during_pass: expected \"send\", \"pause\" or a rate; fast?");
  EXPECT_EQ(said("[bandwidth]\nlimit = [\"good\"]\n"), "");
}

TEST(LoadConfig, RoomIsMadeBeforeTheStepsOfRunningOut) {
  const auto config = parse(std::string(kSource) + "[space]\nstop_scenes_below = \"3 GiB\"\n");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->retention.keep_free_bytes, std::uint64_t{6} << 30);
  EXPECT_EQ(
      complaints_beside_a_source("[retention]\nkeep_free = \"1 GiB\"\n"),
      ":5:13: retention.keep_free: expected more than space.stop_scenes_below (1 GiB), so that room is made before "
      "scenes stop, found '1 GiB'\n");
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
