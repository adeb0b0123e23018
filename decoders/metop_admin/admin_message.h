// The administrative message of Metop (VCID 34, APID 6): a packet that holds an XML document, compressed with bzip2,
// with two-line elements of several satellites. Layout as SatDump's reader has it: the document from byte 41 of the
// packet data field on, elements "line-1" and "line-2" below "message". EUMETSAT's own document was not to be had, so
// nothing else of the document is relied on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "calibrate/geolocation/two_line_elements.h"
#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"

namespace dl::decoders::metop_admin {

inline constexpr std::uint16_t kApid = 6;
inline constexpr std::size_t kDocumentOffset = 41;         // in the packet data field
inline constexpr std::size_t kLargestDocument = 1U << 20;  // uncompressed: a hundred times the largest sensible one

// The element sets of every satellite, in the order of the document. Reasons: packet_length (no room for a document),
// packet_checksum (bzip2's own checksums, or no bzip2 at all), decoder_refused (larger than kLargestDocument, not XML,
// a document type, or a pair of lines that is no element set).
tl::expected<std::vector<calibrate::TwoLineElements>, DropReason> decode_admin_packet(ByteView packet);

// The document alone, uncompressed.
tl::expected<std::vector<calibrate::TwoLineElements>, DropReason> decode_document(std::string_view xml);

// What decode_admin_packet reads: for tests and simulated passes.
Bytes encode_admin_packet(std::span<const calibrate::TwoLineElements> sets, UtcTime time, std::uint16_t sequence_count);

}  // namespace dl::decoders::metop_admin
