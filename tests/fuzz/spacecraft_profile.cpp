#include "config/spacecraft_profile.h"

#include <string>

#include "link/link_pipeline.h"
#include "tests/fuzz/fuzz_target.h"

// A text is a profile, or a message says why not. A profile that is accepted can be used: a pass in it balances.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dl;
  using namespace dl::fuzz;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto profile = config::parse_spacecraft_profile(text, "fuzz.toml");
  if (!profile) {
    DL_MUST(!profile.error().message.empty());
    return 0;
  }
  link::LinkPipeline pipeline(*profile);
  link::PacketBatch packets;
  pipeline.push({data, size}, kReceived, packets);
  pipeline.flush(packets);
  DL_MUST(pipeline.report().balanced());
  return 0;
}
