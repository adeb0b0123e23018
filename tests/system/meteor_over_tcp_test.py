"""Real Meteor-M2 CADUs over TCP through the running daemon, against pictures that another program made.

Facts: data/README.md, section meteor-m2-lrpt.
"""

import hashlib
import json
import unittest

import numpy
from osgeo import gdal

import station
from station import DATA, Station, need, run, tree_hashes

gdal.UseExceptions()
CADU = need("data/meteor-m2-lrpt/meteor_m2_lrpt.cadu", "the Meteor test")
PACKETS_SHA256 = "0bee497832e8a0e206ecc2399b086b0391508b5ab99073965de2af4491a5c3c6"
# Band -> truth picture and the line of ours on which its first line lies.
TRUTH = {"1": ("MSU-MR-1.png", 8), "2": ("MSU-MR-2.png", 8), "5": ("MSU-MR-5.png", 0)}


def picture(path):
    return gdal.Open(str(path)).ReadAsArray().astype(int)


class MeteorOverTcp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.station = Station("meteor-m2-lrpt").__enter__()
        cls.station.start()
        cls.station.send(CADU)
        cls.station.wait_drained()
        cls.passes = cls.station.report("passes")["passes"]
        cls.pass_report = cls.station.report("passes", cls.passes[0]["id"])
        process_report = cls.pass_report["process_report"]
        cls.report = json.loads(process_report) if isinstance(process_report, str) else process_report
        items = [p for p in cls.station.bucket.rglob("item.json") if "/msu-mr/" in p.as_posix()]
        assert len(items) == 1, items
        cls.scene = items[0].parent

    @classmethod
    def tearDownClass(cls):
        cls.station.__exit__(None, None, None)

    def test_the_recording_is_the_bytes_as_sent(self):
        recording = list(self.station.spool.glob("passes/*/rec-*.raw"))
        self.assertEqual(len(recording), 1)
        self.assertEqual(recording[0].read_bytes(), CADU.read_bytes())

    def test_frames_gap_and_packets_are_the_known_ones(self):
        channels = [c for c in self.report["virtual_channels"] if c["vcid"] == 5]
        self.assertEqual(len(channels), 1)
        self.assertEqual(channels[0]["frames"], 886)
        self.assertEqual(channels[0]["gaps"], 1)
        self.assertEqual(channels[0]["missing"], 2)
        self.assertEqual(sum(a["packets"] for a in self.report["apids"]), 3464)
        packets = self.station.folder / "packets.bin"
        recording = next(self.station.spool.glob("passes/*/rec-*.raw"))
        run("downlink-inspect", "packets", recording, "--spacecraft", "meteor-m2-lrpt", "--out", packets)
        self.assertEqual(hashlib.sha256(packets.read_bytes()).hexdigest(), PACKETS_SHA256)

    def test_the_losses_add_up(self):
        self.assertTrue(self.report["balanced"])
        for stage in self.report["stages"]:
            dropped = sum(count["bytes"] for count in stage["dropped"].values())
            self.assertEqual(stage["bytes_in"], stage["bytes_out"] + dropped, stage["name"])

    def test_pixels_are_within_one_count_of_the_other_programs_pictures(self):
        # The strip that the gap hits, 59 of the picture and 60 of ours; MCU 70 to 83 are the packet that it cuts, of
        # which the other program shows a part.
        cut = (slice(59 * 8, 60 * 8), slice(70 * 8, 84 * 8))
        for band, (name, first_line) in TRUTH.items():
            ours = picture(self.scene / f"band-{band}.tif")
            self.assertEqual(ours.shape, (656, 1568))
            truth = picture(DATA / "data/meteor-m2-lrpt" / name)
            window = ours[first_line:first_line + truth.shape[0]]
            compared = numpy.ones(truth.shape, bool)
            if band == "1":
                compared[cut] = False
            valid = window != 65535
            # What a lost packet masks the other program shows as black or not at all: only there may ours be nodata.
            self.assertLessEqual(int(numpy.abs(window - truth)[compared & valid].max()), 1, name)
            self.assertEqual(int((compared & ~valid & (truth != 0)).sum()), 0, name)

    def test_the_packet_that_the_gap_cuts_is_masked_and_said(self):
        cut = (slice(60 * 8, 61 * 8), slice(70 * 8, 84 * 8))
        self.assertTrue((picture(self.scene / "band-1.tif")[cut] == 65535).all())
        quality = picture(self.scene / "quality.tif")
        self.assertEqual(quality.shape, (3, 656, 1568))
        self.assertTrue((quality[0][cut] & 1 == 1).all())
        lines = json.loads((self.scene / "lines.json").read_text())
        self.assertIn("partial", json.dumps(lines))
        cuts = sum(s["dropped"].get("packet_cut_by_gap", {"units": 0})["units"] for s in self.report["stages"])
        self.assertGreaterEqual(cuts, 1)

    def test_the_scene_says_that_and_why_it_is_not_calibrated(self):
        item = json.loads((self.scene / "item.json").read_text())
        self.assertIn("uncalibrated", json.dumps(item))

    def test_telemetry_that_no_decoder_knows_is_kept(self):
        level0 = [p for p in self.station.bucket.rglob("item.json") if "/level-0/" in p.as_posix()]
        self.assertEqual(len(level0), 1)
        self.assertTrue((level0[0].parent / "apid-0070.pkts.zst").exists())

    def test_one_event_per_scene_and_the_batch_run_gives_the_same_objects(self):
        events = [e for e in self.station.events() if e["type"] == "org.downlinkd.scene.available"]
        self.assertEqual(len(events), 2)
        self.assertEqual(len({e["id"] for e in events}), 2)
        recording = next(self.station.spool.glob("passes/*/rec-*.raw"))
        output = self.station.folder / "batch"
        run("downlink-process", "batch", "--spacecraft", "meteor-m2-lrpt", "--input", recording.parent, "--output",
            output, "--station", "test", "--tle", station.SIMULATED_TLE)
        ours = {name: digest for name, digest in tree_hashes(output).items()
                if not name.endswith(("manifest.json", "report.json"))}
        self.assertEqual(ours, tree_hashes(self.station.bucket))


if __name__ == "__main__":
    unittest.main()
