// Element sets of tle-catalogue/tle-2020-09-27.txt that the tests of this folder share.
#pragma once

#include <string>

namespace dl::decoders::metop_admin::testing {

inline const std::string kMetopB =
    "METOP-B\n"
    "1 38771U 12049A   20270.78655344 -.00000010  00000-0  15371-4 0  9998\n"
    "2 38771  98.7196 328.5089 0002454  80.6444  30.5251 14.21481950416422\n";
inline const std::string kNoaa20 =
    "NOAA 20\n"
    "1 43013U 17073A   20270.78216134  .00000005  00000-0  22942-4 0  9990\n"
    "2 43013  98.7228 207.1814 0001489  76.1701 283.9641 14.19562284148037\n";

}  // namespace dl::decoders::metop_admin::testing
