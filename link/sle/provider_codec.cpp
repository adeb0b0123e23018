#include "link/sle/provider_codec.h"

#include <fmt/format.h>

#include "link/sle/common_types.h"
#include "link/sle/service_instance.h"

namespace dl::link::sle {
namespace {

constexpr std::size_t kMostIdentifierBytes = 16;
constexpr std::size_t kMostPortBytes = 128;

// ---- Decoding

Result<UserPdu> read_bind(BerReader& reader) {
  BindInvocation bind;
  DL_TRY(bind.credentials, read_credentials(reader));
  DL_TRY(bind.initiator, reader.text(kVisibleString, "the initiator's name", kMostIdentifierBytes));
  DL_TRY(bind.responder_port, reader.text(kVisibleString, "the responder's port", kMostPortBytes));
  DL_TRY(const std::uint32_t service, reader.unsigned_integer(kInteger, "the type of the service", 255));
  DL_TRY(const std::uint32_t version, reader.unsigned_integer(kInteger, "the version", 0xFFFF));
  bind.service_type = static_cast<std::uint8_t>(service);
  bind.version = static_cast<std::uint16_t>(version);
  DL_TRY(bind.service_instance, read_service_instance(reader));
  return bind;
}

Result<UserPdu> read_unbind(BerReader& reader) {
  UnbindInvocation unbind;
  DL_TRY(unbind.credentials, read_credentials(reader));
  DL_TRY(const std::uint32_t reason, reader.unsigned_integer(kInteger, "the reason of UNBIND", 255));
  unbind.reason = static_cast<std::uint8_t>(reason);
  return unbind;
}

Result<UserPdu> read_start(BerReader& reader, Service service) {
  StartInvocation start;
  DL_TRY(start.credentials, read_credentials(reader));
  DL_TRY(start.invoke_id, read_invoke_id(reader));
  DL_TRY(start.start, read_conditional_time(reader));
  DL_TRY(start.stop, read_conditional_time(reader));
  if (service == Service::rcf) {
    DL_TRY(start.channel, read_channel(kSequence, reader));
    return start;
  }
  DL_TRY(const std::uint32_t quality, reader.unsigned_integer(kInteger, "the requested frame quality", 2));
  start.quality = static_cast<RequestedQuality>(quality);
  return start;
}

Result<UserPdu> read_stop(BerReader& reader) {
  StopInvocation stop;
  DL_TRY(stop.credentials, read_credentials(reader));
  DL_TRY(stop.invoke_id, read_invoke_id(reader));
  return stop;
}

Result<UserPdu> read_schedule(BerReader& reader) {
  ScheduleStatusReportInvocation schedule;
  DL_TRY(schedule.credentials, read_credentials(reader));
  DL_TRY(schedule.invoke_id, read_invoke_id(reader));
  DL_TRY(const BerElement request, reader.next());
  if (request.tag.tag_class != TagClass::context || request.tag.constructed || request.tag.number > 2) {
    return fail(ErrorKind::corrupt, fmt::format("a request of reports cannot be {}", to_string(request.tag)));
  }
  schedule.request = static_cast<ReportRequest>(request.tag.number);
  if (schedule.request == ReportRequest::periodically) {
    DL_TRY(const std::int64_t cycle, parse_integer(request.content, "the cycle of reports", 0, 0xFFFF));
    schedule.cycle_s = static_cast<std::uint16_t>(cycle);
  }
  return schedule;
}

Result<UserPdu> read_get_parameter(BerReader& reader) {
  GetParameterInvocation get;
  DL_TRY(get.credentials, read_credentials(reader));
  DL_TRY(get.invoke_id, read_invoke_id(reader));
  DL_TRY(const std::uint32_t parameter, reader.unsigned_integer(kInteger, "the name of a parameter", 0xFFFF));
  get.parameter = static_cast<ParameterName>(parameter);
  return get;
}

Result<UserPdu> read_constructed(std::uint32_t tag, BerReader& reader, Service service) {
  switch (tag) {
    case pdu_tag::kBind:
      return read_bind(reader);
    case pdu_tag::kUnbind:
      return read_unbind(reader);
    case pdu_tag::kStart:
      return read_start(reader, service);
    case pdu_tag::kStop:
      return read_stop(reader);
    case pdu_tag::kScheduleStatusReport:
      return read_schedule(reader);
    case pdu_tag::kGetParameter:
      return read_get_parameter(reader);
    default:
      return fail(ErrorKind::unsupported, fmt::format("a provider of RAF and RCF expects no PDU [{}]", tag));
  }
}

// ---- Encoding

// Which alternative of RafGetParameter or RcfGetParameter a parameter is.
std::uint32_t parameter_tag(ParameterName name, Service service) {
  const bool raf = service == Service::raf;
  switch (name) {
    case ParameterName::buffer_size:
      return 0;
    case ParameterName::delivery_mode:
      return 1;
    case ParameterName::latency_limit:
      return 2;
    case ParameterName::permitted_gvcid_set:
      return 3;
    case ParameterName::reporting_cycle:
      return raf ? 3 : 4;
    case ParameterName::requested_frame_quality:
      return 4;
    case ParameterName::requested_gvcid:
      return 5;
    case ParameterName::return_timeout_period:
      return raf ? 5 : 6;
    case ParameterName::permitted_frame_quality:
      return 6;
    case ParameterName::min_reporting_cycle:
      return 7;
  }
  return 0;
}

struct ValueEncoder {
  BerWriter& writer;
  ParameterName name;
  Tag set;  // of sets: SEQUENCE up to version 4

  // NULL is the second alternative of the latency limit and of the channel, the first one of the reporting cycle.
  void operator()(std::monostate) const { writer.null(context(name == ParameterName::reporting_cycle ? 0 : 1)); }
  void operator()(std::uint32_t value) const {
    if (name == ParameterName::latency_limit) return writer.integer(context(0), value);
    if (name == ParameterName::reporting_cycle) return writer.integer(context(1), value);
    writer.integer(kInteger, value);
  }
  void operator()(const std::vector<std::uint32_t>& values) const {
    writer.constructed(kSet, [&] {
      for (const std::uint32_t value : values) writer.integer(kInteger, value);
    });
  }
  void operator()(const ChannelId& channel) const { write_channel(context_constructed(0), channel, writer); }
  void operator()(const std::vector<PermittedChannels>& channels) const {
    writer.constructed(set, [&] {
      for (const PermittedChannels& master : channels) write_master(master);
    });
  }

 private:
  void write_master(const PermittedChannels& master) const {
    writer.constructed(kSequence, [&] {
      writer.integer(kInteger, master.spacecraft_id);
      writer.integer(kInteger, master.frame_version);
      if (!master.vcids) return writer.null(context(0));
      writer.constructed(context_constructed(1), [&] {
        for (const std::uint8_t vcid : *master.vcids) writer.integer(kInteger, vcid);
      });
    });
  }
};

void write_diagnostic(const Diagnostic& diagnostic, BerWriter& writer) {
  writer.constructed(context_constructed(1),
                     [&] { writer.integer(context(diagnostic.specific ? 1 : 0), diagnostic.code); });
}

struct NotificationEncoder {
  BerWriter& writer;

  void operator()(const LossOfFrameSync& loss) const {
    writer.constructed(context_constructed(0), [&] {
      write_time(loss.time, writer);
      writer.integer(kInteger, static_cast<int>(loss.carrier));
      writer.integer(kInteger, static_cast<int>(loss.subcarrier));
      writer.integer(kInteger, static_cast<int>(loss.symbol_sync));
    });
  }
  void operator()(const ProductionStatusChange& change) const {
    writer.integer(context(1), static_cast<int>(change.status));
  }
  void operator()(const ExcessiveDataBacklog&) const { writer.null(context(2)); }
  void operator()(const EndOfData&) const { writer.null(context(3)); }
};

struct Encoder {
  BerWriter& writer;
  const Dialect& dialect;

  void operator()(const BindReturn& answer) const {
    writer.constructed(context_constructed(pdu_tag::kBindReturn), [&] {
      write_credentials(answer.credentials, writer);
      writer.text(kVisibleString, answer.responder);
      if (answer.diagnostic) {
        writer.integer(context(1), *answer.diagnostic);
      } else {
        writer.integer(context(0), answer.version);
      }
    });
  }
  void operator()(const UnbindReturn& answer) const {
    writer.constructed(context_constructed(pdu_tag::kUnbindReturn), [&] {
      write_credentials(answer.credentials, writer);
      writer.null(context(0));
    });
  }
  void operator()(const StartReturn& answer) const { result(pdu_tag::kStartReturn, answer); }
  void operator()(const ScheduleStatusReportReturn& answer) const {
    result(pdu_tag::kScheduleStatusReportReturn, answer);
  }
  void operator()(const StopReturn& answer) const {
    writer.constructed(context_constructed(pdu_tag::kStopReturn), [&] {
      write_credentials(answer.credentials, writer);
      write_invoke_id(answer.invoke_id, writer);
      if (answer.diagnostic) {
        writer.integer(context(1), *answer.diagnostic);
      } else {
        writer.null(context(0));
      }
    });
  }
  void operator()(const TransferBuffer& buffer) const {
    writer.octets(context_constructed(pdu_tag::kTransferBuffer), buffer.items);
  }
  void operator()(const StatusReport& report) const {
    writer.constructed(context_constructed(pdu_tag::kStatusReport), [&] {
      write_credentials(report.credentials, writer);
      if (dialect.service == Service::raf) writer.integer(kInteger, report.error_free_frames);
      writer.integer(kInteger, report.delivered_frames);
      for (const LockStatus lock : {report.frame_sync, report.symbol_sync, report.subcarrier, report.carrier}) {
        writer.integer(kInteger, static_cast<int>(lock));
      }
      writer.integer(kInteger, static_cast<int>(report.production));
    });
  }
  void operator()(const GetParameterReturn& answer) const {
    writer.constructed(context_constructed(pdu_tag::kGetParameterReturn), [&] {
      write_credentials(answer.credentials, writer);
      write_invoke_id(answer.invoke_id, writer);
      if (const auto* parameter = std::get_if<Parameter>(&answer.result)) {
        writer.constructed(context_constructed(0), [&] { write_parameter(*parameter); });
      } else {
        write_diagnostic(std::get<Diagnostic>(answer.result), writer);
      }
    });
  }
  void operator()(const PeerAbort& abort) const { write_peer_abort(abort, writer); }

  // Items of a transfer buffer.
  void operator()(const AnnotatedFrame& frame) const {
    writer.constructed(context_constructed(0), [&] {
      write_credentials(frame.credentials, writer);
      write_time(frame.earth_receive_time, writer);
      writer.octets(context(frame.antenna_is_global ? 0 : 1), frame.antenna);
      writer.integer(kInteger, frame.data_link_continuity);
      if (dialect.service == Service::raf) writer.integer(kInteger, static_cast<int>(frame.quality));
      if (frame.private_annotation.empty()) {
        writer.null(context(0));
      } else {
        writer.octets(context(1), frame.private_annotation);
      }
      writer.octets(kOctetString, frame.data);
    });
  }
  void operator()(const SyncNotification& notification) const {
    writer.constructed(context_constructed(1), [&] {
      write_credentials(notification.credentials, writer);
      std::visit(NotificationEncoder{writer}, notification.notification);
    });
  }

 private:
  template <class Return>
  void result(std::uint32_t tag, const Return& answer) const {
    writer.constructed(context_constructed(tag), [&] {
      write_credentials(answer.credentials, writer);
      write_invoke_id(answer.invoke_id, writer);
      if (answer.diagnostic) {
        write_diagnostic(*answer.diagnostic, writer);
      } else {
        writer.null(context(0));
      }
    });
  }
  void write_parameter(const Parameter& parameter) const {
    writer.constructed(context_constructed(parameter_tag(parameter.name, dialect.service)), [&] {
      writer.integer(kInteger, static_cast<int>(parameter.name));
      std::visit(ValueEncoder{writer, parameter.name, dialect.version >= 5 ? kSet : kSequence}, parameter.value);
    });
  }
};

}  // namespace

Result<UserPdu> decode_user_pdu(ByteView bytes, Service service) {
  BerReader outer(bytes);
  DL_TRY(const BerElement pdu, outer.next());
  DL_CHECK(outer.end("the PDU"));
  if (pdu.tag == context(pdu_tag::kPeerAbort)) {
    DL_TRY(const std::int64_t diagnostic, parse_integer(pdu.content, "the diagnostic of PEER-ABORT", 0, 255));
    return PeerAbort{static_cast<std::uint8_t>(diagnostic)};
  }
  if (pdu.tag.tag_class != TagClass::context || !pdu.tag.constructed) {
    return fail(ErrorKind::corrupt, fmt::format("{} is no PDU of a user", to_string(pdu.tag)));
  }
  BerReader reader(pdu.content);
  DL_TRY(UserPdu decoded, read_constructed(pdu.tag.number, reader, service));
  DL_CHECK(reader.end("the last field of a PDU"));
  return decoded;
}

Bytes encode(const ProviderPdu& pdu, const Dialect& dialect) {
  BerWriter writer;
  std::visit(Encoder{writer, dialect}, pdu);
  return writer.take();
}

Bytes encode_transfer_buffer(std::span<const BufferItem> items, const Dialect& dialect) {
  BerWriter writer;
  writer.constructed(context_constructed(pdu_tag::kTransferBuffer), [&] {
    for (const BufferItem& item : items) std::visit(Encoder{writer, dialect}, item);
  });
  return writer.take();
}

}  // namespace dl::link::sle
