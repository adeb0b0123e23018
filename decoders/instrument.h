// The seam between the link layer and an instrument: packets in, calibrated granules out.
// An instrument is one folder with a constant `Instrument` and one word in decoders/CMakeLists.txt, which makes
// the registry out of it (decoders/registry.h). A decoder never includes another decoder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table_load.h"
#include "calibrate/packet_granule.h"
#include "calibrate/geolocation/orbit_book.h"
#include "core/error.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::decoders {

// What the pass knows and the packets do not. Lives longer than the decoder.
struct PassContext {
  link::Profile profile;
  // The reception time of the first byte: the date for time codes that have none (Meteor), and a sanity window.
  UtcTime started_at{};
  // started_at is a guess (the time stamp of a file): what depends on it is flagged "date_assumed".
  bool started_at_assumed = false;
  // What is known of the orbit. Instruments that send it (metop-orbit, jpss-orbit) add to it while the pass goes on; a
  // granule asks it when it is closed. Never null.
  std::shared_ptr<calibrate::OrbitBook> orbits = std::make_shared<calibrate::OrbitBook>("", 0);
  // The instruments' tables: <folder>/<instrument>/*.json in each folder.
  calibrate::TableFolders tables;
  std::string calibration_profile;  // empty: the instrument's default
  std::optional<UtcTime> known_at;  // rows recorded after it are not used
};

// Where finished granules go. Called on the thread that pushes; the granule is moved in.
class GranuleSink {
 public:
  virtual ~GranuleSink() = default;
  virtual Result<void> accept(calibrate::CalibratedGranule granule) = 0;
  // The packets of an instrument that is archived and not decoded. Kind unsupported where a sink has no place for them.
  virtual Result<void> accept_packets(calibrate::PacketGranule granule) {
    return fail(ErrorKind::unsupported, "no place for the packets of '" + granule.instrument + "'");
  }
};

// no: not this instrument's after all; the packet goes to Level-0 and is not counted in losses().
enum class Accepted { yes, no };

class InstrumentDecoder {
 public:
  virtual ~InstrumentDecoder() = default;
  // Takes one packet of a routed APID. A granule is handed to `sink` when a packet of a later slot arrives.
  // Bad packets are counted in losses(); failure is returned only when the sink fails.
  virtual Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) = 0;
  // End of the pass: hands over what is open.
  virtual Result<void> flush(GranuleSink& sink) = 0;
  // Packets: units and bytes in, decoded, dropped by reason.
  [[nodiscard]] virtual const LossLedger& losses() const = 0;
  // Lines: units_in = lines expected from first to last, units_out = lines decoded, drops: missing_line,
  // duplicate and late lines. Bytes stay 0.
  [[nodiscard]] virtual const LossLedger& line_losses() const = 0;
};

struct Instrument {
  std::string_view id;  // "avhrr-3": as routes and object names spell it
  std::string_view title;
  std::string_view documentation;  // "docs/instruments/avhrr-3.md"
  Seconds slot_length;             // granules are cut on UTC multiples of it
  // Fails (config, corrupt) when the tables are missing or contradict themselves. A missing orbit is no failure:
  // the granules say that they are not located.
  Result<std::unique_ptr<InstrumentDecoder>> (*create)(const PassContext& context);
};

}  // namespace dl::decoders
