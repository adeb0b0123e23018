// Keeps in memory what the engine keeps in the journal of one delivery, parts too.
#pragma once

#include <algorithm>
#include <vector>

#include "core/clock.h"
#include "uplink/delivery/destination.h"

namespace dl::test {

class PartsCheckpoint final : public uplink::DeliveryJournal {
 public:
  PartsCheckpoint(spool::Delivery& delivery, std::vector<spool::DeliveryPart>& parts, const Clock& clock)
      : delivery_(delivery), parts_(parts), clock_(clock) {}

  Result<void> record_session(const std::string& session) override {
    delivery_.session = session;
    delivery_.session_created_at = clock_.now();
    delivery_.committed_bytes = 0;
    parts_.clear();
    return {};
  }
  Result<void> record_progress(std::uint64_t committed_bytes) override {
    delivery_.committed_bytes = committed_bytes;
    ++progress_;
    return {};
  }
  Result<void> record_part(const spool::DeliveryPart& part) override {
    std::erase_if(parts_, [&](const spool::DeliveryPart& other) { return other.number == part.number; });
    parts_.push_back(part);
    return {};
  }
  Result<std::vector<spool::DeliveryPart>> parts() override { return parts_; }
  [[nodiscard]] bool stop_requested() const override { return stop_after_ > 0 && progress_ >= stop_after_; }
  [[nodiscard]] bool abort_requested() const override { return false; }

  // 0: never.
  void stop_after_progress(unsigned times) { stop_after_ = times; }

 private:
  spool::Delivery& delivery_;
  std::vector<spool::DeliveryPart>& parts_;
  const Clock& clock_;
  unsigned stop_after_ = 0;
  unsigned progress_ = 0;
};

// The station's clock, wrong by so much.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(Seconds shift) : shift_(shift) {}
  [[nodiscard]] UtcTime now() const override { return system_.now() + shift_; }
  [[nodiscard]] SteadyTime steady_now() const override { return system_.steady_now(); }

 private:
  SystemClock system_;
  Seconds shift_;
};

}  // namespace dl::test
