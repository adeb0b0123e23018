// Link profiles out of fuzz input: any framing that the profile loader accepts, with frames of a few dozen bytes.
#pragma once

#include "link/profile.h"
#include "tests/fuzz/fuzz_target.h"

namespace dl::fuzz {

// Marker and size of the units, for frame synchronisation.
void choose_marker(Input& input, link::Profile& profile);
// Code and randomizer, and with them the size of the units.
void choose_code(Input& input, link::Profile& profile);
// What the frames hold.
void choose_frame(Input& input, link::Profile& profile);
link::SoftCoding choose_soft(Input& input);
// Of any form.
link::Profile choose_profile(Input& input);

}  // namespace dl::fuzz
