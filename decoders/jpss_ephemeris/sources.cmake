set(DL_INSTRUMENT_ID jpss-orbit)
set(DL_INSTRUMENT_SOURCES decoder.cpp ephemeris_packet.cpp instrument.cpp)
set(DL_INSTRUMENT_TESTS decoder_test.cpp)
