set(DL_INSTRUMENT_ID avhrr-3)
set(DL_INSTRUMENT_SOURCES
    band_writer.cpp calibrator.cpp coefficients.cpp decoder.cpp encoder.cpp hrpt_encoder.cpp hrpt_line.cpp instrument.cpp location.cpp packet.cpp
    quicklook.cpp raw_granule.cpp references.cpp temperature_steps.cpp thermal.cpp)
set(DL_INSTRUMENT_TESTS
    avhrr3_test_scene.cpp calibrator_test.cpp decoder_test.cpp encoder_test.cpp hrpt_line_test.cpp packet_test.cpp quicklook_test.cpp
    references_test.cpp tables_test.cpp temperature_steps_test.cpp)
