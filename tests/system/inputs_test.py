"""Every kind of source, driven by downlink-sim into a running downlinkd: the same scenes, whatever way the bits came.

The pass is damaged (bit errors, lost frames), so that what is lost on the link is there to be counted; nothing may be
lost on the ways here, or it is counted by the source.
"""

import hashlib
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import time
import unittest

import station
from station import BINARY, Station, free_port, run, tree_hashes, wait_until
from transfer_frames import CADU_BYTES, FRAME_BYTES, decoded

LONG = os.environ.get("DOWNLINKD_TEST_LONG") == "1"
SPACECRAFT = "metop-b"
DURATION_S = 40 if LONG else 10
LOST = (100, 101, 102, 900)
DIALLED = ("tcp-dial", "osp", "nng", "cortex")
CORTEX_KEYS = """
preamble_bytes = 64
postamble_bytes = 4
blocks_per_reply = 8
frame_padding_bytes = 4
spare_bytes = 16
"""
CORTEX_SENDER = "blocks=8,padding=4,spare=2"
SLE_KEYS = {
    "raf": 'service_instance = "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlc1"\n',
    # With no virtual channel the master channel.
    "rcf": 'service_instance = "sagr=1.spack=VST-PASS0001.rsl-fg=1.rcf=onlc1"\n'
           'service = "rcf"\nframe_version = 1\nspacecraft_id = 11\n',
    "timely": 'service_instance = "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlt1"\nmode = "online-timely"\n',
    "archive": 'service_instance = "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=offl1"\nmode = "offline"\n'
               'fill_gaps_of = "timely"\n',
}
COMPLETE = ("raf", "rcf")


def source(name, kind, keys=""):
    return f'[[source]]\nname = "{name}"\nkind = "{kind}"\nspacecraft = "{SPACECRAFT}"\n{keys}\n'


def dialled(kind, port, idle_timeout="20 s"):
    form = 'form = "bits"\n' if kind in ("osp", "nng") else ""
    keys = CORTEX_KEYS if kind == "cortex" else ""
    return source(kind, kind, f'connect = "127.0.0.1:{port}"\nreconnect_delay_max = "200 ms"\n'
                              f'idle_timeout = "{idle_timeout}"\n{form}{keys}')


def sle(service, port, keys=""):
    return source(service, "sle", f'connect = "127.0.0.1:{port}"\nreconnect_delay_max = "200 ms"\n'
                                  f'idle_timeout = "20 s"\n'
                                  f'authentication = "none"\ninitiator = "DOWNLINKD"\nresponder_port = "PORT"\n'
                                  f'{SLE_KEYS[service]}{keys}')


def sender(path, to, *arguments):
    return subprocess.Popen([str(BINARY / "downlink-sim"), "send", str(path), "--to", to, *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process, timeout_s=120):
    said, _ = process.communicate(timeout=timeout_s)
    if process.returncode != 0:
        raise AssertionError(f"downlink-sim exited {process.returncode}: {said}")
    return said


def scheme(kind):
    return "tcp-listen" if kind == "tcp-dial" else kind


def recording(a_station, pass_id):
    return b"".join(p.read_bytes() for p in sorted(a_station.spool.glob(f"passes/{pass_id}/rec-*.raw")))


def chunk_times(a_station, pass_id):
    """UTC microseconds of every chunk (docs/formats/recording.md)."""
    index = b"".join(p.read_bytes() for p in sorted(a_station.spool.glob(f"passes/{pass_id}/rec-*.idx")))
    return [struct.unpack(">q", index[at + 16:at + 24])[0] for at in range(0, len(index), 32)]


def intake(a_station, name):
    rows = a_station.report("sources")["intake"]
    return next(row for row in rows if row["source"] == name)


def passes_of(a_station, name):
    return [row for row in a_station.report("passes")["passes"] if row["source"] == name]


def link_report(a_station, pass_id):
    report = a_station.report("passes", pass_id)["process_report"]
    return json.loads(report) if isinstance(report, str) else report


def without_lost(units, unit_bytes):
    return b"".join(units[at:at + unit_bytes] for at in range(0, len(units), unit_bytes)
                    if at // unit_bytes not in LOST)


def data_of(hashes):
    """Without what says where, and of what, a scene was made."""
    return {name: digest for name, digest in hashes.items() if not name.endswith(("manifest.json", "report.json"))}


def missing_of(report):
    return [channel["missing"] for channel in report["virtual_channels"]]


def frames_of(report):
    return sum(channel["frames"] for channel in report["virtual_channels"])


class Inputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Station(SPACECRAFT).__enter__()  # for its folder only
        whole = cls.folder.folder / "whole.cadu"
        run("downlink-sim", "make", "--start", "2026-05-12T08:56:40Z", "--duration", str(DURATION_S), "--tle",
            station.SIMULATED_TLE, "--output", whole)
        cls.cadus = cls.folder.folder / "damaged.cadu"
        run("downlink-sim", "send", whole, "--output", cls.cadus, "--bit-error-rate", "2e-4", "--lose-frames",
            ",".join(map(str, LOST)))
        cls.bytes = cls.cadus.read_bytes()
        # What an SLE provider has of the same pass, and the CADUs that it was made of.
        cls.station_frames = cls.folder.folder / "station.frames"
        cls.station_frames.write_bytes(decoded(whole.read_bytes()))
        cls.station_cadus = cls.folder.folder / "station.cadu"
        cls.station_cadus.write_bytes(without_lost(whole.read_bytes(), CADU_BYTES))
        with Station(SPACECRAFT) as reference:
            reference.start()
            reference.send(cls.cadus)
            reference.wait_drained()
            cls.scenes = tree_hashes(reference.bucket)
            row = reference.report("passes")["passes"][0]
            report = link_report(reference, row["id"])
            cls.frames = frames_of(report)
            cls.missing = missing_of(report)
        assert cls.scenes

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__(None, None, None)

    def provider(self, port, faults="", rate=None, lost=LOST):
        words = ["time=2026-05-12T08:56:40Z", "lost=" + ";".join(map(str, lost)), *([faults] if faults else [])]
        return sender(self.station_frames, f"sle://127.0.0.1:{port}", "--cadu-size", str(FRAME_BYTES), "--sle",
                      ",".join(words), *(["--rate", rate] if rate else []))

    def check_recording(self, a_station, name, expected=None):
        rows = passes_of(a_station, name)
        self.assertEqual(len(rows), 1, f"{name}: {rows}")
        recorded = recording(a_station, rows[0]["id"])
        self.assertEqual(hashlib.sha256(recorded).hexdigest(), hashlib.sha256(expected or self.bytes).hexdigest(),
                         f"{name}: {len(recorded)} bytes recorded of {len(expected or self.bytes)} sent")
        self.assertTrue(link_report(a_station, rows[0]["id"])["balanced"], name)
        return rows[0]

    def test_all_kinds_at_once_give_the_same_scenes(self):
        ports = {kind: free_port() for kind in (*DIALLED, "udp")}
        extra = "".join(dialled(kind, ports[kind]) for kind in DIALLED)
        extra += source("udp", "udp", f'listen = "127.0.0.1:{ports["udp"]}"\nidle_timeout = "2 s"\n')
        with Station(SPACECRAFT, extra=extra) as s:
            drop = s.folder / "drop"
            drop.mkdir()
            with s.config.open("a") as config:
                config.write(source("folder", "folder", f'path = "{drop}"\npattern = "*.cadu"\n'))
                config.write(source("stdin", "stdin"))
            with self.cadus.open("rb") as piped:
                s.start(stdin=subprocess.PIPE)
                senders = [sender(self.cadus, f"{scheme(kind)}://127.0.0.1:{ports[kind]}",
                                  *(["--cortex", CORTEX_SENDER] if kind == "cortex" else []), "--rate", "60e6")
                           for kind in DIALLED]
                senders.append(sender(self.cadus, f"tcp://127.0.0.1:{s.port}", "--rate", "60e6"))
                senders.append(sender(self.cadus, f"udp://127.0.0.1:{ports['udp']}", "--rate", "60e6"))
                senders.append(sender(self.cadus, f"folder://{drop}"))
                s.daemon.stdin.write(piped.read())
                s.daemon.stdin.close()
            for process in senders:
                finish(process)
            names = ["antenna1", *DIALLED, "udp", "folder", "stdin"]
            wait_until(lambda: len(s.report("passes")["passes"]) == len(names), 60, "a pass of every source")
            s.wait_drained()
            for name in names:
                row = self.check_recording(s, name)
                self.assertEqual(row["end_reason"], "idle" if name == "udp" else "eof", name)
            self.assertEqual(tree_hashes(s.bucket), self.scenes)
            self.assertEqual(s.incident_kinds(), [])
            units = len(self.bytes) // CADU_BYTES
            for name in ("udp", "nng", "cortex"):
                counters = intake(s, name)
                self.assertEqual(counters["messages"], units, name)
                self.assertEqual(counters["wrong_size_messages"] + counters["dropped_by_kernel"] +
                                 counters["dropped_no_room_messages"] + counters["protocol_errors"], 0, name)
            self.assertEqual(intake(s, "cortex")["times_refused"], units, "tags of 1970 are not of our time")
            states = {row["name"]: row["state"] for row in s.report("sources")["sources"]}
            self.assertEqual(states["stdin"], "finished")
            self.assertEqual(states["folder"], "listening")

    def test_a_cut_and_a_pause_cost_nothing_that_was_sent(self):
        cut = (len(self.bytes) // CADU_BYTES // 2) * CADU_BYTES
        ports = {kind: free_port() for kind in DIALLED}
        with Station(SPACECRAFT, extra="".join(dialled(kind, ports[kind]) for kind in DIALLED)) as s:
            s.start()
            # The pause lets arrive what is on its way: a reset takes it with it.
            senders = [sender(self.cadus, f"{scheme(kind)}://127.0.0.1:{ports[kind]}", "--cut", str(cut), "--pause-at",
                              str(cut), "--pause", "1.5", *(["--cortex", CORTEX_SENDER] if kind == "cortex" else []))
                       for kind in DIALLED]
            for process in senders:
                self.assertIn("in 2 connections", finish(process))
            s.wait_drained()
            for kind in DIALLED:
                row = self.check_recording(s, kind)
                self.assertEqual(row["connections"], 2, kind)
                self.assertEqual(intake(s, kind)["reconnects"], 1, kind)
            self.assertEqual(tree_hashes(s.bucket), self.scenes)

    def test_sle_gives_what_the_file_of_its_cadus_gives(self):
        expected = self.batch(self.station_cadus, "station")
        ports = {service: free_port() for service in COMPLETE}
        with Station(SPACECRAFT, extra="".join(sle(service, ports[service]) for service in COMPLETE)) as s:
            s.start()
            # Another input at once; were any of the three different, it would be an incident.
            senders = [sender(self.station_cadus, f"tcp://127.0.0.1:{s.port}")]
            senders += [self.provider(ports[service]) for service in COMPLETE]
            for process in senders:
                finish(process)
            s.wait_drained()
            self.check_recording(s, "antenna1", self.station_cadus.read_bytes())
            recorded = without_lost(self.station_frames.read_bytes(), FRAME_BYTES)
            for service in COMPLETE:
                row = self.check_recording(s, service, recorded)
                self.assertEqual((row["id"], row["end_reason"]), (f"20260512T085640Z-{service}", "eof"))
                report = link_report(s, row["id"])
                self.assertEqual(frames_of(report), self.frames, service)
                self.assertEqual(missing_of(report), self.missing, service)
                counters = intake(s, service)
                self.assertEqual(counters["messages"], len(recorded) // FRAME_BYTES, service)
                self.assertEqual(counters["gaps_told"], len(LOST), service)
                self.assertEqual(counters["wrong_size_messages"] + counters["protocol_errors"], 0, service)
            self.assertEqual(data_of(tree_hashes(s.bucket)), expected)
            self.assertEqual(s.incident_kinds(), [])

    def test_sle_provider_that_is_cut_and_one_that_falls_silent_cost_nothing(self):
        ports = {service: free_port() for service in COMPLETE}
        faults = {"raf": "cut=400", "rcf": "silence=400"}
        keys = 'heartbeat = "1 s"\ndead_factor = 2\n'
        with Station(SPACECRAFT, extra="".join(sle(service, ports[service], keys) for service in COMPLETE)) as s:
            s.start()
            # No faster: what a cut finds unread in the sockets is gone, and a pass may then begin behind it.
            senders = [self.provider(ports[service], faults[service], "5e6") for service in COMPLETE]
            for process in senders:
                finish(process)
            s.wait_drained()
            frames = without_lost(self.station_frames.read_bytes(), FRAME_BYTES)
            for service in COMPLETE:
                row = passes_of(s, service)[0]
                report = link_report(s, row["id"])
                # The frame that START names comes again. An idle one is in no channel's counts.
                self.assertEqual(len(recording(s, row["id"])), len(frames) + FRAME_BYTES, service)
                self.assertLessEqual(sum(channel["repeated"] for channel in report["virtual_channels"]), 1, service)
                self.assertEqual(frames_of(report), self.frames, service)
                self.assertEqual(missing_of(report), self.missing, service)
                self.assertTrue(report["balanced"], service)
                self.assertEqual(row["connections"], 2, service)
                self.assertGreaterEqual(intake(s, service)["reconnects"], 1, service)  # one more when the pass is over
            self.assertEqual(data_of(tree_hashes(s.bucket)), self.batch(self.station_cadus, "station-cut"))

    def timely_pass(self, s, port):
        """A daemon that stands still in the middle of it. How many frames were dropped."""
        s.start()
        process = self.provider(port, "timely-buffer=8192", "4e6", lost=())
        wait_until(lambda: any(p.stat().st_size > 50_000 for p in s.spool.glob("passes/*/rec-*.raw")), 30, "some of it")
        s.daemon.send_signal(signal.SIGSTOP)
        time.sleep(1)  # what it stands still for; the provider sends 500 kB in that time
        s.daemon.send_signal(signal.SIGCONT)
        sent = int(re.search(r"(\d+) messages", finish(process)).group(1))
        s.wait_drained()
        self.assertEqual(len(passes_of(s, "timely")), 1)
        row = passes_of(s, "timely")[0]
        self.assertEqual(row["connections"], 1)
        self.assertEqual(intake(s, "timely")["messages"], sent)
        dropped = self.station_frames.stat().st_size // FRAME_BYTES - sent
        self.assertGreater(dropped, 50)
        all_incidents = s.report("incidents", "--all")["incidents"]
        self.assertIn("sle_backlog", [incident["kind"] for incident in all_incidents])
        self.assertTrue(link_report(s, row["id"])["balanced"])
        return row, dropped

    def test_frames_that_timely_sle_drops_for_a_slow_daemon_are_counted_and_the_pass_is_kept(self):
        port = free_port()
        with Station(SPACECRAFT, extra=sle("timely", port)) as s:
            row, dropped = self.timely_pass(s, port)
            self.assertEqual(intake(s, "timely")["gaps_told"], dropped)
            self.assertEqual(len(recording(s, row["id"])), self.station_frames.stat().st_size - dropped * FRAME_BYTES)
            missing = sum(missing_of(link_report(s, row["id"])))
            # Idle frames are told of, and are missed by nobody.
            self.assertLessEqual(missing, dropped)
            self.assertGreater(missing, dropped * 8 // 10)
            self.assertEqual(len(list(s.bucket.rglob("item.json"))), 4, "one of each instrument, and Level-0")
            self.assertEqual(s.incident_kinds(), [])

    def test_frames_that_timely_sle_drops_are_fetched_offline(self):
        port, archive = free_port(), free_port()
        with Station(SPACECRAFT, extra=sle("timely", port) + sle("archive", archive)) as s:
            fill = self.provider(archive, lost=())
            row, dropped = self.timely_pass(s, port)
            finish(fill)
            report = link_report(s, row["id"])
            self.assertEqual(len(report["receptions"]), 2)
            self.assertEqual(sum(missing_of(report)), 0)
            whole = self.folder.folder / "whole.cadu"
            self.assertEqual(data_of(tree_hashes(s.bucket)), self.batch(whole, "whole"))

    def test_what_a_cortex_spoils_is_counted(self):
        port = free_port()
        units = len(self.bytes) // CADU_BYTES
        cut = 500 * CADU_BYTES + 300
        with Station(SPACECRAFT, extra=dialled("cortex", port)) as s:
            s.start()
            finish(sender(self.cadus, f"cortex://127.0.0.1:{port}", "--cut", str(cut), "--pause-at", str(cut),
                          "--pause", "1.5", "--cortex", CORTEX_SENDER + ",bad-preambles=20,bad-sync-words=301"))
            s.wait_drained()
            row = passes_of(s, "cortex")[0]
            counters = intake(s, "cortex")
            # One block is cut; of every 301 blocks one has no sync word, and the cut one counts for the sender.
            spoiled = units // 301
            self.assertEqual(counters["wrong_size_messages"], 1)
            self.assertEqual(counters["messages"], units - 1 - spoiled)
            self.assertEqual(len(recording(s, row["id"])), counters["messages"] * CADU_BYTES)
            self.assertGreater(counters["protocol_errors"], spoiled)
            self.assertGreater(counters["wrong_size_bytes"], spoiled * CADU_BYTES)
            report = link_report(s, row["id"])
            self.assertTrue(report["balanced"])
            self.assertEqual(frames_of(report), self.frames - 1 - spoiled)
            self.assertEqual(s.report("passes", row["id"])["intake"][0]["wrong_size_messages"], 1)

    def test_a_cortex_over_new_year_keeps_the_year_of_every_frame(self):
        port = free_port()
        library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
        if not pathlib.Path(library).exists():
            self.skipTest("libfaketime is not installed")
        with Station(SPACECRAFT, extra=dialled("cortex", port)) as s:
            s.start(environment={"LD_PRELOAD": library, "FAKETIME": "@2026-12-31 23:59:57", "TZ": "UTC",
                                 "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
            seconds = len(self.bytes) / CADU_BYTES * 0.002
            start = f"2026-12-31T23:59:{59 - int(seconds / 2):02d}.500Z"
            finish(sender(self.cadus, f"cortex://127.0.0.1:{port}", "--rate", "20e6", "--cortex",
                          f"{CORTEX_SENDER},time={start},interval=2000"))
            s.wait_drained()
            row = self.check_recording(s, "cortex")
            self.assertTrue(row["id"].startswith("20261231T2359"), row["id"])
            times = chunk_times(s, row["id"])
            new_year = 1_798_761_600_000_000  # 2027-01-01T00:00:00Z
            self.assertLess(min(times), new_year)
            self.assertGreater(max(times), new_year)
            self.assertLess(max(times) - min(times), 120_000_000)
            self.assertEqual(intake(s, "cortex")["times_refused"], 0)

    def test_files_of_a_folder_are_taken_in_once_over_restarts(self):
        with Station(SPACECRAFT) as s:
            drop = s.folder / "drop"
            drop.mkdir()
            with s.config.open("a") as config:
                config.write(source("folder", "folder", f'path = "{drop}"\n'))
            half = (len(self.bytes) // CADU_BYTES // 2) * CADU_BYTES
            s.start()
            # A cut begins another file: two files, two passes.
            finish(sender(self.cadus, f"folder://{drop}", "--cut", str(half)))
            wait_until(lambda: len(passes_of(s, "folder")) == 2, 60, "two passes")
            s.kill()
            s.start()
            s.wait_drained()
            finish(sender(self.cadus, f"folder://{drop}"))
            wait_until(lambda: len(passes_of(s, "folder")) == 3, 60, "three passes")
            s.wait_drained()
            sizes = sorted(row["bytes_recorded"] for row in passes_of(s, "folder"))
            self.assertEqual(sizes, sorted([half, len(self.bytes) - half, len(self.bytes)]))
            self.assertEqual(len(list(drop.iterdir())), 3, "the folder stays as it is")

    def batch(self, source_path, name, **keywords):
        """The scenes of a file, as of any other input."""
        output = self.folder.folder / name
        run("downlink-process", "batch", "--spacecraft", SPACECRAFT, "--input", source_path, "--output", output,
            "--station", "test", "--tle", station.SIMULATED_TLE, "--received-at", "2026-05-12T08:56:40Z", **keywords)
        return data_of(tree_hashes(output))

    def test_batch_takes_standard_input(self):
        with subprocess.Popen(["cat", str(self.cadus)], stdout=subprocess.PIPE) as cat:
            self.assertEqual(self.batch("-", "batch", stdin=cat.stdout), self.scenes)


if __name__ == "__main__":
    unittest.main()
