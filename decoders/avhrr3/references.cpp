#include "decoders/avhrr3/references.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calibrate/calibrated_granule.h"
#include "calibrate/series.h"
#include "decoders/avhrr3/bands.h"

namespace dl::decoders::avhrr3 {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kPrtCycle = 5;
// A line's view further than this from the granule's median saw something else: the Moon in the space view, a burst.
constexpr double kMaxViewOffset_counts = 10;
// The four thermometers agree within a few tenths of a kelvin; one that does not was read wrongly.
constexpr double kMaxPrtOffset_kelvin = 3;

std::array<double, kSlots> mean_of(const ReferenceView& view) {
  std::array<double, kSlots> mean{};
  for (const auto& sample : view) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) mean[slot] += sample[slot];
  }
  for (double& value : mean) value /= static_cast<double>(kReferenceSamples);
  return mean;
}

double evaluate(const PrtPolynomial& polynomial, double count) {
  double value = 0;
  for (auto power = polynomial.rbegin(); power != polynomial.rend(); ++power) value = value * count + *power;
  return value;
}

bool has_value(const std::vector<double>& series) {
  return std::any_of(series.begin(), series.end(), [](double value) { return !std::isnan(value); });
}

// Takes out what is further than `limit` from the median and flags those lines.
void reject_outliers(std::vector<double>& series, double limit, std::uint32_t flag, std::vector<std::uint32_t>& flags) {
  const double middle = calibrate::median(series);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (std::isnan(series[i]) || std::abs(series[i] - middle) <= limit) continue;
    series[i] = kNone;
    flags[i] |= flag;
  }
}

std::vector<double> fill_and_average(std::vector<double> series) {
  calibrate::fill_gaps(series);
  return calibrate::moving_average(series, series.size() > kWindowLines ? kWindowLines : kShortWindowLines);
}

// Kelvin per line, NaN for reset lines and for readings that contradict the cycle.
std::vector<double> prt_temperatures(const std::vector<double>& counts, std::size_t phase,
                                     const std::vector<std::array<PrtPolynomial, kPrtCount>>& polynomials,
                                     std::vector<std::uint32_t>& flags) {
  std::vector<double> kelvin(counts.size(), kNone);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (std::isnan(counts[i])) continue;
    const std::size_t place = (i + kPrtCycle - phase) % kPrtCycle;
    const bool reset = counts[i] < kPrtResetCount;
    if (reset != (place == 0)) {
      flags[i] |= calibrate::kLinePrtInvalid;
      continue;
    }
    if (!reset) kelvin[i] = evaluate(polynomials[i][place - 1], counts[i]);
  }
  reject_outliers(kelvin, kMaxPrtOffset_kelvin, calibrate::kLinePrtInvalid, flags);
  return kelvin;
}

}  // namespace

LineReference line_reference(const ScanLine& line) {
  double prt = 0;
  for (const std::uint16_t sample : line.prt) prt += sample;
  return {prt / static_cast<double>(kPrtSamples), mean_of(line.space), mean_of(line.black_body)};
}

std::optional<std::size_t> prt_phase(const std::vector<double>& prt_counts) {
  std::array<std::size_t, kPrtCycle> votes{};
  for (std::size_t i = 0; i < prt_counts.size(); ++i) {
    if (prt_counts[i] < kPrtResetCount) ++votes[i % kPrtCycle];  // false for NaN
  }
  const auto most = std::max_element(votes.begin(), votes.end());
  if (*most == 0) return std::nullopt;
  return static_cast<std::size_t>(most - votes.begin());
}

References References::smooth(RawGranule& granule,
                              const std::vector<std::array<PrtPolynomial, kPrtCount>>& polynomials) {
  LineReference nothing;
  nothing.prt_count = kNone;
  nothing.space_count.fill(kNone);
  nothing.black_body_count.fill(kNone);
  std::vector<LineReference> lines;
  std::vector<bool> channel_3b;
  std::vector<std::uint32_t> flags;
  for (const RawLine& line : granule.lines) {
    lines.push_back(line.received ? line_reference(line.scan) : nothing);
    channel_3b.push_back(line.scan.channel_3b);
    flags.push_back(line.flags);
  }
  References made = smooth(lines, channel_3b, polynomials, flags);
  for (std::size_t i = 0; i < flags.size(); ++i) granule.lines[i].flags = flags[i];
  return made;
}

References References::smooth(const std::vector<LineReference>& lines, const std::vector<bool>& channel_3b,
                              const std::vector<std::array<PrtPolynomial, kPrtCount>>& polynomials,
                              std::vector<std::uint32_t>& flags) {
  References made;
  std::vector<double> prt;
  for (const LineReference& line : lines) prt.push_back(line.prt_count);
  const auto phase = prt_phase(prt);
  if (!phase) {
    made.reason_ =
        "no line carries the reset of the black body's thermometers, so that none can be told from the others";
    return made;
  }
  std::vector<double> kelvin = prt_temperatures(prt, *phase, polynomials, flags);
  if (!has_value(kelvin)) {
    made.reason_ = "no thermometer of the black body has a usable reading";
    return made;
  }
  made.black_body_kelvin_ = fill_and_average(std::move(kelvin));

  for (const std::size_t slot : {kSlot3, std::size_t{3}, std::size_t{4}}) {
    std::vector<double> space(lines.size(), kNone);
    std::vector<double> black_body(lines.size(), kNone);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (slot == kSlot3 && !channel_3b[i]) continue;
      space[i] = lines[i].space_count[slot];
      black_body[i] = lines[i].black_body_count[slot];
    }
    reject_outliers(space, kMaxViewOffset_counts, calibrate::kLineSpaceViewContaminated, flags);
    reject_outliers(black_body, kMaxViewOffset_counts, calibrate::kLineBlackBodyOutOfLimits, flags);
    if (!has_value(space) || !has_value(black_body)) continue;
    made.space_count_[slot] = fill_and_average(std::move(space));
    made.black_body_count_[slot] = fill_and_average(std::move(black_body));
  }
  return made;
}

std::optional<ThermalReference> References::at(std::size_t line, std::size_t slot) const {
  if (space_count_[slot].empty()) return std::nullopt;
  return ThermalReference{black_body_kelvin_[line], space_count_[slot][line], black_body_count_[slot][line]};
}

}  // namespace dl::decoders::avhrr3
