set(DL_INSTRUMENT_ID metop-orbit)
set(DL_INSTRUMENT_SOURCES admin_message.cpp decoder.cpp instrument.cpp)
set(DL_INSTRUMENT_TESTS admin_message_test.cpp decoder_test.cpp)
