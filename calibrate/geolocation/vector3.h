// Vectors of three doubles.
#pragma once

#include <cmath>

namespace dl::calibrate {

struct Vector3 {
  double x = 0;
  double y = 0;
  double z = 0;
};

inline Vector3 operator+(const Vector3& a, const Vector3& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vector3 operator-(const Vector3& a, const Vector3& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vector3 operator-(const Vector3& a) {
  return {-a.x, -a.y, -a.z};
}
inline Vector3 operator*(double k, const Vector3& a) {
  return {k * a.x, k * a.y, k * a.z};
}

inline double dot(const Vector3& a, const Vector3& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double norm(const Vector3& a) {
  return std::sqrt(dot(a, a));
}
inline Vector3 unit(const Vector3& a) {
  return (1.0 / norm(a)) * a;
}

// A rotation's sine and cosine.
struct Turn {
  double sine = 0;
  double cosine = 1;

  static Turn by(double angle_rad) { return {std::sin(angle_rad), std::cos(angle_rad)}; }
};

// Right-handed about `axis`, which has length 1 (Rodrigues).
inline Vector3 rotate(const Vector3& a, const Vector3& axis, const Turn& turn) {
  if (turn.sine == 0 && turn.cosine == 1) return a;
  return turn.cosine * a + turn.sine * cross(axis, a) + (dot(axis, a) * (1 - turn.cosine)) * axis;
}

}  // namespace dl::calibrate
