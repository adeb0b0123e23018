// The chain from raw bits to scenes, the same for a live pass and for an archive: link, decoders, calibration, scenes,
// Level-0. No sockets, no clock; one thread (docs/decisions/0005).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/time.h"
#include "decoders/instrument.h"
#include "link/link_pipeline.h"
#include "process/control_channel.h"
#include "process/pass_report.h"
#include "process/scene_sink.h"
#include "process/time_span.h"
#include "scene/level0_writer.h"

namespace dl::process {

class PassPipeline {
 public:
  // Makes a decoder for every instrument that the profile routes to. Kind config when the profile names an instrument
  // that was not built in or whose tables are bad. `sink` must outlive the pipeline.
  static Result<std::unique_ptr<PassPipeline>> create(decoders::PassContext context, SceneSink& sink);

  // The next bytes of the recording. Bad input is counted; failure means that a scene could not be written.
  Result<void> push(ByteView bytes, UtcTime received_at);
  // The next bytes of the recording, a stretch that is quarantined, or zeros for one that a power cut took
  // (torn_recording): counted and hashed, not looked at.
  Result<void> step_over(ByteView bytes, DropReason reason);
  // The end of the pass: what is open comes out. Afterwards only progress() and report() are defined.
  Result<void> finish();

  [[nodiscard]] Progress progress() const;
  // Complete after finish().
  [[nodiscard]] PassReport report() const;

 private:
  struct InstrumentLine {
    const decoders::Instrument* instrument = nullptr;
    std::unique_ptr<decoders::InstrumentDecoder> decoder;
  };

  PassPipeline(decoders::PassContext context, SceneSink& sink);
  Result<void> add_route(const link::Route& route);
  Result<void> take_packets();
  Result<void> keep_in_level0(const link::Packet& packet);
  Result<void> finish_level0();
  [[nodiscard]] InstrumentLine* instrument_of(const link::Packet& packet);

  decoders::PassContext context_;
  SceneSink& sink_;
  link::LinkPipeline link_;
  link::PacketBatch batch_;
  std::map<std::string, InstrumentLine> instruments_;  // by id; a map, so that the order of output is fixed
  std::map<std::uint32_t, InstrumentLine*> routes_;    // vcid << 16 | apid
  scene::Level0Writer level0_;
  LossLedger level0_losses_;
  TimeSpan level0_times_;
  Sha256 input_hash_;
  std::string input_sha256_;
  std::uint64_t input_bytes_ = 0;
  std::uint64_t quarantined_bytes_ = 0;
};

}  // namespace dl::process
