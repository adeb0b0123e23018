// For tests: one of every PDU and of every alternative in it.
#pragma once

#include <string>
#include <vector>

#include "link/sle/credentials.h"
#include "link/sle/pdu.h"
#include "link/sle/provider_codec.h"

namespace dl::link::sle {

inline constexpr UtcTime kSampleTime =
    std::chrono::sys_days(std::chrono::year{2026} / 5 / 12) + std::chrono::hours(11) + Microseconds(52'000'123);

inline ByteView sample_credentials() {
  static const Bytes credentials =
      make_credentials(kSampleTime, 0x12345678, {"SLE_USER", as_bytes("secret")}, Hash::sha256);
  return credentials;
}

inline std::vector<UserPdu> sample_user_pdus(Service service) {
  const std::string instance = service == Service::raf ? "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlc1"
                                                       : "sagr=1.spack=VST-PASS0001.rsl-fg=1.rcf=onlt2";
  const auto type = static_cast<std::uint8_t>(service);
  return {
      BindInvocation{{}, "SLE_USER", "55529", type, 4, instance},
      BindInvocation{sample_credentials(), "SLE_USER", "PORT", type, 5, instance},
      UnbindInvocation{{}, static_cast<std::uint8_t>(UnbindReason::suspend)},
      StartInvocation{{}, 1, {}, {}, RequestedQuality::all_frames, {11, 1, 5}},
      StartInvocation{sample_credentials(),
                      65535,
                      kSampleTime,
                      kSampleTime + Seconds(600),
                      RequestedQuality::good_frames_only,
                      {1023, 0, {}}},
      StopInvocation{{}, 2},
      ScheduleStatusReportInvocation{{}, 3, ReportRequest::immediately, 0},
      ScheduleStatusReportInvocation{sample_credentials(), 128, ReportRequest::periodically, 600},
      ScheduleStatusReportInvocation{{}, 255, ReportRequest::stop, 0},
      GetParameterInvocation{{}, 256, ParameterName::permitted_frame_quality},
      PeerAbort{static_cast<std::uint8_t>(AbortDiagnostic::protocol_error)},
      PeerAbort{200},
  };
}

inline std::vector<BufferItem> sample_items() {
  static const Bytes frame(1115, 0xA5);
  static const Bytes global_antenna = {0x2B, 0x70, 0x04};
  AnnotatedFrame first{{}, kSampleTime, as_bytes("SVALBARD"), false, kFirstFrame, FrameQuality::good, {}, frame};
  AnnotatedFrame second{sample_credentials(), kSampleTime,      global_antenna,          true, 16777215,
                        FrameQuality::good,   as_bytes("note"), ByteView(frame).first(1)};
  return {first,
          second,
          SyncNotification{
              {}, LossOfFrameSync{kSampleTime, LockStatus::in_lock, LockStatus::not_in_use, LockStatus::out_of_lock}},
          SyncNotification{sample_credentials(), ProductionStatusChange{ProductionStatus::interrupted}},
          SyncNotification{{}, ExcessiveDataBacklog{}},
          SyncNotification{{}, EndOfData{}}};
}

inline std::vector<Parameter> sample_parameters(Service service) {
  std::vector<Parameter> parameters = {
      {ParameterName::buffer_size, 100U},        {ParameterName::delivery_mode, 2U},
      {ParameterName::latency_limit, 5U},        {ParameterName::latency_limit, std::monostate{}},
      {ParameterName::min_reporting_cycle, 30U}, {ParameterName::reporting_cycle, std::monostate{}},
      {ParameterName::reporting_cycle, 600U},    {ParameterName::return_timeout_period, 60U},
  };
  if (service == Service::raf) {
    parameters.push_back({ParameterName::requested_frame_quality, 2U});
    parameters.push_back({ParameterName::permitted_frame_quality, std::vector<std::uint32_t>{0, 1, 2}});
    return parameters;
  }
  parameters.push_back({ParameterName::requested_gvcid, std::monostate{}});
  parameters.push_back({ParameterName::requested_gvcid, ChannelId{11, 1, 63}});
  parameters.push_back({ParameterName::permitted_gvcid_set,
                        std::vector<PermittedChannels>{{11, 1, std::vector<std::uint8_t>{9, 12}}, {12, 0, {}}}});
  return parameters;
}

// Encoded, for a transfer buffer cannot be held otherwise.
inline std::vector<Bytes> sample_provider_pdus(const Dialect& dialect) {
  std::vector<ProviderPdu> pdus = {
      BindReturn{sample_credentials(), "SLE_PROVIDER", 4, {}},
      BindReturn{{}, "SLE_PROVIDER", 0, std::uint8_t{3}},
      UnbindReturn{},
      UnbindReturn{sample_credentials()},
      StartReturn{{}, 1, {}},
      StartReturn{sample_credentials(), 2, Diagnostic{true, 1}},
      StartReturn{{}, 3, Diagnostic{false, 100}},
      StopReturn{{}, 4, {}},
      StopReturn{{}, 5, std::uint8_t{127}},
      ScheduleStatusReportReturn{{}, 6, {}},
      ScheduleStatusReportReturn{{}, 7, Diagnostic{true, 2}},
      StatusReport{{},
                   4294967295,
                   1000,
                   LockStatus::in_lock,
                   LockStatus::in_lock,
                   LockStatus::not_in_use,
                   LockStatus::unknown,
                   ProductionStatus::halted},
      GetParameterReturn{{}, 8, Diagnostic{true, 0}},
      PeerAbort{127},
  };
  for (const Parameter& parameter : sample_parameters(dialect.service)) {
    pdus.push_back(GetParameterReturn{{}, 9, parameter});
  }
  std::vector<Bytes> encoded;
  for (const ProviderPdu& pdu : pdus) encoded.push_back(encode(pdu, dialect));
  encoded.push_back(encode_transfer_buffer(sample_items(), dialect));
  encoded.push_back(encode_transfer_buffer({}, dialect));
  return encoded;
}

}  // namespace dl::link::sle
