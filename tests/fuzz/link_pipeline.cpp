#include "link/frame_encoder.h"
#include "tests/fuzz/fuzz_profile.h"
#include "tests/fuzz/pipeline_run.h"

namespace dl::fuzz {
namespace {

// Frames of the profile out of the input: marker, code and randomizer are right, what they hold is anything.
Bytes encoded(const link::Profile& profile, Input& input) {
  Bytes cadus;
  const link::CaduEncoder encoder(profile);
  for (unsigned frames = 0; frames < 40 && !input.empty(); ++frames) {
    Bytes frame = copy_of(input.take(profile.frame_size_bytes()));
    frame.resize(profile.frame_size_bytes());
    encoder.encode(frame, cadus);
  }
  return cadus;
}

}  // namespace
}  // namespace dl::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  const dl::link::Profile profile = choose_profile(input);
  const std::uint8_t seed = input.byte();
  const bool whole_bytes = profile.cadu_bits() % 8 == 0 && profile.marker_bits % 8 == 0;
  if (profile.form == dl::link::InputForm::bits && whole_bytes && input.flag()) {
    must_not_depend_on_pushes(profile, encoded(profile, input), seed);
  } else {
    must_not_depend_on_pushes(profile, input.rest(), seed);
  }
  return 0;
}
