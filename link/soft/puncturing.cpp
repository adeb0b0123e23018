#include "link/soft/puncturing.h"

#include <string_view>

namespace dl::link {
namespace {

// The rows of the document's table: 1 is sent, 0 is not; both outputs of a bit are sent G1 first.
PuncturePattern pattern_of(std::string_view g1, std::string_view g2) {
  PuncturePattern pattern;
  pattern.steps = static_cast<unsigned>(g1.size());
  for (unsigned step = 0; step < pattern.steps; ++step) {
    if (g1[step] == '1') pattern.sent.push_back({step, 0});
    if (g2[step] == '1') pattern.sent.push_back({step, 1});
  }
  return pattern;
}

}  // namespace

PuncturePattern puncture_pattern(ConvolutionalRate rate) {
  switch (rate) {
    case ConvolutionalRate::none:
    case ConvolutionalRate::rate_1_2:
      break;
    case ConvolutionalRate::rate_2_3:
      return pattern_of("10", "11");
    case ConvolutionalRate::rate_3_4:
      return pattern_of("101", "110");
    case ConvolutionalRate::rate_5_6:
      return pattern_of("10101", "11010");
    case ConvolutionalRate::rate_7_8:
      return pattern_of("1000101", "1111010");
  }
  return pattern_of("1", "1");
}

}  // namespace dl::link
