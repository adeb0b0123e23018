#include "uplink/http/curl_transfer.h"

#include <mutex>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

// How long the bandwidth is waited for at once, and how often, before libcurl gets to look at the connection again: a
// server that has something to say does not wait for the end of a pause.
constexpr Milliseconds kPatience{200};
constexpr int kTurns = 4;

// How much may lie in the system's buffer beyond what is on its way. Whatever is there leaves before anything that we
// find more urgent, and after a pause has begun.
constexpr int kUnsentBytes = 128 * 1024;

int prepare_socket(void*, curl_socket_t socket, curlsocktype) {
  // Fails on what is no TCP socket, and does no harm then.
  ::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes, sizeof kUnsentBytes);
  return CURL_SOCKOPT_OK;
}

double seconds(Milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void CurlTexts::set(CURLoption option, const std::string& text) {
  complete_ = curl_easy_setopt(easy_, option, text.c_str()) != CURLE_OUT_OF_MEMORY && complete_;
}

void CurlTexts::append(curl_slist*& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list, line.c_str());
  complete_ = longer != nullptr && complete_;
  if (longer != nullptr) list = longer;
}

Result<void> CurlTexts::complete(const std::string& purpose) const {
  if (complete_) return {};
  return fail(ErrorKind::exhausted, purpose + ": libcurl had no memory for the whole request, it was not sent");
}

CurlTransfer::CurlTransfer(CURL* easy, CurlTransferOptions options, const ProgressFn& progress)
    : easy_(easy), options_(std::move(options)), progress_(progress) {
  moved_at_ = sent_at_ = clock_.steady_now();
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, prepare_socket);
}

void CurlTransfer::failed(Error error) {
  if (!error_) error_ = std::move(error);
}

std::optional<std::size_t> CurlTransfer::allow(std::size_t wanted) {
  if (options_.bandwidth == nullptr || wanted == 0) return wanted;
  for (int turn = 0; turn < kTurns; ++turn) {
    const std::size_t got = options_.bandwidth->acquire(wanted, kPatience);
    // Our own waiting is no stall of the peer.
    moved_at_ = clock_.steady_now();
    if (got > 0) return got;
    if (!ask_progress(sent_)) return std::nullopt;
  }
  paused_ = true;
  return 0;
}

void CurlTransfer::give_back(std::size_t bytes) {
  if (options_.bandwidth != nullptr && bytes > 0) options_.bandwidth->give_back(bytes);
}

int CurlTransfer::on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& transfer = *static_cast<CurlTransfer*>(user);
  return transfer.go_on(static_cast<std::uint64_t>(received), static_cast<std::uint64_t>(sent)) ? 0 : 1;
}

bool CurlTransfer::ask_progress(std::uint64_t sent) {
  if (!progress_ || progress_(sent)) return true;
  failed({ErrorKind::cancelled, fmt::format("{}: asked to end", options_.purpose)});
  return false;
}

int CurlTransfer::queued_bytes() const {
  curl_socket_t socket = CURL_SOCKET_BAD;
  int queued = 0;
  if (curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD) return 0;
  return ::ioctl(socket, SIOCOUTQ, &queued) == 0 ? queued : 0;
}

bool CurlTransfer::moved_lately(std::uint64_t received, std::uint64_t sent) {
  const SteadyTime now = clock_.steady_now();
  const int queued = queued_bytes();
  if (sent != sent_ || queued != queued_) moved_at_ = sent_at_ = now;
  if (received != received_) moved_at_ = now;
  sent_ = sent;
  queued_ = queued;
  received_ = received;
  curl_off_t connected_us = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  if (!connected_ && connected_us > 0) {
    connected_ = true;
    moved_at_ = sent_at_ = now;
  }
  const Milliseconds patience = options_.stall_timeout + (connected_ ? Milliseconds{0} : options_.connect_timeout);
  if (now - moved_at_ >= patience) {
    failed({ErrorKind::transient, fmt::format("{}: no byte moved for {:g} s, {} of {} bytes of the body were sent",
                                              options_.purpose, seconds(patience), sent, options_.body_bytes)});
    return false;
  }
  const bool answer_due = connected_ && options_.answer_timeout && sent >= options_.body_bytes;
  if (answer_due && now - sent_at_ >= *options_.answer_timeout) {
    failed({ErrorKind::transient, fmt::format("{}: the answer was not whole {:g} s after the last byte of the body",
                                              options_.purpose, seconds(*options_.answer_timeout))});
    return false;
  }
  return true;
}

bool CurlTransfer::go_on(std::uint64_t received, std::uint64_t sent) {
  if (paused_) {
    paused_ = false;
    moved_at_ = clock_.steady_now();
    curl_easy_pause(easy_, CURLPAUSE_CONT);
  }
  return moved_lately(received, sent) && ask_progress(sent);
}

}  // namespace dl::uplink
