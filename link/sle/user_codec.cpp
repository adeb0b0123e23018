#include "link/sle/user_codec.h"

#include <fmt/format.h>

#include "link/sle/common_types.h"
#include "link/sle/provider_parameter.h"
#include "link/sle/service_instance.h"

namespace dl::link::sle {
namespace {

constexpr std::size_t kMostIdentifierBytes = 16;
constexpr std::size_t kMostFrameBytes = 65536;
constexpr std::uint32_t kMostCount = 0xFFFFFFFF;
constexpr std::int32_t kMostContinuity = 16777215;

// ---- Encoding

struct Encoder {
  BerWriter& writer;
  const Dialect& dialect;

  void operator()(const BindInvocation& bind) const {
    writer.constructed(context_constructed(pdu_tag::kBind), [&] {
      write_credentials(bind.credentials, writer);
      writer.text(kVisibleString, bind.initiator);
      writer.text(kVisibleString, bind.responder_port);
      writer.integer(kInteger, bind.service_type);
      writer.integer(kInteger, bind.version);
      write_service_instance(bind.service_instance, writer);
    });
  }
  void operator()(const UnbindInvocation& unbind) const {
    writer.constructed(context_constructed(pdu_tag::kUnbind), [&] {
      write_credentials(unbind.credentials, writer);
      writer.integer(kInteger, unbind.reason);
    });
  }
  void operator()(const StartInvocation& start) const {
    operation(pdu_tag::kStart, start, [&] {
      write_conditional_time(start.start, writer);
      write_conditional_time(start.stop, writer);
      if (dialect.service == Service::raf) {
        writer.integer(kInteger, static_cast<int>(start.quality));
      } else {
        write_channel(kSequence, start.channel, writer);
      }
    });
  }
  void operator()(const StopInvocation& stop) const {
    operation(pdu_tag::kStop, stop, [] {});
  }
  void operator()(const ScheduleStatusReportInvocation& schedule) const {
    operation(pdu_tag::kScheduleStatusReport, schedule, [&] {
      const Tag tag = context(static_cast<std::uint32_t>(schedule.request));
      if (schedule.request == ReportRequest::periodically) {
        writer.integer(tag, schedule.cycle_s);
      } else {
        writer.null(tag);
      }
    });
  }
  void operator()(const GetParameterInvocation& get) const {
    operation(pdu_tag::kGetParameter, get, [&] { writer.integer(kInteger, static_cast<int>(get.parameter)); });
  }
  void operator()(const PeerAbort& abort) const { write_peer_abort(abort, writer); }

 private:
  template <class Invocation, class Function>
  void operation(std::uint32_t tag, const Invocation& invocation, Function write_arguments) const {
    writer.constructed(context_constructed(tag), [&] {
      write_credentials(invocation.credentials, writer);
      write_invoke_id(invocation.invoke_id, writer);
      write_arguments();
    });
  }
};

// ---- Decoding

// The result of an operation: nothing, or the diagnostic of DiagnosticRafStart and its like.
Result<std::optional<Diagnostic>> read_result(BerReader& reader) {
  DL_TRY(const BerElement result, reader.next());
  if (result.tag == context(0)) return std::nullopt;
  if (result.tag != context_constructed(1)) {
    return fail(ErrorKind::corrupt, fmt::format("a result cannot be {}", to_string(result.tag)));
  }
  BerReader inner(result.content);
  DL_TRY(const Diagnostic diagnostic, read_diagnostic(inner));
  return diagnostic;
}

// The same where it holds the common diagnostics only.
Result<std::optional<std::uint8_t>> read_plain_result(BerReader& reader) {
  DL_TRY(const BerElement result, reader.next());
  if (result.tag == context(0)) return std::nullopt;
  if (result.tag != context(1)) {
    return fail(ErrorKind::corrupt, fmt::format("a result cannot be {}", to_string(result.tag)));
  }
  DL_TRY(const std::int64_t code, parse_integer(result.content, "the diagnostic", 0, 255));
  return static_cast<std::uint8_t>(code);
}

Result<BindReturn> read_bind_return(BerReader& reader) {
  BindReturn answer;
  DL_TRY(answer.credentials, read_credentials(reader));
  DL_TRY(answer.responder, reader.text(kVisibleString, "the responder's name", kMostIdentifierBytes));
  DL_TRY(const BerElement result, reader.next());
  if (result.tag == context(0)) {
    DL_TRY(const std::int64_t version, parse_integer(result.content, "the version", 1, 0xFFFF));
    answer.version = static_cast<std::uint16_t>(version);
    return answer;
  }
  if (result.tag != context(1)) {
    return fail(ErrorKind::corrupt, fmt::format("the result of BIND cannot be {}", to_string(result.tag)));
  }
  DL_TRY(const std::int64_t diagnostic, parse_integer(result.content, "the diagnostic of BIND", 0, 255));
  answer.diagnostic = static_cast<std::uint8_t>(diagnostic);
  return answer;
}

Result<UnbindReturn> read_unbind_return(BerReader& reader) {
  UnbindReturn answer;
  DL_TRY(answer.credentials, read_credentials(reader));
  DL_CHECK(reader.expect(context(0), "the result of UNBIND"));
  return answer;
}

template <class Return>
Result<Return> read_return(BerReader& reader) {
  Return answer;
  DL_TRY(answer.credentials, read_credentials(reader));
  DL_TRY(answer.invoke_id, read_invoke_id(reader));
  DL_TRY(answer.diagnostic, read_result(reader));
  return answer;
}

Result<StopReturn> read_stop_return(BerReader& reader) {
  StopReturn answer;
  DL_TRY(answer.credentials, read_credentials(reader));
  DL_TRY(answer.invoke_id, read_invoke_id(reader));
  DL_TRY(answer.diagnostic, read_plain_result(reader));
  return answer;
}

Result<LockStatus> read_lock(BerReader& reader, std::string_view what) {
  DL_TRY(const std::uint32_t value, reader.unsigned_integer(kInteger, what, 3));
  return static_cast<LockStatus>(value);
}

Result<StatusReport> read_status_report(BerReader& reader, const Dialect& dialect) {
  StatusReport report;
  DL_TRY(report.credentials, read_credentials(reader));
  if (dialect.service == Service::raf) {
    DL_TRY(report.error_free_frames, reader.unsigned_integer(kInteger, "the number of error-free frames", kMostCount));
  }
  DL_TRY(report.delivered_frames, reader.unsigned_integer(kInteger, "the number of delivered frames", kMostCount));
  DL_TRY(report.frame_sync, read_lock(reader, "the lock of the frame synchroniser"));
  DL_TRY(report.symbol_sync, read_lock(reader, "the lock of the symbol synchroniser"));
  DL_TRY(report.subcarrier, read_lock(reader, "the lock of the subcarrier"));
  DL_TRY(report.carrier, read_lock(reader, "the lock of the carrier"));
  DL_TRY(const std::uint32_t production, reader.unsigned_integer(kInteger, "the production status", 2));
  report.production = static_cast<ProductionStatus>(production);
  return report;
}

Result<ByteView> read_private_annotation(BerReader& reader) {
  DL_TRY(const BerElement element, reader.next());
  if (element.tag == context(0)) return ByteView{};
  if (element.tag == context(1)) return element.content;
  return fail(ErrorKind::corrupt, fmt::format("a private annotation cannot be {}", to_string(element.tag)));
}

Result<AnnotatedFrame> read_frame(BerReader& reader, const Dialect& dialect) {
  AnnotatedFrame frame;
  DL_TRY(frame.credentials, read_credentials(reader));
  DL_TRY(frame.earth_receive_time, read_time(reader));
  DL_TRY(const BerElement antenna, reader.next());
  frame.antenna_is_global = antenna.tag == context(0);
  if (!frame.antenna_is_global && antenna.tag != context(1)) {
    return fail(ErrorKind::corrupt, fmt::format("an antenna id cannot be {}", to_string(antenna.tag)));
  }
  frame.antenna = antenna.content;
  DL_TRY(const std::int64_t continuity, reader.integer(kInteger, "the continuity", kFirstFrame, kMostContinuity));
  frame.data_link_continuity = static_cast<std::int32_t>(continuity);
  frame.quality = FrameQuality::good;
  if (dialect.service == Service::raf) {
    DL_TRY(const std::uint32_t quality, reader.unsigned_integer(kInteger, "the quality of a frame", 2));
    frame.quality = static_cast<FrameQuality>(quality);
  }
  DL_TRY(frame.private_annotation, read_private_annotation(reader));
  DL_TRY(frame.data, reader.octets(kOctetString, "a frame", 1, kMostFrameBytes));
  DL_CHECK(reader.end("a frame"));
  return frame;
}

Result<LossOfFrameSync> read_loss_of_sync(ByteView content) {
  BerReader reader(content);
  LossOfFrameSync loss;
  DL_TRY(loss.time, read_time(reader));
  DL_TRY(loss.carrier, read_lock(reader, "the lock of the carrier"));
  DL_TRY(loss.subcarrier, read_lock(reader, "the lock of the subcarrier"));
  DL_TRY(loss.symbol_sync, read_lock(reader, "the lock of the symbol synchroniser"));
  return loss;
}

Result<SyncNotification> read_notification(BerReader& reader) {
  SyncNotification notification;
  DL_TRY(notification.credentials, read_credentials(reader));
  DL_TRY(const BerElement element, reader.next());
  if (element.tag == context_constructed(0)) {
    DL_TRY(notification.notification, read_loss_of_sync(element.content));
  } else if (element.tag == context(1)) {
    DL_TRY(const std::int64_t status, parse_integer(element.content, "the production status", 0, 2));
    notification.notification = ProductionStatusChange{static_cast<ProductionStatus>(status)};
  } else if (element.tag == context(2)) {
    notification.notification = ExcessiveDataBacklog{};
  } else if (element.tag == context(3)) {
    notification.notification = EndOfData{};
  } else {
    return fail(ErrorKind::corrupt, fmt::format("a notification cannot be {}", to_string(element.tag)));
  }
  DL_CHECK(reader.end("a notification"));
  return notification;
}

Result<GetParameterReturn> read_get_parameter_return(BerReader& reader) {
  GetParameterReturn answer;
  DL_TRY(answer.credentials, read_credentials(reader));
  DL_TRY(answer.invoke_id, read_invoke_id(reader));
  DL_TRY(const BerElement result, reader.next());
  BerReader inner(result.content);
  if (result.tag == context_constructed(0)) {
    DL_TRY(answer.result, read_parameter(inner));
  } else if (result.tag == context_constructed(1)) {
    DL_TRY(answer.result, read_diagnostic(inner));
  } else {
    return fail(ErrorKind::corrupt, fmt::format("the result of GET-PARAMETER cannot be {}", to_string(result.tag)));
  }
  return answer;
}

Result<ProviderPdu> read_constructed(std::uint32_t tag, BerReader& reader, const Dialect& dialect) {
  switch (tag) {
    case pdu_tag::kBindReturn:
      return read_bind_return(reader);
    case pdu_tag::kUnbindReturn:
      return read_unbind_return(reader);
    case pdu_tag::kStartReturn:
      return read_return<StartReturn>(reader);
    case pdu_tag::kStopReturn:
      return read_stop_return(reader);
    case pdu_tag::kScheduleStatusReportReturn:
      return read_return<ScheduleStatusReportReturn>(reader);
    case pdu_tag::kGetParameterReturn:
      return read_get_parameter_return(reader);
    case pdu_tag::kStatusReport:
      return read_status_report(reader, dialect);
    default:
      return fail(ErrorKind::unsupported, fmt::format("a user of RAF and RCF expects no PDU [{}]", tag));
  }
}

}  // namespace

Bytes encode(const UserPdu& pdu, const Dialect& dialect) {
  BerWriter writer;
  std::visit(Encoder{writer, dialect}, pdu);
  return writer.take();
}

Result<ProviderPdu> decode_provider_pdu(ByteView bytes, const Dialect& dialect) {
  BerReader outer(bytes);
  DL_TRY(const BerElement pdu, outer.next());
  DL_CHECK(outer.end("the PDU"));
  if (pdu.tag == context(pdu_tag::kPeerAbort)) {
    DL_TRY(const std::int64_t diagnostic, parse_integer(pdu.content, "the diagnostic of PEER-ABORT", 0, 255));
    return PeerAbort{static_cast<std::uint8_t>(diagnostic)};
  }
  if (pdu.tag == context_constructed(pdu_tag::kTransferBuffer)) return TransferBuffer{pdu.content};
  if (pdu.tag.tag_class != TagClass::context || !pdu.tag.constructed) {
    return fail(ErrorKind::corrupt, fmt::format("{} is no PDU of a provider", to_string(pdu.tag)));
  }
  BerReader reader(pdu.content);
  DL_TRY(ProviderPdu decoded, read_constructed(pdu.tag.number, reader, dialect));
  DL_CHECK(reader.end("the last field of a PDU"));
  return decoded;
}

Result<std::optional<BufferItem>> TransferBufferReader::next() {
  if (items_.at_end()) return std::nullopt;
  DL_TRY(const BerElement item, items_.next());
  BerReader reader(item.content);
  if (item.tag == context_constructed(0)) {
    DL_TRY(const AnnotatedFrame frame, read_frame(reader, dialect_));
    return frame;
  }
  if (item.tag == context_constructed(1)) {
    DL_TRY(const SyncNotification notification, read_notification(reader));
    return notification;
  }
  return fail(ErrorKind::corrupt, fmt::format("an item of a transfer buffer cannot be {}", to_string(item.tag)));
}

}  // namespace dl::link::sle
