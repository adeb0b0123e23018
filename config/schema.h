// Every key of the configuration, declared once: name, default, range, help. The loader, --check-config, the sample
// file and downlinkd.toml(5) all visit these functions; the type of a key is the type of the member it fills.
//
// A visitor has   void key(const Key&, T& member)   for every member type, and at the top level
//                 void table(const Section&, S&)    and   void list(const Section&, std::vector<S>&).
#pragma once

#include "config/config.h"
#include "config/key.h"
#include "config/schema_sources.h"
#include "config/schema_uplink.h"

namespace dl::config {

template <class V>
void describe(V& v, General& general) {
  v.key({.name = "station",
         .form = Form::name,
         .initial = "station",
         .sample = "station",
         .help = "Name of this ground station. It is part of every product, event and pass."},
        general.station);
  v.key({.name = "spool_directory",
         .form = Form::host_path,
         .initial = "/var/lib/downlinkd",
         .help = "Where recordings, scenes and the journal live. Put it on the largest disk; only one downlinkd may "
                 "use it. It is made when it is not there."},
        general.spool_directory);
  v.key({.name = "control_socket",
         .form = Form::host_path,
         .initial_note = "control.sock in the spool directory",
         .sample = "/run/downlinkd/control.sock",
         .help = "Unix socket that downlinkctl talks to. Whoever may write to it may control downlinkd: access is the "
                 "mode of the socket (0660) and of its folder."},
        general.control_socket);
  v.key({.name = "log_level",
         .initial = "info",
         .help = "The least severe messages that go to standard error. Read again on SIGHUP."},
        general.log_level);
}

template <class V>
void describe(V& v, Process& process) {
  v.key({.name = "program",
         .form = Form::program,
         .initial_note = "downlink-process beside downlinkd itself",
         .help = "The program that turns recordings into scenes."},
        process.program);
  v.key({.name = "parallel_processes",
         .initial = "2",
         .minimum = "1",
         .maximum = "64",
         .help = "How many passes are decoded at the same time. A pass that waits is recorded all the same."},
        process.parallel_processes);
  v.key({.name = "memory_limit",
         .initial = "2 GiB",
         .minimum = "256 MiB",
         .maximum = "1 TiB",
         .help = "Memory that one downlink-process may use before it is stopped."},
        process.memory_limit_bytes);
  v.key({.name = "tle_file",
         .form = Form::file,
         .help = "Two-line element sets of the spacecraft, as Celestrak publishes them. Read again for every pass, so "
                 "that another program may replace it at any time (by rename). Without it scenes carry no positions."},
        process.tle_file);
  v.key({.name = "tle_age_flag",
         .initial = "1 d",
         .minimum = "1 h",
         .maximum = "365 d",
         .help = "Scenes made with elements older than this are flagged tle_old."},
        process.tle_age_flag);
  v.key({.name = "tle_age_refuse",
         .initial = "3 d",
         .minimum = "1 h",
         .maximum = "365 d",
         .help = "Elements older than this are not used: scenes carry no positions, and an incident says so."},
        process.tle_age_refuse);
  v.key({.name = "calibration_profile",
         .form = Form::name_or_nothing,
         .initial_note = "the instrument's own",
         .help = "Which family of calibration tables to use where an instrument has several, such as noaa-ospo."},
        process.calibration_profile);
  v.key({.name = "spacecraft_directory",
         .form = Form::directory,
         .initial_note = "the installed profiles",
         .help = "Folder of link profiles, one .toml per downlink."},
        process.spacecraft_directory);
  v.key({.name = "tables_directory",
         .form = Form::directory,
         .initial_note = "the installed tables",
         .help = "Folder of calibration tables, one folder per instrument."},
        process.tables_directory);
  v.key({.name = "overlays_directory",
         .form = Form::host_path,
         .initial_note = "overlays in the spool directory",
         .help = "Folder of your own calibration tables, and of rows that join the installed ones. A file that is put "
                 "there is checked and in force at once, for passes that begin then; one that is wrong is an incident, "
                 "and changes nothing. It is made when it is not there."},
        process.overlays_directory);
}

template <class V>
void describe(V& v, Space& space) {
  v.key({.name = "stop_scenes_below",
         .initial = "1 GiB",
         .minimum = "1 MiB",
         .maximum = "1024 TiB",
         .help = "With less free space than this no scenes are made; recordings go on, and are decoded when there is "
                 "room again."},
        space.stop_scenes_below_bytes);
  v.key({.name = "stop_recording_below",
         .initial = "4 MiB",
         .minimum = "1 MiB",
         .maximum = "1024 TiB",
         .help = "With less free space than this recording stops too, so that the journal can still be written."},
        space.stop_recording_below_bytes);
}

template <class V>
void describe(V& v, Service& service) {
  v.key({.name = "drain_timeout",
         .initial = "45 s",
         .minimum = "1 s",
         .maximum = "1 h",
         .help = "After SIGTERM: how long uploads may take to reach a checkpoint. Nothing is lost when it is short; "
                 "a little is sent again. Keep it below TimeoutStopSec of the unit."},
        service.drain_timeout);
}

template <class V>
void describe(V& v, Config& config) {
  v.table({.name = "general", .help = "The station and its folders."}, config.general);
  v.list({.name = "source", .help = "Where raw bits come from; at least one."}, config.sources);
  v.table({.name = "process", .help = "The decoder, and the data it needs."}, config.process);
  v.list({.name = "destination",
          .help = "Where scenes go: every scene goes to every destination, and is announced when all that are required "
                  "have it.",
          .sample_comment = "Without any [[destination]], scenes go to the folder \"bucket\" in the spool directory."},
         config.destinations);
  v.list({.name = "publisher",
          .help = "Who is told of passes, delivered scenes and incidents.",
          .sample_comment = "Without any [[publisher]], events go to events.jsonl in the spool directory."},
         config.publishers);
  v.table({.name = "bandwidth", .help = "How fast all uploads together may go."}, config.bandwidth);
  v.table(
      {.name = "retention",
       .help = "What is dropped from the spool, and when. What is delivered and announced goes first, oldest first; "
               "what was not delivered goes only when it is allowed here, and every drop of that is announced."},
      config.retention);
  v.table({.name = "space", .help = "What to give up, step by step, when the disk of the spool runs full."},
          config.space);
  v.table({.name = "service", .help = "Stopping."}, config.service);
}

}  // namespace dl::config
