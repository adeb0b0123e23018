// The part of the schema about where raw bits come from (config/schema.h).
#pragma once

#include "config/config.h"
#include "config/key.h"

namespace dl::config {

template <class V>
void describe_listening(V& v, Source& source) {
  v.key({.name = "listen",
         .kind = "tcp-listen",
         .initial = "127.0.0.1:4935",
         .help = "Address and port to listen on. 0.0.0.0 or [::] is every interface of the machine. Port 0 lets the "
                 "system choose; downlinkctl status shows which."},
        source.listen);
  v.key({.name = "listen",
         .kind = "udp",
         .initial = "127.0.0.1:4936",
         .help = "Address and port that datagrams come to; a multicast group is joined."},
        source.listen);
  v.key({.name = "allowed_peers",
         .kind = "tcp-listen, udp",
         .initial = "127.0.0.0/8, ::1/128",
         .help = "Who may connect, or send datagrams. Others are refused and counted. The protocol has no password: "
                 "keep this list short."},
        source.allowed_peers);
}

template <class V>
void describe_dialling(V& v, Source& source) {
  constexpr std::string_view kKinds = "tcp-dial, cortex, sle, nng, osp";
  v.key({.name = "connect",
         .form = Form::host_port,
         .required = true,
         .kind = kKinds,
         .help = "Where to connect to. Ports in use: Cortex HDR 3075, Cortex CRT 3070, goesrecv 5004, Open Satellite "
                 "Project 5001."},
        source.connect);
  v.key({.name = "reconnect_delay_max",
         .kind = kKinds,
         .initial = "10 s",
         .minimum = "100 ms",
         .maximum = "1 h",
         .help = "The longest wait between two attempts to connect. Waits begin short, double, and are random, so that "
                 "many stations do not knock at the same moment."},
        source.reconnect_delay_max);
}

template <class V>
void describe_form(V& v, Source& source) {
  constexpr std::string_view kHelp =
      "What the bytes are: bits is a stream of channel access data units with their markers, at any bit position; "
      "codeblocks are the same without marker, back to back; frames are transfer frames that the station has decoded; "
      "packets are space packets; soft-symbols are a signed byte per symbol. Where whole messages come (udp, nng), "
      "each must be one such unit.";
  v.key({.name = "form",
         .kind = "tcp-listen, tcp-dial, udp, file, folder, stdin, cortex",
         .initial = "bits",
         .help = kHelp},
        source.form);
  v.key({.name = "form", .kind = "nng, osp", .initial = "frames", .help = kHelp}, source.form);
  v.key({.name = "whole_units",
         .kind = "udp, nng",
         .initial = "true",
         .help = "Whether every datagram or message is one unit: then one of another size is counted and dropped. "
                 "With false they are pieces of a stream of bits, of any size."},
        source.whole_units);
  v.key({.name = "strip_bytes",
         .kind = "udp, nng",
         .initial = "0",
         .minimum = "0",
         .maximum = "4096",
         .help = "Bytes in front of the unit in every datagram or message, which are not recorded."},
        source.strip_bytes);
  v.key({.name = "receive_buffer",
         .kind = "udp",
         .initial = "32 MiB",
         .minimum = "64 KiB",
         .maximum = "512 MiB",
         .help = "Buffer of the kernel for datagrams that were not read yet. Without CAP_NET_ADMIN the kernel gives at "
                 "most net.core.rmem_max; an incident says so."},
        source.receive_buffer_bytes);
}

template <class V>
void describe_files(V& v, Source& source) {
  v.key({.name = "path", .form = Form::file, .required = true, .kind = "file", .help = "The recording to take in."},
        source.path);
  v.key({.name = "path",
         .form = Form::host_path,
         .required = true,
         .kind = "folder",
         .help = "Every file that comes to be in this folder is taken in, once, as one pass. Give it its name when it "
                 "is complete: write it under another name, or elsewhere on the same file system, and rename it."},
        source.path);
  v.key({.name = "pattern",
         .kind = "folder",
         .initial = "*",
         .help = "Names that count, such as *.cadu. Names that begin with a dot, or end in .part or .tmp, never do."},
        source.pattern);
  v.key({.name = "received_at",
         .kind = "file",
         .initial_note = "the file's modification time",
         .help = "When the first byte of the recording was received. Spacecraft that send only a time of day take "
                 "the date from it."},
        source.received_at);
}

template <class V>
void describe_cortex(V& v, Cortex& cortex) {
  v.key({.name = "family",
         .kind = "cortex",
         .initial = "hdr",
         .help = "Which request the demodulator expects: hdr for the HDR family, crt for CRT."},
        cortex.family);
  v.key({.name = "channel",
         .kind = "cortex",
         .initial = "0",
         .minimum = "0",
         .maximum = "255",
         .help = "Telemetry channel of the demodulator."},
        cortex.channel);
  v.key({.name = "data_flow",
         .kind = "cortex",
         .initial = "0",
         .minimum = "0",
         .maximum = "255",
         .help = "Data flow of the channel, as the manual of the demodulator numbers them."},
        cortex.data_flow);
  v.key({.name = "blocks_per_reply",
         .kind = "cortex",
         .initial = "1",
         .minimum = "1",
         .maximum = "131072",
         .help = "How many telemetry blocks the demodulator sends at once."},
        cortex.blocks_per_reply);
  v.key({.name = "preamble_bytes",
         .kind = "cortex",
         .initial = "64",
         .minimum = "0",
         .maximum = "4096",
         .help = "Bytes in front of the first block of a reply."},
        cortex.preamble_bytes);
  v.key({.name = "postamble_bytes",
         .kind = "cortex",
         .initial = "4",
         .minimum = "0",
         .maximum = "4096",
         .help = "Bytes behind the last block of a reply."},
        cortex.postamble_bytes);
  v.key({.name = "frame_padding_bytes",
         .kind = "cortex",
         .initial = "0",
         .minimum = "0",
         .maximum = "64",
         .help = "Bytes behind the frame in every block, which fill it up to a multiple of 8."},
        cortex.frame_padding_bytes);
  v.key(
      {.name = "has_time_tag",
       .kind = "cortex",
       .initial = "true",
       .help = "Whether a time tag of 8 bytes stands behind the frame. It has no year: that is taken from the clock."},
      cortex.has_time_tag);
  v.key({.name = "has_status",
         .kind = "cortex",
         .initial = "true",
         .help = "Whether a status of 8 bytes follows, as with frame synchronization on."},
        cortex.has_status);
  v.key({.name = "spare_bytes",
         .kind = "cortex",
         .initial = "0",
         .minimum = "0",
         .maximum = "64",
         .help = "Spare bytes at the end of a block, a multiple of 8."},
        cortex.spare_bytes);
}

template <class V>
void describe_sle_security(V& v, Sle& sle) {
  v.key({.name = "authentication",
         .kind = "sle",
         .initial = "all",
         .help = "Which operations carry credentials: none, the bind only, or all, as agreed with the provider. "
                 "Credentials do not keep anybody from reading or changing the frames: use a private network."},
        sle.authentication);
  v.key({.name = "hash",
         .kind = "sle",
         .initial = "sha256",
         .help = "Hash of the credentials: sha256, or sha1 with older providers."},
        sle.hash);
  v.key({.name = "password_file",
         .form = Form::secret,
         .kind = "sle",
         .help = "File with our password as agreed with the provider: text, or hexadecimal behind hex:. Keep its mode "
                 "at 0600."},
        sle.password_file);
  v.key({.name = "responder_password_file",
         .form = Form::secret,
         .kind = "sle",
         .initial_note = "what the provider proves is not checked",
         .help = "File with the provider's password: what it sends is refused when it does not prove it."},
        sle.responder_password_file);
}

template <class V>
void describe_sle_timing(V& v, Sle& sle) {
  v.key({.name = "heartbeat",
         .kind = "sle",
         .initial = "30 s",
         .minimum = "0 s",
         .maximum = "1 h",
         .help = "How often both sides say that they are there; 0 s: never."},
        sle.heartbeat);
  v.key({.name = "dead_factor",
         .kind = "sle",
         .initial = "3",
         .minimum = "1",
         .maximum = "100",
         .help = "After so many heartbeats of silence the connection is taken for dead."},
        sle.dead_factor);
  v.key({.name = "return_timeout",
         .kind = "sle",
         .initial = "30 s",
         .minimum = "1 s",
         .maximum = "1 h",
         .help = "How long to wait for the provider's answer to an operation."},
        sle.return_timeout);
}

template <class V>
void describe_sle(V& v, Sle& sle) {
  v.key({.name = "service",
         .kind = "sle",
         .initial = "raf",
         .help = "raf: return all frames (CCSDS 911.1-B); rcf: return channel frames (CCSDS 911.2-B)."},
        sle.service);
  v.key({.name = "mode",
         .kind = "sle",
         .initial = "online-complete",
         .help = "online-timely drops frames rather than be late, and says so; online-complete keeps them for us; "
                 "offline sends what was received before."},
        sle.mode);
  v.key({.name = "service_instance",
         .form = Form::word,
         .required = true,
         .kind = "sle",
         .help = "Identifier of the service instance, as the provider has named it, such as "
                 "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlc1."},
        sle.service_instance);
  v.key(
      {.name = "initiator", .form = Form::word, .required = true, .kind = "sle", .help = "Our name with the provider."},
      sle.initiator);
  v.key({.name = "responder",
         .form = Form::word_or_nothing,
         .kind = "sle",
         .initial_note = "not checked",
         .help = "The provider's name; needed to check what it proves."},
        sle.responder);
  v.key({.name = "responder_port",
         .form = Form::word,
         .required = true,
         .kind = "sle",
         .help = "Name of the logical port of the provider."},
        sle.responder_port);
  v.key({.name = "version",
         .kind = "sle",
         .initial = "4",
         .minimum = "1",
         .maximum = "5",
         .help = "Version of the service that is asked for."},
        sle.version);
  describe_sle_security(v, sle);
  describe_sle_timing(v, sle);
  v.key({.name = "good_frames_only",
         .kind = "sle",
         .initial = "false",
         .help = "RAF: do not ask for frames that the station could not decode."},
        sle.good_frames_only);
  v.key({.name = "frame_version",
         .kind = "sle",
         .initial = "1",
         .minimum = "0",
         .maximum = "12",
         .help = "RCF: transfer frame version number of the channel: 0 is TM, 1 AOS, 12 USLP."},
        sle.frame_version);
  v.key({.name = "spacecraft_id",
         .kind = "sle",
         .initial = "0",
         .minimum = "0",
         .maximum = "65535",
         .help = "RCF: spacecraft identifier of the channel."},
        sle.spacecraft_id);
  v.key({.name = "virtual_channel",
         .kind = "sle",
         .initial_note = "the master channel",
         .minimum = "0",
         .maximum = "63",
         .help = "RCF: virtual channel."},
        sle.virtual_channel);
  v.key({.name = "from", .kind = "sle", .help = "With mode = \"offline\": frames from this time on."}, sle.from);
  v.key({.name = "to", .kind = "sle", .help = "With mode = \"offline\": frames up to this time."}, sle.to);
  v.key(
      {.name = "fill_gaps_of",
       .form = Form::name_or_nothing,
       .kind = "sle",
       .help = "With mode = \"offline\": the source whose passes this one completes. What is missing in them is asked "
               "for when they have ended; the scenes behind the first gap wait for it."},
      sle.fill_gaps_of);
  v.key(
      {.name = "fill_timeout",
       .kind = "sle",
       .initial = "30 min",
       .minimum = "1 s",
       .maximum = "7 d",
       .help = "With fill_gaps_of: how long after the end of a pass its scenes wait for what is missing. Then they are "
               "made without it."},
      sle.fill_timeout);
}

template <class V>
void describe(V& v, Source& source) {
  v.key({.name = "name",
         .form = Form::name,
         .required = true,
         .sample = "antenna-1",
         .help = "Name of the source. It is part of the name of every pass: 20260512T115203Z-antenna-1."},
        source.name);
  v.key({.name = "kind",
         .initial = "tcp-listen",
         .help = "tcp-listen waits for a receiver to connect and send; tcp-dial connects to it. The orderly end of the "
                 "connection ends the pass. udp takes datagrams, one unit in each. file takes in one recording, folder "
                 "every one that comes to be in it, stdin what is piped in. cortex is the telemetry port of a Cortex "
                 "demodulator, sle a CCSDS SLE provider, nng a nanomsg or nng publisher such as goesrecv, osp the "
                 "demultiplexer port of the Open Satellite Project. docs/operating.md tells how to set up each."},
        source.kind);
  v.key({.name = "spacecraft",
         .form = Form::spacecraft,
         .required = true,
         .sample = "metop-b",
         .help = "Link profile of what this source receives: a name, or the path of a profile's .toml file. A name "
                 "that is not known is refused with the list of those that are."},
        source.spacecraft);
  describe_listening(v, source);
  describe_dialling(v, source);
  v.key({.name = "idle_timeout",
         .kind = "tcp-listen, tcp-dial, udp, cortex, sle, nng, osp",
         .initial = "30 s",
         .minimum = "1 s",
         .maximum = "1 h",
         .help = "A pass ends when its peer sent nothing for this long. Until then a receiver that lost its "
                 "connection may come back and continue the pass."},
        source.idle_timeout);
  describe_form(v, source);
  describe_files(v, source);
  v.key({.name = "merge_with",
         .form = Form::name_or_nothing,
         .help = "Another source that receives the same passes, by a second antenna for instance: what both recorded "
                 "of a pass is decoded as one, the better frame of each pair is used."},
        source.merge_with);
  describe_cortex(v, source.cortex);
  describe_sle(v, source.sle);
}

}  // namespace dl::config
