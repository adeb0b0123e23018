// Coarse outlines of Europe, the Mediterranean and their neighbours, drawn by hand to about half a degree: enough for
// an operator to see at a glance where a simulated picture lies. Nothing is calibrated or located with them.
#pragma once

namespace dl::sim {

// Longitude -180 to 180, latitude -90 to 90, degrees.
bool is_land(double longitude_deg, double latitude_deg);

}  // namespace dl::sim
