#include <gtest/gtest.h>

#include "config/load.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;

tl::expected<Config, ConfigErrors> parse(const std::string& text) {
  return parse_config(text, "/etc/dl/d.toml", [](const std::optional<fs::path>&) {
    return std::vector<std::string>{"gk-2a-lrit", "metop-b"};
  });
}

// A source of that kind with `keys`; "a" when nothing else is said.
std::string source(const std::string& kind, const std::string& keys = "", const std::string& name = "a",
                   const std::string& spacecraft = "metop-b") {
  return "[[source]]\nname = \"" + name + "\"\nspacecraft = \"" + spacecraft + "\"\nkind = \"" + kind + "\"\n" + keys +
         "\n";
}
// Without place and count.
std::string complaint(const std::string& text) {
  const auto config = parse(text);
  if (config) return "";
  std::string lines;
  for (const auto& error : config.error().errors) lines += error.key + ": " + error.message + "\n";
  return lines;
}

const std::string kSle =
    "connect = \"sle.example:5100\"\nservice_instance = \"sagr=1.spack=P.rsl-fg=1.raf=onlc1\"\ninitiator = \"us\"\n"
    "responder_port = \"PORT1\"\n";

TEST(Sources, EveryKindIsReadWithItsDefaults) {
  const auto config = parse(source("tcp-dial", "connect = \"[::1]:4935\"", "dial") + source("udp", "", "udp") +
                            source("folder", "path = \"/incoming\"\npattern = \"*.cadu\"", "folder") +
                            source("stdin", "form = \"soft-symbols\"", "pipe") +
                            source("cortex", "connect = \"demod:3075\"\nfamily = \"crt\"", "cortex") +
                            source("sle", kSle + "authentication = \"none\"", "sle") +
                            source("nng", "connect = \"127.0.0.1:5004\"", "nng") +
                            source("osp", "connect = \"127.0.0.1:5001\"", "osp"));
  ASSERT_TRUE(config) << config.error().text();
  const auto& sources = config->sources;
  EXPECT_EQ(sources[0].kind, SourceKind::tcp_dial);
  EXPECT_EQ(sources[0].connect, "[::1]:4935");
  EXPECT_EQ(sources[0].reconnect_delay_max, std::chrono::seconds(10));
  EXPECT_EQ(sources[0].idle_timeout, std::chrono::seconds(30));
  EXPECT_EQ(sources[0].form, link::InputForm::bits);
  EXPECT_EQ(sources[1].listen.text(), "127.0.0.1:4936");
  EXPECT_EQ(sources[1].allowed_peers.size(), 2U);
  EXPECT_EQ(sources[1].receive_buffer_bytes, 32U << 20);
  EXPECT_EQ(sources[2].path, "/incoming");
  EXPECT_EQ(sources[2].pattern, "*.cadu");
  EXPECT_EQ(sources[2].idle_timeout, Milliseconds(0));
  EXPECT_EQ(sources[3].kind, SourceKind::standard_input);
  EXPECT_EQ(sources[3].form, link::InputForm::soft_symbols);
  EXPECT_EQ(sources[4].cortex.family, CortexFamily::crt);
  EXPECT_TRUE(sources[4].cortex.has_time_tag);
  EXPECT_EQ(sources[5].form, link::InputForm::frames);
  EXPECT_EQ(sources[5].sle.mode, SleMode::online_complete);
  EXPECT_EQ(sources[5].sle.hash, SleHash::sha256);
  EXPECT_FALSE(sources[5].sle.virtual_channel);
  EXPECT_EQ(sources[6].form, link::InputForm::frames);
  EXPECT_EQ(sources[7].form, link::InputForm::frames);
}

TEST(Sources, WhereToConnectIsAHostAndAPort) {
  for (const char* good : {"demod:3070", "192.0.2.7:1", "[2001:db8::7]:65535", "a-b.example.org:80"}) {
    const auto parsed = parse_host_port(good);
    ASSERT_TRUE(parsed) << good;
  }
  EXPECT_EQ(parse_host_port("[2001:db8::7]:65535")->host, "2001:db8::7");
  for (const char* bad : {"", "demod", ":3070", "demod:", "demod:0", "demod:65536", "demod:30x", "2001:db8::7:80",
                          "[demod]:80", "a b:80", "[]:80", "demod:-1", "demod:+1"}) {
    EXPECT_FALSE(parse_host_port(bad)) << bad;
  }
  EXPECT_EQ(complaint(source("osp", "connect = \"demod\"")),
            "source[0].connect: expected a host and a port, such as \"192.0.2.7:3070\" or \"[2001:db8::7]:3070\", "
            "found the text 'demod'\n");
}

TEST(Sources, MergeWithNamesAnotherSourceOfTheSpacecraft) {
  const auto second = [](const std::string& keys, const std::string& spacecraft = "metop-b") {
    return complaint(source("udp") + source("tcp-listen", keys, "b", spacecraft));
  };
  EXPECT_EQ(second("merge_with = \"a\""), "");
  EXPECT_EQ(second("merge_with = \"aa\""), "source[1].merge_with: expected the name of another source, found 'aa'\n");
  EXPECT_EQ(second("merge_with = \"b\""),
            "source[1].merge_with: expected the name of another source, found 'b', which is this one\n");
  EXPECT_EQ(second("merge_with = \"a\"", "gk-2a-lrit"),
            "source[1].merge_with: expected a source of the same spacecraft ('gk-2a-lrit'), found 'a', which receives "
            "'metop-b'\n");
  EXPECT_EQ(complaint(source("udp", "merge_with = \"b\"") + source("tcp-listen", "merge_with = \"a\"", "b")),
            "source[0].merge_with: expected a source that is not merged with another itself, found 'b', which has "
            "merge_with = \"a\"; name that one\n"
            "source[1].merge_with: expected a source that is not merged with another itself, found 'a', which has "
            "merge_with = \"b\"; name that one\n");
}

TEST(Sources, MergeWithIsRefusedWhereReceptionsCannotBeMerged) {
  const auto pair = [](const std::string& first, const std::string& second) { return complaint(first + second); };
  const std::string merge = "merge_with = \"a\"";
  const std::string of_its_own = ", which makes passes of its own; merge recordings with downlink-process batch\n";
  EXPECT_EQ(pair(source("udp"), source("stdin", merge, "b")),
            "source[1].merge_with: expected sources that receive while a pass comes down, found 'b' of kind \"stdin\"" +
                of_its_own);
  EXPECT_EQ(pair(source("stdin"), source("udp", merge, "b")),
            "source[1].merge_with: expected sources that receive while a pass comes down, found 'a' of kind \"stdin\"" +
                of_its_own);
  EXPECT_EQ(pair(source("udp"), source("folder", "path = \"/b\"\n" + merge, "b")),
            "source[1].merge_with: expected sources that receive while a pass comes down, found 'b' of kind "
            "\"folder\"" +
                of_its_own);
  EXPECT_EQ(pair(source("udp"), source("tcp-listen", "form = \"packets\"\n" + merge, "b")),
            "source[1].merge_with: expected sources that hand over frames, found 'b', which hands over packets\n");
  EXPECT_EQ(pair(source("udp", "form = \"packets\""), source("tcp-listen", merge, "b")),
            "source[1].merge_with: expected sources that hand over frames, found 'a', which hands over packets\n");
}

TEST(Sources, GapsAreFilledByOneSourceOfOneThatMakesPasses) {
  const std::string offline = kSle + "authentication = \"none\"\nmode = \"offline\"\n";
  const auto fills = [&](const std::string& name, const std::string& keys = "") {
    return source("sle", offline + "fill_gaps_of = \"a\"\n" + keys, name);
  };
  EXPECT_EQ(complaint(source("udp") + fills("b", "fill_timeout = \"2 h\"")), "");
  EXPECT_EQ(complaint(source("udp") + fills("b") + fills("c")),
            "source[2].fill_gaps_of: expected one source at most that fills the gaps of 'a', found a second beside "
            "'b'\n");
  EXPECT_EQ(complaint(source("udp", "merge_with = \"c\"") + fills("b") + source("tcp-listen", "", "c")),
            "source[1].fill_gaps_of: expected a source that passes are named after, found 'a', which has merge_with = "
            "\"c\"; name that one\n");
  EXPECT_EQ(complaint(source("stdin") + fills("b")),
            "source[1].fill_gaps_of: expected sources that receive while a pass comes down, found 'a' of kind "
            "\"stdin\", which makes passes of its own; merge recordings with downlink-process batch\n");
  EXPECT_EQ(complaint(source("udp") + fills("b", "merge_with = \"a\"")),
            "source[1].merge_with: expected none with fill_gaps_of, found 'a'\n");
}

TEST(Sources, SleKeysFitEachOther) {
  const auto sle = [](const std::string& keys) { return complaint(source("sle", kSle + keys)); };
  EXPECT_EQ(sle(""),
            "source[0].password_file: expected the path of a file with our password, or authentication = "
            "\"none\", found nothing\n");
  EXPECT_EQ(sle("password_file = \"credential:sle\""), "");
  const std::string open = "authentication = \"none\"\n";
  EXPECT_EQ(sle(open + "mode = \"offline\""),
            "source[0].from: expected both from and to, or fill_gaps_of, with mode = \"offline\", found neither\n");
  EXPECT_EQ(sle(open + "mode = \"offline\"\nfrom = 2026-05-12T12:00:00Z\nto = 2026-05-12T12:10:00Z"), "");
  EXPECT_EQ(sle(open + "mode = \"offline\"\nfrom = 2026-05-12T12:10:00Z\nto = 2026-05-12T12:10:00Z"),
            "source[0].to: expected a time after from (2026-05-12T12:10:00Z), found 2026-05-12T12:10:00Z\n");
  EXPECT_EQ(sle(open + "from = 2026-05-12T12:00:00Z"),
            "source[0].from: expected only with mode = \"offline\", found a time\n");
  EXPECT_EQ(sle(open + "service = \"rcf\"\ngood_frames_only = true"),
            "source[0].good_frames_only: expected only with service = \"raf\", found true\n");
  EXPECT_EQ(sle(open + "virtual_channel = 3"),
            "source[0].virtual_channel: expected only with service = \"rcf\", found 3\n");
  EXPECT_EQ(complaint(source("sle", kSle + open + "mode = \"offline\"\nfill_gaps_of = \"b\"") + source("udp", "", "b")),
            "");
}

TEST(Sources, TwoCannotHaveTheSameInput) {
  EXPECT_EQ(complaint(source("udp") + source("udp", "", "b")),
            "source[1].listen: expected an address that no other source listens on, found '127.0.0.1:4936' of source "
            "'a'\n");
  EXPECT_EQ(complaint(source("udp", "listen = \"127.0.0.1:5000\"") +
                      source("tcp-listen", "listen = \"127.0.0.1:5000\"", "b")),
            "");
  EXPECT_EQ(complaint(source("stdin") + source("stdin", "", "b")),
            "source[1].kind: expected one source of kind \"stdin\" at most, found a second beside 'a'\n");
}

}  // namespace
}  // namespace dl::config
