// For tests: a spool with scenes that wait for the destination "cloud".
//
//   make_spool FOLDER SCENES BAND_BYTES [SEED] [BANDS]
//
// Writes FOLDER/journal.db and FOLDER/scenes/<id>/: bands of noise (BAND_BYTES, a third of it, a ninth; 2 of
// them where BANDS does not say otherwise) and item.json.
// The same arguments make the same bytes. Prints one line "object-name sha256" per object that must arrive.
#include <cstdio>
#include <random>
#include <string>

#include "core/clock.h"
#include "spool/journal.h"
#include "spool/test_scenes.h"

namespace {

using namespace dl;

std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(generator());
  return bytes;
}

Result<void> add_scene(spool::Journal& journal, const std::filesystem::path& scenes, std::uint32_t number,
                       std::size_t band_bytes, std::uint32_t seed, std::uint32_t bands) {
  const std::string id = "scene-" + std::to_string(number);
  spool::SceneManifest manifest = spool::make_manifest(id);
  manifest.assets.clear();
  const std::filesystem::path folder = scenes / id;
  std::filesystem::create_directories(folder);
  std::vector<std::pair<std::string, std::string>> files;
  for (std::uint32_t band = 1; band <= bands; ++band, band_bytes /= 3) {
    files.emplace_back("band-" + std::to_string(band) + ".tif", noise(band_bytes, seed + 3 * number + band - 1));
  }
  files.emplace_back("item.json", R"({"type":"Feature","id":")" + id + R"("})");
  for (const auto& [name, content] : files) {
    DL_CHECK(write_file_durably(folder / name, as_bytes(content)));
    manifest.assets.push_back(spool::make_asset(name, content));
    std::printf("%s/%s %s\n", manifest.object_prefix.c_str(), name.c_str(), manifest.assets.back().sha256.c_str());
  }
  DL_CHECK(sync_directory(scenes));
  DL_CHECK(journal.commit_scene(manifest, "20260512T115203Z-antenna1", folder, {"cloud"}));
  return {};
}

Result<void> make(const std::filesystem::path& folder, std::uint32_t scenes, std::size_t band_bytes, std::uint32_t seed,
                  std::uint32_t bands) {
  const SystemClock clock;
  std::filesystem::create_directories(folder / "scenes");
  DL_CHECK(sync_directory(folder));
  DL_TRY(auto journal, spool::Journal::open(folder / "journal.db", clock));
  for (std::uint32_t i = 0; i < scenes; ++i) {
    DL_CHECK(add_scene(*journal, folder / "scenes", i, band_bytes, seed, bands));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 6) {
    std::fputs("usage: make_spool FOLDER SCENES BAND_BYTES [SEED] [BANDS]\n", stderr);
    return 2;
  }
  const auto number = [&](int i) { return static_cast<std::uint32_t>(std::stoul(argv[i])); };
  const auto made = make(argv[1], number(2), number(3), argc > 4 ? number(4) : 1, argc > 5 ? number(5) : 2);
  if (made) return 0;
  std::fprintf(stderr, "%s\n", made.error().message.c_str());
  return 1;
}
