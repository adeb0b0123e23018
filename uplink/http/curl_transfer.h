// What every transfer of libcurl's needs of us, http or sftp: a pace, an end when nothing moves, a way to be stopped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "core/clock.h"
#include "core/error.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

struct CurlTransferOptions {
  std::string purpose;
  // Until the connection stands libcurl keeps this one itself; where it cannot, we end it a stall time-out later.
  Milliseconds connect_timeout{};
  // No byte in either direction for this long. Waiting for the bandwidth does not count, and what the system has still
  // to send does: on a slow link it drains for minutes after libcurl has handed over the last byte.
  Milliseconds stall_timeout{};
  // From the last byte of a body of `body_bytes` that left us to the last one of its answer; nullopt: only stalling
  // ends the transfer.
  std::optional<Milliseconds> answer_timeout;
  std::uint64_t body_bytes = 0;
  Bandwidth* bandwidth = nullptr;  // nullptr: no limit; outlives the transfer
};

// Sets the options that are texts, of which libcurl makes copies. One that it had no memory for must not be left out:
// another request would go, to somebody else, or without the condition that it must replace nothing.
class CurlTexts {
 public:
  explicit CurlTexts(CURL* easy) : easy_(easy) {}
  void set(CURLoption option, const std::string& text);
  // Appends a line to a list of libcurl's. Whoever owns the list frees it.
  void append(curl_slist*& list, const std::string& line);
  // Whether nothing is missing; when not, nothing may be sent. Error: exhausted, "purpose: ...".
  [[nodiscard]] Result<void> complete(const std::string& purpose) const;

 private:
  CURL* easy_;
  bool complete_ = true;
};

// Lives as long as the transfer, at one place. libcurl calls back in the thread that performs it.
class CurlTransfer {
 public:
  // The progress function outlives this.
  CurlTransfer(CURL* easy, CurlTransferOptions options, const ProgressFn& progress);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // For a read callback: how many of `wanted` bytes may be sent now; 0: the callback returns CURL_READFUNC_PAUSE, and
  // is called again by itself; nullopt: it returns CURL_READFUNC_ABORT.
  std::optional<std::size_t> allow(std::size_t wanted);
  void give_back(std::size_t bytes);
  // The first failure of a callback of ours; tells more than libcurl's own code.
  void failed(Error error);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent);
  // False when the transfer has to end.
  bool go_on(std::uint64_t received, std::uint64_t sent);
  bool ask_progress(std::uint64_t sent);
  bool moved_lately(std::uint64_t received, std::uint64_t sent);
  // What the other side has not acknowledged yet.
  [[nodiscard]] int queued_bytes() const;

  CURL* easy_;
  CurlTransferOptions options_;
  const ProgressFn& progress_;
  SystemClock clock_;
  std::optional<Error> error_;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  int queued_ = 0;
  SteadyTime moved_at_;
  SteadyTime sent_at_;
  bool connected_ = false;
  bool paused_ = false;
};

// Starts libcurl; any number of times, from any thread.
void initialise_curl();

}  // namespace dl::uplink
