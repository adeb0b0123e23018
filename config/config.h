// The validated configuration of downlinkd: plain structs, every value typed, every path absolute.
// Made by config/load.h from a TOML file; every key is declared once, in config/schema.h, from which the sample
// file and downlinkd.toml(5) are made too.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "link/profile.h"

namespace dl::config {

enum class LogLevel { error, warning, info, debug };
enum class SourceKind { tcp_listen, tcp_dial, udp, file, folder, standard_input, cortex, sle, nng, osp };
enum class CortexFamily { hdr, crt };
enum class SleService { raf, rcf };
enum class SleMode { online_timely, online_complete, offline };
// Which SLE operations carry credentials.
enum class SleAuthentication { none, bind, all };
enum class SleHash { sha1, sha256 };
enum class DestinationKind { directory, gcs, s3, azure, sftp };
enum class PublisherKind { journal, pubsub, webhook };
// How we prove to Google who we are: not at all (emulators); by tokens that we sign with a service-account key; by
// tokens that the key is exchanged for at Google's token endpoint; by what the metadata server of the machine gives.
enum class Credentials { none, service_account, service_account_token, metadata };
// Where the bucket stands in an S3 address: "endpoint/bucket/name", or "bucket.endpoint/name".
enum class Addressing { path, virtual_host };
// How an SFTP upload is proven: by its size, or by reading it back.
enum class Verify { size, content };

// The words that stand in the file: "tcp-listen", "service-account".
std::string_view to_string(LogLevel level);
std::string_view to_string(SourceKind kind);
std::string_view to_string(link::InputForm form);
std::string_view to_string(DestinationKind kind);
std::string_view to_string(PublisherKind kind);
std::string_view to_string(Credentials credentials);
std::string_view to_string(Addressing addressing);
std::string_view to_string(Verify verify);

struct General {
  std::string station = "station";  // in passes, products and events
  std::filesystem::path spool_directory = "/var/lib/downlinkd";
  std::filesystem::path control_socket;  // default: <spool_directory>/control.sock
  LogLevel log_level = LogLevel::info;
};

struct ListenAddress {
  std::string host;        // an IPv4 or IPv6 address, no name, no brackets
  std::uint16_t port = 0;  // 0: the system chooses; `downlinkctl status` shows which

  // "127.0.0.1:4935", "[::1]:4935".
  [[nodiscard]] std::string text() const;
  bool operator==(const ListenAddress&) const = default;
};

// Where to connect to.
struct HostPort {
  std::string host;  // a name or an address, no brackets
  std::uint16_t port = 0;
};

// "demod:3070", "192.0.2.7:3070", "[2001:db8::7]:3070"; nullopt for anything else.
std::optional<HostPort> parse_host_port(std::string_view text);

// Addresses that share the first `prefix_bits` bits. An IPv4 network also holds the IPv4-mapped IPv6 addresses of its
// own.
struct PeerNetwork {
  std::string address;  // without the prefix length
  unsigned prefix_bits = 0;

  // "192.0.2.0/24"
  [[nodiscard]] std::string text() const;
  bool operator==(const PeerNetwork&) const = default;
};

// Whether `peer_address` (as inet_ntop writes it) is in one of the networks; false for anything that is no address.
bool is_allowed_peer(const std::vector<PeerNetwork>& allowed, const std::string& peer_address);

// Telemetry port of a Cortex demodulator ("ground-interfaces", 5.1). What stands in a block is set in the demodulator.
struct Cortex {
  CortexFamily family = CortexFamily::hdr;
  unsigned channel = 0;
  unsigned data_flow = 0;
  unsigned preamble_bytes = 0;   // in front of the first block of a reply
  unsigned postamble_bytes = 0;  // behind the last one
  unsigned blocks_per_reply = 1;
  unsigned frame_padding_bytes = 0;  // behind the frame, to a multiple of 8
  bool has_time_tag = true;
  bool has_status = true;
  unsigned spare_bytes = 0;

  bool operator==(const Cortex&) const = default;
};

// A service instance of a CCSDS SLE provider (913.1-B ISP1, 911.1-B RAF, 911.2-B RCF).
struct Sle {
  SleService service = SleService::raf;
  SleMode mode = SleMode::online_complete;
  std::string service_instance;  // "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlc1"
  std::string initiator;         // our name with the provider
  std::string responder;         // the provider's name; checked when it proves it
  std::string responder_port;    // the name of its logical port
  unsigned version = 4;
  SleAuthentication authentication = SleAuthentication::all;
  SleHash hash = SleHash::sha256;
  std::optional<std::filesystem::path> password_file;  // ours: hexadecimal or text, as agreed
  std::optional<std::filesystem::path> responder_password_file;
  Milliseconds heartbeat{};  // 0: none
  unsigned dead_factor = 3;
  Milliseconds return_timeout{};  // for the return of an operation
  bool good_frames_only = false;  // RAF: erred frames are not even sent
  unsigned frame_version = 0;     // RCF: of the channel to select
  unsigned spacecraft_id = 0;
  std::optional<unsigned> virtual_channel;  // RCF: nothing: the master channel
  std::optional<UtcTime> from;              // offline
  std::optional<UtcTime> to;
  std::string fill_gaps_of;     // offline: a source whose passes this one completes
  Milliseconds fill_timeout{};  // so long after the end of a pass its scenes wait for that

  bool operator==(const Sle&) const = default;
};

// Where raw bits come from.
struct Source {
  std::string name;
  SourceKind kind = SourceKind::tcp_listen;
  std::string spacecraft;  // name of a link profile, or the absolute path of a profile's .toml
  link::InputForm form = link::InputForm::bits;
  std::string merge_with;  // a source whose pass this one is a second reception of; empty: none
  // tcp-listen, udp
  ListenAddress listen;
  std::vector<PeerNetwork> allowed_peers;
  // tcp-dial, cortex, sle, nng, osp
  std::string connect;  // "host:port"
  Milliseconds reconnect_delay_max{};
  Milliseconds idle_timeout{};  // silence after which the pass ends although the peer did not say so
  // udp, osp, nng
  bool whole_units = true;                 // udp, nng: every message is one unit; else it is a piece of a stream
  unsigned strip_bytes = 0;                // in front of the frame in every datagram or message
  std::uint64_t receive_buffer_bytes = 0;  // udp
  // file, folder
  std::filesystem::path path;          // file: taken in once, as one pass; folder: every file that comes to be in it
  std::optional<UtcTime> received_at;  // when its first byte came down; default: the file's modification time
  std::string pattern;                 // folder: names that count, "*.cadu"
  Cortex cortex;
  Sle sle;

  bool operator==(const Source&) const = default;
};

// downlink-process: the child that turns bits into scenes.
struct Process {
  std::optional<std::filesystem::path> program;  // default: downlink-process beside downlinkd's own executable
  unsigned parallel_processes = 0;       // passes decoded at the same time; others wait, their recording does not
  std::uint64_t memory_limit_bytes = 0;  // per process
  std::optional<std::filesystem::path> tle_file;
  Milliseconds tle_age_flag{};                                // from this age on products are flagged
  Milliseconds tle_age_refuse{};                              // from this age on products carry no positions
  std::string calibration_profile;                            // empty: the instrument's own
  std::optional<std::filesystem::path> spacecraft_directory;  // default: the installed profiles
  std::optional<std::filesystem::path> tables_directory;      // default: the installed calibration tables
  std::filesystem::path overlays_directory;                   // default: <spool_directory>/overlays
};

// Of a service on the network: shared by destinations and publishers.
struct Endpoint {
  std::string url;  // "https://storage.googleapis.com", no slash at the end
  Credentials credentials = Credentials::service_account;
  // Looked for when it is used, not when the configuration is read: a key that is missing must not keep a station from
  // recording.
  std::optional<std::filesystem::path> credentials_file;
  std::string proxy;  // "http://proxy:3128"; empty: none
  std::optional<std::filesystem::path> proxy_login_file;
  std::string no_proxy;                          // names and networks that are reached without it, with commas between
  std::optional<std::filesystem::path> ca_file;  // default: the system's certificate authorities
  Milliseconds connect_timeout{};
  Milliseconds stall_timeout{};  // no byte moved in either direction for this long

  bool operator==(const Endpoint&) const = default;
};

// Where scenes go. Every scene goes to every destination.
struct Destination {
  std::string name;
  DestinationKind kind = DestinationKind::directory;
  bool required = true;            // a scene counts as delivered, and is announced, when all required ones have it
  unsigned workers = 0;            // uploads at the same time
  Milliseconds retry_delay_max{};  // the longest wait between two attempts while the destination is away
  std::string object_prefix;       // put in front of every object name, "" or "a/b" without slash at either end
  // directory
  std::filesystem::path path;
  bool require_mount = false;  // do not fill the folder below a mount point that nothing is mounted on
  // gcs, s3
  std::string bucket;
  // gcs, s3, azure; of sftp the time-outs only
  Endpoint endpoint;
  std::uint64_t chunk_size_bytes = 0;  // gcs: a multiple of 256 KiB
  // s3
  std::string region;
  Addressing addressing = Addressing::virtual_host;
  std::string profile;      // section of credentials_file
  bool create_only = true;  // tell the service not to replace an object
  // s3, azure
  std::uint64_t part_size_bytes = 0;
  // azure
  std::string account;
  std::string container;
  // sftp
  std::string host;
  unsigned port = 0;
  std::string user;
  std::optional<std::filesystem::path> key_file;  // or
  std::optional<std::filesystem::path> password_file;
  std::filesystem::path known_hosts;
  std::string folder;  // on the server; relative ones count from the user's home
  Verify verify = Verify::content;

  bool operator==(const Destination&) const = default;
};

// Who is told of every delivered scene.
struct Publisher {
  std::string name;
  PublisherKind kind = PublisherKind::journal;  // journal: <spool_directory>/events.jsonl
  Milliseconds retry_delay_max{};
  // pubsub; of webhook the time-outs, proxy and authorities
  Endpoint endpoint;
  std::string project;
  std::string topic;
  bool ordering = false;  // publish with ordering keys (station and instrument)
  // webhook
  std::string url;
  std::optional<std::filesystem::path> secret_file;

  bool operator==(const Publisher&) const = default;
};

// How fast all uploads together may go.
struct Bandwidth {
  std::vector<std::string> limit;    // a timetable (uplink/http/bandwidth_plan.h); empty: no limit
  std::string during_pass = "send";  // or "pause", or a rate: while something is received

  bool operator==(const Bandwidth&) const = default;
};

// What may be dropped from the spool, and when. What is delivered and announced goes first, oldest first.
struct Retention {
  std::optional<std::uint64_t> quota_bytes;         // of the whole spool; nothing: the disk is the limit
  std::uint64_t keep_free_bytes = 0;                // on the file system of the spool
  std::optional<Milliseconds> keep_delivered_for;   // then it goes although there is room; nothing: only for room
  std::optional<Milliseconds> keep_recordings_for;  // the same of recordings whose scenes are all delivered or dropped
  bool drop_recordings_without_scenes = false;
  bool drop_before_optional = false;  // delivered scenes that an optional destination still waits for
  bool drop_undelivered_level_0 = false;
  bool drop_undelivered_scenes = false;

  bool operator==(const Retention&) const = default;
};

// Steps of running out of disk, measured on the file system of the spool. Always stop_scenes > stop_recording.
struct Space {
  std::uint64_t stop_scenes_below_bytes = 0;     // no new scenes; recording goes on
  std::uint64_t stop_recording_below_bytes = 0;  // what is left is the journal's
};

struct Service {
  Milliseconds drain_timeout{};  // from SIGTERM to the end: finish chunks and checkpoints, then stop
};

struct Config {
  std::filesystem::path file;  // that this was read from, absolute
  General general;
  std::vector<Source> sources;  // at least one
  Process process;
  std::vector<Destination> destinations;  // at least one: without any in the file, directory "local" at <spool>/bucket
  std::vector<Publisher> publishers;      // at least one: without any in the file, journal "journal"
  Bandwidth bandwidth;
  Retention retention;
  Space space;
  Service service;
};

}  // namespace dl::config
