# Relative to this folder; read by calibrate/CMakeLists.txt.
set(DL_GEOLOCATION_SOURCES attitude.cpp ephemeris.cpp footprint.cpp geodesy.cpp geolocator.cpp locate.cpp orbit.cpp
    orbit_book.cpp scan_geometry_row.cpp sgp4.cpp sgp4_deep_space.cpp sgp4_deep_space_init.cpp sgp4_near_earth.cpp sun.cpp
    track.cpp two_line_elements.cpp)
set(DL_GEOLOCATION_TESTS ephemeris_test.cpp footprint_test.cpp geodesy_test.cpp geolocator_test.cpp locate_test.cpp
    orbit_book_test.cpp scan_geometry_row_test.cpp sgp4_test.cpp sun_test.cpp tie_grid_test.cpp track_test.cpp two_line_elements_test.cpp)
