#include "link/sle/isp1.h"

#include <utility>

#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {
namespace {

struct Outcome {
  std::vector<std::pair<link::sle::MessageType, Bytes>> messages;
  bool failed = false;
};

Outcome run(ByteView bytes, std::uint8_t seed, std::size_t longest) {
  link::sle::MessageReader reader(1000);
  Outcome outcome;
  in_pieces(bytes, seed, longest, [&](ByteView piece) {
    if (outcome.failed) return;
    reader.push(piece);
    for (;;) {
      const auto message = reader.next();
      outcome.failed = !message;
      if (!message || !*message) return;
      outcome.messages.emplace_back((*message)->type, copy_of((*message)->body));
    }
  });
  DL_MUST(reader.pending_bytes() <= bytes.size());
  return outcome;
}

}  // namespace
}  // namespace dl::fuzz

// Messages do not depend on how the connection cut them, and an error comes after the same ones.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const std::uint8_t seed = input.byte();
  const Outcome whole = run(input.rest(), seed, size + 1);
  const Outcome pieces = run(input.rest(), seed, 1 + seed % 20U);
  DL_MUST(whole.messages == pieces.messages);
  DL_MUST(whole.failed == pieces.failed);
  return 0;
}
