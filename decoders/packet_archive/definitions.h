// The instruments that are archived: one constant each. Their APIDs are routed in config/spacecraft/*.toml.
//
// Virtual channels, APIDs and data rates of Metop: EUMETSAT, TD 18 Metop Direct Readout AHRPT Technical Description
// (EUM/OPS/TEN/08/1663), table 1. Sizes follow from its data rates, which count whole packets: AVHRR/3 622368 bit/s is
// 6 packets of 12966 bytes a second, MHS 3924 bit/s one of 1308 in 8/3 s. Octets of a TIP minor frame: NOAA KLM User's
// Guide section 4.1, checked against its data rates (HIRS 2880, SEM 160, DCS 2560 bit/s at ten frames a second).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "decoders/packet_archive/definition.h"

namespace dl::decoders::packet_archive {
// Three minutes, as AVHRR/3: scenes of a pass lie beside each other. Instruments of some hundred bit/s have longer
// ones.
inline constexpr Seconds kSlot{180};
inline constexpr Seconds kLongSlot{900};

// One packet a scan of 6.4 s (2907.5 bit/s): 64 elements of 36 bytes behind 20 bytes of headers, and the checksum.
inline constexpr std::array kHirsPackets = {
    PacketRow{38, 38, "scans of 64 elements", 2326},
    PacketRow{1, 1, "elements: octets out of TIP minor frames", 46},
};
inline constexpr std::array<std::uint8_t, 36> kHirsOctets = {16, 17, 22, 23, 26, 27, 30, 31, 34, 35, 38, 39,
                                                             42, 43, 54, 55, 58, 59, 62, 63, 66, 67, 70, 71,
                                                             74, 75, 78, 79, 82, 83, 84, 85, 88, 89, 92, 93};

// One packet in 32 s (165.5 bit/s): 16 samples of 40 bytes.
inline constexpr std::array kSemPackets = {
    PacketRow{37, 37, "16 samples of 2 s", 662},
    PacketRow{1, 1, "octets out of TIP minor frames", 12},
};
inline constexpr std::array<std::uint8_t, 2> kSemOctets = {20, 21};

inline constexpr std::array kDcsPackets = {
    PacketRow{35, 35, "messages of platforms"},
    PacketRow{1, 1, "octets out of TIP minor frames", 42},
};
inline constexpr std::array<std::uint8_t, 32> kDcsOctets = {18, 19, 24, 25, 28, 29, 32, 33, 40, 41, 44,
                                                            45, 52, 53, 56, 57, 60, 61, 64, 65, 68, 69,
                                                            72, 73, 76, 77, 86, 87, 90, 91, 94, 95};

inline constexpr std::array kIasiPackets = {
    PacketRow{130, 130, "spectra of pixel 1"},
    PacketRow{135, 135, "spectra of pixel 2"},
    PacketRow{140, 140, "spectra of pixel 3"},
    PacketRow{145, 145, "spectra of pixel 4"},
    PacketRow{150, 150, "imager"},
    PacketRow{160, 160, "verification"},
    PacketRow{180, 180, "auxiliary"},
};

inline constexpr std::array kAscatPackets = {
    PacketRow{208, 213, "echoes of one beam"},
    PacketRow{224, 229, "noise of one beam"},
};

// 16 packets a scan of 6 s; stcorp codadef, GOME2_ISP_v2: 18750 bytes, 12 of which the ground puts in front.
inline constexpr std::array kGome2Packets = {PacketRow{384, 384, "sixteenths of a scan", 18738}};

inline constexpr std::array kAdministrativePackets = {PacketRow{6, 6, "multi-mission administrative messages"}};

inline constexpr std::array kTipPackets = {PacketRow{1, 1, "TIP minor frames", 112}};
inline constexpr std::array kAipPackets = {PacketRow{3, 3, "AIP minor frames", 112}};

inline constexpr std::string_view kTrack = "track of the sub-satellite point";

inline constexpr Definition kHirsDefinition = {
    "hirs",
    "HIRS: High Resolution Infrared Radiation Sounder",
    "docs/instruments/hirs.md",
    kSlot,
    kHirsPackets,
    {0, 49.5, "scan of 49.5 degrees to either side (NOAA KLM User's Guide, appendix J.2; pyorbital)"},
    kHirsOctets,
};

inline constexpr Definition kSemDefinition = {
    "sem",      "SEM: Space Environment Monitor", "docs/instruments/sem.md", kLongSlot, kSemPackets, {0, 0, kTrack},
    kSemOctets,
};

inline constexpr Definition kDcsDefinition = {
    "dcs",
    "DCS: Data Collection System (Argos)",
    "docs/instruments/dcs.md",
    kLongSlot,
    kDcsPackets,
    {0, 0, kTrack},
    kDcsOctets,
};

inline constexpr Definition kIasiDefinition = {
    "iasi",
    "IASI: Infrared Atmospheric Sounding Interferometer",
    "docs/instruments/iasi.md",
    kSlot,
    kIasiPackets,
    {0, 48.33, "scan of 48.33 degrees to either side, 2200 km (EUMETSAT, IASI Level 1 Product Guide)"},
};

// The middle beams see the ground at 25.0 to 53.3 degrees of incidence; from 820 km that is 22.0 to 45.2 from nadir.
inline constexpr Definition kAscatDefinition = {
    "ascat",
    "ASCAT: Advanced Scatterometer",
    "docs/instruments/ascat.md",
    kSlot,
    kAscatPackets,
    {22.0, 45.2, "the two swaths of 550 km of the middle beams (EUMETSAT, ASCAT Product Guide)"},
};

inline constexpr Definition kGome2Definition = {
    "gome-2",
    "GOME-2: Global Ozone Monitoring Experiment",
    "docs/instruments/gome-2.md",
    kSlot,
    kGome2Packets,
    {0, 46.7, "the swath of 1920 km (EUMETSAT, GOME-2 Product Guide); narrow and static modes see less"},
    {},
    true,  // codadef, GOME2_ISP_v2: "Packet error control (CRC)"
};

inline constexpr Definition kAdministrativeDefinition = {
    "admin",        "Administrative messages of Metop", "docs/instruments/admin.md", kLongSlot, kAdministrativePackets,
    {0, 0, kTrack},
};

inline constexpr Definition kTipDefinition = {
    "tip",
    "TIP: TIROS Information Processor, whole minor frames",
    "docs/instruments/hirs.md",
    kSlot,
    kTipPackets,
    {0, 0, kTrack},
};

inline constexpr Definition kAipDefinition = {
    "aip",
    "AIP: AMSU Information Processor, whole minor frames",
    "docs/instruments/mhs.md",
    kSlot,
    kAipPackets,
    {0, 0, kTrack},
};

}  // namespace dl::decoders::packet_archive
