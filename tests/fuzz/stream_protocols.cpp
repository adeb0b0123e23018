// Connections that we dial and that hand over units: messages of nanomsg and nng, and units back to back (Open
// Satellite Project, tcp-dial).
#include <memory>

#include "daemon/ingest/dial/raw_protocol.h"
#include "daemon/ingest/dial/sp_protocol.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

struct Outcome {
  Bytes taken;
  IntakeCounters counters;
  bool failed = false;
};

Outcome run(daemon::StreamProtocol& protocol, ByteView bytes, std::uint8_t seed, std::size_t longest) {
  Outcome outcome;
  const auto take = [&](ByteView units, const IntakeCounters& counters) {
    outcome.taken.insert(outcome.taken.end(), units.begin(), units.end());
    outcome.counters += counters;
  };
  protocol.begin_pass();
  in_pieces(bytes, seed, longest, [&](ByteView piece) {
    if (!outcome.failed) outcome.failed = !protocol.push(piece, take);
  });
  outcome.counters += protocol.end();
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// How the connection cuts what it carries changes nothing, and nothing is taken or counted that did not come.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl;
  using namespace dl::fuzz;
  Input input(data, size);
  const std::uint8_t choice = input.byte();
  const auto form = choice % 2 == 0 ? link::InputForm::frames : link::InputForm::packets;
  const daemon::Unit unit(form, form == link::InputForm::packets ? 0 : 1 + choice / 8);
  const std::size_t strip = input.below(4);
  const std::uint8_t seed = input.byte();
  const auto make = [&]() -> std::unique_ptr<daemon::StreamProtocol> {
    if ((choice & 2) != 0) return std::make_unique<daemon::RawProtocol>(unit);
    return std::make_unique<daemon::SpProtocol>(unit, strip, std::make_shared<daemon::FrameGaps>(7));
  };
  const Outcome whole = run(*make(), input.rest(), seed, size + 1);
  const Outcome pieces = run(*make(), input.rest(), seed, 1 + seed % 20U);
  DL_MUST(whole.taken == pieces.taken);
  DL_MUST(whole.failed == pieces.failed);
  DL_MUST(whole.counters == pieces.counters);
  DL_MUST(whole.taken.size() + whole.counters.wrong_size_bytes <= input.rest().size());
  return 0;
}
