#include "decoders/packet_archive/instrument.h"

#include "decoders/packet_archive/archive.h"
#include "decoders/packet_archive/definitions.h"

namespace dl::decoders::packet_archive {
namespace {

template <const Definition& kDefinition>
Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  DL_TRY(std::unique_ptr<InstrumentDecoder> archive, Archive::create(kDefinition, context));
  return archive;
}

template <const Definition& kDefinition>
constexpr Instrument instrument() {
  return {kDefinition.id, kDefinition.title, kDefinition.documentation, kDefinition.slot_length, create<kDefinition>};
}

}  // namespace

constinit const Instrument kHirs = instrument<kHirsDefinition>();
constinit const Instrument kSem = instrument<kSemDefinition>();
constinit const Instrument kDcs = instrument<kDcsDefinition>();
constinit const Instrument kIasi = instrument<kIasiDefinition>();
constinit const Instrument kAscat = instrument<kAscatDefinition>();
constinit const Instrument kGome2 = instrument<kGome2Definition>();
constinit const Instrument kAdministrative = instrument<kAdministrativeDefinition>();
constinit const Instrument kTip = instrument<kTipDefinition>();
constinit const Instrument kAip = instrument<kAipDefinition>();

}  // namespace dl::decoders::packet_archive
