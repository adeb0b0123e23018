"""A simulated NOAA-19 HRPT pass: what AMSU-A and MHS saw goes through AIP's minor frames and comes back as scenes, and
what lost frames cost is counted."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import numpy
from osgeo import gdal

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import satpy_pass
from station import run

gdal.UseExceptions()
HRPT_FRAME_BYTES = 2 * 11090
# Instrument, bands, pixels, lines that begin in 60 s, those that are sent whole in 60 s, and half of a stored step and
# of a count: as in simulated_pass_test.py.
SOUNDERS = (("mhs", 5, 90, 23, 22, 0.011), ("amsu-a", 15, 30, 8, 7, 0.055))


def physical(path):
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    raw = band.ReadAsArray()
    values = raw * band.GetScale() + band.GetOffset()
    values[raw == 65535] = numpy.nan
    return values


class NoaaPass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-noaa-"))
        (cls.folder / "orbit.tle").write_text(satpy_pass.tle())
        run("downlink-sim", "make", "--spacecraft", "noaa-19-hrpt", "--start", satpy_pass.START, "--duration", "60",
            "--tle", cls.folder / "orbit.tle", "--container", "words-be", "--output", cls.folder / "pass.hrpt",
            "--truth", cls.folder / "truth")
        cls.report = cls.batch(cls.folder / "pass.hrpt", cls.folder / "clean")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def batch(cls, recording, output):
        run("downlink-process", "batch", "--spacecraft", "noaa-19-hrpt", "--input", recording, "--output", output,
            "--tle", cls.folder / "orbit.tle", "--received-at", satpy_pass.START)
        return json.loads((output / "report.json").read_text())

    def scene(self, output, instrument):
        return next((self.folder / output).rglob(f"{instrument}/**/item.json")).parent

    def test_microwave_temperatures_come_back_within_half_a_count(self):
        for instrument, bands, pixels, begun, lines, allowed in SOUNDERS:
            truth = numpy.fromfile(self.folder / "truth" / f"{instrument}.f32", "<f4").reshape(begun, bands, pixels)
            for band in range(bands):
                ours = physical(self.scene("clean", instrument) / f"band-{band + 1}.tif")
                self.assertEqual(ours.shape, (lines, pixels))
                self.assertLessEqual(float(numpy.abs(ours - truth[:lines, band]).max()), allowed,
                                     f"{instrument} {band + 1}")

    def test_the_report_adds_up_and_finds_every_line_that_was_sent_whole(self):
        self.assertTrue(self.report["balanced"])
        scenes = {s["instrument"]: (s["lines"], s["lines_missing"], s["located"]) for s in self.report["scenes"]}
        for instrument, _, _, _, lines, _ in SOUNDERS:
            self.assertEqual(scenes[instrument], (lines, 0, True))

    def test_a_lost_hrpt_frame_costs_the_lines_that_it_cuts_and_no_more(self):
        # Frames 3 k + 2 carry AIP; number 20 of them the minor frames 100 to 104: of the second major frame 20 to 24,
        # in its first scan of MHS.
        damaged = self.folder / "damaged.hrpt"
        run("downlink-sim", "send", self.folder / "pass.hrpt", "--output", damaged, "--cadu-size",
            str(HRPT_FRAME_BYTES), "--lose-frames", str(3 * 20 + 2))
        report = self.batch(damaged, self.folder / "damaged")
        self.assertTrue(report["balanced"])
        lost = {"mhs": 3, "amsu-a": 1}
        for instrument, bands, _, _, lines, _ in SOUNDERS:
            scene = next(s for s in report["scenes"] if s["instrument"] == instrument)
            self.assertEqual((scene["lines"], scene["lines_missing"]), (lines, 1))
            for band in range(bands):
                name = f"band-{band + 1}.tif"
                ours = physical(self.scene("damaged", instrument) / name)
                clean = physical(self.scene("clean", instrument) / name)
                clean[lost[instrument]] = numpy.nan
                numpy.testing.assert_array_equal(ours, clean, f"{instrument} {name}")


if __name__ == "__main__":
    unittest.main()
