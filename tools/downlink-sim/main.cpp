// downlink-sim: makes passes and sends them, whole or damaged. See downlink-sim(1).
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/data_directory.h"
#include "config/spacecraft_profile.h"
#include "core/file.h"
#include "tools/downlink-sim/aip_source.h"
#include "tools/downlink-sim/cortex_server.h"
#include "tools/downlink-sim/damage.h"
#include "tools/downlink-sim/metop_pass.h"
#include "tools/downlink-sim/noaa_pass.h"
#include "tools/downlink-sim/send.h"
#include "tools/downlink-sim/sle_sender.h"

namespace {

using dl::Result;

constexpr int kExitUsage = 64;
constexpr int kExitNoInput = 66;
constexpr int kExitUnavailable = 69;
constexpr int kExitIo = 74;
constexpr int kExitConfig = 78;

// Where the stream goes, and what happens to it on the way: the same for both commands.
struct StreamOptions {
  std::string output;
  std::string to;
  std::size_t cadu_size_bytes = 1024;
  std::string spacecraft;  // of which cadu_size_bytes is taken, in this form
  std::string form = "bits";
  std::string spacecraft_directory;
  dl::sim::Damage damage;
  dl::sim::SendOptions sending;
  double pause_s = 0;
  std::string cortex;
  std::string sle;

  // Where we say what was done: standard output may be the stream.
  [[nodiscard]] std::FILE* said() const { return to == "-" ? stderr : stdout; }
};

struct MakeOptions {
  std::string spacecraft = "metop-b";
  std::string start = "2026-05-12T08:54:00Z";
  long duration_s = 540;
  std::string tle;
  std::string admin;
  std::string spacecraft_directory;
  std::string tables;
  std::string container = "packed";  // of HRPT
  dl::sim::MetopPassOptions pass;
};

const std::map<std::string, dl::link::HrptContainer> kContainers = {{"packed", dl::link::HrptContainer::packed},
                                                                    {"words-be", dl::link::HrptContainer::words_be},
                                                                    {"words-le", dl::link::HrptContainer::words_le}};

std::string ways_to_send() {
  std::string text;
  for (const auto& protocol : dl::sim::protocols()) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", protocol.form, protocol.help);
  }
  return text;
}

void add_stream_options(CLI::App& command, StreamOptions& stream) {
  auto* output = command.add_option("--output", stream.output, "write the stream to this file");
  command.add_option("--to", stream.to, "send the stream: " + ways_to_send())->excludes(output);
  auto& sending = stream.sending;
  command.add_option("--rate", sending.rate_bits_per_s, "bits per second; default: as fast as the peer takes them")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--cut", sending.cuts, "offsets in the stream where the connection breaks")->delimiter(',');
  command.add_option("--pause-at", sending.pause_at, "offset in the stream where nothing is sent for a while");
  command.add_option("--pause", stream.pause_s, "for how many seconds")->check(CLI::Range(0.0, 86400.0));
  command.add_option("--skip-bytes", sending.skip_bytes, "bytes to leave out at the start of every unit: its marker");
  command.add_option("--prefix-bytes", sending.prefix_bytes, "zeros in front of every datagram or message")
      ->check(CLI::Range(0, 4096));
  command.add_option("--cortex", stream.cortex, "how a Cortex answers: NAME=VALUE,... as downlink-sim(1) lists them");
  command.add_option("--sle", stream.sle, "how an SLE provider delivers: NAME=VALUE,... as downlink-sim(1) lists them");
  command.add_option("--reconnect", sending.reconnects,
                     "after a broken connection send again from the start, at most this often; -1: without limit");
  command.add_option("--bit-error-rate", stream.damage.bit_error_rate, "independent bit errors")
      ->check(CLI::Range(0.0, 0.5));
  command.add_option("--lose-frames", stream.damage.lost_frames, "indices of CADUs to leave out")->delimiter(',');
  command.add_option("--slips", stream.damage.slips, "bits to leave out or double, at random places");
  command.add_option("--shift", stream.damage.shift_bits, "bits in front of everything")->check(CLI::Range(0, 7));
  command.add_flag("--invert", stream.damage.inverted, "every bit upside down");
  command.add_option("--damage-seed", stream.damage.seed, "the same seed does the same damage");
  command.add_option("--cadu-size", stream.cadu_size_bytes, "bytes of a unit: what is lost, or sent, at once")
      ->check(CLI::Range(8, 65536));
}

int fail(const dl::Error& error) {
  std::fputs(fmt::format("downlink-sim: {}\n", error.message).c_str(), stderr);
  switch (error.kind) {
    case dl::ErrorKind::config:
      return kExitConfig;
    case dl::ErrorKind::transient:
      return kExitUnavailable;
    default:
      return kExitIo;
  }
}

int put_out(const dl::Bytes& cadus, StreamOptions stream) {
  std::ranges::sort(stream.damage.lost_frames);
  dl::sim::DamageDone done;
  const dl::Bytes bytes = dl::sim::apply_damage(cadus, stream.cadu_size_bytes, stream.damage, done);
  if (done.bits_flipped + done.frames_lost + done.bits_removed + done.bits_doubled > 0) {
    fmt::print(stream.said(), "damage: {} bits flipped, {} frames lost, {} bits left out, {} bits doubled\n",
               done.bits_flipped, done.frames_lost, done.bits_removed, done.bits_doubled);
  }
  if (!stream.output.empty()) {
    if (const auto written = dl::write_file_durably(stream.output, bytes); !written) return fail(written.error());
    fmt::print(stream.said(), "wrote {} bytes to {}\n", bytes.size(), stream.output);
    return 0;
  }
  const auto endpoint = dl::sim::parse_endpoint(stream.to);
  if (!endpoint) return fail(endpoint.error());
  stream.sending.unit_bytes = stream.cadu_size_bytes;
  stream.sending.pause_ms = static_cast<int>(stream.pause_s * 1000);
  const auto cortex = dl::sim::parse_cortex(stream.cortex);
  if (!cortex) return fail(cortex.error());
  stream.sending.cortex = *cortex;
  const auto sle = dl::sim::parse_sle(stream.sle);
  if (!sle) return fail(sle.error());
  stream.sending.sle = *sle;
  const auto sent = dl::sim::send(bytes, *endpoint, stream.sending);
  if (!sent) return fail(sent.error());
  fmt::print(stream.said(), "sent {} bytes in {} connection{}{}\n", sent->bytes_sent, sent->connections,
             sent->connections == 1 ? "" : "s", sent->messages > 0 ? fmt::format(", {} messages", sent->messages) : "");
  return 0;
}

Result<dl::sim::SimulatedPass> make(MakeOptions& options) {
  using dl::config::DataDirectory;
  std::filesystem::path spacecraft = options.spacecraft_directory;
  options.pass.tables = options.tables;
  if (spacecraft.empty()) {
    DL_TRY(spacecraft, dl::config::find_data_directory(DataDirectory::spacecraft));
  }
  if (options.tables.empty()) {
    DL_TRY(options.pass.tables, dl::config::find_data_directory(DataDirectory::tables));
  }
  DL_TRY(options.pass.profile, dl::config::load_spacecraft_profile(options.spacecraft, {spacecraft}));
  DL_TRY(options.pass.tle_text, dl::read_text_file(options.tle));
  if (!options.admin.empty()) {
    DL_TRY(options.pass.admin_text, dl::read_text_file(options.admin));
  }
  DL_TRY(options.pass.start, dl::parse_utc(options.start));
  options.pass.duration = dl::Seconds{options.duration_s};
  if (options.pass.profile.frame_kind != dl::link::FrameKind::hrpt) return dl::sim::make_metop_pass(options.pass);
  DL_TRY(const auto tip, dl::sim::SounderTipSource::create(options.pass));
  return dl::sim::make_noaa_pass(options.pass, kContainers.at(options.container), *tip);
}

int run_make(MakeOptions& options, const StreamOptions& stream) {
  const auto pass = make(options);
  if (!pass) return fail(pass.error());
  fmt::print(stream.said(), "{} lines, {} packets, {} CADUs\n", pass->lines, pass->packets, pass->frames);
  return put_out(pass->cadus, stream);
}

// The size of a unit, from the link profile that was named.
Result<void> find_unit_size(StreamOptions& stream) {
  if (stream.spacecraft.empty()) return {};
  std::filesystem::path directory = stream.spacecraft_directory;
  if (directory.empty()) {
    DL_TRY(directory, dl::config::find_data_directory(dl::config::DataDirectory::spacecraft));
  }
  DL_TRY(const auto profile, dl::config::load_spacecraft_profile(stream.spacecraft, {directory}));
  const std::map<std::string, dl::link::InputForm> forms = {{"bits", dl::link::InputForm::bits},
                                                            {"codeblocks", dl::link::InputForm::codeblocks},
                                                            {"frames", dl::link::InputForm::frames}};
  stream.cadu_size_bytes = profile.received_as(forms.at(stream.form)).cadu_bits() / 8;
  return {};
}

int run_send(const std::string& file, StreamOptions stream) {
  if (const auto found = find_unit_size(stream); !found) return fail(found.error());
  const auto bytes = dl::read_file(file);
  if (!bytes) {
    fail(bytes.error());
    return kExitNoInput;
  }
  return put_out(*bytes, stream);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes satellite passes, sends them, and damages them on the way."};
  app.set_version_flag("--version", "downlink-sim " DL_VERSION);
  app.require_subcommand(1);

  MakeOptions options;
  StreamOptions make_stream, send_stream;
  CLI::App* make_command = app.add_subcommand("make", "simulate a Metop AHRPT or NOAA HRPT pass");
  make_command->add_option("--spacecraft", options.spacecraft, "link profile")->capture_default_str();
  make_command->add_option("--start", options.start, "time of the first line, UTC")->capture_default_str();
  make_command->add_option("--duration", options.duration_s, "seconds")
      ->check(CLI::Range(1, 7200))
      ->capture_default_str();
  make_command->add_option("--tle", options.tle, "file with the spacecraft's two-line element set")->required();
  make_command->add_option("--admin", options.admin, "file of element sets that Metop's administrative messages carry");
  make_command->add_option("--truth", options.pass.truth, "folder for the fields as they went in");
  make_command->add_option("--seed", options.pass.seed, "another seed, another Earth")->capture_default_str();
  make_command->add_flag("--channel-3b", options.pass.channel_3b, "send band 3B instead of 3A");
  make_command->add_option("--container", options.container, "how a NOAA HRPT recording holds its words of ten bits")
      ->check(CLI::IsMember({"packed", "words-be", "words-le"}))
      ->capture_default_str();
  make_command->add_flag("--archived-instruments", options.pass.archived_instruments,
                         "send packets of IASI, ASCAT, GOME-2, HIRS, SEM and A-DCS too, with faults");
  make_command->add_option("--calibration-profile", options.pass.calibration_profile, "coefficients to invert");
  make_command->add_option("--spacecraft-directory", options.spacecraft_directory, "folder of link profiles");
  make_command->add_option("--tables", options.tables, "folder of calibration tables");
  add_stream_options(*make_command, make_stream);

  std::string file;
  CLI::App* send_command = app.add_subcommand("send", "send a file of raw bits");
  send_command->add_option("file", file, "the recording")->required();
  send_command->add_option("--spacecraft", send_stream.spacecraft, "link profile that says the size of a unit");
  send_command->add_option("--form", send_stream.form, "what the units of the recording are")
      ->check(CLI::IsMember({"bits", "codeblocks", "frames"}))
      ->capture_default_str();
  send_command->add_option("--spacecraft-directory", send_stream.spacecraft_directory, "folder of link profiles");
  add_stream_options(*send_command, send_stream);

  try {
    app.parse(argc, argv);
    const StreamOptions& stream = *make_command ? make_stream : send_stream;
    if (stream.output.empty() && stream.to.empty()) throw CLI::RequiredError("--output or --to");
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fputs(fmt::format("downlink-sim: {} (see --help)\n", error.what()).c_str(), stderr);
    return kExitUsage;
  }
  return *make_command ? run_make(options, make_stream) : run_send(file, send_stream);
}
