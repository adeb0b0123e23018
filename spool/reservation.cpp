#include "spool/reservation.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::spool {

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    release();
    owner_ = std::exchange(other.owner_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void Reservation::written(std::uint64_t bytes) {
  const std::uint64_t done = std::min(bytes, bytes_);
  bytes_ -= done;
  if (owner_ != nullptr) owner_->give_back(done);
}

void Reservation::release() {
  if (owner_ != nullptr) owner_->give_back(bytes_);
  owner_ = nullptr;
  bytes_ = 0;
}

SpaceReservations::SpaceReservations(std::filesystem::path folder, std::uint64_t keep_free_bytes)
    : SpaceReservations(folder, keep_free_bytes, [folder] { return available_bytes(folder); }) {}

SpaceReservations::SpaceReservations(std::filesystem::path folder, std::uint64_t keep_free_bytes, Probe probe)
    : folder_(std::move(folder)), keep_free_bytes_(keep_free_bytes), probe_(std::move(probe)) {}

Result<Reservation> SpaceReservations::reserve(const std::string& what, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  // Under the lock: what was written between asking and promising would count twice or not at all.
  DL_TRY(const std::uint64_t free_bytes, probe_());
  const std::uint64_t promised_bytes = std::min(free_bytes, outstanding_bytes_ + keep_free_bytes_);
  if (free_bytes - promised_bytes < bytes) {
    return fail(ErrorKind::exhausted,
                fmt::format("no room for {}: expected {} bytes on the disk of '{}', found {} free, of which {} are "
                            "promised to others and {} are kept free; free space there, or let the retention "
                            "policy drop more",
                            what, bytes, folder_.string(), free_bytes, outstanding_bytes_, keep_free_bytes_));
  }
  outstanding_bytes_ += bytes;
  return Reservation(this, bytes);
}

std::uint64_t SpaceReservations::outstanding_bytes() const {
  const std::lock_guard lock(mutex_);
  return outstanding_bytes_;
}

void SpaceReservations::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  outstanding_bytes_ -= bytes;
}

}  // namespace dl::spool
