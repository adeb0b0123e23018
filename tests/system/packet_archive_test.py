"""Packets of instruments that are archived and not decoded come back out of a whole pass: read here by a reader that
knows docs/formats/level-0.md and nothing of the program, and compared with the list of what was sent, lost, sent
twice, swapped and damaged."""

import collections
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from station import SIMULATED_TLE, run, tree_hashes

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
try:
    import jsonschema
    import stac_schemas
except ImportError:
    jsonschema = None

START = ["--start", "2026-05-12T08:55:30Z", "--duration", "150", "--tle", SIMULATED_TLE]
INSTRUMENTS = {"iasi": range(130, 181), "ascat": range(192, 256), "gome-2": [384], "hirs": [38], "sem": [37],
               "dcs": [35]}
SLOT_S = {"sem": 900, "dcs": 900}


def unpack(path, frame=None):
    """The unpacked bytes of a file, or of one frame (a line of its index)."""
    data = path.read_bytes()
    if frame:
        data = data[frame["offset"]:frame["offset"] + frame["size_bytes"]]
    return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout


def json_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def parity(packet):
    value = 0
    for i in range(0, len(packet), 2):
        value ^= packet[i] << 8 | packet[i + 1]
    return value


def batch(cadus, output, tle=SIMULATED_TLE):
    run("downlink-process", "batch", "--spacecraft", "metop-b", "--input", cadus, "--output", output,
        *(["--tle", tle] if tle else []))
    return json.loads((output / "report.json").read_text())


def items_of(output):
    return {name: sorted((output / "metop-b" / name).rglob("item.json")) for name in INSTRUMENTS}


class PacketArchive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-archive-"))
        run("downlink-sim", "make", *START, "--archived-instruments", "--output", cls.folder / "pass.cadu", "--truth",
            cls.folder / "truth")
        cls.sent = json_lines(cls.folder / "truth/packets.jsonl")
        cls.report = batch(cls.folder / "pass.cadu", cls.folder / "out")
        cls.items = items_of(cls.folder / "out")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def sent_of(self, instrument, *fates):
        return [p for p in self.sent if p["apid"] in INSTRUMENTS[instrument] and p["fate"] in fates]

    def stored_of(self, instrument):
        """Every packet of the archives: its line, and its bytes."""
        for item in self.items[instrument]:
            files = {}
            for line in json_lines(item.parent / "packets.jsonl"):
                data = files.setdefault(line["file"], unpack(item.parent / line["file"]))
                yield line, data[line["offset"]:line["offset"] + line["size_bytes"]]

    def test_there_is_an_archive_of_each_instrument_and_slot(self):
        for name, items in self.items.items():
            times = {p["time"][:19] for p in self.sent_of(name, "sent", "doubled", "swapped")}
            length = SLOT_S.get(name, 180)
            slots = {(int(t[11:13]) * 3600 + int(t[14:16]) * 60 + int(t[17:19])) // length for t in times}
            self.assertEqual(len(items), len(slots), name)

    def test_every_packet_is_there_once_bit_by_bit_and_in_order_of_time(self):
        for name in INSTRUMENTS:
            stored = [(line, data) for line, data in self.stored_of(name) if line["verified"]]
            self.assertEqual(collections.Counter(hashlib.sha256(data).hexdigest() for _, data in stored),
                             collections.Counter(p["sha256"] for p in self.sent_of(name, "sent", "doubled", "swapped")),
                             name)
            self.assertGreater(len(stored), 3, name)
            times = [line["time"] for line, _ in stored]
            self.assertEqual([t[:19] for t in times], sorted(t[:19] for t in times), name)
            for line, data in stored:
                self.assertEqual(parity(data), 0)
                self.assertEqual(line["apid"], (data[0] << 8 | data[1]) & 0x7FF)
                self.assertEqual(line["sequence_count"], (data[2] << 8 | data[3]) & 0x3FFF)
                self.assertEqual(line["size_bytes"], (data[4] << 8 | data[5]) + 7)

    def test_damaged_packets_lie_apart_and_are_counted(self):
        for name in INSTRUMENTS:
            damaged = self.sent_of(name, "damaged")
            rejected = [data for line, data in self.stored_of(name) if not line["verified"]]
            self.assertEqual(sorted(hashlib.sha256(d).hexdigest() for d in rejected),
                             sorted(p["sha256"] for p in damaged), name)
            for data in rejected:
                self.assertNotEqual(parity(data), 0)
            ledger = next(i["packets"] for i in self.report["instruments"] if i["id"] == name)
            dropped = {reason: count["units"] for reason, count in ledger["dropped"].items() if count["units"]}
            self.assertEqual(dropped.get("packet_checksum", 0), len(damaged), name)
            self.assertEqual(dropped.get("duplicate_packet", 0), len(self.sent_of(name, "doubled")), name)
            self.assertEqual(set(dropped) - {"packet_checksum", "duplicate_packet"}, set(), name)
        self.assertTrue(self.report["balanced"])

    def test_what_is_missing_is_what_was_lost_or_damaged_and_not_at_either_end(self):
        for name, apids in INSTRUMENTS.items():
            for apid in apids:
                # In the order of counting: a swapped packet is none too few.
                sent = sorted((p for p in self.sent if p["apid"] == apid), key=lambda p: p["time"])
                there = [i for i, p in enumerate(sent) if p["fate"] not in ("lost", "damaged")]
                if not there:
                    continue
                expected = there[-1] - there[0] + 1 - len(there)
                lines = [line for line, _ in self.stored_of(name) if line["apid"] == apid and line["verified"]]
                self.assertEqual(sum(line["missing_before"] or 0 for line in lines), expected, f"{name} {apid}")
                self.assertEqual(sum(line["missing_before"] is None for line in lines), 1, f"{name} {apid}")

    def test_items_count_as_the_files_do_and_say_where(self):
        for name, items in self.items.items():
            for path in items:
                item = json.loads(path.read_text())
                lines = json_lines(path.parent / "packets.jsonl")
                verified = [line for line in lines if line["verified"]]
                properties = item["properties"]
                self.assertEqual(properties["processing:level"], "L0")
                self.assertEqual(properties["downlinkd:packets"], len(verified))
                self.assertEqual(properties["downlinkd:verification"]["failed"], len(lines) - len(verified))
                self.assertEqual(properties["downlinkd:packets_missing"],
                                 sum(line["missing_before"] or 0 for line in verified))
                self.assertEqual(sum(row["packets"] for row in properties["downlinkd:apids"]), len(verified))
                kind = {"sem": "LineString", "dcs": "LineString", "ascat": "MultiPolygon"}.get(name, "Polygon")
                self.assertEqual(item["geometry"]["type"], kind, name)
                self.assertTrue(properties["downlinkd:outline"])
                for asset in item["assets"].values():
                    data = (path.parent / asset["href"]).read_bytes()
                    self.assertEqual(asset["file:size"], len(data))
                    self.assertEqual(asset["file:checksum"], "1220" + hashlib.sha256(data).hexdigest())
                digest = hashlib.sha256()
                for line in verified:
                    data = unpack(path.parent / line["file"])
                    digest.update(data[line["offset"]:line["offset"] + line["size_bytes"]])
                self.assertEqual(properties["downlinkd:packets_sha256"], digest.hexdigest())

    @unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
    def test_every_item_obeys_the_schemas_that_it_names(self):
        schemas = stac_schemas.test_data_folder()
        if not schemas.is_dir():
            self.skipTest(f"no STAC schemas in '{schemas}'; DOWNLINKD_TEST_DATA names the folder of test data")
        tree = stac_schemas.SchemaTree(schemas)
        batch(self.folder / "pass.cadu", self.folder / "nowhere", tle=None)
        for output, located in (("out", True), ("nowhere", False)):
            for name, items in items_of(self.folder / output).items():
                self.assertEqual(len(items), len(self.items[name]), f"{output} {name}")
                for path in items:
                    item = json.loads(path.read_text())
                    self.assertEqual(list(tree.faults_of(item)), [], path)
                    self.assertEqual(item["geometry"] is not None, located, path)
                    self.assertEqual("bbox" in item, located, path)

    def test_a_frame_can_be_read_alone(self):
        path = self.items["gome-2"][0].parent / "apid-0384.pkts.zst"
        whole = unpack(path)
        for frame in json_lines(path.parent / "apid-0384.index.jsonl"):
            begin = frame["uncompressed_offset"]
            self.assertEqual(unpack(path, frame), whole[begin:begin + frame["uncompressed_size_bytes"]])

    def test_a_shifted_stream_gives_the_same_bytes(self):
        shifted = self.folder / "shifted.cadu"
        run("downlink-sim", "send", self.folder / "pass.cadu", "--output", shifted, "--shift", "3", "--invert")
        batch(shifted, self.folder / "again")
        one, other = (tree_hashes(self.folder / name) for name in ("out", "again"))
        one.pop("report.json"), other.pop("report.json")
        self.assertEqual(one, other)


if __name__ == "__main__":
    unittest.main()
