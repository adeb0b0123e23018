set(DL_INSTRUMENT_ID mhs)
set(DL_INSTRUMENT_SOURCES
    calibrator.cpp coefficients.cpp encoder.cpp instrument.cpp packet.cpp references.cpp)
set(DL_INSTRUMENT_TESTS calibrator_test.cpp decoder_test.cpp mhs_test_scene.cpp packet_test.cpp tables_test.cpp)
