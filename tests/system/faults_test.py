"""What goes wrong at a station, and what the operator is told; the recording survives each time."""

import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import unittest

from station import BINARY, SIMULATED_TLE, Station, need, run, wait_until

CADU = need("data/meteor-m2-lrpt/meteor_m2_lrpt.cadu", "the fault tests")
SNPP = need("data/viirs-jpss-hrd/snpp_synchronized_cadus.dat", "the fault tests")


def recording(station):
    files = sorted(station.spool.glob("passes/*/rec-*.raw"))
    return b"".join(path.read_bytes() for path in files)


def incident(station, kind):
    rows = [row for row in station.report("incidents")["incidents"] if row["kind"] == kind]
    return rows[0] if rows else None


class BadConfiguration(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-config-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def check(self, text):
        path = self.folder / "downlinkd.toml"
        path.write_text(text)
        return run("downlinkd", "--config", path, "--check-config", check=False)

    def test_all_mistakes_are_told_at_once_with_their_place(self):
        done = self.check('[general]\nstation = 7\nspool_directory = "spool"\n\n[[source]]\nname = "a"\nkind = "tcp"\n'
                          'spacecraft = "metop-b"\nlisten = "127.0.0.1:99999"\n\n[proces]\ntle_file = "x"\n')
        self.assertEqual(done.returncode, 78)
        for place in ("downlinkd.toml:2:", "downlinkd.toml:7:", "downlinkd.toml:9:", "downlinkd.toml:11:"):
            self.assertIn(place, done.stderr)
        self.assertIn("expected", done.stderr)
        self.assertIn("found", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_an_unknown_satellite_is_answered_with_the_known_ones(self):
        done = self.check('[general]\nspool_directory = "spool"\n[[source]]\nname = "a"\nkind = "tcp-listen"\n'
                          'spacecraft = "metop-z"\nlisten = "127.0.0.1:0"\nallowed_peers = ["127.0.0.1"]\n')
        self.assertEqual(done.returncode, 78)
        self.assertIn("metop-z", done.stderr)
        self.assertIn("metop-b", done.stderr)

    def test_a_missing_file_is_named(self):
        done = run("downlinkd", "--config", self.folder / "absent.toml", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("absent.toml", done.stderr)
        self.assertLessEqual(done.stderr.count("\n"), 2)  # the mistake, and how many there are


class UnknownSatellite(unittest.TestCase):
    def test_frames_of_another_spacecraft_are_recorded_and_the_operator_is_told(self):
        with Station("metop-b") as station:
            station.start()
            station.send(SNPP)
            station.wait_drained()
            row = wait_until(lambda: incident(station, "wrong_spacecraft"), 30, "the incident")
            self.assertIn("spacecraft id 11", row["message"])
            self.assertIn("spacecraft", row["action"])
            self.assertEqual(recording(station), SNPP.read_bytes())

    def test_batch_refuses_an_unknown_name(self):
        with tempfile.TemporaryDirectory() as output:
            done = run("downlink-process", "batch", "--spacecraft", "metop-z", "--input", CADU, "--output", output,
                       check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("metop-b", done.stderr)


class MissingOrbit(unittest.TestCase):
    def test_scenes_are_made_without_positions_and_say_why(self):
        with Station("metop-b") as station:
            station.config.write_text(station.config.read_text().replace(f'tle_file = "{SIMULATED_TLE}"', ""))
            cadus = station.folder / "pass.cadu"
            run("downlink-sim", "make", "--start", "2026-05-12T08:57:00Z", "--duration", "20", "--tle", SIMULATED_TLE,
                "--output", cadus)
            station.start()
            station.send(cadus)
            station.wait_drained()
            item = json.loads(next(station.bucket.rglob("avhrr-3/**/item.json")).read_text())
            self.assertIsNone(item["geometry"])
            self.assertTrue(item["properties"]["downlinkd:ungeolocated_reason"])
            row = incident(station, "orbit_missing")
            self.assertIn("tle_file", row["action"])
            self.assertEqual(recording(station), cadus.read_bytes())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def index_record(offset, size):
    """Of a chunk received in 2024; size 0 begins a file (docs/formats/recording.md)."""
    record = struct.pack(">QIIqI", offset, size, 1, 1_717_000_000_000_000, 0)
    return record + struct.pack(">I", crc32c(record))


class PowerCut(unittest.TestCase):
    def test_what_it_took_from_the_middle_of_a_recording_is_counted_as_torn(self):
        bits = CADU.read_bytes()
        half, hole = len(bits) // 2, 70_000
        with tempfile.TemporaryDirectory(prefix="dl-torn-") as name:
            folder = pathlib.Path(name)
            torn = folder / "pass"
            torn.mkdir()
            (torn / "rec-000001.raw").write_bytes(bits[:half - hole])
            (torn / "rec-000001.idx").write_bytes(index_record(0, half - hole))
            (torn / "rec-000002.raw").write_bytes(bits[half:])
            (torn / "rec-000002.idx").write_bytes(index_record(half, 0) + index_record(half, len(bits) - half))
            run("downlink-process", "batch", "--spacecraft", "meteor-m2-lrpt", "--input", torn, "--output",
                folder / "out")
            report = json.loads((folder / "out" / "report.json").read_text())
            self.assertEqual(report["input"]["bytes"], len(bits))
            sync = next(stage for stage in report["stages"] if stage["name"] == "frame_sync")
            self.assertEqual(sync["dropped"]["torn_recording"]["bytes"], hole)


class Noise(unittest.TestCase):
    def test_noise_is_recorded_counted_and_told(self):
        noise = random.Random(4).randbytes(3_000_000)
        with Station("meteor-m2-lrpt") as station:
            path = station.folder / "noise.bin"
            path.write_bytes(noise)
            station.start()
            station.send(path)
            station.wait_drained()
            self.assertEqual(recording(station), noise)
            row = wait_until(lambda: incident(station, "no_frames"), 30, "the incident")
            self.assertIn("3000000 bytes", row["message"])
            report = station.report("passes", station.report("passes")["passes"][0]["id"])["process_report"]
            report = json.loads(report) if isinstance(report, str) else report
            self.assertTrue(report["balanced"])
            # The next pass is as good as ever.
            station.send(CADU)
            station.wait_drained()
            self.assertEqual(len(list(station.bucket.rglob("msu-mr/**/item.json"))), 1)


class SmallDisk(unittest.TestCase):
    def setUp(self):
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="dl-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(self.mount)], capture_output=True,
                              check=False)
        self.addCleanup(shutil.rmtree, self.mount, ignore_errors=True)
        if done.returncode != 0:
            self.skipTest("cannot mount a tmpfs here: needs root")
        self.addCleanup(subprocess.run, ["umount", str(self.mount)], check=False)

    def test_ten_megabytes_free_stop_scenes_not_the_recording(self):
        space = '[space]\nstop_scenes_below = "16 MiB"\nstop_recording_below = "2 MiB"\n'
        with Station("meteor-m2-lrpt", spool=self.mount / "spool", space=space) as station:
            station.start()
            filler = self.mount / "filler"
            free = shutil.disk_usage(self.mount).free
            filler.write_bytes(bytes(free - 10_000_000))
            station.send(CADU)
            row = wait_until(lambda: incident(station, "disk_low"), 30, "the incident")
            self.assertTrue(row["action"])
            wait_until(lambda: recording(station) == CADU.read_bytes(), 30, "the whole recording")
            self.assertEqual(list(station.bucket.rglob("item.json")), [])
            filler.unlink()
            station.wait_drained()
            self.assertEqual(len(list(station.bucket.rglob("msu-mr/**/item.json"))), 1)
            wait_until(lambda: incident(station, "disk_low") is None or incident(station, "disk_low")["closed_at"], 30,
                       "the incident to be closed")

    def test_a_full_disk_holds_the_sender_back_and_loses_nothing(self):
        with Station("meteor-m2-lrpt", spool=self.mount / "spool",
                     space='[space]\nstop_scenes_below = "16 MiB"\nstop_recording_below = "2 MiB"\n') as station:
            station.start()
            filler = self.mount / "filler"
            free = shutil.disk_usage(self.mount).free
            filler.write_bytes(bytes(max(0, free - 2_300_000)))
            sender = subprocess.Popen([str(BINARY / "downlink-sim"), "send", str(CADU), "--to",
                                       f"tcp://127.0.0.1:{station.port}"], stdout=subprocess.DEVNULL)
            try:
                wait_until(lambda: incident(station, "disk_full") or incident(station, "disk_low"), 30, "an incident")
                self.assertIsNone(station.daemon.poll())
                filler.unlink()
                self.assertEqual(sender.wait(120), 0)
            finally:
                sender.kill()
                sender.wait()
            station.wait_drained()
            self.assertEqual(recording(station), CADU.read_bytes())
            self.assertEqual(len(list(station.bucket.rglob("msu-mr/**/item.json"))), 1)


class RefusedPeer(unittest.TestCase):
    def test_a_peer_that_is_not_on_the_list_is_refused_and_counted(self):
        with Station("meteor-m2-lrpt", allowed_peers='["192.0.2.0/24"]') as station:
            station.start()
            self.assertNotEqual(station.send(CADU, check=False).returncode, 0)
            row = wait_until(lambda: incident(station, "peer_refused"), 30, "the incident")
            self.assertIn("allowed_peers", row["action"])
            self.assertEqual(station.report("passes")["passes"], [])


if __name__ == "__main__":
    print(f"running as uid {os.getuid()}")
    unittest.main()
