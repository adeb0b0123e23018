set(DL_INSTRUMENT_ID amsu-a)
set(DL_INSTRUMENT_SOURCES
    calibrator.cpp coefficients.cpp decoder.cpp encoder.cpp instrument.cpp packet.cpp references.cpp)
set(DL_INSTRUMENT_TESTS "")
