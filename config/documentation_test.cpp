#include "config/documentation.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "core/file.h"

namespace dl::config {
namespace {

const std::string kSource = DL_SOURCE_DIRECTORY;

std::vector<std::string> metop_b(const std::optional<std::filesystem::path>&) {
  return {"metop-b"};
}

TEST(SampleConfig, IsWhatTheSchemaMakes) {
  const auto checked_in = read_text_file(kSource + "/config/downlinkd.toml");
  ASSERT_TRUE(checked_in) << checked_in.error().message;
  EXPECT_EQ(*checked_in, render_sample_config())
      << "build the target config-documentation-update and commit its result";
}

TEST(ManualPage, IsWhatTheSchemaMakes) {
  const auto checked_in = read_text_file(kSource + "/docs/man/downlinkd.toml.5");
  ASSERT_TRUE(checked_in) << checked_in.error().message;
  EXPECT_EQ(*checked_in, render_manual_page()) << "build the target config-documentation-update and commit its result";
}

TEST(SampleConfig, IsValid) {
  const auto config = parse_config(render_sample_config(), "/etc/downlinkd/downlinkd.toml", metop_b);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->general.control_socket, "/run/downlinkd/control.sock");
  ASSERT_EQ(config->sources.size(), 1U);
  EXPECT_EQ(config->sources[0].name, "antenna-1");
}

// A key whose comment sign is taken away must mean the same as before: what the sample shows is the default.
TEST(SampleConfig, ShowsTheDefaultsInForce) {
  std::string uncommented;
  std::string_view rest;
  bool is_of_another_kind = false;  // than tcp-listen, the default
  const auto sample = render_sample_config();
  for (rest = sample; !rest.empty();) {
    auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const bool is_key = line.starts_with("# ") && line.find(" = ") != std::string_view::npos &&
                        line.substr(2, line.find(" = ") - 2).find(' ') == std::string_view::npos;
    if (line == "\n") is_of_another_kind = false;
    if (line.starts_with("# Only with kind = ")) is_of_another_kind = line.find("\"tcp-listen\"") > line.find('.');
    const bool is_unset = line.ends_with(" = \"\"\n");
    const bool starts_optional_list = line.starts_with("# [[");
    if (starts_optional_list) break;  // destinations and publishers are shown without a required name
    if (is_key && !is_unset && !is_of_another_kind) line.remove_prefix(2);
    uncommented += line;
  }
  const auto with = parse_config(uncommented, "/etc/downlinkd/downlinkd.toml", metop_b);
  const auto without = parse_config(sample, "/etc/downlinkd/downlinkd.toml", metop_b);
  ASSERT_TRUE(with) << with.error().text();
  ASSERT_TRUE(without);
  EXPECT_NE(uncommented, sample);
  EXPECT_EQ(render_config(*with), render_config(*without));
}

TEST(RenderedConfig, LoadsToTheSameConfig) {
  const std::string text = R"(
[[source]]
name = "a"
spacecraft = "metop-b"
listen = "[::1]:0"
[[destination]]
name = "cloud"
kind = "gcs"
bucket = "my-bucket"
endpoint = "http://127.0.0.1:9000"
credentials = "none"
[[publisher]]
name = "topic"
kind = "pubsub"
project = "p"
topic = "scenes"
credentials = "none"
ordering = true
)";
  const auto config = parse_config(text, "/etc/d.toml", metop_b);
  ASSERT_TRUE(config) << config.error().text();
  const auto rendered = render_config(*config);
  const auto again = parse_config(rendered, "/elsewhere/d.toml", metop_b);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(render_config(*again), rendered);
}

}  // namespace
}  // namespace dl::config
