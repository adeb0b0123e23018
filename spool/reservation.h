// Room on the disk that is promised before it is written, so that two writers do not both count on the last of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "core/error.h"

namespace dl::spool {

class SpaceReservations;

// What one writer may still write. Given back when it is destroyed; must not outlive the SpaceReservations.
class Reservation {
 public:
  Reservation(Reservation&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept;
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() { release(); }

  // So many bytes of it are on the disk now, and the file system counts them itself. More than reserved is no error.
  void written(std::uint64_t bytes);
  void release();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  friend class SpaceReservations;
  Reservation(SpaceReservations* owner, std::uint64_t bytes) : owner_(owner), bytes_(bytes) {}
  SpaceReservations* owner_;
  std::uint64_t bytes_;
};

// Safe to use from any thread.
class SpaceReservations {
 public:
  using Probe = std::function<Result<std::uint64_t>()>;  // bytes that are free

  // Of the file system that holds `folder`; `keep_free_bytes` of it are promised to nobody.
  SpaceReservations(std::filesystem::path folder, std::uint64_t keep_free_bytes);
  SpaceReservations(std::filesystem::path folder, std::uint64_t keep_free_bytes, Probe probe);

  // `what` is about to be written and is for the message. Kinds: exhausted when what is free, less what others were
  // promised, does not hold it; io when the file system does not say what is free.
  Result<Reservation> reserve(const std::string& what, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t outstanding_bytes() const;

 private:
  friend class Reservation;
  void give_back(std::uint64_t bytes);

  const std::filesystem::path folder_;
  const std::uint64_t keep_free_bytes_;
  const Probe probe_;
  mutable std::mutex mutex_;
  std::uint64_t outstanding_bytes_ = 0;
};

}  // namespace dl::spool
