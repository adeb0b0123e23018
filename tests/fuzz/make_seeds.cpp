// Writes the seed corpora of tests/fuzz/corpus anew: small inputs of our own making that lead each target past its
// first checks. What libFuzzer found beside them is not written here.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "decoders/jpss_ephemeris/ephemeris_packet.h"
#include "decoders/metop_admin/admin_message.h"
#include "link/frame_encoder.h"
#include "link/packets/space_packet.h"
#include "link/sle/isp1.h"
#include "link/sle/pdu_samples.h"
#include "link/sle/provider_codec.h"
#include "link/sle/user_codec.h"
#include "recording/index_record.h"

namespace dl::fuzz {
namespace {

class Corpora {
 public:
  explicit Corpora(std::filesystem::path root) : root_(std::move(root)) {}

  // `choices` are what the target takes off the front.
  void add(const std::string& target, const std::string& name, const Bytes& choices, ByteView data = {}) {
    std::filesystem::create_directories(root_ / target);
    std::ofstream file(root_ / target / (name + ".bin"), std::ios::binary);
    for (const ByteView part : {ByteView(choices), data})
      file.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
  }

 private:
  std::filesystem::path root_;
};

void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes packets(unsigned count, std::size_t data_bytes) {
  Bytes stream;
  for (unsigned i = 0; i < count; ++i) {
    link::SpacePacketHeader header;
    header.apid = 64;
    header.sequence_count = static_cast<std::uint16_t>(i);
    link::append_space_packet(header, Bytes(data_bytes + i % 3, static_cast<Byte>(i)), stream);
  }
  return stream;
}

// Frames of 40 bytes with a marker of 32 bits.
link::Profile small_profile() {
  link::Profile profile;
  profile.code = link::ReedSolomonCode::none;
  profile.randomizer = link::Randomizer::none;
  profile.cadu_size_bytes = 44;
  profile.scid = 7;
  return profile;
}

Bytes cadus() {
  link::FrameEncoder encoder(small_profile());
  Bytes out;
  const Bytes stream = packets(8, 20);
  for (ByteView rest = stream; !rest.empty();) {
    const std::size_t size = link::parse_space_packet_header(rest).packet_size_bytes();
    encoder.add_packet(5, rest.first(size), out);
    rest = rest.subspan(size);
  }
  encoder.complete_frame(5, out);
  encoder.add_idle_frame(out);
  return out;
}

void add_framing(Corpora& corpora) {
  // Marker 32 bits, size 44 bytes, no odd bits, errors 0 1 2, slip 2, flywheel 3.
  const Bytes marker = {0, 32, 1, 0, 1, 2, 2, 3};
  Bytes choices = marker;
  append(choices, Bytes{0, 77});
  corpora.add("frame_sync", "clean", choices, cadus());
  Bytes damaged = cadus();
  damaged.erase(damaged.begin() + 100);
  damaged[150] ^= 0xFF;
  for (std::size_t i = 200; i < damaged.size(); ++i) damaged[i] = static_cast<Byte>(~damaged[i]);
  corpora.add("frame_sync", "slipped-inverted", choices, damaged);
  corpora.add("frame_sync", "no-marker", {1, 32, 1, 0, 0, 0, 0, 0, 0, 5}, packets(6, 30));
  corpora.add("frame_sync", "marker-60", {4, 32, 0, 0, 1, 2, 2, 3, 0, 9}, cadus());

  // No randomizer, no code; AOS, scid 7, nothing else; channel 5 carries packets.
  Bytes pipeline = marker;
  append(pipeline, Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 5, 0, 0, 64});
  Bytes bits = pipeline;
  append(bits, Bytes{0, 33, 0});
  corpora.add("link_pipeline", "bits", bits, cadus());
  Bytes stream = pipeline;
  append(stream, Bytes{3, 33});
  corpora.add("link_pipeline", "packets", stream, packets(8, 20));
  Bytes coded = marker;
  append(coded, Bytes{1, 0, 0, 1, 0, 0, 0, 3, 0, 7, 0, 0, 5, 0, 0, 64, 0, 33, 1});
  corpora.add("link_pipeline", "coded", coded, cadus());
  for (Byte kind = 0; kind < 4; ++kind) {
    // AOS has one choice more: extended spacecraft identifiers.
    Bytes frames = {24, kind, 7};
    if (kind == 0) frames.push_back(0);
    append(frames, Bytes{kind == 2 ? Byte{8} : Byte{0}, 5, 0, 0, 64, 21});
    Bytes data;
    const Bytes stream_of_cadus = cadus();
    for (ByteView rest = stream_of_cadus; rest.size() >= 44; rest = rest.subspan(44)) append(data, rest.subspan(4, 40));
    corpora.add("frames", "kind-" + std::to_string(kind), frames, data);
  }
  for (Byte code = 0; code < 3; ++code) {
    const Byte damage = static_cast<Byte>(10 * code);
    Bytes block = marker;
    append(block, Bytes{1, 0, 0, code, 0, 1, 3, 5, 2, 1, 0x55, damage, 0, 9, 0xFF, 0, 40, 0x11, 0, 80, 3});
    corpora.add("channel_decoder", "code-" + std::to_string(code), block, packets(4, 60));
  }
}

void add_packets(Corpora& corpora) {
  corpora.add("packet_stream", "space", {0, 0, 64, 0, 7}, packets(9, 12));
  corpora.add("packet_stream", "encapsulation", {1, 0, 64, 0, 7},
              Bytes{0xE0, 0xE5, 5, 1, 2, 0xEA, 0, 9, 1, 2, 3, 4, 5, 0xEA, 0, 9, 1, 2, 3, 4, 5});
  Bytes frames = {0, 0, 0};
  for (Byte pointer : {Byte{0}, Byte{10}, Byte{3}})
    append(frames, Bytes{0, 30, 8, 100, 0xC0, 0, 0, 22, 9, 9, 9, 9, 9, 9, 9, 9,
                         9, 9,  9, 9,   9,    9, 9, 9,  9, 9, 9, 9, 9, 9, 9, pointer});
  corpora.add("packet_reassembler", "split", frames);
  for (Byte code = 0; code < 2; ++code) {
    corpora.add("packet_fields", "time-" + std::to_string(code), {0, code, 0x80, 0, 1, 0x80, 0, 0, 1, 3, 2, 1, 0, 0, 0},
                packets(1, 20));
  }
}

void add_soft(Corpora& corpora) {
  for (Byte rate = 0; rate < 6; ++rate) {
    corpora.add("soft_decoder", "rate-" + std::to_string(rate), {1, rate, 0, 0, 0, 50},
                Bytes{2, 200, 0, 255, 0, 255, 3, 1, 0, 255, 0, 255, 4, 3, 1, 255, 2, 255});
  }
}

void add_sle(Corpora& corpora) {
  using namespace link::sle;
  unsigned number = 0;
  for (const Service service : {Service::raf, Service::rcf}) {
    const Byte choice = static_cast<Byte>((service == Service::rcf ? 1 : 0) | 3 << 1);  // version 4
    const Dialect dialect{service, 4};
    for (const UserPdu& pdu : sample_user_pdus(service))
      corpora.add("sle_pdu", "user-" + std::to_string(number++), {choice}, encode(pdu, dialect));
    for (const Bytes& pdu : sample_provider_pdus(dialect))
      if (pdu.size() < 300) corpora.add("sle_pdu", "provider-" + std::to_string(number++), {choice}, pdu);
  }
  const Dialect dialect{Service::raf, 4};
  const Bytes data = {1, 2, 3};
  AnnotatedFrame frame;
  frame.earth_receive_time = kSampleTime;
  frame.antenna = data;
  frame.data = data;
  const std::vector<BufferItem> items = {frame, SyncNotification{{}, EndOfData{}}};
  corpora.add("sle_pdu", "buffer", {3 << 1}, encode_transfer_buffer(items, dialect));
  // RAF, version 4, any responder, no authentication; connect, bound, started, a buffer, finish, stopped, unbound.
  corpora.add("sle_user", "whole", {0, 3, 0, 0, 0, 10, 0, 0, 6, 0, 6, 1, 7, 31, 2, 6, 0x12, 6, 3});
  corpora.add("sle_user", "reports", {0, 3, 1, 0, 0, 10, 1, 0, 6, 0, 6, 1, 7, 11, 1, 129, 3, 0, 6, 0});
  Bytes messages;
  append_context_message({30, 3}, messages);
  append_pdu_message(encode(sample_user_pdus(Service::raf)[0], dialect), messages);
  append_heartbeat_message(messages);
  corpora.add("isp1", "three", {5}, messages);
}

void add_ingest(Corpora& corpora) {
  // Sync word, ours; frames of 12 bytes, 4 of padding, time tag and status; ends of 4 bytes; 2 blocks a reply.
  Bytes reply;
  append_u32(reply, 1234567890);
  for (Byte block = 0; block < 2; ++block) {
    append(reply, Bytes{0x1A, 0xCF, 0xFC, 0x1D, block, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0});
    append_u32(reply, 10'000'000);
    append_u32(reply, 500'000);
    append(reply, Bytes(8));
  }
  append_u32(reply, static_cast<std::uint32_t>(-1234567890));
  Bytes replies = reply;
  append(replies, reply);
  corpora.add("cortex", "two-replies", {9, 7, 4, 1, 1, 0, 1, 1, 1, 6}, replies);
  append(replies, Bytes(reply.begin() + 5, reply.end()));
  corpora.add("cortex", "cut", {9, 7, 4, 1, 1, 0, 1, 1, 1, 6}, replies);

  Bytes publisher = {0, 'S', 'P', 0, 0, 0x20, 0, 0};
  for (unsigned message = 0; message < 3; ++message) {
    append(publisher, Bytes{0, 0, 0, 0, 0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  }
  corpora.add("stream_protocols", "messages", {72, 0, 3}, publisher);
  corpora.add("stream_protocols", "packets", {3, 0, 3}, packets(5, 9));

  Bytes record(recording::kIndexRecordBytes);
  recording::Chunk chunk;
  chunk.offset = 1'000'000;
  chunk.size = 65'536;
  chunk.connection = 3;
  chunk.received_at = link::sle::kSampleTime;
  recording::encode_index_record(chunk, std::span<Byte, recording::kIndexRecordBytes>(record));
  corpora.add("index_record", "chunk", record);
}

void add_hrpt(Corpora& corpora) {
  corpora.add("hrpt_frame", "line", {0});
  corpora.add("hrpt_frame", "tip", {2});
  corpora.add("hrpt_frame", "header", {1, 0, 0, 0, 0, 0x18, 0, 0, 3, 1, 0xFF});
  corpora.add("hrpt_frame", "tip-parity", {3, 2, 0, 7, 0, 0x40, 2, 1, 0, 3, 0xFF});
  Bytes words;
  for (unsigned i = 0; i < 60; ++i) words.push_back(static_cast<Byte>(1 + 37 * i));
  for (std::uint8_t kind = 0; kind < 4; ++kind) {
    corpora.add("word_unpacker", "container-" + std::to_string(kind), {11, kind, 90, 9}, words);
  }
}

// Stretches of AIP minor frames: frames, how many are missing in front, steps of 40 ms, damage, science.
void add_aip(Corpora& corpora) {
  const auto piece = [](Bytes& input, Byte frames, Byte missing, Byte step, std::uint16_t damage,
                        const Bytes& science) {
    append(input, Bytes{frames, missing, step});
    append_u16(input, damage);
    input.push_back(static_cast<Byte>(science.size()));
    append(input, science);
  };
  const Bytes scan = {0x38, 0x40, 0x42, 0x44, 0x46, 0x48, 0x4A, 0x4C};
  for (const Byte mhs : {Byte{0}, Byte{1}}) {
    const std::string name = mhs == 1 ? "mhs" : "amsu_a";
    Bytes whole = {mhs, 0, 0};
    for (int i = 0; i < 4; ++i) piece(whole, 240, 0, 0, 0, scan);
    corpora.add("sounder_aip", name, whole);
    Bytes cut = {mhs, 1, 0};
    piece(cut, 170, 0, 0, 0, scan);
    piece(cut, 200, 1, 0, 0, scan);
    piece(cut, 100, 0, 100, 0x0107, scan);
    piece(cut, 160, 0, 0x80, 0x8082, scan);
    piece(cut, 9, 7, 0, 0x5A30, {});
    corpora.add("sounder_aip", name + "_cut", cut);
  }
}

// Twelve packets on the grid of the instrument, the last ones odd: another length, a wrong parity, back in time.
void add_sounders(Corpora& corpora) {
  const auto add = [&](const std::string& name, bool mhs, std::uint16_t step_ms, const Bytes& pattern) {
    Bytes input = {static_cast<Byte>(mhs ? 1 : 0), 0, 0};
    const Bytes kinds = {0, 1, 0, 1, 0, 1, 0, 1, 0, 0x70, 0x81, 1};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      append_u16(input, i + 1 == kinds.size() ? std::uint16_t{0x8000} : step_ms);
      input.push_back(kinds[i]);
      input.push_back(static_cast<Byte>(pattern.size()));
      append(input, pattern);
    }
    corpora.add("sounder_packets", name, input);
  };
  add("mhs", true, 2667, {0x38, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A});
  add("amsu_a", false, 4000, {0x48, 0x20});
  add("amsu_a_fill", false, 4000, {0x00, 0x01});
}

// Two and three receptions of AOS frames of 40 bytes with a checksum; each lacks some, and has others wrong.
void add_merge(Corpora& corpora) {
  for (const Byte third : {Byte{0}, Byte{1}}) {
    Bytes input = {0, 15, 1, third};
    for (unsigned i = 0; i < 12; ++i) {
      const auto vcid = static_cast<Byte>(i % 2 << 2);
      append(input, Bytes{vcid, 30, static_cast<Byte>(i % 5 == 1 ? 1 : i % 7 == 2 ? 0x22 : 0)});
    }
    append(input, Bytes{1, 0, 2, 9, 0, 30, 4});
    corpora.add("merge", third == 0 ? "two" : "three", input);
  }
}

void add_profiles(Corpora& corpora) {
  const std::string head = "title = \"x\"\nplatform = \"x\"\nnorad_id = 1\ncospar_id = \"2020-001A\"\n";
  const std::string routes = "[[route]]\nvcid = 5\napids = [64]\ninstrument = \"x\"\n";
  const auto add = [&](const std::string& name, const std::string& text) {
    corpora.add("spacecraft_profile", name, {}, as_bytes(text));
  };
  const std::string marked = "[marker]\npattern = \"1ACFFC1D\"\n";
  const std::string plain = "[cadu]\nsize_bytes = 64\nrandomizer = \"none\"\n[reed_solomon]\ncode = \"none\"\n";
  const std::string coded =
      "[cadu]\nsize_bytes = 1024\nrandomizer = \"ccsds_255\"\n"
      "[reed_solomon]\ncode = \"rs_255_223\"\ninterleave = 4\nbasis = \"dual\"\n";
  const std::string frame = "[frame]\nscid = 7\n";
  add("aos", head + marked + plain + frame + routes);
  add("coded", head + marked + coded + frame + routes);
  add("soft", head + "form = \"soft-symbols\"\n[soft]\nmodulation = \"qpsk\"\nrate = \"1/2\"\n" + marked + plain +
                  frame + routes);
  add("frames", head + "form = \"frames\"\n[frame]\nkind = \"tm\"\nscid = 7\nsize_bytes = 40\n" + routes);
  add("packets", head + "form = \"packets\"\n" + routes);
  add("bits", head +
                  "[marker]\npattern = \"A116FD719D8CC95\"\nbits = 60\n[cadu]\nsize_bits = 363\n"
                  "randomizer = \"none\"\n[reed_solomon]\ncode = \"none\"\n[frame]\nkind = \"minor_frame\"\n"
                  "[[route]]\nvcid = 0\napids = [0]\ninstrument = \"x\"\n");
}

void add_orbits(Corpora& corpora) {
  const auto sets = calibrate::parse_element_sets(
                        "METOP-B\n"
                        "1 38771U 12049A   20270.78655344 -.00000010  00000-0  15371-4 0  9998\n"
                        "2 38771  98.7196 328.5089 0002454  80.6444  30.5251 14.21481950416422\n")
                        .sets;
  const UtcTime time{std::chrono::seconds{1'601'150'400}};
  corpora.add("orbit_packets", "message", {0}, decoders::metop_admin::encode_admin_packet(sets, time, 1));
  const std::string document = "<a><message satellite=\"M\"><line-1>" + sets[0].line1 + "</line-1><line-2>" +
                               sets[0].line2 + "</line-2></message></a>";
  corpora.add("orbit_packets", "document", {1}, as_bytes(document));
  calibrate::StateVector state{{7200, 0, 0}, {0, -1.65, 7.35}};
  Bytes diary;
  for (int second = 0; second < 3; ++second) {
    append(diary, decoders::jpss_ephemeris::encode_ephemeris_packet(time + Seconds(second), state, 159,
                                                                    static_cast<std::uint16_t>(second)));
    state = calibrate::advanced(state, 1);
  }
  corpora.add("orbit_packets", "diary", {2}, diary);
}

}  // namespace
}  // namespace dl::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_make_seeds FOLDER\n");
    return 64;
  }
  dl::fuzz::Corpora corpora(argv[1]);
  dl::fuzz::add_framing(corpora);
  dl::fuzz::add_packets(corpora);
  dl::fuzz::add_soft(corpora);
  dl::fuzz::add_sle(corpora);
  dl::fuzz::add_ingest(corpora);
  dl::fuzz::add_merge(corpora);
  dl::fuzz::add_hrpt(corpora);
  dl::fuzz::add_sounders(corpora);
  dl::fuzz::add_aip(corpora);
  dl::fuzz::add_profiles(corpora);
  dl::fuzz::add_orbits(corpora);
  return 0;
}
