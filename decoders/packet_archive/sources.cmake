# Not one instrument but all that are archived: their ids stand in definitions.h.
set(DL_INSTRUMENT_CONSTANTS kHirs kSem kDcs kIasi kAscat kGome2 kAdministrative kTip kAip)
set(DL_INSTRUMENT_SOURCES archive.cpp instrument.cpp outline.cpp slot.cpp)
set(DL_INSTRUMENT_TESTS archive_test.cpp slot_test.cpp)
