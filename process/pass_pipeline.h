// The chain from raw bits to scenes, the same for a live pass and for an archive: link, decoders, calibration, scenes,
// Level-0. No sockets, no clock; one thread (docs/decisions/0005).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/time.h"
#include "decoders/instrument.h"
#include "link/link_pipeline.h"
#include "link/merge/merge_pipeline.h"
#include "process/control_channel.h"
#include "process/pass_report.h"
#include "process/scene_sink.h"
#include "process/time_span.h"
#include "scene/level0_writer.h"

namespace dl::process {

class PassPipeline {
 public:
  static constexpr std::uint64_t kForeignFrames = 16;

  // Makes a decoder for every instrument that the profile routes to. `forms`: what each reception hands over, where it
  // is not what the profile says; several receptions are merged. Kind config when the profile names an instrument that
  // was not built in or whose tables are bad, or when receptions cannot be merged. `sink` must outlive the pipeline.
  static Result<std::unique_ptr<PassPipeline>> create(decoders::PassContext context, SceneSink& sink,
                                                      const std::vector<std::optional<link::InputForm>>& forms);

  // From now on nothing is made of what came after the first frames that are missing: of the pass up to them the scenes
  // are the same, whatever fills the gap. Before the first push.
  void stop_at_gap() { stops_at_gap_ = true; }
  // Frames are missing, or the station could not decode some: there is no more to be had from this pipeline.
  [[nodiscard]] bool at_gap() const { return at_gap_; }

  // The next bytes of a reception. Bad input is counted; failure means that a scene could not be written.
  Result<void> push(ByteView bytes, UtcTime received_at, link::StationVerdict station = link::StationVerdict::none,
                    std::size_t input = 0);
  // The next bytes of a reception, a stretch that is quarantined, or zeros for one that a power cut took
  // (torn_recording): counted and hashed, not looked at.
  Result<void> step_over(ByteView bytes, DropReason reason, std::size_t input = 0);
  // This reception is complete.
  Result<void> end(std::size_t input);
  // What was received before `time` waits for no other reception.
  Result<void> release(UtcTime time);
  // The reception whose next bytes are wanted most; inputs() when all have ended.
  [[nodiscard]] std::size_t next_input() const;
  [[nodiscard]] std::size_t inputs() const { return inputs_.size(); }
  // The end of the pass: what is open comes out. Afterwards only progress() and report() are defined.
  Result<void> finish();

  // Whose frames a reception has, as far as it has come. `other`: at least kForeignFrames that passed the code, and
  // nearly all of those (seven of eight) with one identifier that is not ours; no scene has been made then. `ours`:
  // that is not so, and will not be: as many are ours, or the reception has ended with any.
  struct Identity {
    bool ours = false;
    std::optional<link::ScidCount> other;
  };
  [[nodiscard]] Identity identity(std::size_t input = 0) const;

  [[nodiscard]] Progress progress() const;
  // Complete after finish().
  [[nodiscard]] PassReport report() const;

 private:
  struct InstrumentLine {
    const decoders::Instrument* instrument = nullptr;
    std::unique_ptr<decoders::InstrumentDecoder> decoder;
  };

  struct Input {
    std::uint64_t bytes = 0;
    bool ended = false;
    Sha256 hash;
    std::string sha256;  // when it has ended
  };

  PassPipeline(decoders::PassContext context, SceneSink& sink,
               const std::vector<std::optional<link::InputForm>>& forms);
  Result<void> add_route(const link::Route& route);
  Result<void> take_packets();
  [[nodiscard]] bool has_erred_frames() const;
  Result<void> keep_in_level0(const link::Packet& packet);
  Result<void> finish_level0();
  [[nodiscard]] link::LinkReport link_report() const { return merge_ ? merge_->report() : link_->report(); }
  Result<bool> decode(const link::Packet& packet);

  decoders::PassContext context_;
  SceneSink& sink_;
  std::optional<link::LinkPipeline> link_;
  std::optional<link::MergePipeline> merge_;  // in its place, where there are several receptions
  link::PacketBatch batch_;
  std::map<std::string, InstrumentLine> instruments_;             // by id; a map, so that the order of output is fixed
  std::map<std::uint32_t, std::vector<InstrumentLine*>> routes_;  // vcid << 16 | apid
  scene::Level0Writer level0_;
  LossLedger level0_losses_;
  TimeSpan level0_times_;
  std::uint64_t packets_shared_ = 0;
  std::vector<Input> inputs_;
  std::uint64_t quarantined_bytes_ = 0;
  bool stops_at_gap_ = false;
  bool at_gap_ = false;
};

}  // namespace dl::process
