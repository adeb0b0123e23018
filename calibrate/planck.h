// Planck's law in wavenumbers, with the two-coefficient correction for a band's width
// (NOAA KLM User's Guide, 7.1.2.4, equations 7.1.2.4-3, -8 and -9).
#pragma once

namespace dl::calibrate {

// The guide's own values, so that its examples and other programs' numbers are met; CODATA differs in the 7th digit.
inline constexpr double kPlanckC1 = 1.1910427e-5;  // mW m-2 sr-1 cm4
inline constexpr double kPlanckC2 = 1.4387752;     // cm K

// How one thermal band turns temperature into radiance: T* = a + b T at the centroid wavenumber.
struct PlanckBand {
  double wavenumber_cm1 = 0;
  double a_kelvin = 0;
  double b = 1;
};

// mW m-2 sr-1 cm, for a black body of `temperature_kelvin` > 0.
double radiance_of(const PlanckBand& band, double temperature_kelvin);

// Kelvin; NaN for a radiance that is not above 0.
double brightness_temperature_of(const PlanckBand& band, double radiance);

}  // namespace dl::calibrate
