"""Our HRPT decoder against satpy's reader, on the same simulated NOAA-19 passes: counts equal, temperatures to 0.01 K.

Usage: satpy_test.py AVHRR-NUMBERS DOWNLINK-SIM DOWNLINK-PROCESS

satpy itself is not installed where downlinkd is built (it exchanges libcurl's flavour): what it saw is in
satpy_hrpt.json, which satpy_record.py wrote. A recording of another hash is another recording: record again then.

satpy calibrates with the coefficients of Debian's pygac 1.7.1, whose thermal numbers of NOAA-19 are those of our
profile patmosx-v2023. Its solar ones are another version's, so that reflectances are not compared; pygac_test.py
does that."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import satpy_pass

PROCESS = sys.argv.pop(3)
SIMULATOR = sys.argv.pop(2)
NUMBERS = sys.argv.pop(1)
# Values are stored to 0.01 K, so half of that is rounding.
ROUNDING_KELVIN = 0.005
SATURATED_3B_KELVIN = 320

try:
    from osgeo import gdal
    gdal.UseExceptions()
except ImportError:
    gdal = None


class Satpy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.record = json.loads(satpy_pass.RECORD.read_text())
        cls.folder = tempfile.TemporaryDirectory()
        cls.recordings = {}
        for state in satpy_pass.STATES:
            cls.recordings[state] = satpy_pass.make(SIMULATOR, pathlib.Path(cls.folder.name), state)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_recordings_are_those_that_satpy_read(self):
        for state, recording in self.recordings.items():
            self.assertEqual(satpy_pass.digest(recording), self.record[state]["recording_sha256"],
                             "the simulator makes another pass: run satpy_record.py again")

    def test_counts_are_equal(self):
        for state, recording in self.recordings.items():
            ours = json.loads(subprocess.run([NUMBERS, "hrpt", recording, str(satpy_pass.ADDRESS)], check=True,
                                             stdout=subprocess.PIPE).stdout)
            theirs = self.record[state]
            self.assertEqual(ours["lines"], theirs["lines"])
            self.assertEqual(ours["start"], satpy_pass.START)
            self.assertEqual(theirs["start"].replace(" ", "T") + "Z", satpy_pass.START)
            self.assertEqual(ours["sha256"], [theirs["counts_sha256"][band] for band in ["1", "2", state, "4", "5"]])
            self.assertEqual(len(set(ours["sha256"])), 5, "a scene in which all channels are alike shows nothing")

    @unittest.skipIf(gdal is None, "python3-gdal is not installed")
    def test_temperatures_agree_to_a_hundredth_of_a_kelvin(self):
        for state, recording in self.recordings.items():
            output = pathlib.Path(self.folder.name) / ("scenes-" + state)
            subprocess.run([PROCESS, "batch", "--spacecraft", "noaa-19-hrpt", "--input", recording, "--output", output,
                            "--calibration-profile", "patmosx-v2023", "--received-at", satpy_pass.START],
                           check=True, stdout=subprocess.DEVNULL)
            worst = 0
            compared = 0
            for band, rows in self.record[state]["kelvin"].items():
                (file,) = (output / "noaa-19/avhrr-3").rglob("band-%s.tif" % band.lower())
                values = gdal.Open(str(file)).ReadAsArray()
                for i, row in enumerate(rows):
                    for j, theirs in enumerate(row):
                        ours = int(values[i * satpy_pass.LINE_STEP][j * satpy_pass.PIXEL_STEP])
                        if ours == 65535:
                            # Count 0 of 3B is saturated: no value here, but pygac 1.7.1 gives the curve's end.
                            self.assertTrue(band == "3b" and theirs > SATURATED_3B_KELVIN, (band, i, j, theirs))
                            continue
                        worst = max(worst, abs(ours * 0.01 - theirs))
                        compared += 1
            print("channel %s: %d temperatures, worst %.4f K" % (state, compared, worst))
            self.assertGreater(compared, 200)
            self.assertLess(worst, 0.01 + ROUNDING_KELVIN)


if __name__ == "__main__":
    unittest.main()
