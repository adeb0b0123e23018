// What AVHRR/3 sees along a simulated pass: an Earth under an orbit, turned into counts by inverse calibration.
#pragma once

#include <cstdint>
#include <memory>

#include "core/error.h"
#include "core/time.h"
#include "decoders/avhrr3/packet.h"
#include "tools/downlink-sim/metop_pass.h"

namespace dl::sim {

class AvhrrScene {
 public:
  // Kind config when a table or the orbit is missing.
  static Result<std::unique_ptr<AvhrrScene>> create(const MetopPassOptions& options);
  ~AvhrrScene();
  AvhrrScene(const AvhrrScene&) = delete;
  AvhrrScene& operator=(const AvhrrScene&) = delete;

  [[nodiscard]] std::uint64_t lines() const;
  [[nodiscard]] UtcTime time_of(std::uint64_t line) const;
  // Lines in their order, each once: writes the truth, if it was asked for.
  Result<decoders::avhrr3::ScanLine> line(std::uint64_t number);

 private:
  struct State;
  explicit AvhrrScene(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dl::sim
