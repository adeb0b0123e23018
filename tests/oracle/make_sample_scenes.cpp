// Writes scenes of made-up granules for validate_scene.py, and the true positions of some of their pixels.
// make_sample_scenes OUTPUT_FOLDER
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "core/file.h"
#include "scene/level0_writer.h"
#include "scene/scene_writer.h"
#include "scene/test_granule.h"

namespace {

namespace fs = std::filesystem;
using namespace dl;  // a program of the tests, not a header
using namespace dl::scene;

SceneOptions options_for(const fs::path& output) {
  SceneOptions options;
  options.work_directory = output / "work";
  options.scenes_directory = output / "scenes";
  options.pass_id = "20260512T115203Z-antenna1";
  options.station = "test-station";
  options.program_version = "0.0.0-test";
  options.link_profile = "metop-b";
  options.configuration_sha256 = std::string(64, 'e');
  return options;
}

// [line, pixel, longitude, latitude] of pixels all over the image, its edges and corners among them.
std::string true_positions(const test::GranuleShape& shape) {
  std::string text = "[\n";
  constexpr std::size_t kSteps = 37;
  for (std::size_t i = 0; i <= kSteps; ++i) {
    for (std::size_t j = 0; j <= kSteps; ++j) {
      const std::size_t line = (shape.lines - 1) * i / kSteps;
      const std::size_t pixel = (shape.pixels - 1) * j / kSteps;
      const auto position = test::true_position(shape, static_cast<double>(line), static_cast<double>(pixel));
      text += fmt::format("{}[{},{},{},{}]", i + j == 0 ? "" : ",\n", line, pixel, position.longitude_deg,
                          position.latitude_deg);
    }
  }
  return text + "\n]\n";
}

Result<void> write_located(const fs::path& output, const std::string& platform, const test::GranuleShape& shape) {
  auto granule = test::make_granule(shape);
  granule.platform = platform;
  DL_TRY(const WrittenScene scene, write_scene(granule, options_for(output)));
  return write_file_durably(output / (scene.scene_id + ".truth.json"), as_bytes(true_positions(shape)));
}

Result<void> write_level0(const fs::path& output) {
  Level0Writer writer("metop-b", options_for(output));
  Bytes packet(1000);
  for (std::uint16_t i = 0; i < 3000; ++i) {
    for (std::size_t k = 0; k < packet.size(); ++k) packet[k] = static_cast<Byte>((i * 31U + k * k * 7U) >> 2);
    DL_CHECK(writer.push({9, static_cast<std::uint16_t>(i % 3 == 0 ? 34 : 39), i, packet}));
  }
  const UtcTime start = std::chrono::sys_days(std::chrono::year(2026) / 5 / 12) + std::chrono::hours(12);
  DL_TRY(const auto scene, writer.finish(start, start + Seconds(600)));
  return scene ? Result<void>{} : fail(ErrorKind::permanent, "no Level-0 scene came out");
}

Result<void> run(const fs::path& output) {
  DL_CHECK(write_located(output, "metop-b", {}));
  // Across the antimeridian, and with a last row and column that the step does not reach by just one.
  DL_CHECK(write_located(output, "metop-c", {.lines = 90, .pixels = 1026, .tie_step = 4, .node_longitude_deg = -165}));
  DL_TRY(const WrittenScene unlocated, write_scene(test::make_unlocated_granule(), options_for(output)));
  return write_level0(output);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: make_sample_scenes OUTPUT_FOLDER\n");
    return 64;
  }
  const auto done = run(argv[1]);
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().message);
  return 74;
}
