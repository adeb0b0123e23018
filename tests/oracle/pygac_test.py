"""Our AVHRR/3 calibration against Debian's python3-pygac, run here.

Usage: pygac_test.py AVHRR-NUMBERS TABLES. Skips with 77 where pygac is missing.

pygac 1.7.1 carries PATMOS-x v2017r1 with provisional numbers of Metop-C (calibration.json, md5 689386c8...). Our
profile patmosx-v2023 is the later set (md5 e8735ec3..., sha256 56f9dc39...2878): the same equations with other solar
trends. So pygac is given a file of coefficients that is written here from our tables, and judges the equations; what
the two sets differ by is printed.

Ours differs from pygac where pygac is known to be wrong or silent:
 - channel 3A of NOAA-15: the set has no gain switch for it; pygac gives NaN, we have no row;
 - counts of 3B that are 0, or not below space, and temperatures outside 170 to 350 K, are masked when products are
   made, not in the equations that are compared here;
 - pygac gives no negative scaled radiance, we do: they are flagged."""

import datetime
import hashlib
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import warnings

warnings.simplefilter("ignore")
try:
    import numpy as np
    import pygac.calibration as pygac
except ImportError as error:
    print("skipped: python3-pygac is not installed (%s)" % error)
    sys.exit(77)

TABLES = pathlib.Path(sys.argv.pop(2))
NUMBERS = sys.argv.pop(1)
PROFILE = "patmosx-v2023"
DEBIAN_MD5 = "689386c822de18a07194ac7fd71652ea"
PLATFORMS = ["noaa-15", "noaa-16", "noaa-17", "noaa-18", "noaa-19", "metop-a", "metop-b", "metop-c"]
MAX_KELVIN = 0.01
MAX_SHARE = 1e-4
LINES = 80
PIXELS = 12
random.seed(20260512)


def their_name(platform):
    return platform.replace("-", "")


def rows(platform, name):
    table = json.loads((TABLES / "avhrr-3" / ("%s.%s.json" % (platform, name))).read_text())
    return table, table["rows"][0]


def coefficients_of(platform):
    """Our rows as pygac's file has them."""
    table, visible = rows(platform, "visible-patmosx")
    thermal = rows(platform, "thermal-patmosx")[1]["values"]
    prt = rows(platform, "prt-patmosx")[1]["values"]
    out = {"date_of_launch": table["fit"]["launch"]}
    for band, theirs in (("1", "channel_1"), ("2", "channel_2"), ("3A", "channel_3a")):
        v = visible["values"].get(band)
        slope = v["slope"] if v else [0.1, 0.0, 0.0]
        out[theirs] = {"dark_count": v["dark"][0] if v else 39.0, "gain_switch": v["cut"][0] if v else None,
                       "s0": slope[0], "s1": slope[1], "s2": slope[2]}
    for band, theirs in (("3B", "channel_3b"), ("4", "channel_4"), ("5", "channel_5")):
        v = thermal[band]
        out[theirs] = {"centroid_wavenumber": v["wavenumber_cm1"][0], "space_radiance": v["space_radiance"][0],
                       "to_eff_blackbody_intercept": v["band_correction"][0],
                       "to_eff_blackbody_slope": v["band_correction"][1],
                       "b0": v["nonlinearity"][0], "b1": v["nonlinearity"][1], "b2": v["nonlinearity"][2]}
    for i in range(1, 5):
        out["thermometer_%d" % i] = {"d%d" % n: value for n, value in enumerate(prt[str(i)]["polynomial"])}
    return out


def calibrator(platform, folder):
    file = pathlib.Path(folder) / "coefficients.json"
    file.write_text(json.dumps({their_name(p): coefficients_of(p) for p in PLATFORMS}))
    return pygac.Calibrator(their_name(platform), coeffs_file=str(file))


def ours(request):
    run = subprocess.run([NUMBERS, "calibrate", str(TABLES)], input=json.dumps(request), text=True,
                         stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def random_time(platform):
    _, row = rows(platform, "visible-patmosx")
    begin, end = (datetime.datetime.fromisoformat(row["fit_interval"][k].rstrip("Z")) for k in ("from", "to"))
    return begin + datetime.timedelta(seconds=random.uniform(0, (end - begin).total_seconds() - 1))


def random_request(platform, channel_3b):
    """Telemetry as it comes: thermometers in a cycle of five, views with a little noise."""
    lines = []
    space = [39.0, 40.0, 987.0 if channel_3b else 38.0, 992.0, 989.0]
    body = [42.0, 41.0, 745.0 if channel_3b else 38.0, 398.0, 378.0]
    phase = random.randrange(5)
    for i in range(LINES):
        reset = (i + phase) % 5 == 0
        lines.append({"prt": 0.0 if reset else round(random.uniform(215, 225), 1),
                      "space": [round(v + random.uniform(-1, 1), 1) for v in space],
                      "black_body": [round(v + random.uniform(-1, 1), 1) for v in body]})
    bands = ["1", "2", "3B" if channel_3b else "3A", "4", "5"]
    top = {"3B": 960, "4": 960, "5": 960}
    counts = {b: [[random.randint(45, top.get(b, 1023)) for _ in range(PIXELS)] for _ in range(LINES)] for b in bands}
    return {"platform": platform, "profile": PROFILE, "channel_3b": channel_3b, "lines": lines, "counts": counts,
            "time": random_time(platform).strftime("%Y-%m-%dT%H:%M:%SZ")}


class Pygac(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_the_package_is_the_one_that_is_described_above(self):
        content = (pathlib.Path(pygac.__file__).parent / "data/calibration.json").read_bytes()
        self.assertEqual(hashlib.md5(content).hexdigest(), DEBIAN_MD5)
        for platform in PLATFORMS:
            self.assertIn("56f9dc39...2878", rows(platform, "visible-patmosx")[1]["source"]["locator"])
        debian = json.loads(content)
        for platform in PLATFORMS:
            theirs, mine = debian[their_name(platform)], coefficients_of(platform)
            differ = sorted("%s.%s" % (group, key) for group, values in mine.items() if isinstance(values, dict)
                            for key, value in values.items()
                            if value is not None and not math.isclose(value, theirs[group].get(key) or 0.0,
                                                                      rel_tol=1e-6, abs_tol=1e-12))
            print("%s: %d of our coefficients differ from pygac 1.7.1's: %s" %
                  (platform, len(differ), ", ".join(differ[:6]) + (", ..." if len(differ) > 6 else "")))

    def compare(self, request, cal):
        values = ours(request)
        self.assertFalse(any(values["thermal"]["flags"]), "our outlier rules took what pygac keeps")
        when = datetime.datetime.fromisoformat(request["time"].rstrip("Z"))
        worst_kelvin = worst_share = 0.0
        for band, index in (("1", 0), ("2", 1), ("3A", 2)):
            if band not in values["solar"]:
                continue
            theirs = pygac.calibrate_solar(np.array(request["counts"][band]), index, when.year,
                                           when.timetuple().tm_yday, cal)
            share = np.abs(np.array(values["solar"][band]) / theirs - 1)
            self.assertFalse(np.isnan(share).any(), (request["platform"], band))
            worst_share = max(worst_share, float(share.max()))
        prt = np.array([line["prt"] for line in request["lines"]])
        for band, channel, slot in (("3B", 3, 2), ("4", 4, 3), ("5", 5, 4)):
            if band not in request["counts"]:
                continue
            ict = np.array([line["black_body"][slot] for line in request["lines"]])
            space = np.array([line["space"][slot] for line in request["lines"]])
            theirs = pygac.calibrate_thermal(np.array(request["counts"][band], dtype=float), prt.copy(), ict, space,
                                             np.arange(len(prt)), channel, cal)
            mine = np.array(values["thermal"][band], dtype=float)
            both = ~np.isnan(theirs) & ~np.isnan(mine) & (mine > 170) & (mine < 350)
            self.assertGreater(both.sum(), both.size / 2)
            self.assertEqual(np.isnan(theirs[(mine > 170.1) & (mine < 349.9)]).sum(), 0)
            worst_kelvin = max(worst_kelvin, float(np.abs(theirs - mine)[both].max()))
        self.assertLess(worst_kelvin, MAX_KELVIN, request["platform"])
        self.assertLess(worst_share, MAX_SHARE, request["platform"])
        return worst_kelvin, worst_share

    def test_random_counts_and_dates_of_every_satellite_in_both_states_of_channel_3(self):
        for platform in PLATFORMS:
            cal = calibrator(platform, self.folder.name)
            worst = (0.0, 0.0)
            for run in range(6):
                found = self.compare(random_request(platform, run % 2 == 1), cal)
                worst = tuple(map(max, worst, found))
            print("%s: worst %.2e K, %.2e of the scaled radiance" % (platform, *worst))

    def test_arrays_of_pygacs_own_tests(self):
        space = [[987.3, 992.5, 989.4], [986.9, 992.8, 989.6], [986.3, 992.3, 988.9]]
        body = [[745.3, 397.9, 377.8], [744.8, 398.1, 378.4], [745.7, 398.0, 378.3]]
        request = {"platform": "noaa-19", "profile": PROFILE, "channel_3b": True, "time": "2010-01-01T12:00:00Z",
                   "lines": [{"prt": p, "space": [0, 0] + s, "black_body": [0, 0] + b}
                             for p, s, b in zip([0, 230, 230], space, body)],
                   "counts": {"1": [[0, 512, 1023], [41, 150, 700]],
                              "3B": [[612, 487, 687], [634, 461, 670], [656, 490, 475]],
                              "4": [[0, 512, 923], [41, 150, 700], [241, 350, 600]],
                              "5": [[0, 512, 923], [41, 150, 700], [241, 350, 600]]}}
        values = ours(request)
        expected = {"3B": [[298.36742, 305.248478, 293.238328], [296.960275, 306.493766, 294.488956],
                           [295.476935, 305.101309, 305.829827]],
                    "4": [[326.576534, 275.348988, 197.688755], [323.013104, 313.207077, 249.36352],
                          [304.58091, 293.579308, 264.0631]],
                    "5": [[326.96161, 272.090164, 188.267991], [323.156317, 312.673269, 244.184452],
                          [303.439383, 291.649444, 259.973091]]}
        for band, kelvin in expected.items():
            np.testing.assert_allclose(values["thermal"][band], kelvin, rtol=0, atol=MAX_KELVIN, err_msg=band)
        # Of the set v2023 (sha256 56f9dc39...2878); pygac masks the negative first one.
        radiance = np.array(values["solar"]["1"])
        self.assertLess(radiance[0][0], 0)
        np.testing.assert_allclose(radiance[0][1:], [27.32328509, 110.84050459], rtol=MAX_SHARE)
        np.testing.assert_allclose(radiance[1], [0.1191198, 6.02096454, 58.0497768], rtol=MAX_SHARE)


if __name__ == "__main__":
    unittest.main()
