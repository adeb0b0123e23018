#include "tests/simulation/simulation.h"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/crc.h"
#include "core/sha256.h"

namespace dl::simulation {
namespace {

constexpr Microseconds kCalm = std::chrono::hours{72};

// Hashed once for all seeds.
struct Content {
  std::string bytes;
  std::string sha256;
  std::uint32_t crc32c = 0;
};

std::vector<Content> make_contents() {
  constexpr std::uint64_t kQuantum = SimulatedBucket::kQuantumBytes;
  std::vector<Content> contents;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{5000},
                                   kQuantum - 1, kQuantum, kQuantum + 1, 2 * kQuantum, 2 * kQuantum + 77, 700'000UL}) {
    Chance noise(size + 1);
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(noise.below(256));
    contents.push_back({bytes, sha256_hex(as_bytes(bytes)), crc32c(as_bytes(bytes))});
  }
  return contents;
}

class Folder {
 public:
  Folder() {
    // The journal is synced in the model only, so a disk in memory changes nothing but the speed.
    std::string pattern = std::filesystem::exists("/dev/shm")
                              ? "/dev/shm/dl-simulation-XXXXXX"
                              : std::filesystem::temp_directory_path() / "dl-simulation-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Mutation& mutation, bool keep_trace)
      : chance_(seed),
        trace_(clock_, keep_trace),
        station_((plan_scenes(), world_), clock_, mutation, folder_.path(), scenes_) {
    bucket_.on_object = [this](const std::string& name, const SimulatedBucket::Object& object) {
      check_object(name, object);
    };
    topic_.on_message = [this](const SimulatedTopic::Message& message) { check_message(message); };
  }

  Verdict run() {
    // Who was there first.
    for (const PlannedScene& scene : scenes_) {
      for (const auto& [object, content] : scene.contents) {
        if (faults_.strikes(Fault::foreign_object)) {
          bucket_.put(object, "somebody else's", {});
        } else if (!object.ends_with("/item.json") && faults_.strikes(Fault::twin_object)) {
          bucket_.put(object, content, {});
        }
      }
    }
    const Microseconds faults_end =
        faults_.last_spell_ends() + Microseconds(static_cast<std::int64_t>(chance_.magnitude(3600e6, 48 * 3600e6)));
    if (!station_.run(faults_end)) {
      trace_.add("nothing goes wrong any more");
      faults_.end();
      station_.run(faults_end + kCalm);
    }
    faults_.end();
    station_.check_journal();
    check_bucket();
    Verdict verdict{trace_.violations(), trace_.hash(), trace_.lines(), {}};
    for (std::size_t i = 0; i < kFaults; ++i) verdict.faults[i] = faults_.count(static_cast<Fault>(i));
    return verdict;
  }

 private:
  void plan_scenes() {
    static const std::vector<Content> kContents = make_contents();
    const std::uint64_t count = 1 + chance_.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      PlannedScene scene;
      scene.manifest.scene_id = fmt::format("metop-b_avhrr-3_{}", i);
      scene.manifest.platform = "metop-b";
      scene.manifest.instrument = "avhrr-3";
      scene.manifest.object_prefix = "metop-b/avhrr-3/2026/05/12/" + scene.manifest.scene_id;
      scene.manifest.sensing_start = "2026-05-12T12:00:00Z";
      scene.manifest.sensing_end = "2026-05-12T12:03:00Z";
      scene.sealed_after = Microseconds(static_cast<std::int64_t>(chance_.magnitude(1e6, 6 * 3600e6)));
      const std::uint64_t bands = 1 + chance_.below(3);
      for (std::uint64_t band = 1; band <= bands; ++band) {
        add_asset(scene, fmt::format("band-{}.tif", band), kContents[chance_.below(kContents.size())]);
      }
      const std::string item = fmt::format(R"({{"id":"{}"}})", scene.manifest.scene_id);
      add_asset(scene, "item.json", {item, sha256_hex(as_bytes(item)), crc32c(as_bytes(item))});
      scenes_.push_back(std::move(scene));
    }
  }

  static void add_asset(PlannedScene& scene, const std::string& name, const Content& content) {
    scene.manifest.assets.push_back({name, "image/tiff", content.bytes.size(), content.sha256, content.crc32c});
    scene.contents[scene.manifest.object_prefix + "/" + name] = content.bytes;
  }

  const PlannedScene* scene_of(const std::string& object) const {
    for (const PlannedScene& scene : scenes_) {
      if (scene.contents.contains(object)) return &scene;
    }
    return nullptr;
  }

  bool is_right(const std::string& object) const {
    const auto found = bucket_.objects().find(object);
    const PlannedScene* scene = scene_of(object);
    return scene != nullptr && found != bucket_.objects().end() && found->second.content == scene->contents.at(object);
  }

  void check_object(const std::string& name, const SimulatedBucket::Object& object) {
    const PlannedScene* scene = scene_of(name);
    if (scene == nullptr || !scene->tried) return trace_.violation("'" + name + "' was never sealed");
    if (object.content.size() != scene->contents.at(name).size()) trace_.violation("'" + name + "' is cut short");
    if (is_right(name)) trace_.violation("'" + name + "' is made a second time");
    if (!name.ends_with("/item.json")) return;
    for (const auto& [sibling, content] : scene->contents) {
      if (sibling != name && !is_right(sibling)) trace_.violation("'" + name + "' is there before '" + sibling + "'");
    }
  }

  void check_message(const SimulatedTopic::Message& message) {
    const auto attribute = [&](const char* name) {
      const auto found = message.attributes.find(name);
      return found == message.attributes.end() ? std::string() : found->second;
    };
    const std::string object = attribute("objectId");
    trace_.add("event " + attribute("ce-id") + " of '" + object + "'");
    const auto there = bucket_.objects().find(object);
    if (!is_right(object) || there->second.generation != attribute("objectGeneration")) {
      return trace_.violation("the event of '" + object + "' speaks of an object that is not there");
    }
    if (message.data != base64_encode(as_bytes(there->second.content))) {
      trace_.violation("the event of '" + object + "' carries something else");
    }
    const std::string scene = attribute("scene_id");
    const auto [known, is_new] = event_ids_.emplace(scene, attribute("ce-id"));
    if (!is_new && known->second != attribute("ce-id")) trace_.violation("'" + scene + "' has events with two ids");
  }

  void check_bucket() {
    std::size_t expected = 0;
    for (const PlannedScene& scene : scenes_) {
      if (!event_ids_.contains(scene.manifest.scene_id)) {
        trace_.violation("scene '" + scene.manifest.scene_id + "' was never announced");
      }
      for (const auto& [object, content] : scene.contents) {
        ++expected;
        if (!is_right(object)) trace_.violation("'" + object + "' is not in the bucket, or is not what was sealed");
      }
    }
    if (bucket_.objects().size() != expected) {
      trace_.violation(fmt::format("{} objects are in the bucket, expected {}", bucket_.objects().size(), expected));
    }
  }

  Folder folder_;
  SimulatedClock clock_{parse_utc("2026-05-12T11:52:03Z").value()};
  Chance chance_;
  Trace trace_;
  Scheduler scheduler_{clock_, chance_};
  Faults faults_{clock_, chance_};
  SimulatedBucket bucket_{clock_, chance_, faults_, trace_};
  SimulatedTopic topic_{trace_};
  SimulatedNetwork::World world_{scheduler_, chance_, faults_, trace_, bucket_, topic_, {}};
  std::vector<PlannedScene> scenes_;
  std::map<std::string, std::string> event_ids_;  // by scene
  Station station_;
};

}  // namespace

Verdict simulate(std::uint64_t seed, const Mutation& mutation, bool keep_trace) {
  return Simulation(seed, mutation, keep_trace).run();
}

}  // namespace dl::simulation
