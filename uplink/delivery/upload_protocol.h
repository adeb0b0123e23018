// One attempt to bring one object to a destination, as pure code: answers in, next action out. No I/O, no clock, no
// randomness of its own, so every case is a unit test, and the same code runs under curl and in a simulation.
//
// The driver (uplink/delivery/http_destination.h) loops: next(), do it, tell what came of it, write down what changed.
// What the journal must know is written before the next action begins, so a program that dies between two actions goes
// on from there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "uplink/delivery/destination.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// What is to be at the destination when all is done.
struct UploadObject {
  std::string bucket;  // or container
  std::string name;    // with the destination's prefix
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;
  std::string sha256;  // hex; kept as the object's own metadata where the service has such
};

// A part of the file.
struct FileRegion {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

// Of one region, as services want them declared with a part.
struct RegionDigests {
  std::uint32_t crc32c = 0;
  std::array<std::uint8_t, 16> md5{};
  std::array<std::uint8_t, 32> sha256{};
};

// What the journal knows of an earlier attempt.
struct SavedSession {
  std::string session;
  UtcTime created_at{};
  std::uint64_t committed_bytes = 0;
  std::vector<spool::DeliveryPart> parts;  // by number; empty where a service has none
};

struct UploadAction {
  enum class Kind {
    request,              // perform `request`; answer with on_response() or on_no_response()
    hash_region,          // hash `region` of the file; answer with on_region_hashed()
    verify_file,          // hash the whole file from disk; answer with on_file_verified()
    refresh_credentials,  // RequestSigner::invalidate(); answer with on_credentials_refreshed()
    ended,                // see outcome()
  };
  Kind kind = Kind::ended;
  HttpRequest request;             // unsigned, without `stream`
  bool sign = true;                // false: the URL is itself the capability, or another host's
  std::optional<FileRegion> body;  // of request: these bytes of the file are its body
  FileRegion region;               // of hash_region
};

// Whoever ends an attempt with OutcomeKind::retry_later leaves the session as it is: the next attempt begins with it,
// so coming back from a 503 and coming back from a power cut are the same code. A session that is given up is empty at
// least until the next action, so that the journal forgets it and its parts before there is another.
class UploadProtocol {
 public:
  virtual ~UploadProtocol() = default;

  // What to do now. The same until one of the on_...() was called.
  [[nodiscard]] virtual UploadAction next() const = 0;

  // `now` reads Retry-After.
  virtual void on_response(const HttpResponse& response, UtcTime now) = 0;
  // No answer of the service: whatever was sent may or may not be there. With the kinds of HttpTransport and
  // RequestSigner: cancelled ends in `stopped`, config in `refused`, corrupt (the file) in `corrupt`, others in
  // `retry_later`.
  virtual void on_no_response(const Error& error) = 0;
  virtual void on_region_hashed(const RegionDigests& digests) = 0;
  virtual void on_file_verified(bool unchanged) = 0;
  virtual void on_credentials_refreshed() = 0;
  // Ends the attempt with something that was seen outside of the protocol.
  virtual void end(OutcomeKind kind, std::string message) = 0;

  // What the journal must know. Empty before there is a session and after it was lost.
  [[nodiscard]] virtual const std::string& session() const = 0;
  // What the destination has acknowledged of this session.
  [[nodiscard]] virtual std::uint64_t committed_bytes() const = 0;
  // Parts that were acknowledged since the last call, for the journal.
  virtual std::vector<spool::DeliveryPart> take_new_parts() { return {}; }

  // Defined when next() is ended.
  [[nodiscard]] virtual const Outcome& outcome() const = 0;
};

}  // namespace dl::uplink
