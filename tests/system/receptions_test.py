"""Several receptions of one pass, and passes of another spacecraft than the settings say, with the real programs."""

import json
import pathlib
import shutil
import socket
import tempfile
import unittest

from station import DATA, SIMULATED_TLE, SOURCE, Station, free_port, run, tree_hashes, wait_until

CADU_BYTES = 1024
METEOR = DATA / "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu"
RECEIVED = ["--received-at", "2025-11-12T09:02:36Z"]


def reception(cadus, lost, *, noise_bits=0, inverted=False):
    """The frames of `cadus` for which `lost(index)` is false, behind so many bits of noise, perhaps upside down."""
    frames = [cadus[at:at + CADU_BYTES] for at in range(0, len(cadus), CADU_BYTES)]
    stream = b"".join(frame[:4] + bytes(byte ^ 0x5A for byte in frame[4:]) if lost(index) else frame
                      for index, frame in enumerate(frames))
    bits = int.from_bytes(stream, "big")
    if inverted:
        bits ^= (1 << 8 * len(stream)) - 1
    size = 8 * len(stream) + noise_bits
    tail = -size % 8
    noise = int.from_bytes(bytes(index * 37 % 251 for index in range(noise_bits // 8 + 1)), "big") % (1 << noise_bits)
    return ((noise << 8 * len(stream) | bits) << tail).to_bytes((size + tail) // 8, "big")


def objects(folder):
    """What was made: all files but the report."""
    return {name: digest for name, digest in tree_hashes(folder).items() if name != "report.json"}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-receptions-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def batch(self, name, inputs, *options, spacecraft="meteor-m2-lrpt", check=True):
        arguments = [word for path in inputs for word in ("--input", path)]
        return run("downlink-process", "batch", "--spacecraft", spacecraft, "--output", self.folder / name, *arguments,
                   *options, check=check)

    def report(self, name):
        return json.loads((self.folder / name / "report.json").read_text())

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path


@unittest.skipUnless(METEOR.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
class Merging(Folder):
    def setUp(self):
        super().setUp()
        self.cadus = METEOR.read_bytes()
        self.batch("whole", [METEOR], *RECEIVED)

    def test_two_damaged_halves_give_the_scenes_of_the_whole_pass(self):
        first = self.file("first", reception(self.cadus, lambda i: i // 7 % 2 == 0, noise_bits=1237))
        second = self.file("second", reception(self.cadus, lambda i: i // 7 % 2 == 1, noise_bits=42, inverted=True))
        self.batch("merged", [first, second], *RECEIVED)
        self.batch("turned", [second, first], *RECEIVED)
        self.assertEqual(objects(self.folder / "merged"), objects(self.folder / "whole"))
        self.assertEqual(objects(self.folder / "turned"), objects(self.folder / "whole"))
        report = self.report("merged")
        self.assertTrue(report["balanced"])
        self.assertEqual([row["bytes"] for row in report["receptions"]],
                         [first.stat().st_size, second.stat().st_size])
        unique = [row["frames_unique"] for row in report["receptions"]]
        self.assertEqual(sum(unique), 886)
        self.assertGreater(min(unique), 400)
        self.assertEqual(report["input"]["sha256"], self.report("turned")["input"]["sha256"])

    def test_three_receptions_merge_as_well_and_weaker_copies_are_counted(self):
        inputs = [self.file(f"third-{k}", reception(self.cadus, lambda i, k=k: i % 3 == k, noise_bits=8 * k + 3))
                  for k in range(3)]
        self.batch("merged", inputs, *RECEIVED)
        self.assertEqual(objects(self.folder / "merged"), objects(self.folder / "whole"))
        merge = next(stage for stage in self.report("merged")["stages"] if stage["name"] == "merge")
        self.assertEqual(merge["units_out"], 886)
        self.assertEqual(merge["dropped"]["weaker_copy"]["units"], merge["units_in"] - 886)

    def test_empty_second_reception_changes_nothing(self):
        self.batch("merged", [METEOR, self.file("empty", b"")], *RECEIVED)
        self.assertEqual(objects(self.folder / "merged"), objects(self.folder / "whole"))


SECOND_ANTENNA = """
[[source]]
name = "antenna2"
kind = "tcp-listen"
spacecraft = "meteor-m2-lrpt"
listen = "127.0.0.1:{port}"
allowed_peers = ["127.0.0.1"]
idle_timeout = "5 s"
merge_with = "antenna1"
"""


@unittest.skipUnless(METEOR.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
class LiveMerging(Folder):
    """Two antennas that receive one pass, each with every other stretch of it damaged."""

    def setUp(self):
        super().setUp()
        cadus = METEOR.read_bytes()
        self.whole = cadus
        self.first = reception(cadus, lambda i: i // 7 % 2 == 0, noise_bits=1237)
        self.second = reception(cadus, lambda i: i // 7 % 2 == 1, noise_bits=42, inverted=True)
        self.second_port = free_port()
        self.station = Station("meteor-m2-lrpt", extra=SECOND_ANTENNA.format(port=self.second_port))
        self.enterContext(self.station)
        self.station.start()

    def antenna(self, port):
        sender = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.addCleanup(sender.close)
        return sender

    def one_pass(self):
        """The folder of the pass, when there is no more to do."""
        self.station.wait_drained()
        passes = list((self.station.spool / "passes").iterdir())
        self.assertEqual(len(passes), 1, passes)
        self.assertTrue(passes[0].name.endswith("-antenna1"))
        return passes[0]

    def of_the_whole(self, pass_folder):
        """The scenes that the undamaged pass gives, received at the same time."""
        started_at = json.loads((pass_folder / "pass.json").read_text())["started_at"]
        self.batch("whole", [self.file("whole.cadu", self.whole)], "--received-at", started_at, "--tle", SIMULATED_TLE,
                   "--station", "test")
        return self.images(self.folder / "whole")

    @staticmethod
    def images(folder):
        """Everything that a scene holds, by its place in the object tree, but for what names the recording."""
        return {name: digest for name, digest in objects(folder).items() if name.endswith((".tif", ".bin", ".png"))}

    def check_scenes(self):
        folder = self.one_pass()
        expected = self.of_the_whole(folder)
        self.assertTrue(expected)
        self.assertEqual(self.images(self.station.bucket), expected)
        self.assertEqual(self.station.incident_kinds(), ["orbit_unusable"])  # no elements of Meteor are configured
        return folder

    def test_both_receptions_give_the_scenes_of_the_undamaged_pass_live_and_by_batch(self):
        first, second = self.antenna(self.station.port), self.antenna(self.second_port)
        for at in range(0, max(len(self.first), len(self.second)), 100_000):
            first.sendall(self.first[at:at + 100_000])
            second.sendall(self.second[at:at + 100_000])
        first.close()
        second.close()
        folder = self.check_scenes()
        self.assertTrue((folder / "antenna2/rec-000001.raw").exists())
        self.batch("again", [folder], "--tle", SIMULATED_TLE, "--station", "test")
        self.assertEqual(self.images(self.folder / "again"), self.images(self.station.bucket))

    def test_second_reception_comes_late(self):
        first = self.antenna(self.station.port)
        first.sendall(self.first)
        wait_until(lambda: self.station.report("status")["passes"], 30, "the pass")
        second = self.antenna(self.second_port)
        second.sendall(self.second)
        wait_until(lambda: all(row["state"] == "receiving" for row in self.station.report("status")["sources"]), 30,
                   "both")
        first.close()
        second.close()
        self.check_scenes()

    def test_other_source_is_silent(self):
        for port in (self.station.port, self.second_port):
            with self.subTest(port=port):
                before = len(list((self.station.spool / "passes").glob("*")))
                sender = self.antenna(port)
                sender.sendall(self.whole)
                sender.close()
                wait_until(lambda n=before: len(list((self.station.spool / "passes").glob("*"))) > n, 30, "the pass")
                self.station.wait_drained()
                folder = sorted((self.station.spool / "passes").iterdir())[-1]
                report = json.loads((folder / "report.json").read_text())
                self.assertTrue(report["balanced"])
                merge = next(stage for stage in report["stages"] if stage["name"] == "merge")
                self.assertEqual(merge["units_out"], 886)

    def test_restart_in_the_middle_continues_both(self):
        first, second = self.antenna(self.station.port), self.antenna(self.second_port)
        half = len(self.first) // 2
        first.sendall(self.first[:half])
        second.sendall(self.second[:half])
        raw = [f"passes/*/{name}rec-000001.raw" for name in ("", "antenna2/")]
        wait_until(lambda: [sum(path.stat().st_size for path in self.station.spool.glob(name)) for name in raw]
                   == [half, half], 30, "both halves")
        wait_until(lambda: list(self.station.spool.glob("passes/*/pass.json")), 30, "pass.json")
        self.station.kill()
        self.station.start()
        first, second = self.antenna(self.station.port), self.antenna(self.second_port)
        first.sendall(self.first[half:])
        second.sendall(self.second[half:])
        first.close()
        second.close()
        self.check_scenes()


BLOCK_BYTES = 256 << 10
CRASHING = SOURCE / "tests/support/crashing_process.py"


@unittest.skipUnless(METEOR.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
class Crashes(unittest.TestCase):
    """downlink-process dies over one block of one reception, whatever it is given."""

    def decode(self, place):
        """The folder of the pass, of which both antennas had everything, and its report."""
        port = free_port()
        s = self.enterContext(Station("meteor-m2-lrpt", extra=SECOND_ANTENNA.format(port=port),
                                      process=f'program = "{CRASHING}"'))
        s.start(environment={"DOWNLINKD_CRASH": place})
        senders = [socket.create_connection(("127.0.0.1", number), timeout=60) for number in (s.port, port)]
        for sender in senders:
            sender.sendall(METEOR.read_bytes())
        for sender in senders:
            sender.close()
        s.wait_drained()
        folder = next((s.spool / "passes").iterdir())
        self.assertEqual(s.report("passes")["passes"][0]["process_crashes"], 3)
        self.assertIn("recording_quarantined", s.incident_kinds())
        self.assertEqual(len(list(s.bucket.rglob("item.json"))), 2, "MSU-MR and Level-0")
        report = json.loads((folder / "report.json").read_text())
        self.assertTrue(report["balanced"])
        self.assertEqual(report["input"]["bytes_quarantined"], BLOCK_BYTES)
        # What is stepped over in one the other has.
        merge = next(stage for stage in report["stages"] if stage["name"] == "merge")
        self.assertEqual(merge["units_out"], 886)
        self.assertEqual(sum(channel["missing"] for channel in report["virtual_channels"]), 2)
        return folder, report

    def test_block_of_the_second_reception_is_stepped_over_there_only(self):
        folder, report = self.decode(f"1:{BLOCK_BYTES + 5}")
        self.assertEqual(json.loads((folder / "antenna2/quarantine.json").read_text()),
                         [{"offset": BLOCK_BYTES, "size": BLOCK_BYTES}])
        self.assertFalse((folder / "quarantine.json").exists())
        unique = [row["frames_unique"] for row in report["receptions"]]
        self.assertGreaterEqual(unique[0], BLOCK_BYTES // CADU_BYTES - 1)
        self.assertEqual(unique[1], 0)

    def test_block_of_the_first_reception_is_stepped_over_there_only(self):
        folder, report = self.decode(f"0:{BLOCK_BYTES + 5}")
        self.assertEqual(json.loads((folder / "quarantine.json").read_text()),
                         [{"offset": BLOCK_BYTES, "size": BLOCK_BYTES}])
        self.assertFalse((folder / "antenna2/quarantine.json").exists())
        unique = [row["frames_unique"] for row in report["receptions"]]
        self.assertEqual(unique[0], 0)
        self.assertGreaterEqual(unique[1], BLOCK_BYTES // CADU_BYTES - 1)


def elements_of(satellite):
    """The simulated orbit as that of another satellite."""
    lines = []
    for line in SIMULATED_TLE.read_text().splitlines():
        if line[:2] in ("1 ", "2 "):
            line = line[:2] + satellite + line[7:68]
            line += str(sum(int(sign) if sign.isdigit() else sign == "-" for sign in line) % 10)
        lines.append(line)
    return "\n".join(lines) + "\n"


def simulated(folder, spacecraft, seconds=20):
    """A pass as this spacecraft would send it."""
    elements = folder / "elements.tle"
    elements.write_text(elements_of({"metop-b": "38771", "metop-c": "43689"}[spacecraft]))
    path = folder / f"{spacecraft}.cadu"
    run("downlink-sim", "make", "--spacecraft", spacecraft, "--start", "2026-05-12T08:57:00Z", "--duration", seconds,
        "--tle", elements, "--output", path)
    return path


class OtherSpacecraft(Folder):
    def test_pass_is_decoded_as_the_one_spacecraft_that_its_frames_name(self):
        cadus = simulated(self.folder, "metop-c")
        done = self.batch("rebound", [cadus], spacecraft="metop-b")
        self.assertIn("note: the frames are of", done.stderr)
        self.assertIn("'metop-c'", done.stderr)
        self.batch("right", [cadus], spacecraft="metop-c")
        self.assertEqual(objects(self.folder / "rebound"), objects(self.folder / "right"))
        self.assertEqual(self.report("rebound")["spacecraft"], "metop-c")

    def test_no_rebind_keeps_to_the_settings_and_names_what_was_seen(self):
        cadus = simulated(self.folder, "metop-c")
        done = self.batch("kept", [cadus], "--no-rebind", spacecraft="metop-b")
        self.assertIn("spacecraft id", done.stderr)
        self.assertEqual(objects(self.folder / "kept"), {})

    def test_frames_of_a_spacecraft_that_nobody_knows_are_named(self):
        profiles = self.folder / "profiles"
        profiles.mkdir()
        shutil.copy(SOURCE / "config/spacecraft/metop-b.toml", profiles)
        cadus = simulated(self.folder, "metop-c")
        done = self.batch("unknown", [cadus], "--spacecraft-directory", profiles, spacecraft="metop-b")
        self.assertIn("seen: spacecraft id", done.stderr)

    def test_reception_of_another_spacecraft_is_not_merged(self):
        ours, other = simulated(self.folder, "metop-b"), simulated(self.folder, "metop-c")
        for inputs in ([ours, other], [other, ours]):
            done = self.batch("refused", inputs, spacecraft="metop-b", check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn(f"'{other}' is no reception of this pass", done.stderr)
            self.assertEqual(objects(self.folder / "refused"), {})

    def test_receptions_that_are_all_of_another_spacecraft_are_decoded_as_that(self):
        cadus = simulated(self.folder, "metop-c")
        self.batch("rebound", [cadus, cadus], spacecraft="metop-b")
        self.batch("right", [cadus], spacecraft="metop-c")
        self.assertEqual(objects(self.folder / "rebound"), objects(self.folder / "right"))

    def test_daemon_keeps_the_pass_as_one_of_the_spacecraft_that_was_received(self):
        with Station("metop-b") as station:
            cadus = simulated(station.folder, "metop-c")
            station.start()
            station.send(cadus)
            station.wait_drained()
            row = wait_until(lambda: next((row for row in station.report("incidents")["incidents"]
                                           if row["kind"] == "spacecraft_differs"), None), 30, "the incident")
            self.assertIn("'metop-c'", row["message"])
            self.assertIn("spacecraft", row["action"])
            self.assertTrue(list(station.bucket.glob("metop-c/avhrr-3/**/item.json")))

    def test_daemon_knows_the_spacecraft_of_a_pass_of_a_few_frames(self):
        with Station("metop-b") as station:
            few = self.file("few", simulated(station.folder, "metop-c").read_bytes()[:200 * CADU_BYTES])
            station.start()
            station.send(few)
            station.wait_drained()
            row = wait_until(lambda: next((row for row in station.report("incidents")["incidents"]
                                           if row["kind"] == "spacecraft_differs"), None), 30, "the incident")
            self.assertIn("'metop-c'", row["message"])


if __name__ == "__main__":
    unittest.main()
