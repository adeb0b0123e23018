#include "tests/simulation/station.h"

#include <array>
#include <fstream>

#include <fmt/format.h>

#include "uplink/credentials/bearer_signer.h"
#include "uplink/delivery/delivery_queue.h"
#include "uplink/delivery/http_destination.h"
#include "uplink/delivery/test_journal.h"
#include "uplink/events/announcement_queue.h"
#include "uplink/events/pubsub_publisher.h"
#include "uplink/events/scene_event.h"
#include "uplink/gcs/resumable_upload.h"

namespace dl::simulation {
namespace {

constexpr unsigned kWorkers = 2;
constexpr Seconds kDownTime{30};

std::string journal_file(const std::filesystem::path& folder, unsigned boot) {
  return (folder / std::to_string(boot) / "journal.db").string();
}

}  // namespace

// The journal of the running program, whose jobs can be the last thing that it does.
class Station::Access final : public spool::JournalAccess {
 public:
  Access(Station& station, spool::Journal& journal) : station_(station), direct_(journal) {}

  bool post(std::function<Result<void>(spool::Journal&)> f) override { return direct_.post(std::move(f)); }
  SubscriptionId on_new_work(NewWorkCallback callback) override { return direct_.on_new_work(std::move(callback)); }
  void unsubscribe(SubscriptionId id) override { direct_.unsubscribe(id); }

 private:
  bool enqueue(Job job) override {
    Faults& faults = station_.world_.faults;
    if (faults.strikes(Fault::killed_in_journal)) {
      station_.dies_in_operations_ = 1 + station_.world_.chance.below(12);
    }
    if (faults.strikes(Fault::disk_full)) {
      const auto length = static_cast<std::int64_t>(station_.world_.chance.magnitude(1e6, 600e6));
      station_.disk_full_until_ = station_.clock_.since_start() + Microseconds(length);
    }
    const bool to_die = station_.dies_in_operations_ > 0;
    direct_.run(std::move(job));
    if (to_die || station_.dead_) station_.die();
    return true;
  }

  Station& station_;
  uplink::testing::DirectJournal direct_;
};

// What a kill ends.
struct Station::Process {
  Process(Station& station, std::unique_ptr<spool::Journal> opened)
      : journal(std::move(opened)),
        access(station, *journal),
        scheduler(station.world_.scheduler),
        deliveries(
            options(), access,
            [](const spool::DeliveredScene& delivered) {
              const uplink::SceneEventOptions options{"station", {{"topic", true}}, {}};
              return uplink::scene_announcements(delivered, options);
            },
            station.clock_, [&chance = station.world_.chance] { return chance.unit(); }),
        announcements({}, publisher(station), access, station.clock_,
                      [&chance = station.world_.chance] { return chance.unit(); }) {
    access.on_new_work([this](const spool::NewWork&) {
      deliveries.recheck();
      scheduler.notify();
    });
  }

  static uplink::DeliveryEngineOptions options() {
    uplink::DeliveryEngineOptions made;
    made.destination = "cloud";
    made.workers = kWorkers;
    return made;
  }
  static std::unique_ptr<uplink::HttpTransport> transport(Station& station) {
    std::unique_ptr<uplink::HttpTransport> made = std::make_unique<SimulatedNetwork>(station.world_);
    return station.mutation_.wrap_transport ? station.mutation_.wrap_transport(std::move(made)) : std::move(made);
  }
  std::unique_ptr<uplink::EventPublisher> publisher(Station& station) {
    return std::make_unique<uplink::PubsubPublisher>(
        uplink::PubsubOptions{"topic", SimulatedTopic::kEndpoint, "station", "scenes"}, transport(station), credentials,
        station.clock_);
  }
  std::unique_ptr<uplink::Destination> destination(Station& station) {
    uplink::HttpDestinationOptions made;
    made.name = "cloud";
    made.location = SimulatedBucket::kName;
    made.make_protocol = [&station](const spool::Delivery& delivery, std::optional<uplink::SavedSession> saved,
                                    UtcTime now) -> std::unique_ptr<uplink::UploadProtocol> {
      uplink::ResumableOptions upload;
      upload.chunk_bytes = SimulatedBucket::kQuantumBytes;
      auto protocol = std::make_unique<uplink::ResumableUpload>(
          SimulatedBucket::kEndpoint, uplink::upload_object(delivery, SimulatedBucket::kName, ""), std::move(saved),
          upload, now);
      return station.mutation_.wrap_protocol ? station.mutation_.wrap_protocol(std::move(protocol))
                                             : std::move(protocol);
    };
    return std::make_unique<uplink::HttpDestination>(std::move(made), transport(station), signer, station.clock_);
  }

  uplink::NoCredentials credentials;
  uplink::BearerSigner signer{credentials};
  std::unique_ptr<spool::Journal> journal;
  Access access;
  Scheduler& scheduler;
  uplink::DeliveryQueue deliveries;
  uplink::AnnouncementQueue announcements;
  unsigned threads = 0;  // that have not ended
};

Station::Station(World& world, SimulatedClock& clock, const Mutation& mutation, std::filesystem::path folder,
                 std::vector<PlannedScene>& scenes)
    : world_(world), clock_(clock), mutation_(mutation), folder_(std::move(folder)), scenes_(scenes) {
  world_.on_operation = [this] { on_operation(); };
  boot();
}

Station::~Station() {
  process_.reset();
}

// The disk and the power

int Station::judge(bool is_sync) {
  if (dead_) return SQLITE_IOERR;
  if (dies_in_operations_ > 0 && --dies_in_operations_ == 0) {
    dead_ = true;
    return SQLITE_IOERR;
  }
  if (clock_.since_start() < disk_full_until_ && !world_.faults.over() && !is_sync) return SQLITE_FULL;
  if (world_.faults.strikes(Fault::disk_error)) return is_sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
  return SQLITE_OK;
}

void Station::boot() {
  disk_.reset();
  disk_ = std::make_unique<spool::FaultVfs>();
  disk_->set_judge([this](bool is_sync) { return judge(is_sync); });
  ++boots_;
  std::filesystem::create_directories(folder_ / std::to_string(boots_));
}

void Station::cut_power() {
  world_.trace.add("the power is cut");
  std::mt19937 random = world_.chance.fork();
  const spool::DiskImage image = mutation_.disk_lies_about_syncs ? old_image_ : disk_->power_cut(random);
  boot();
  spool::FaultVfs::write(image, folder_ / std::to_string(boots_));
}

void Station::on_operation() {
  if (world_.faults.strikes(Fault::killed_in_request)) die();
}

void Station::die() {
  dead_ = true;
  world_.trace.add("killed");
  world_.scheduler.kill_all();
}

// The program

bool Station::start() {
  dead_ = false;
  dies_in_operations_ = 0;
  auto journal = spool::Journal::open(journal_file(folder_, boots_), clock_);
  if (!journal) {
    world_.trace.add("the journal cannot be opened: " + std::string(to_string(journal.error().kind)));
    return false;
  }
  // A journal that a lying disk has emptied is what the mutation is about.
  if ((*journal)->rebuilt() && !mutation_.disk_lies_about_syncs) {
    world_.trace.violation("a healthy journal was taken for a damaged one");
  }
  process_ = std::make_unique<Process>(*this, std::move(*journal));
  return true;
}

bool Station::run(Microseconds end) {
  while (!done_ && clock_.since_start() < end) {
    if (mutation_.disk_lies_about_syncs && boots_ > 0 && world_.chance.happens(0.5)) {
      std::mt19937 random = world_.chance.fork();
      old_image_ = disk_->power_cut(random);
    }
    if (start()) run_process(end);
    const bool killed = dead_;
    process_.reset();
    if (killed && world_.faults.strikes(Fault::power_cut)) cut_power();
    if (done_) break;
    world_.scheduler.spawn([this] { world_.scheduler.sleep(kDownTime); });
    world_.scheduler.run(end);
  }
  return done_;
}

void Station::run_process(Microseconds end) {
  world_.trace.add("the program starts");
  process_->threads = kWorkers + 2;
  for (unsigned i = 0; i < kWorkers; ++i) world_.scheduler.spawn([this] { worker(); });
  world_.scheduler.spawn([this] { relay(); });
  world_.scheduler.spawn([this] { operator_and_decoder(); });
  world_.scheduler.run(end);
  if (dead_ || process_->threads == 0) return;
  // The end of the world.
  dead_ = true;
  world_.scheduler.kill();
}

void Station::worker() {
  Process& process = *process_;
  Scheduler& scheduler = world_.scheduler;
  const auto destination = process.destination(*this);
  while (!process.deliveries.stopping()) {
    const std::uint64_t heard = scheduler.news();
    std::optional<Milliseconds> wait;
    if (const auto delivery = process.deliveries.take(wait)) {
      world_.trace.add(fmt::format("takes '{}' from {} in attempt {}", delivery->object_name, delivery->committed_bytes,
                                   delivery->attempts));
      process.deliveries.work(*destination, *delivery);
      scheduler.notify();
    } else if (!process.deliveries.stopping()) {
      scheduler.wait(heard, wait);
    }
  }
  --process.threads;
}

void Station::relay() {
  Process& process = *process_;
  Scheduler& scheduler = world_.scheduler;
  process.announcements.start();
  while (true) {
    const std::uint64_t heard = scheduler.news();
    std::optional<Milliseconds> wait;
    if (process.announcements.may_go_on() && process.announcements.round(wait)) continue;
    if (process.announcements.stopping()) break;
    scheduler.wait(heard, wait);
  }
  --process.threads;
}

// What others do to the station

void Station::write_files(const PlannedScene& scene) {
  const std::filesystem::path scene_folder = folder_ / "scenes" / scene.manifest.scene_id;
  std::filesystem::create_directories(scene_folder);
  for (const auto& [object, content] : scene.contents) {
    std::ofstream(scene_folder / std::filesystem::path(object).filename(), std::ios::binary) << content;
  }
}

void Station::seal(PlannedScene& scene) {
  if (!scene.tried) write_files(scene);
  scene.tried = true;
  const auto committed = process_->access.call([&](spool::Journal& journal) {
    return journal.commit_scene(scene.manifest, "pass-1", folder_ / "scenes" / scene.manifest.scene_id,
                                {spool::DeliveryTarget("cloud")});
  });
  if (!committed) return;
  if (!scene.sealed) world_.trace.add("scene '" + scene.manifest.scene_id + "' is sealed");
  scene.sealed = true;
}

void Station::make_again() {
  const auto quarantined = process_->access.call([](spool::Journal& journal) { return journal.quarantined_scenes(); });
  if (!quarantined) return;
  for (const spool::SceneRow& row : *quarantined) {
    for (PlannedScene& scene : scenes_) {
      if (scene.manifest.scene_id != row.id) continue;
      world_.trace.add("scene '" + row.id + "' is made again");
      write_files(scene);
      seal(scene);
    }
  }
}

void Station::interfere() {
  Chance& chance = world_.chance;
  Faults& faults = world_.faults;
  PlannedScene& scene = scenes_[chance.below(scenes_.size())];
  auto object = scene.contents.begin();
  std::advance(object, static_cast<std::ptrdiff_t>(chance.below(scene.contents.size())));
  spool::DeliverySelection selection;
  if (chance.happens(0.5)) selection.scene_id = scene.manifest.scene_id;
  spool::JournalAccess& access = process_->access;
  if (faults.strikes(Fault::hold)) {
    [[maybe_unused]] const auto held =
        access.call([&](spool::Journal& journal) { return journal.hold_deliveries(selection); });
  } else if (chance.happens(0.5)) {
    [[maybe_unused]] const auto released =
        access.call([&](spool::Journal& journal) { return journal.release_deliveries(selection); });
  }
  if (faults.strikes(Fault::hurry)) {
    [[maybe_unused]] const auto changed = access.call(
        [&](spool::Journal& journal) { return journal.prioritise_deliveries(selection, chance.happens(0.5)); });
  }
  process_->deliveries.allow(faults.strikes(Fault::pass) ? uplink::Sending::urgent_and_events
                                                         : uplink::Sending::everything);
  if (faults.strikes(Fault::clock_stepped)) {
    const auto by = static_cast<std::int64_t>(chance.magnitude(1e6, 365.0 * 86400e6));
    clock_.step_wall_clock(Microseconds(chance.happens(0.5) ? by : -by));
    world_.trace.add("the clock is stepped");
  }
  const std::filesystem::path file =
      folder_ / "scenes" / scene.manifest.scene_id / std::filesystem::path(object->first).filename();
  if (scene.tried && !object->second.empty() && faults.strikes(Fault::rotten_file)) {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    const std::uint64_t at = chance.below(object->second.size());
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(object->second[at] ^ 16));
    world_.trace.add("'" + object->first + "' rots");
  }
  const bool is_free = !world_.bucket.objects().contains(object->first);
  if (is_free && faults.strikes(Fault::foreign_object)) {
    world_.bucket.put(object->first, "somebody else's", {});
  } else if (is_free && scene.sealed && !object->first.ends_with("item.json") && faults.strikes(Fault::twin_object)) {
    world_.bucket.put(object->first, object->second, {});
  }
  if (faults.strikes(Fault::restarted)) {
    world_.trace.add("asked to stop");
    process_->deliveries.stop(clock_.steady_now() + Seconds{10});
    process_->announcements.stop(clock_.steady_now() + Seconds{10});
  }
}

// What an operator does who reads the incidents.
void Station::put_in_order() {
  process_->deliveries.allow(uplink::Sending::everything);
  for (const PlannedScene& scene : scenes_) {
    for (const auto& [object, content] : scene.contents) {
      // Somebody else's, or one of ours that was damaged in the bucket and whose session was lost before we heard of
      // it.
      const auto found = world_.bucket.objects().find(object);
      if (found != world_.bucket.objects().end() && found->second.content != content) world_.bucket.remove(object);
    }
  }
  [[maybe_unused]] const auto released =
      process_->access.call([](spool::Journal& journal) { return journal.release_deliveries({}); });
}

bool Station::all_done() {
  for (const PlannedScene& scene : scenes_) {
    if (!scene.sealed) return false;
  }
  const auto counts = process_->access.call([](spool::Journal& journal) { return journal.counts(); });
  return counts && counts->scenes_spooled == 0 && counts->announcements_pending == 0;
}

void Station::operator_and_decoder() {
  Process& process = *process_;
  process.deliveries.start();
  while (!process.deliveries.stopping()) {
    for (PlannedScene& scene : scenes_) {
      if (!scene.sealed && scene.sealed_after <= clock_.since_start()) seal(scene);
    }
    make_again();
    if (world_.faults.over()) {
      put_in_order();
    } else {
      interfere();
    }
    if (all_done()) {
      done_ = true;
      process.deliveries.stop(clock_.steady_now());
      process.announcements.stop(clock_.steady_now());
    }
    world_.scheduler.notify();
    if (!process.deliveries.stopping()) {
      world_.scheduler.sleep(Microseconds(static_cast<std::int64_t>(world_.chance.magnitude(10e6, 3600e6))));
    }
  }
  --process.threads;
}

// The end

void Station::check_journal() {
  if (!start()) return world_.trace.violation("the journal cannot be opened at the end");
  spool::Journal& journal = *process_->journal;
  constexpr std::size_t kEverything = 100'000;
  const auto deliveries = journal.deliveries(kEverything).value();
  const auto rows = journal.scenes(kEverything).value();
  const auto outbox = journal.announcements(kEverything).value();
  if (rows.size() != scenes_.size()) {
    world_.trace.violation(fmt::format("{} scenes are in the journal, expected {}", rows.size(), scenes_.size()));
  }
  std::map<std::string, std::size_t> confirmed;
  std::map<std::string, std::size_t> own;
  for (const spool::Delivery& each : deliveries) {
    ++own[each.scene_id];
    if (each.state == spool::DeliveryState::confirmed) ++confirmed[each.scene_id];
    if (each.committed_bytes > each.size_bytes) world_.trace.violation("J6: '" + each.object_name + "'");
  }
  std::map<std::string, std::size_t> events;
  std::set<std::string> ids;
  for (const spool::Announcement& each : outbox) {
    ++events[each.scene_id];
    if (!ids.insert(each.event_id).second) world_.trace.violation("J5: event '" + each.event_id + "'");
    if (each.state == spool::AnnouncementState::parked) {
      world_.trace.violation("the event of '" + each.scene_id + "' is parked: " + each.last_error);
    }
  }
  for (const spool::SceneRow& row : rows) {
    if (own[row.id] != row.assets) world_.trace.violation("J1: scene '" + row.id + "'");
    const bool delivered = row.state == spool::SceneState::delivered;
    if (delivered != (confirmed[row.id] == row.assets)) world_.trace.violation("J3: scene '" + row.id + "'");
    if (events[row.id] != (delivered ? 1U : 0U)) world_.trace.violation("J3, J5: events of '" + row.id + "'");
  }
  if (!done_) {
    for (const spool::Delivery& each : deliveries) {
      if (each.state == spool::DeliveryState::confirmed) continue;
      world_.trace.violation(
          fmt::format("'{}' is {} after days of calm: {}", each.object_name, to_string(each.state), each.last_error));
    }
    return;
  }
  const auto incidents = journal.incidents(/*open_only=*/true, kEverything).value();
  for (const spool::Incident& each : incidents) {
    // About the disk, which the journal itself watches.
    if (each.kind == "disk_full") continue;
    world_.trace.violation("incident '" + each.kind + "' about '" + each.subject + "' is open though all is well");
  }
}

}  // namespace dl::simulation
