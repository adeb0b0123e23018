// Google Cloud Storage as an uploader meets it, in memory: sessions with their rules, objects with their generations,
// and what it does wrong. Written from the facts ("uplink", section 1.1), never from our uploader.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/faults.h"
#include "uplink/http/http_client.h"

namespace dl::simulation {

class SimulatedBucket {
 public:
  static constexpr std::uint64_t kQuantumBytes = std::uint64_t{256} * 1024;
  static constexpr const char* kEndpoint = "https://storage.test";
  static constexpr const char* kName = "scenes";

  struct Object {
    std::string content;
    std::string generation;
    std::string sha256;  // of its metadata
    bool foreign = false;
  };

  SimulatedBucket(const SimulatedClock& clock, Chance& chance, Faults& faults, Trace& trace)
      : clock_(clock), chance_(chance), faults_(faults), trace_(trace) {}

  // Asked before an object becomes visible.
  std::function<void(const std::string& name, const Object&)> on_object;

  // `arrived`: how much of the body came; `whole` when all of it did. An answer to a request that did not arrive as a
  // whole reaches nobody.
  uplink::HttpResponse handle(const uplink::HttpRequest& request, std::string_view arrived, bool whole);

  [[nodiscard]] const std::map<std::string, Object>& objects() const { return objects_; }
  // By somebody else.
  void put(const std::string& name, std::string content, std::string sha256);
  void remove(const std::string& name) { objects_.erase(name); }

 private:
  struct Session {
    std::string name;
    std::string crc32c;
    std::string sha256;
    std::optional<std::uint64_t> total;
    bool only_if_absent = false;
    UtcTime created_at{};
    std::string data;
    std::uint64_t unreported = 0;
    int ended_with = 0;
    std::optional<Object> made;
  };
  struct Range {
    std::optional<std::uint64_t> first, last, total;
  };

  uplink::HttpResponse initiate(const uplink::HttpRequest& request, std::string_view body);
  uplink::HttpResponse on_session(const uplink::HttpRequest& request, std::string_view arrived, bool whole);
  uplink::HttpResponse take_chunk(Session& session, const Range& range, std::string_view arrived, bool whole);
  uplink::HttpResponse persisted(const Session& session);
  uplink::HttpResponse finish(Session& session);
  uplink::HttpResponse on_object_request(const uplink::HttpRequest& request);
  uplink::HttpResponse resource(const std::string& name, const Object& object) const;
  std::optional<Range> range_of(const uplink::HttpRequest& request);
  std::string next_generation();

  const SimulatedClock& clock_;
  Chance& chance_;
  Faults& faults_;
  Trace& trace_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Session> sessions_;  // by URL
  std::uint64_t generations_ = 1'700'000'000'000'000;
};

uplink::HttpResponse error_answer(int status, const std::string& message, const std::string& reason = "backendError");

}  // namespace dl::simulation
