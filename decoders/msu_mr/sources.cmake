set(DL_INSTRUMENT_ID msu-mr)
set(DL_INSTRUMENT_SOURCES blocks.cpp calibration.cpp decoder.cpp granule_builder.cpp huffman.cpp instrument.cpp outline.cpp
    packet.cpp)
set(DL_INSTRUMENT_TESTS blocks_test.cpp calibration_test.cpp decoder_test.cpp packet_test.cpp recording_test.cpp)
