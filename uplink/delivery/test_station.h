// What the tests of this folder share: a spool with a journal and scenes with real files, and a scripted transport.
#pragma once

#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.h"
#include "core/crc.h"
#include "core/file.h"
#include "core/sha256.h"
#include "spool/journal_service.h"
#include "uplink/delivery/destination.h"
#include "uplink/http/http_client.h"

namespace dl::uplink::testing {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dl-uplink-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// Bytes that do not repeat within any chunk, so that a piece in the wrong place is seen.
inline std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::string out(size, '\0');
  std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  for (char& c : out) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(state >> 56);
  }
  return out;
}

// A delivery of a file that is written to `path`.
inline spool::Delivery make_delivery(const std::filesystem::path& path, const std::string& content) {
  write_text(path, content);
  spool::Delivery delivery;
  delivery.id = 1;
  delivery.scene_id = "s1";
  delivery.destination = "cloud";
  delivery.asset = path.filename();
  delivery.object_name = "metop-b/s1/" + delivery.asset;
  delivery.path = path;
  delivery.media_type = "image/tiff";
  delivery.size_bytes = content.size();
  delivery.sha256 = sha256_hex(as_bytes(content));
  delivery.crc32c = crc32c(as_bytes(content));
  return delivery;
}

// Remembers what an uploader wrote down.
class Notes final : public DeliveryJournal {
 public:
  Result<void> record_session(const std::string& session) override {
    sessions.push_back(session);
    return {};
  }
  Result<void> record_progress(std::uint64_t committed_bytes) override {
    progress.push_back(committed_bytes);
    if (stop_after_progress) stop = true;
    return {};
  }
  Result<void> record_part(const spool::DeliveryPart& part) override {
    new_parts.push_back(part);
    return {};
  }
  Result<std::vector<spool::DeliveryPart>> parts() override { return saved_parts; }
  [[nodiscard]] bool yield_requested() const override { return yield; }
  [[nodiscard]] bool stop_requested() const override { return stop; }
  [[nodiscard]] bool abort_requested() const override { return abort; }

  std::vector<std::string> sessions;
  std::vector<std::uint64_t> progress;
  std::vector<spool::DeliveryPart> new_parts;
  std::vector<spool::DeliveryPart> saved_parts;  // what parts() answers
  bool yield = false;
  bool stop_after_progress = false;
  bool stop = false;
  bool abort = false;
};

struct SeenRequest {
  std::string method;
  std::string url;
  std::vector<HttpHeader> headers;
  std::string body;
  bool bounded = true;

  [[nodiscard]] std::string header(const std::string& name) const {
    for (const HttpHeader& h : headers) {
      if (h.name == name) return h.value;
    }
    return {};
  }
};

// Answers what it was told to, in order; remembers the requests, bodies read to their end.
class ScriptedTransport final : public HttpTransport {
 public:
  struct Script {
    std::deque<Result<HttpResponse>> answers;
    std::vector<SeenRequest> requests;
  };
  explicit ScriptedTransport(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  Result<HttpResponse> perform(const HttpRequest& request, const ProgressFn& progress) override {
    SeenRequest seen{request.method, request.url, request.headers, request.body, request.bounded};
    Bytes block(1000);
    while (request.stream != nullptr) {
      DL_TRY(const std::size_t got, request.stream->read(block));
      if (got == 0) break;
      seen.body.append(as_text(ByteView(block).first(got)));
    }
    script_->requests.push_back(std::move(seen));
    if (progress && !progress(0)) return fail(ErrorKind::cancelled, "aborted");
    if (script_->answers.empty()) return fail(ErrorKind::transient, "the script is at its end");
    auto answer = std::move(script_->answers.front());
    script_->answers.pop_front();
    return answer;
  }

 private:
  std::shared_ptr<Script> script_;
};

// A journal with its thread, and scenes in it.
class Station {
 public:
  explicit Station(std::vector<std::string> destinations = {"cloud"}) : destinations_(std::move(destinations)) {
    service = spool::JournalService::start(folder / "journal.db", clock).value();
  }
  // Commits a scene of the files of (name, content); the last must be item.json.
  void add_scene(const std::string& id, const std::vector<std::pair<std::string, std::string>>& files) {
    spool::SceneManifest manifest;
    manifest.scene_id = id;
    manifest.platform = "metop-b";
    manifest.instrument = "avhrr-3";
    manifest.object_prefix = "metop-b/avhrr-3/2026/05/12/" + id;
    manifest.sensing_start = "2026-05-12T12:00:00Z";
    manifest.sensing_end = "2026-05-12T12:03:00Z";
    const auto scene = folder.path() / "scenes" / id;
    for (const auto& [name, content] : files) {
      write_text(scene / name, content);
      manifest.assets.push_back(
          {name, "application/octet-stream", content.size(), sha256_hex(as_bytes(content)), crc32c(as_bytes(content))});
    }
    const auto committed = service->call([&](spool::Journal& journal) {
      return journal.commit_scene(manifest, "20260512T115203Z-antenna1", scene, spool::all_required(destinations_));
    });
    ASSERT_TRUE(committed) << committed.error().message;
  }
  void add_event(const std::string& id, const std::string& key = "", const std::string& payload = R"({"a":1})",
                 const std::string& publisher = "events") {
    spool::Announcement event;
    event.event_id = id;
    event.type = "org.downlinkd.scene.available";
    event.publisher = publisher;
    event.ordering_key = key;
    event.attributes_json = R"({"ce-id":")" + id + R"("})";
    event.payload = payload;
    ASSERT_TRUE(service->call([&](spool::Journal& journal) { return journal.add_announcement(event); }));
  }
  template <class F>
  auto ask(F f) {
    return service->call(f).value();
  }
  std::vector<spool::Delivery> deliveries() {
    return ask([](spool::Journal& journal) { return journal.deliveries(); });
  }
  std::vector<spool::Announcement> announcements() {
    return ask([](spool::Journal& journal) { return journal.announcements(); });
  }
  spool::Counts counts() {
    return ask([](spool::Journal& journal) { return journal.counts(); });
  }
  std::vector<spool::Incident> incidents(bool open_only) {
    return ask([open_only](spool::Journal& journal) { return journal.incidents(open_only); });
  }

  Folder folder;
  SystemClock clock;
  std::unique_ptr<spool::JournalService> service;

 private:
  std::vector<std::string> destinations_;
};

// Looks again and again until `condition` holds; false after `limit`, which only a broken program reaches.
inline bool eventually(const std::function<bool()>& condition, Milliseconds limit = Milliseconds{20'000}) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Milliseconds{2});
  }
  return true;
}

}  // namespace dl::uplink::testing
