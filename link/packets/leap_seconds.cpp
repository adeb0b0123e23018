#include "link/packets/leap_seconds.h"

#include <algorithm>
#include <iterator>

namespace dl::link {
namespace {

using std::chrono::January;
using std::chrono::July;
using std::chrono::year;

struct Step {
  std::chrono::sys_days from;
  int tai_minus_utc_s;
};

// IERS Bulletin C and its predecessors; https://hpiers.obspm.fr/iers/bul/bulc/Leap_Second.dat
constexpr Step kSteps[] = {
    {year{1972} / January / 1, 10}, {year{1972} / July / 1, 11},    {year{1973} / January / 1, 12},
    {year{1974} / January / 1, 13}, {year{1975} / January / 1, 14}, {year{1976} / January / 1, 15},
    {year{1977} / January / 1, 16}, {year{1978} / January / 1, 17}, {year{1979} / January / 1, 18},
    {year{1980} / January / 1, 19}, {year{1981} / July / 1, 20},    {year{1982} / July / 1, 21},
    {year{1983} / July / 1, 22},    {year{1985} / July / 1, 23},    {year{1988} / January / 1, 24},
    {year{1990} / January / 1, 25}, {year{1991} / January / 1, 26}, {year{1992} / July / 1, 27},
    {year{1993} / July / 1, 28},    {year{1994} / July / 1, 29},    {year{1996} / January / 1, 30},
    {year{1997} / July / 1, 31},    {year{1999} / January / 1, 32}, {year{2006} / January / 1, 33},
    {year{2009} / January / 1, 34}, {year{2012} / July / 1, 35},    {year{2015} / July / 1, 36},
    {year{2017} / January / 1, 37},
};

}  // namespace

Seconds tai_minus_utc(UtcTime utc) {
  const auto* after = std::upper_bound(std::begin(kSteps), std::end(kSteps), utc,
                                       [](UtcTime time, const Step& step) { return time < step.from; });
  return Seconds{after == std::begin(kSteps) ? 0 : std::prev(after)->tai_minus_utc_s};
}

UtcTime after_epoch(UtcTime epoch, Microseconds elapsed) {
  const UtcTime uncorrected = epoch + elapsed + tai_minus_utc(epoch);  // TAI, written as if it were UTC
  // TAI is ahead: a step that lies between is taken one time too often.
  const UtcTime estimate = uncorrected - tai_minus_utc(uncorrected);
  return uncorrected - tai_minus_utc(estimate);
}

}  // namespace dl::link
