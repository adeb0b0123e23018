// Every PDU that we make, read by somebody else: `openssl asn1parse`. What it finds, element by element, is compared
// with what the ASN.1 of the standards prescribes, written down by hand.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <regex>

#include <unistd.h>

#include "link/sle/pdu_samples.h"
#include "link/sle/provider_codec.h"
#include "link/sle/user_codec.h"

namespace dl::link::sle {
namespace {

// One line an element: its depth in blanks, what it is, its value. Empty when openssl finds no DER.
std::string parsed_by_openssl(ByteView der) {
  const std::string path = testing::TempDir() + "sle-" + std::to_string(getpid()) + ".der";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(der.data()), static_cast<std::streamsize>(der.size()));
  std::FILE* pipe = popen(("openssl asn1parse -inform DER -in '" + path + "' 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 4096> line{};
  // "   28:d=1  hl=2 l=  79 cons: SEQUENCE          "
  const std::regex pattern(
      R"( *\d+:d=(\d+) +hl=\d+ l= *\d+ (?:prim|cons): ([^:]*?) *(?::(.*?)|\[HEX DUMP\]:(.*?))?\s*)");
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    std::cmatch match;
    if (!std::regex_match(line.data(), match, pattern)) {
      text += "? " + std::string(line.data());
      continue;
    }
    text += std::string(static_cast<std::size_t>(std::stoi(match[1])), ' ') + match[2].str();
    if (match[3].matched && match[3].length() != 0) text += " " + match[3].str();
    if (match[4].matched) text += " " + match[4].str();
    text += "\n";
  }
  const int status = pclose(pipe);
  std::remove(path.c_str());
  return status == 0 ? text : "openssl refused it: " + text;
}

std::string user_pdu(const UserPdu& pdu, Service service = Service::raf) {
  return parsed_by_openssl(encode(pdu, {service, 5}));
}
std::string provider_pdu(const ProviderPdu& pdu, const Dialect& dialect = {Service::raf, 5}) {
  return parsed_by_openssl(encode(pdu, dialect));
}

TEST(SleAsn1, OpensslReadsBind) {
  EXPECT_EQ(user_pdu(BindInvocation{{}, "SLE_USER", "PORT-1", 2, 5, "sagr=1.rcf=onlc1"}, Service::rcf),
            "cont [ 100 ]\n"
            " cont [ 0 ]\n"
            " VISIBLESTRING SLE_USER\n"
            " VISIBLESTRING PORT-1\n"
            " INTEGER 02\n"
            " INTEGER 05\n"
            " SEQUENCE\n"
            "  SET\n"
            "   SEQUENCE\n"
            "    OBJECT 1.3.112.4.3.1.2.52\n"
            "    VISIBLESTRING 1\n"
            "  SET\n"
            "   SEQUENCE\n"
            "    OBJECT 1.3.112.4.3.1.2.46\n"
            "    VISIBLESTRING onlc1\n");
  EXPECT_EQ(provider_pdu(BindReturn{{}, "STATION", 5, {}}),
            "cont [ 101 ]\n cont [ 0 ]\n VISIBLESTRING STATION\n cont [ 0 ]\n");
  EXPECT_EQ(provider_pdu(BindReturn{{}, "STATION", 0, std::uint8_t{3}}),
            "cont [ 101 ]\n cont [ 0 ]\n VISIBLESTRING STATION\n cont [ 1 ]\n");
}

TEST(SleAsn1, OpensslReadsCredentials) {
  const std::string parsed = parsed_by_openssl(sample_credentials());
  EXPECT_EQ(parsed.substr(0, parsed.rfind(' ')),
            "SEQUENCE\n"
            " OCTET STRING 6188025D0AA0007B\n INTEGER 12345678\n OCTET STRING");
}

TEST(SleAsn1, OpensslReadsUnbindAndAbort) {
  EXPECT_EQ(user_pdu(UnbindInvocation{{}, 1}), "cont [ 102 ]\n cont [ 0 ]\n INTEGER 01\n");
  EXPECT_EQ(provider_pdu(UnbindReturn{}), "cont [ 103 ]\n cont [ 0 ]\n cont [ 0 ]\n");
  EXPECT_EQ(user_pdu(PeerAbort{3}), "cont [ 104 ]\n");
  EXPECT_EQ(provider_pdu(PeerAbort{3}), "cont [ 104 ]\n");
}

TEST(SleAsn1, OpensslReadsStart) {
  EXPECT_EQ(user_pdu(StartInvocation{{}, 7, {}, {}, RequestedQuality::all_frames, {}}),
            "cont [ 0 ]\n cont [ 0 ]\n INTEGER 07\n cont [ 0 ]\n cont [ 0 ]\n INTEGER 02\n");
  EXPECT_EQ(user_pdu(StartInvocation{{}, 7, kSampleTime, kSampleTime, {}, {11, 1, 9}}, Service::rcf),
            "cont [ 0 ]\n cont [ 0 ]\n INTEGER 07\n cont [ 1 ]\n  cont [ 0 ]\n cont [ 1 ]\n  cont [ 0 ]\n"
            " SEQUENCE\n  INTEGER 0B\n  INTEGER 01\n  cont [ 1 ]\n");
  EXPECT_EQ(provider_pdu(StartReturn{{}, 7, {}}), "cont [ 1 ]\n cont [ 0 ]\n INTEGER 07\n cont [ 0 ]\n");
  EXPECT_EQ(provider_pdu(StartReturn{{}, 7, Diagnostic{true, 1}}),
            "cont [ 1 ]\n cont [ 0 ]\n INTEGER 07\n cont [ 1 ]\n  cont [ 1 ]\n");
}

TEST(SleAsn1, OpensslReadsStop) {
  EXPECT_EQ(user_pdu(StopInvocation{{}, 300}), "cont [ 2 ]\n cont [ 0 ]\n INTEGER 012C\n");
  EXPECT_EQ(provider_pdu(StopReturn{{}, 300, {}}), "cont [ 3 ]\n cont [ 0 ]\n INTEGER 012C\n cont [ 0 ]\n");
  EXPECT_EQ(provider_pdu(StopReturn{{}, 300, std::uint8_t{100}}),
            "cont [ 3 ]\n cont [ 0 ]\n INTEGER 012C\n cont [ 1 ]\n");
}

TEST(SleAsn1, OpensslReadsReports) {
  EXPECT_EQ(user_pdu(ScheduleStatusReportInvocation{{}, 1, ReportRequest::periodically, 60}),
            "cont [ 4 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 1 ]\n");
  EXPECT_EQ(user_pdu(ScheduleStatusReportInvocation{{}, 1, ReportRequest::stop, 0}),
            "cont [ 4 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 2 ]\n");
  EXPECT_EQ(provider_pdu(ScheduleStatusReportReturn{{}, 1, Diagnostic{false, 100}}),
            "cont [ 5 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 1 ]\n  cont [ 0 ]\n");
  const StatusReport report{{},
                            1000,
                            1001,
                            LockStatus::in_lock,
                            LockStatus::out_of_lock,
                            LockStatus::not_in_use,
                            LockStatus::unknown,
                            ProductionStatus::halted};
  EXPECT_EQ(provider_pdu(report),
            "cont [ 9 ]\n cont [ 0 ]\n INTEGER 03E8\n INTEGER 03E9\n INTEGER 00\n INTEGER 01\n INTEGER 02\n"
            " INTEGER 03\n INTEGER 02\n");
  EXPECT_EQ(
      provider_pdu(report, {Service::rcf, 5}),
      "cont [ 9 ]\n cont [ 0 ]\n INTEGER 03E9\n INTEGER 00\n INTEGER 01\n INTEGER 02\n INTEGER 03\n INTEGER 02\n");
}

TEST(SleAsn1, OpensslReadsParameters) {
  EXPECT_EQ(user_pdu(GetParameterInvocation{{}, 1, ParameterName::permitted_frame_quality}),
            "cont [ 6 ]\n cont [ 0 ]\n INTEGER 01\n INTEGER 012E\n");
  EXPECT_EQ(provider_pdu(GetParameterReturn{{}, 1, Parameter{ParameterName::buffer_size, 100U}}),
            "cont [ 7 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 0 ]\n  cont [ 0 ]\n   INTEGER 04\n   INTEGER 64\n");
  EXPECT_EQ(provider_pdu(GetParameterReturn{{}, 1, Parameter{ParameterName::reporting_cycle, 60U}}),
            "cont [ 7 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 0 ]\n  cont [ 3 ]\n   INTEGER 1A\n   cont [ 1 ]\n");
  const Parameter channels{ParameterName::permitted_gvcid_set,
                           std::vector<PermittedChannels>{{11, 1, std::vector<std::uint8_t>{9}}}};
  const std::string head = "cont [ 7 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 0 ]\n  cont [ 3 ]\n   INTEGER 18\n";
  const std::string tail = "    SEQUENCE\n     INTEGER 0B\n     INTEGER 01\n     cont [ 1 ]\n      INTEGER 09\n";
  EXPECT_EQ(provider_pdu(GetParameterReturn{{}, 1, channels}, {Service::rcf, 5}), head + "   SET\n" + tail);
  EXPECT_EQ(provider_pdu(GetParameterReturn{{}, 1, channels}, {Service::rcf, 4}), head + "   SEQUENCE\n" + tail);
  EXPECT_EQ(provider_pdu(GetParameterReturn{{}, 1, Diagnostic{true, 0}}),
            "cont [ 7 ]\n cont [ 0 ]\n INTEGER 01\n cont [ 1 ]\n  cont [ 1 ]\n");
}

TEST(SleAsn1, OpensslReadsTransferBuffers) {
  const Bytes data = {0xCA, 0xFE};
  const std::vector<BufferItem> items = {
      AnnotatedFrame{{}, kSampleTime, as_bytes("A"), false, kFirstFrame, FrameQuality::erred, as_bytes("x"), data},
      SyncNotification{{}, LossOfFrameSync{kSampleTime, LockStatus::in_lock, LockStatus::in_lock, LockStatus::in_lock}},
      SyncNotification{{}, ProductionStatusChange{ProductionStatus::halted}}, SyncNotification{{}, EndOfData{}}};
  const std::string notifications =
      " cont [ 1 ]\n  cont [ 0 ]\n  cont [ 0 ]\n   cont [ 0 ]\n   INTEGER 00\n   INTEGER 00\n   INTEGER 00\n"
      " cont [ 1 ]\n  cont [ 0 ]\n  cont [ 1 ]\n"
      " cont [ 1 ]\n  cont [ 0 ]\n  cont [ 3 ]\n";
  EXPECT_EQ(parsed_by_openssl(encode_transfer_buffer(items, {Service::raf, 5})),
            "cont [ 8 ]\n cont [ 0 ]\n  cont [ 0 ]\n  cont [ 0 ]\n  cont [ 1 ]\n  INTEGER -01\n  INTEGER 01\n"
            "  cont [ 1 ]\n  OCTET STRING CAFE\n" +
                notifications);
  EXPECT_EQ(parsed_by_openssl(encode_transfer_buffer(items, {Service::rcf, 5})),
            "cont [ 8 ]\n cont [ 0 ]\n  cont [ 0 ]\n  cont [ 0 ]\n  cont [ 1 ]\n  INTEGER -01\n  cont [ 1 ]\n"
            "  OCTET STRING CAFE\n" +
                notifications);
}

TEST(SleAsn1, OpensslReadsEverySample) {
  for (const Dialect& dialect : {Dialect{Service::raf, 5}, Dialect{Service::rcf, 4}}) {
    std::vector<Bytes> all = sample_provider_pdus(dialect);
    for (const UserPdu& pdu : sample_user_pdus(dialect.service)) all.push_back(encode(pdu, dialect));
    for (const Bytes& encoded : all) {
      const std::string parsed = parsed_by_openssl(encoded);
      EXPECT_EQ(parsed.find("refused"), std::string::npos) << parsed;
      EXPECT_EQ(parsed.find('?'), std::string::npos) << parsed;
      EXPECT_EQ(parsed.substr(0, 4), "cont");
    }
  }
}

}  // namespace
}  // namespace dl::link::sle
