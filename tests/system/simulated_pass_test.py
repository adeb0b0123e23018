"""A simulated Metop pass from physical fields comes back through the whole chain: fields within the quantum of a count,
damage counted, and the same bytes whether the stream was clean, corrected, shifted or upside down."""

import json
import pathlib
import shutil
import tempfile
import unittest

import numpy
from osgeo import gdal

from station import SIMULATED_TLE, run, tree_hashes

gdal.UseExceptions()
START = ["--start", "2026-05-12T08:57:30Z", "--duration", "60", "--tle", SIMULATED_TLE]
LINES, PIXELS = 360, 2048
# Our band names, the truth's file names, and the slot of the counts.
THERMAL = {"4": ("temperature-4", 3), "5": ("temperature-5", 4)}
SOLAR = {"1": ("reflectance-1", 0), "2": ("reflectance-2", 1), "3a": ("reflectance-3a", 2)}


def physical(path):
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    raw = band.ReadAsArray()
    values = raw * band.GetScale() + band.GetOffset()
    values[raw == 65535] = numpy.nan
    return values


def batch(cadus, output):
    run("downlink-process", "batch", "--spacecraft", "metop-b", "--input", cadus, "--output", output, "--tle",
        SIMULATED_TLE)
    report = json.loads((output / "report.json").read_text())
    objects = {name: digest for name, digest in tree_hashes(output).items() if name != "report.json"}
    return report, objects


class SimulatedPass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-sim-"))
        run("downlink-sim", "make", *START, "--output", cls.folder / "pass.cadu", "--truth", cls.folder / "truth")
        cls.report, cls.objects = batch(cls.folder / "pass.cadu", cls.folder / "clean")
        cls.scene = next((cls.folder / "clean").rglob("avhrr-3/**/item.json")).parent

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def truth(self, name):
        return numpy.fromfile(self.folder / "truth" / f"{name}.f32", "<f4").reshape(LINES, PIXELS)

    def counts(self, slot):
        return numpy.fromfile(self.folder / "truth/counts.u16", "<u2").reshape(LINES, 5, PIXELS)[:, slot]

    def test_brightness_temperatures_come_back_within_a_tenth_of_a_kelvin_or_half_a_count(self):
        for band, (name, slot) in THERMAL.items():
            ours, truth, counts = physical(self.scene / f"band-{band}.tif"), self.truth(name), self.counts(slot)
            self.assertFalse(numpy.isnan(ours).any())
            error = numpy.abs(ours - truth)
            warm = truth > 250
            self.assertLessEqual(float(error[warm].max()), 0.1, band)
            # Colder, a count is worth more: its step is what neighbouring counts give.
            present = numpy.unique(counts)
            mean = {int(c): float(ours[counts == c].mean()) for c in present}
            step = numpy.array([max(abs(mean[int(c)] - mean.get(int(c) + d, mean[int(c)])) for d in (-1, 1))
                                for c in present])
            half_count = dict(zip((int(c) for c in present), step / 2 + 0.02))
            allowed = numpy.vectorize(half_count.get)(counts)
            self.assertTrue((error <= numpy.maximum(allowed, 0.1)).all(), f"band {band}: {float(error.max())} K")

    def test_reflectances_come_back_within_a_count(self):
        for band, (name, slot) in SOLAR.items():
            ours, truth, counts = physical(self.scene / f"band-{band}.tif"), self.truth(name), self.counts(slot)
            error = numpy.abs(ours - truth)
            # A count is 0.0003 (3A, low gain) to 0.0024 (3A, high gain) of reflectance over the Sun angle's cosine.
            self.assertLessEqual(float(error[counts < 1023].max()), 0.0035, band)
            self.assertLessEqual(float(numpy.median(error)), 0.0012, band)

    def test_microwave_temperatures_come_back_within_half_a_count(self):
        # Half of what is stored, and half of a count: 0.01 K of MHS, of AMSU-A, whose counts are even, 0.09 K.
        for instrument, bands, pixels, lines, allowed in (("mhs", 5, 90, 23, 0.011), ("amsu-a", 15, 30, 8, 0.055)):
            truth = numpy.fromfile(self.folder / "truth" / f"{instrument}.f32", "<f4").reshape(lines, bands, pixels)
            scene = next((self.folder / "clean").rglob(f"{instrument}/**/item.json")).parent
            for band in range(bands):
                ours = physical(scene / f"band-{band + 1}.tif")
                self.assertEqual(ours.shape, (lines, pixels))
                self.assertLessEqual(float(numpy.abs(ours - truth[:, band]).max()), allowed, f"{instrument} {band + 1}")

    def test_the_report_adds_up_and_finds_every_line(self):
        self.assertTrue(self.report["balanced"])
        avhrr = [scene for scene in self.report["scenes"] if scene["instrument"] == "avhrr-3"]
        self.assertEqual([(s["lines"], s["lines_missing"], s["located"]) for s in avhrr], [(LINES, 0, True)])
        others = {s["instrument"]: (s["lines"], s["lines_missing"], s["located"]) for s in self.report["scenes"]}
        self.assertEqual((others["mhs"], others["amsu-a"]), ((23, 0, True), (8, 0, True)))
        self.assertEqual(self.report["virtual_channels"][0]["missing"], 0)

    def test_what_reed_solomon_corrects_shifts_and_inversion_leave_no_trace_in_the_pixels(self):
        damaged = self.folder / "damaged.cadu"
        run("downlink-sim", "send", self.folder / "pass.cadu", "--output", damaged, "--shift", "5", "--invert")
        report, objects = batch(damaged, self.folder / "shifted")
        self.assertEqual(objects, self.objects)
        run("downlink-sim", "send", self.folder / "pass.cadu", "--output", damaged, "--bit-error-rate", "2e-4")
        report, _ = batch(damaged, self.folder / "corrected")
        self.assertGreater(sum(c["corrected_symbols"] for c in report["virtual_channels"]), 1000)
        scene = next((self.folder / "corrected").rglob("avhrr-3/**/item.json")).parent
        for band in ("1", "2", "3a", "4", "5"):
            name = f"band-{band}.tif"
            numpy.testing.assert_array_equal(physical(scene / name), physical(self.scene / name))

    def test_lost_frames_and_slips_cost_what_they_hit_and_are_counted(self):
        damaged = self.folder / "lossy.cadu"
        run("downlink-sim", "send", self.folder / "pass.cadu", "--output", damaged, "--lose-frames", "500,501,3000",
            "--slips", "3")
        report, _ = batch(damaged, self.folder / "lossy")
        self.assertTrue(report["balanced"])
        lost = sum(channel["missing"] for channel in report["virtual_channels"])
        self.assertGreaterEqual(lost, 2)
        self.assertLessEqual(lost, 3 + 3 * 2)
        scene = next(s for s in report["scenes"] if s["instrument"] == "avhrr-3")
        self.assertEqual(scene["lines"], LINES)
        self.assertGreaterEqual(scene["lines_missing"], 1)
        self.assertLessEqual(scene["lines_missing"], 9)
        folder = next((self.folder / "lossy").rglob("avhrr-3/**/item.json")).parent
        ours, clean = physical(folder / "band-4.tif"), physical(self.scene / "band-4.tif")
        missing = numpy.isnan(ours).all(axis=1)
        self.assertEqual(int(missing.sum()), scene["lines_missing"])
        # What is there is right: the reference views of a missing line are bridged, which may move a value a little.
        self.assertLessEqual(float(numpy.nanmax(numpy.abs(ours - clean))), 0.05)


if __name__ == "__main__":
    unittest.main()
