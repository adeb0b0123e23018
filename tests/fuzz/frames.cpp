// Headers of AOS, TM and USLP frames and of minor frames, virtual channels, and packets out of them: frames as a
// station hands them over when it has decoded them.
#include "tests/fuzz/fuzz_profile.h"
#include "tests/fuzz/pipeline_run.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl::fuzz;
  Input input(data, size);
  dl::link::Profile profile;
  profile.marker_bits = 0;
  profile.marker = 0;
  profile.code = dl::link::ReedSolomonCode::none;
  profile.randomizer = dl::link::Randomizer::none;
  profile.cadu_size_bytes = 16 + input.below(100);
  choose_frame(input, profile);
  const std::uint8_t seed = input.byte();
  must_not_depend_on_pushes(profile.received_as(dl::link::InputForm::frames), input.rest(), seed);
  return 0;
}
