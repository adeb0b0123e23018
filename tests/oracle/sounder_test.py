#!/usr/bin/python3
"""MHS and AMSU-A against an independent computation in numpy, written from the formulas of the NOAA KLM User's Guide
(7.3.2, 7.6.6; docs/instruments/mhs.md and amsu-a.md), on packets of random counts with gaps and failures.

    sounder_test.py DOWNLINK_PROCESS TABLES
"""
import json
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy
    from osgeo import gdal
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

gdal.UseExceptions()
C1, C2 = 1.1910427e-5, 1.4387752
WEIGHTS = numpy.array([1, 2, 3, 4, 3, 2, 1], float)
# 2026-05-12T09:00:00Z, in days since 2000-01-01 and milliseconds.
DAY, START_MS = 9628, 9 * 3600 * 1000
PROFILE = """
title = "Packets of Metop's sounders"
platform = "{platform}"
norad_id = 38771
form = "packets"

[packets.time]
epoch = "2000-01-01"

[[route]]
vcid = 0
apids = [34]
instrument = "mhs"

[[route]]
vcid = 0
apids = [39, 40]
instrument = "amsu-a"
"""


def planck(nu, kelvin):
    return C1 * nu**3 / (numpy.exp(C2 * nu / kelvin) - 1)


def inverse_planck(nu, radiance):
    return C2 * nu / numpy.log(1 + C1 * nu**3 / radiance)


def packet(apid, count, milliseconds, data):
    """A Metop packet; milliseconds as a fraction, of which whole microseconds are sent."""
    whole, micro = divmod(round(milliseconds * 1000), 1000)
    field = struct.pack(">HIH", DAY, whole, micro) + bytes(6) + data
    body = struct.pack(">HHH", 0x0800 | apid, 0xC000 | count & 0x3FFF, len(field) + 1) + field
    parity = 0
    for (word,) in struct.iter_unpack(">H", body):
        parity ^= word
    return body + struct.pack(">H", parity)


class Rows:
    """Values of the only row of a table that has this configuration and may be chosen."""

    def __init__(self, folder, platform):
        self.rows = []
        for path in sorted(folder.glob(f"{platform}.*.json")):
            table = json.loads(path.read_text())
            for row in table["rows"]:
                if row["status"] not in ("suspect", "withdrawn"):
                    config = {key: value for key, value in row["config"].items() if value is not None}
                    self.rows.append((table["quantity"], config, row["values"]))

    def get(self, quantity, **config):
        found = [values for name, of, values in self.rows if name == quantity and of == config]
        return found[0] if found else None


def smooth(series, limit):
    """A series of a reference view: outliers out, seven lines, holes bridged."""
    series = series.copy()
    series[numpy.abs(series - numpy.nanmedian(series)) > limit] = numpy.nan
    out = numpy.full(series.size, numpy.nan)
    for line in range(series.size):
        window = [(weight, series[line + k - 3]) for k, weight in enumerate(WEIGHTS) if 0 <= line + k - 3 < series.size]
        window = [(weight, value) for weight, value in window if not numpy.isnan(value)]
        if window:
            out[line] = sum(w * v for w, v in window) / sum(w for w, _ in window)
    return bridge(out)


def bridge(series):
    known = ~numpy.isnan(series)
    return numpy.interp(numpy.arange(series.size), numpy.flatnonzero(known), series[known])


def straight(x, y, at):
    """Between neighbours; outside, the first and the last stretch go on."""
    i = min(max(int(numpy.searchsorted(x, at)) - 1, 0), len(x) - 2)
    return y[i] + (y[i + 1] - y[i]) * (at - x[i]) / (x[i + 1] - x[i])


def radiances(counts, space, target, r_space, r_target, u):
    gain = (target - space) / (r_target - r_space)
    a0 = r_target - target / gain + u * target * space / gain**2
    a1 = 1 / gain - u * (space + target) / gain**2
    a2 = u / gain**2
    return a0 + a1 * counts + a2 * counts**2


def mean_of_thermometers(kelvin, weights, low, high):
    good = (weights > 0) & (kelvin > low) & (kelvin < high)
    if not good.any():
        return numpy.nan
    good &= numpy.abs(kelvin - numpy.median(kelvin[good])) <= 3
    return float((weights * kelvin)[good].sum() / weights[good].sum()) if good.any() else numpy.nan


class Mhs:
    LINES = 60

    def __init__(self, random):
        shape = (self.LINES, 5)
        self.space = (11000 + random.integers(-40, 40, (*shape, 4))).astype(int)
        self.target = (43000 + random.integers(-40, 40, (*shape, 4))).astype(int)
        self.earth = random.integers(20000, 44000, (*shape, 90))
        self.prt = 37900 + random.integers(-30, 30, (self.LINES, 5))
        self.resistors = numpy.array([47970, 25279, 10594]) + random.integers(-5, 5, (self.LINES, 3))
        self.thermistors = random.integers(140, 190, (self.LINES, 24))
        self.side_b = numpy.arange(self.LINES) >= 35
        self.missing = {17, 18}
        self.space[22:26] += 2500  # the Moon
        self.space[30, :, 2] = 40000
        self.target[31, 1] = 0
        self.prt[40] = 0
        self.prt[41, 3] += 3000
        self.thermistors[45, 0] = 255  # the backup is asked

    def packets(self):
        for line in range(self.LINES):
            if line in self.missing:
                continue
            science = bytearray(1286)
            science[0] = 0x30 | (8 if self.side_b[line] else 0)
            science[9:33] = bytes(self.thermistors[line].tolist())
            samples = numpy.concatenate([self.earth[line], self.space[line], self.target[line]], axis=1)
            for i in range(98):
                struct.pack_into(">5H", science, 49 + 12 * i + 2, *samples[:, i].tolist())
            struct.pack_into(">5H", science, 1225, *self.prt[line].tolist())
            struct.pack_into(">3H", science, 1235, *self.resistors[line].tolist())
            yield packet(34, line, START_MS + line * 8000 / 3, bytes(science))

    def temperatures(self, rows):
        """[band][line][pixel], NaN where there is none."""
        radiometry = rows.get("radiometry")
        polynomial = radiometry["temperatures"]["thermistor_polynomial"]
        target_kelvin = numpy.full(self.LINES, numpy.nan)
        u = numpy.full((self.LINES, 5), numpy.nan)
        for line in set(range(self.LINES)) - self.missing:
            side = "B" if self.side_b[line] else "A"
            ohm = rows.get("bridge_resistors", side=side)["resistors"]["ohm"]
            slope, offset = numpy.polyfit(self.resistors[line], ohm, 1)
            kelvin, weights = numpy.zeros(5), numpy.zeros(5)
            for i in range(5):
                row = rows.get("target_thermometer", side=side, detector=f"prt-{i + 1}")
                if row is not None:
                    kelvin[i] = numpy.polyval(row["prt"]["polynomial"][::-1], offset + slope * self.prt[line, i])
                    weights[i] = row["prt"]["weight"][0]
            target_kelvin[line] = mean_of_thermometers(kelvin, weights, 260, 310)
            for sensor in ("primary", "backup"):
                row = rows.get("nonlinearity", parameter_set=sensor)
                count = float(self.thermistors[line, int(row["sensor"]["thermistor"][0])])
                instrument = numpy.polyval(polynomial[::-1], count)
                if 260 < instrument < 310:
                    u[line] = [straight(row["sensor"]["temperature_kelvin"], row[str(b + 1)]["u"], instrument)
                               for b in range(5)]
                    break
        target_kelvin = bridge(target_kelvin)
        out = numpy.full((5, self.LINES, 90), numpy.nan)
        for band in range(5):
            values = radiometry[str(band + 1)]
            limit, nu = values["rejection_limit_counts"][0], values["wavenumber_cm1"][0]
            b0, b1 = values["band_correction"]
            space = smooth(self.view(self.space[:, band], 1500, 28000, limit), limit)
            target = smooth(self.view(self.target[:, band], 20000, 64881, limit), limit)
            for line in set(range(self.LINES)) - self.missing:
                radiance = radiances(self.earth[line, band].astype(float), space[line], target[line],
                                     planck(nu, 2.73 + values["cold_space_correction_kelvin"][0]),
                                     planck(nu, b0 + b1 * target_kelvin[line]), u[line, band])
                out[band, line] = (inverse_planck(nu, radiance) - b0) / b1
        return out

    def view(self, samples, low, high, limit):
        series = numpy.full(self.LINES, numpy.nan)
        for line in set(range(self.LINES)) - self.missing:
            inside = samples[line][(samples[line] > low) & (samples[line] < high)]
            if inside.size:
                inside = inside[numpy.abs(inside - numpy.median(inside)) <= limit]
            if inside.size:
                series[line] = inside.mean()
        return series


class AmsuA:
    LINES = 22
    # Unit: APID, bands, bytes of the packet's data, offsets of pixels, step, space, target, thermometers, how many.
    UNITS = {"a1": (39, range(2, 15), 2080, 1240, 16, 34, 1036, 1188, 1088, 45),
             "a2": (40, range(0, 2), 1120, 312, 12, 8, 252, 304, 260, 19)}
    MODULES = {"a1-1": ("a1", (6, 7, 9, 10, 11, 12, 13, 14, 15)), "a1-2": ("a1", (3, 4, 5, 8)), "a2": ("a2", (1, 2))}

    def __init__(self, random):
        self.space = 12400 + 2 * random.integers(-20, 20, (self.LINES, 15, 2))
        self.target = 18800 + 2 * random.integers(-20, 20, (self.LINES, 15, 2))
        self.earth = 2 * random.integers(7200, 9400, (self.LINES, 15, 30))
        self.thermometers = {unit: 24600 + 2 * random.integers(-300, 300, (self.LINES, 45)) for unit in self.UNITS}
        self.thermometers["a1"][:, 35:45] = 33000 + 2 * random.integers(-20, 20, (self.LINES, 10))
        self.thermometers["a2"][:, 12:19] = 33000 + 2 * random.integers(-20, 20, (self.LINES, 7))
        self.missing = {("a1", 5), ("a2", 9), ("a1", 12), ("a2", 12)}
        self.space[7] += 400  # the Moon
        self.space[8, 4, 1] += 400
        self.thermometers["a1"][14, 36] = 65534
        self.thermometers["a1"][15, 32] = 65534  # the backup is asked

    def packets(self):
        for line in range(self.LINES):
            for unit, (apid, bands, size, used, pixels, step, space, target, temperatures, count) in self.UNITS.items():
                if (unit, line) in self.missing:
                    continue
                science = bytearray(used)
                form = f">{len(bands)}H"
                for i in range(30):
                    struct.pack_into(form, science, pixels + step * i, *self.earth[line, bands, i].tolist())
                for look in range(2):
                    after = 2 * len(bands) * look
                    struct.pack_into(form, science, space + after, *self.space[line, bands, look].tolist())
                    struct.pack_into(form, science, target + after, *self.target[line, bands, look].tolist())
                struct.pack_into(f">{count}H", science, temperatures, *self.thermometers[unit][line, :count].tolist())
                fill = b"\x00\x01"
                data = b"".join(bytes(science[i:i + 2]) + (fill if i % 6 == 0 else b"") for i in range(0, used, 2))
                yield packet(apid, line, START_MS + line * 8000, (data + fill * size)[:size])

    def heard(self, unit):
        return [line for line in range(self.LINES) if (unit, line) not in self.missing]

    def temperatures(self, rows):
        """[band][line][pixel], NaN where there is none."""
        radiometry = rows.get("radiometry")
        out = numpy.full((15, self.LINES, 30), numpy.nan)
        for module, (unit, bands) in self.MODULES.items():
            polynomials = rows.get("thermometer", detector=unit)[unit]
            sensors = numpy.array([int(i) for i in radiometry[module]["target_thermometers"]])
            weights = numpy.array(radiometry[module]["weights"])
            for band in bands:
                target_kelvin, u, cold = (numpy.full(self.LINES, numpy.nan) for _ in range(3))
                for line in self.heard(unit):
                    kelvin = numpy.array([numpy.polyval(polynomials[str(i)][::-1], self.thermometers[unit][line, i] / 2)
                                          for i in range(len(polynomials))])
                    for sensor in ("primary", "backup"):
                        row = rows.get("nonlinearity", detector=module, parameter_set=sensor)
                        instrument = kelvin[int(row["sensor"]["thermometer"][0])]
                        if not 265 < instrument < 320:
                            continue
                        at, values = row["sensor"]["temperature_kelvin"], row[str(band)]
                        u[line] = straight(at, values["u"], instrument)
                        target_kelvin[line] = (mean_of_thermometers(kelvin[sensors], weights, 260, 310)
                                               + straight(at, values["warm_correction_kelvin"], instrument))
                        cold[line] = values["cold_correction_kelvin"][0]
                        break
                self.band(out, band, unit, radiometry[str(band)]["wavenumber_cm1"][0], bridge(target_kelvin),
                          bridge(cold), bridge(u))
        return out

    def band(self, out, band, unit, nu, target_kelvin, cold, u):
        heard = self.heard(unit)
        means = {}
        for name, views in (("space", self.space), ("target", self.target)):
            means[name] = numpy.full(self.LINES, numpy.nan)
            means[name][heard] = views[heard, band - 1].mean(axis=1)
        limit = 0.02 * abs(numpy.nanmedian(means["target"]) - numpy.nanmedian(means["space"]))
        for name, views in (("space", self.space), ("target", self.target)):
            apart = numpy.abs(views[:, band - 1, 0] - views[:, band - 1, 1])
            means[name][apart > limit] = numpy.nan
            means[name] = smooth(means[name], limit)
        for line in heard:
            radiance = radiances(self.earth[line, band - 1].astype(float), means["space"][line], means["target"][line],
                                 planck(nu, 2.73 + cold[line]), planck(nu, target_kelvin[line]), u[line])
            out[band - 1, line] = inverse_planck(nu, radiance)


class SounderTest(unittest.TestCase):
    def scene(self, folder, instrument):
        return next(folder.rglob(f"{instrument}/**/item.json")).parent

    def compare(self, instrument, model, seed, platform):
        observed = model(numpy.random.default_rng(seed))
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            (folder / "sounders.toml").write_text(PROFILE.format(platform=platform))
            (folder / "packets").write_bytes(b"".join(observed.packets()))
            subprocess.run([PROCESS, "batch", "--spacecraft", folder / "sounders.toml", "--input", folder / "packets",
                            "--output", folder / "out", "--tables", TABLES], check=True, capture_output=True)
            scene = self.scene(folder / "out", instrument)
            expected = observed.temperatures(Rows(Path(TABLES) / instrument, platform))
            for band in range(len(expected)):
                dataset = gdal.Open(str(scene / f"band-{band + 1}.tif"))
                raw = dataset.GetRasterBand(1).ReadAsArray()
                ours = numpy.where(raw == 65535, numpy.nan, raw * dataset.GetRasterBand(1).GetScale())
                believed = numpy.where((expected[band] >= 60) & (expected[band] <= 340), expected[band], numpy.nan)
                self.assertEqual(ours.shape, believed.shape)
                numpy.testing.assert_array_equal(numpy.isnan(ours), numpy.isnan(believed))
                self.assertGreater(numpy.isfinite(ours).sum(), 0.8 * ours.size)
                self.assertLessEqual(float(numpy.nanmax(numpy.abs(ours - believed))), 0.00501,
                                     f"{platform} {instrument} band {band + 1}, seed {seed}")

    def test_mhs(self):
        for seed, platform in enumerate(("metop-b", "metop-c", "noaa-19")):
            self.compare("mhs", Mhs, seed, platform)

    def test_amsu_a(self):
        for seed, platform in enumerate(("metop-b", "metop-c", "noaa-19")):
            self.compare("amsu-a", AmsuA, seed, platform)


if __name__ == "__main__":
    PROCESS, TABLES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
