#include <gtest/gtest.h>

#include <random>

#include "core/sha256.h"
#include "link/sle/pdu_samples.h"
#include "link/sle/provider_codec.h"
#include "link/sle/service_instance.h"
#include "link/sle/user_codec.h"

namespace dl::link::sle {
namespace {

constexpr Dialect kDialects[] = {{Service::raf, 2}, {Service::raf, 4}, {Service::raf, 5},
                                 {Service::rcf, 2}, {Service::rcf, 4}, {Service::rcf, 5}};

// Everything that a user makes of a PDU, so that nothing is left unread.
Result<std::vector<BufferItem>> read_items(const TransferBuffer& buffer, const Dialect& dialect) {
  TransferBufferReader reader(buffer, dialect);
  std::vector<BufferItem> items;
  for (;;) {
    DL_TRY(const auto item, reader.next());
    if (!item) return items;
    items.push_back(*item);
  }
}

// ccsds-known-answers, sle_isp1.
TEST(SleCodec, MakesTheKnownBind) {
  const BindInvocation bind{{}, "SLE_USER", "55529", 0, 2, "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlt1"};
  EXPECT_EQ(
      to_hex(encode(UserPdu(bind), {Service::raf, 2})),
      "bf646a80001a08534c455f555345521a053535353239020100020102304f310e300c06072b7004030102341a01313119301706072b7004"
      "030102351a0c5653542d5041535330303031310e300c06072b7004030102261a01313112301006072b7004030102161a056f6e6c7431");
}

TEST(SleCodec, MakesAndReadsTheKnownUnbind) {
  EXPECT_EQ(to_hex(encode(UserPdu(UnbindInvocation{}), {})), "bf66058000020100");
  const Bytes unbind_return = {0xBF, 0x67, 0x04, 0x80, 0x00, 0x80, 0x00};
  const auto decoded = decode_provider_pdu(unbind_return, {});
  ASSERT_TRUE(decoded);
  ASSERT_TRUE(std::holds_alternative<UnbindReturn>(*decoded));
  EXPECT_TRUE(std::get<UnbindReturn>(*decoded).credentials.empty());
}

TEST(SleCodec, ProviderReadsWhatTheUserSays) {
  for (const Dialect& dialect : kDialects) {
    for (const UserPdu& pdu : sample_user_pdus(dialect.service)) {
      const Bytes encoded = encode(pdu, dialect);
      const auto decoded = decode_user_pdu(encoded, dialect.service);
      ASSERT_TRUE(decoded) << to_hex(encoded) << ": " << decoded.error().message;
      EXPECT_EQ(decoded->index(), pdu.index());
      EXPECT_EQ(to_hex(encode(*decoded, dialect)), to_hex(encoded));
    }
  }
}

TEST(SleCodec, UserReadsWhatTheProviderSays) {
  for (const Dialect& dialect : kDialects) {
    for (const Bytes& encoded : sample_provider_pdus(dialect)) {
      const auto decoded = decode_provider_pdu(encoded, dialect);
      ASSERT_TRUE(decoded) << to_hex(encoded) << ": " << decoded.error().message;
      if (const auto* buffer = std::get_if<TransferBuffer>(&*decoded)) {
        const auto items = read_items(*buffer, dialect);
        ASSERT_TRUE(items) << items.error().message;
        EXPECT_EQ(to_hex(encode_transfer_buffer(*items, dialect)), to_hex(encoded));
      } else {
        EXPECT_EQ(to_hex(encode(*decoded, dialect)), to_hex(encoded));
      }
    }
  }
}

TEST(SleCodec, ReadsEveryFieldOfAFrame) {
  const Dialect dialect{Service::raf, 4};
  const Bytes encoded = encode_transfer_buffer(sample_items(), dialect);
  const auto decoded = decode_provider_pdu(encoded, dialect);
  ASSERT_TRUE(decoded);
  const auto items = read_items(std::get<TransferBuffer>(*decoded), dialect);
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 6U);
  const auto& first = std::get<AnnotatedFrame>((*items)[0]);
  EXPECT_EQ(first.earth_receive_time, kSampleTime);
  EXPECT_EQ(as_text(first.antenna), "SVALBARD");
  EXPECT_EQ(first.data_link_continuity, kFirstFrame);
  EXPECT_EQ(first.quality, FrameQuality::good);
  EXPECT_EQ(first.data.size(), 1115U);
  const auto& second = std::get<AnnotatedFrame>((*items)[1]);
  EXPECT_TRUE(second.antenna_is_global);
  EXPECT_EQ(second.data_link_continuity, 16777215);
  EXPECT_EQ(as_text(second.private_annotation), "note");
  EXPECT_EQ(to_hex(second.credentials), to_hex(sample_credentials()));
  const auto& loss = std::get<LossOfFrameSync>(std::get<SyncNotification>((*items)[2]).notification);
  EXPECT_EQ(loss.time, kSampleTime);
  EXPECT_EQ(loss.symbol_sync, LockStatus::out_of_lock);
}

TEST(SleCodec, ReadsEveryParameter) {
  for (const Dialect& dialect : kDialects) {
    for (const Parameter& parameter : sample_parameters(dialect.service)) {
      const Bytes encoded = encode(ProviderPdu(GetParameterReturn{{}, 9, parameter}), dialect);
      const auto decoded = decode_provider_pdu(encoded, dialect);
      ASSERT_TRUE(decoded) << decoded.error().message;
      EXPECT_EQ(std::get<Parameter>(std::get<GetParameterReturn>(*decoded).result), parameter);
    }
  }
}

TEST(SleCodec, GivesTheFramesInFrontOfADamagedOne) {
  const Dialect dialect{Service::raf, 4};
  Bytes encoded = encode_transfer_buffer(sample_items(), dialect);
  // The last item is 30 80 00 83 00: its notification becomes one that there is not.
  encoded[encoded.size() - 2] = 0x8F;
  const auto decoded = decode_provider_pdu(encoded, dialect);
  ASSERT_TRUE(decoded);
  TransferBufferReader reader(std::get<TransferBuffer>(*decoded), dialect);
  for (int i = 0; i < 5; ++i) {
    const auto item = reader.next();
    ASSERT_TRUE(item);
    EXPECT_TRUE(*item);
  }
  EXPECT_FALSE(reader.next());
}

void read_all(ByteView bytes, const Dialect& dialect) {
  const auto decoded = decode_provider_pdu(bytes, dialect);
  if (decoded && std::holds_alternative<TransferBuffer>(*decoded)) {
    (void)read_items(std::get<TransferBuffer>(*decoded), dialect);
  }
  (void)decode_user_pdu(bytes, dialect.service);
}

TEST(SleCodec, RefusesEveryPduThatIsCutShort) {
  for (const Dialect& dialect : kDialects) {
    for (const Bytes& encoded : sample_provider_pdus(dialect)) {
      for (std::size_t size = 0; size < encoded.size(); ++size) {
        // A copy of its own, so that a sanitizer sees a byte that is read behind it.
        const Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(decode_provider_pdu(cut, dialect)) << to_hex(encoded) << " cut to " << size;
      }
    }
    for (const UserPdu& pdu : sample_user_pdus(dialect.service)) {
      const Bytes encoded = encode(pdu, dialect);
      for (std::size_t size = 0; size < encoded.size(); ++size) {
        const Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(decode_user_pdu(cut, dialect.service)) << to_hex(encoded) << " cut to " << size;
      }
    }
  }
}

TEST(SleCodec, SurvivesEveryTurnedBit) {
  for (const Dialect& dialect : kDialects) {
    std::vector<Bytes> all = sample_provider_pdus(dialect);
    for (const UserPdu& pdu : sample_user_pdus(dialect.service)) all.push_back(encode(pdu, dialect));
    for (Bytes& encoded : all) {
      for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
        encoded[bit / 8] = static_cast<Byte>(encoded[bit / 8] ^ (1U << (bit % 8)));
        read_all(encoded, dialect);
        encoded[bit / 8] = static_cast<Byte>(encoded[bit / 8] ^ (1U << (bit % 8)));
      }
    }
  }
}

TEST(SleCodec, SurvivesNoise) {
  std::mt19937 random(4);
  std::uniform_int_distribution<unsigned> byte(0, 255);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(random() % 60);
    for (Byte& each : bytes) each = static_cast<Byte>(byte(random));
    if (!bytes.empty() && round % 2 == 0) bytes[0] = static_cast<Byte>(0xA0 | random() % 10);
    read_all(bytes, {round % 3 == 0 ? Service::rcf : Service::raf, 5});
  }
}

TEST(ServiceInstance, IsCheckedBeforeItIsUsed) {
  EXPECT_TRUE(check_service_instance("sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlt1"));
  EXPECT_TRUE(check_service_instance("sagr=SAGR.3.spack=a.b.rsl-fg=1.rcf=onlc2"));
  for (const char* wrong :
       {"", "sagr", "sagr=", "sagr=1.", "sagr=1..raf=x", "nonsense=1", "sagr=1.raf=on lt1", "=", "."}) {
    const bool dot_belongs_to_the_value =
        std::string_view(wrong) == "sagr=1." || std::string_view(wrong) == "sagr=1..raf=x";
    EXPECT_EQ(check_service_instance(wrong).has_value(), dot_belongs_to_the_value) << wrong;
  }
}

TEST(ServiceInstance, GoesThereAndBack) {
  for (const char* text :
       {"sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlt1", "sagr=SAGR.3.spack=a.b.rsl-fg=1.rcf=onlc2"}) {
    BerWriter writer;
    write_service_instance(text, writer);
    BerReader reader(writer.bytes());
    EXPECT_EQ(read_service_instance(reader), text);
  }
}

}  // namespace
}  // namespace dl::link::sle
