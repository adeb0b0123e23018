#include "link/profile.h"

#include <cassert>

namespace dl::link {

Profile Profile::received_as(InputForm received) const {
  Profile profile = *this;
  profile.form = received;
  if (received == InputForm::codeblocks || received == InputForm::frames) {
    profile.cadu_size_bytes = received == InputForm::frames ? frame_size_bytes() : codeblock_size_bytes();
    profile.cadu_size_bits = 0;
    profile.marker = 0;
    profile.marker_bits = 0;
  }
  if (received == InputForm::frames) {
    profile.randomizer = Randomizer::none;
    profile.code = ReedSolomonCode::none;
  }
  return profile;
}

}  // namespace dl::link
