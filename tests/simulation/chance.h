// Everything that is random in a simulated world, from one seed.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace dl::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  // [0, 1)
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  bool happens(double probability) { return unit() < probability; }
  // [0, bound)
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  // [least, most)
  double between(double least, double most) { return least + (most - least) * unit(); }
  // The same, with every order of magnitude as likely as any other.
  double magnitude(double least, double most) { return least * std::pow(most / least, unit()); }
  std::mt19937 fork() { return std::mt19937(static_cast<std::uint32_t>(engine_())); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dl::simulation
