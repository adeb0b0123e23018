"""A Metop pass is located by the elements that it broadcasts itself; bad ones are counted and not used."""

import json
import os
import pathlib
import shutil
import signal
import tempfile
import unittest

from inputs_test import data_of, finish, sender
from station import SIMULATED_TLE, Station, run, tree_hashes, wait_until

PASS = ["--start", "2026-05-12T08:57:30Z", "--duration", "60", "--tle", SIMULATED_TLE]
OTHER = """NOAA 20
1 43013U 17073A   20270.78216134  .00000005  00000-0  22942-4 0  9990
2 43013  98.7228 207.1814 0001489  76.1701 283.9641 14.19562284148037
"""


class Orbit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-orbit-"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def processed(self, name, elements, *options):
        """The pass report and the scene's folder, of a pass whose administrative messages carry `elements`."""
        sent = self.folder / f"{name}.sent"
        sent.write_text(elements)
        run("downlink-sim", "make", *PASS, "--admin", sent, "--output", self.folder / f"{name}.cadu")
        output = self.folder / name
        run("downlink-process", "batch", "--spacecraft", "metop-b", "--input", self.folder / f"{name}.cadu", "--output",
            output, *options)
        report = json.loads((output / "report.json").read_text())
        self.assertTrue(report["balanced"])
        return report, next(output.rglob("avhrr-3/**/item.json")).parent

    def packets(self, report):
        return next(row["packets"] for row in report["instruments"] if row["id"] == "metop-orbit")

    def orbit(self, scene):
        return json.loads((scene / "provenance.json").read_text())["geometry"]["orbit"]

    def test_without_an_operators_file_the_pass_locates_itself(self):
        elements = pathlib.Path(SIMULATED_TLE).read_text()
        report, scene = self.processed("own", OTHER + elements)
        orbit = self.orbit(scene)
        self.assertEqual(orbit["source"], "metop_admin_message")
        self.assertEqual(orbit["name"], "SIMULATED METOP-B")
        self.assertEqual([orbit["line1"], orbit["line2"]], elements.splitlines()[1:3])
        self.assertEqual(self.packets(report)["units_out"], 2)
        self.assertEqual(self.packets(report)["dropped"], {})
        # The same elements from the operator's file give the same place, and the same bits the same bytes.
        _, other = self.processed("file", OTHER, "--tle", SIMULATED_TLE)
        self.assertEqual(self.orbit(other)["source"], "element_file")
        own, given = (json.loads((folder / "item.json").read_text()) for folder in (scene, other))
        self.assertEqual(own["geometry"], given["geometry"])
        self.assertEqual(own["bbox"], given["bbox"])
        _, again = self.processed("again", OTHER + elements)
        self.assertEqual(tree_hashes(scene), tree_hashes(again))

    def test_live_locates_itself_as_batch_does_also_when_it_is_killed_on_the_way(self):
        elements = pathlib.Path(SIMULATED_TLE).read_text()
        self.processed("whole", OTHER + elements, "--station", "test")
        expected = data_of(tree_hashes(self.folder / "whole"))
        with Station("metop-b") as s:
            s.config.write_text(s.config.read_text().replace(f'tle_file = "{SIMULATED_TLE}"', ""))
            s.start()
            sending = sender(self.folder / "whole.cadu", f"tcp://127.0.0.1:{s.port}", "--rate", "10e6")
            wait_until(lambda: sum(path.stat().st_size for path in s.spool.glob("passes/*/rec-*.raw")) > 3_000_000, 60,
                       "the middle of the pass")
            wait_until(s.process_pids, 30, "downlink-process")
            for pid in s.process_pids():
                os.kill(pid, signal.SIGKILL)
            finish(sending)
            s.wait_drained()
            self.assertEqual(data_of(tree_hashes(s.bucket)), expected)
            self.assertEqual(s.incident_kinds(), [])

    def test_elements_that_contradict_the_operators_are_counted_and_not_used(self):
        elements = pathlib.Path(SIMULATED_TLE).read_text().replace(" 192.0000 ", " 182.0000 ")
        report, scene = self.processed("elsewhere", elements, "--tle", SIMULATED_TLE)
        self.assertEqual(self.orbit(scene)["source"], "element_file")
        self.assertEqual(self.packets(report)["dropped"]["orbit_implausible"]["units"], 2)

    def test_other_satellites_elements_locate_nothing(self):
        report, scene = self.processed("others", OTHER)
        self.assertIsNone(self.orbit(scene))
        self.assertIn("the spacecraft sent none", (scene / "item.json").read_text())
        self.assertEqual(self.packets(report)["units_out"], 2)


if __name__ == "__main__":
    unittest.main()
