#include "link/profile.h"

namespace dl::link {
namespace {

// How far from the antenna.
unsigned place(InputForm form) {
  switch (form) {
    case InputForm::soft_symbols:
      return 0;
    case InputForm::bits:
      return 1;
    case InputForm::codeblocks:
      return 2;
    case InputForm::frames:
      return 3;
    case InputForm::packets:
      break;
  }
  return 4;
}

}  // namespace

Profile Profile::received_as(InputForm received) const {
  Profile profile = *this;
  const InputForm first = soft ? InputForm::soft_symbols : form;
  if (place(received) < place(first)) return profile;
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
