// How many durable changes the journal makes in a second, beside what the disk can do, and what a long queue costs.
// The folder is TMPDIR's; it must be on the disk that is meant, not in memory.
#include <fcntl.h>
#include <unistd.h>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "core/file.h"
#include "spool/journal_service.h"

namespace dl::spool {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dl-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// As downlink-process writes it, small: three files and item.json.
SceneManifest manifest_of(const std::string& id, int bands) {
  SceneManifest manifest;
  manifest.scene_id = id;
  manifest.platform = "metop-b";
  manifest.instrument = "avhrr-3";
  manifest.pass_id = "20260512T115203Z-antenna1";
  manifest.object_prefix = "metop-b/avhrr-3/2026/05/12/" + id;
  manifest.sensing_start = "2026-05-12T12:00:00Z";
  manifest.sensing_end = "2026-05-12T12:03:00Z";
  const std::string hash(64, 'a');
  for (int i = 1; i <= bands; ++i) {
    manifest.assets.push_back(
        {"band-" + std::to_string(i) + ".tif", "image/tiff; application=geotiff", std::uint64_t{1} << 40, hash, 1});
  }
  manifest.assets.push_back({"quicklook.png", "image/png", 100000, hash, 2});
  manifest.assets.push_back({"item.json", "application/geo+json", 3000, hash, 3});
  return manifest;
}

Result<void> queue_scenes(Journal& journal, int first, int count, int bands) {
  for (int i = first; i < first + count; ++i) {
    const std::string id = "metop-b-avhrr-3-20260512T" + std::to_string(100000 + i);
    DL_CHECK(journal.commit_scene(manifest_of(id, bands), "pass", "/spool/scenes/" + id, {"bucket"}));
  }
  return {};
}

void fill(const std::filesystem::path& path, int scenes, int bands) {
  SystemClock clock;
  const auto service = JournalService::start(path, clock).value();
  for (int first = 0; first < scenes; first += 500) {
    const auto added = service->call(
        [&](Journal& journal) { return queue_scenes(journal, first, std::min(500, scenes - first), bands); });
    if (!added) std::abort();
  }
}

// The floor: a write-ahead log cannot be faster than one of these a commit.
void disk_append_and_fdatasync(benchmark::State& state) {
  const Folder folder;
  const FileDescriptor file = open_file(folder / "log", O_RDWR | O_CREAT).value();
  const Bytes page(2 * (4096 + 24));  // two pages with their frame headers
  std::uint64_t offset = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    if (::pwrite(file.get(), page.data(), page.size(), static_cast<off_t>(offset % (16U << 20))) < 0) std::abort();
    if (::fdatasync(file.get()) != 0) std::abort();
    offset += page.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(disk_append_and_fdatasync)->UseRealTime();

// What all threads of one run share.
struct Station {
  Folder folder;
  SystemClock clock;
  std::unique_ptr<JournalService> service;
  std::atomic<std::int64_t> next_delivery = 1;
};
std::unique_ptr<Station> station;

constexpr int kBulkScenes = 3000;
constexpr int kBulkBands = 10;

void start_station(const benchmark::State& state) {
  if (state.thread_index() != 0) return;
  station = std::make_unique<Station>();
  fill(station->folder / "journal.db", kBulkScenes, kBulkBands);
  station->service = JournalService::start(station->folder / "journal.db", station->clock).value();
}

void stop_station(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) station.reset();
}

// An uploader after each acknowledged chunk.
void record_progress(benchmark::State& state) {
  start_station(state);
  std::uint64_t committed_bytes = 0;
  const std::int64_t id = std::int64_t{state.thread_index()} * (kBulkBands + 2) + 1;  // a band of its own scene
  for (auto unused : state) {
    static_cast<void>(unused);
    committed_bytes += std::uint64_t{8} << 20;
    const auto done =
        station->service->call([&](Journal& journal) { return journal.record_progress(id, committed_bytes); });
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  stop_station(state);
}
BENCHMARK(record_progress)->Threads(1)->Threads(4)->Threads(16)->Threads(64)->UseRealTime();

// The end of every upload. item.json is left out, for it is not there to be read.
void confirm_delivery(benchmark::State& state) {
  start_station(state);
  for (auto unused : state) {
    static_cast<void>(unused);
    const std::int64_t number = station->next_delivery++;
    const std::int64_t id = number + (number - 1) / (kBulkBands + 1);
    const auto done = station->service->call([&](Journal& journal) {
      return journal.confirm_delivery(id, {"1", "bucket"}, [](const auto&) { return std::vector<Announcement>(); });
    });
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  stop_station(state);
}
BENCHMARK(confirm_delivery)->Threads(1)->Iterations(256)->UseRealTime();
BENCHMARK(confirm_delivery)->Threads(4)->Iterations(256)->UseRealTime();
BENCHMARK(confirm_delivery)->Threads(16)->Iterations(256)->UseRealTime();
BENCHMARK(confirm_delivery)->Threads(64)->Iterations(256)->UseRealTime();

void commit_scene(benchmark::State& state) {
  start_station(state);
  static std::atomic<int> next = 1000000;
  for (auto unused : state) {
    static_cast<void>(unused);
    const int number = next++;
    const auto done = station->service->call([&](Journal& journal) { return queue_scenes(journal, number, 1, 2); });
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  stop_station(state);
}
BENCHMARK(commit_scene)->Threads(1)->Threads(16)->UseRealTime();

// A long queue: so many scenes of four assets.
class LongQueue {
 public:
  explicit LongQueue(std::int64_t scenes) { fill(path(), static_cast<int>(scenes), 2); }
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "journal.db"; }

 private:
  Folder folder_;
};

// With the check of every page.
void open_with_queue(benchmark::State& state) {
  const LongQueue queue(state.range(0));
  const SystemClock clock;
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(Journal::open(queue.path(), clock).value());
  }
  state.counters["file_mb"] = static_cast<double>(std::filesystem::file_size(queue.path())) / 1e6;
}
BENCHMARK(open_with_queue)->Arg(250)->Arg(2500)->Arg(25000)->Arg(100000)->Unit(benchmark::kMillisecond)->MinTime(0.1);

void due_deliveries(benchmark::State& state) {
  const LongQueue queue(state.range(0));
  const SystemClock clock;
  const std::uint64_t before = resident_bytes();
  const auto journal = Journal::open(queue.path(), clock).value();
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(journal->due_deliveries("bucket", 32).value());
  }
  const std::uint64_t after = resident_bytes();
  state.counters["rss_growth_mb"] = after > before ? static_cast<double>(after - before) / 1e6 : 0;
}
BENCHMARK(due_deliveries)->Arg(250)->Arg(2500)->Arg(25000)->Arg(100000)->Unit(benchmark::kMicrosecond)->MinTime(0.1);

void counts(benchmark::State& state) {
  const LongQueue queue(state.range(0));
  const SystemClock clock;
  const auto journal = Journal::open(queue.path(), clock).value();
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(journal->counts().value());
  }
}
BENCHMARK(counts)->Arg(250)->Arg(25000)->Arg(100000)->Unit(benchmark::kMicrosecond)->MinTime(0.1);

}  // namespace
}  // namespace dl::spool
