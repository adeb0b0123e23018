set(DL_INSTRUMENT_ID amsu-a)
set(DL_INSTRUMENT_SOURCES
    calibrator.cpp coefficients.cpp encoder.cpp instrument.cpp packet.cpp references.cpp)
set(DL_INSTRUMENT_TESTS amsu_a_test_scene.cpp calibrator_test.cpp decoder_test.cpp packet_test.cpp tables_test.cpp)
