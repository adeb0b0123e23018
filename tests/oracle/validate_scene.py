#!/usr/bin/python3
"""Lets other people's programs judge scene folders: GDAL's validator of cloud-optimised GeoTIFF, GDAL's reader, the
STAC JSON schemas, and zstd.

    validate_scene.py [--schemas FOLDER] [--truth FILE] SCENE_FOLDER...

Prints every fault; exit 0 when there is none, 1 when there is one, 77 when a module that it needs is not installed.
Without --schemas the items are not held against the schemas (shared/vectors/stac-schemas of the project has them).
--truth: a JSON list of [line, pixel, longitude, latitude]; the positions that a reader computes from lon.tif and
lat.tif by the documented convention must be within 300 m of them.
"""
import argparse
import hashlib
import json
import math
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

try:
    import numpy
    from stac_schemas import SchemaTree
    from osgeo import gdal
    from osgeo_utils.samples.validate_cloud_optimized_geotiff import ValidateCloudOptimizedGeoTIFFException, validate
except ImportError as error:
    print(f"cannot judge scenes here: {error} (apt install python3-gdal python3-jsonschema)")
    sys.exit(77)

gdal.UseExceptions()

POSITION_LIMIT_M = 300  # instruments.md section 11: linear interpolation at step 8 is off by up to 262 m
EARTH_RADIUS_M = 6371000
# TIFF 6.0: Software, DateTime, HostComputer. What they hold differs from run to run or from machine to machine.
FORBIDDEN_TAGS = {305: "Software", 306: "DateTime", 316: "HostComputer"}


class Faults(list):
    def check(self, condition, text):
        if not condition:
            self.append(text)


# ---- hashes and the manifest

def check_manifest(folder, faults):
    manifest = json.loads((folder / "manifest.json").read_text())
    names = [asset["name"] for asset in manifest["assets"]]
    faults.check(names and names[-1] == "item.json", f"{folder}: item.json is not the last asset")
    present = sorted(path.name for path in folder.iterdir() if path.name != "manifest.json")
    faults.check(present == sorted(names), f"{folder}: has {present}, the manifest lists {sorted(names)}")
    for asset in manifest["assets"]:
        content = (folder / asset["name"]).read_bytes()
        faults.check(len(content) == asset["size_bytes"], f"{folder / asset['name']}: size is not the manifest's")
        faults.check(hashlib.sha256(content).hexdigest() == asset["sha256"],
                     f"{folder / asset['name']}: SHA-256 is not the manifest's")
    return manifest


def check_item_assets(folder, item, manifest, faults):
    hrefs = {}
    for key, asset in item["assets"].items():
        faults.check(asset["href"].startswith("./"), f"{folder}: href '{asset['href']}' of '{key}' is not relative")
        path = folder / asset["href"]
        hrefs[path.name] = key
        content = path.read_bytes()
        faults.check(asset["file:size"] == len(content), f"{path}: size is not the item's")
        faults.check(asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest(),
                     f"{path}: multihash is not the item's")
    expected = {asset["name"] for asset in manifest["assets"]} - {"item.json"}
    faults.check(set(hrefs) == expected, f"{folder}: the item lists {sorted(hrefs)}, the manifest {sorted(expected)}")


# ---- outlines

def ring_area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:])) / 2


def check_geometry(folder, item, faults):
    geometry = item["geometry"]
    if geometry is None:
        faults.check("bbox" not in item, f"{folder}: a bbox without a geometry")
        faults.check(item["properties"].get("downlinkd:ungeolocated_reason"),
                     f"{folder}: no geometry and no reason for that")
        return
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for (ring,) in polygons:
        faults.check(len(ring) >= 4 and ring[0] == ring[-1], f"{folder}: a ring is not closed")
        faults.check(ring_area(ring) > 0, f"{folder}: an outer ring is not counter-clockwise (RFC 7946, 3.1.6)")
        faults.check(all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring), f"{folder}: a position off the globe")


# ---- GeoTIFF

def tiff_tags(path):
    """The tags of every image file directory of a classic TIFF."""
    content = path.read_bytes()
    order = "<" if content[:2] == b"II" else ">"
    (magic, offset) = struct.unpack(order + "HI", content[2:8])
    if magic != 42:
        raise ValueError(f"{path} is no classic TIFF")
    tags = set()
    while offset:
        (count,) = struct.unpack_from(order + "H", content, offset)
        for i in range(count):
            tags.add(struct.unpack_from(order + "H", content, offset + 2 + 12 * i)[0])
        (offset,) = struct.unpack_from(order + "I", content, offset + 2 + 12 * count)
    return tags


def check_cog(path, faults):
    try:
        warnings, errors, _ = validate(str(path), full_check=True)
        faults.extend(f"{path}: {text}" for text in errors + warnings)
    except ValidateCloudOptimizedGeoTIFFException as error:
        faults.append(f"{path}: {error}")
        return
    warned = []
    gdal.PushErrorHandler(lambda level, number, text: warned.append(text))
    raster = gdal.Open(str(path))
    for i in range(raster.RasterCount):
        band = raster.GetRasterBand(i + 1)
        for layer in [band] + [band.GetOverview(level) for level in range(band.GetOverviewCount())]:
            layer.Checksum()
    gdal.PopErrorHandler()
    faults.extend(f"{path}: GDAL warns: {text}" for text in sorted(set(warned)))
    for tag in tiff_tags(path) & set(FORBIDDEN_TAGS):
        faults.append(f"{path}: has the tag {FORBIDDEN_TAGS[tag]}")


def check_band(path, asset, faults):
    raster = gdal.Open(str(path))
    band = raster.GetRasterBand(1)
    described = asset["raster:bands"][0]
    faults.check(raster.RasterCount == 1, f"{path}: has {raster.RasterCount} bands, expected 1")
    faults.check(band.DataType == gdal.GDT_UInt16, f"{path}: is not UInt16")
    faults.check(raster.GetMetadata("IMAGE_STRUCTURE").get("COMPRESSION") == "ZSTD", f"{path}: is not ZSTD")
    # GDAL's None: not stated, which is the default.
    for name, found in (("nodata", band.GetNoDataValue()), ("scale", band.GetScale() or 1.0),
                        ("offset", band.GetOffset() or 0.0), ("unit", band.GetUnitType())):
        faults.check(found == described[name], f"{path}: {name} is {found}, the item says {described[name]}")
    faults.check([raster.RasterYSize, raster.RasterXSize] == asset["proj:shape"], f"{path}: size is not the item's")
    values = band.ReadAsArray()
    valid = values[values != 65535]
    check_statistics(path, values, valid, described["statistics"], faults)
    check_overviews(path, band, valid, faults)


def check_statistics(path, values, valid, statistics, faults):
    faults.check(math.isclose(statistics["valid_percent"], 100 * valid.size / values.size, abs_tol=1e-9),
                 f"{path}: valid_percent is {statistics['valid_percent']}, counted {100 * valid.size / values.size}")
    if valid.size == 0:
        return
    for name, found in (("minimum", valid.min()), ("maximum", valid.max()), ("mean", valid.mean()),
                        ("stddev", valid.std())):
        faults.check(math.isclose(statistics[name], float(found), rel_tol=1e-6, abs_tol=1e-6),
                     f"{path}: {name} is {statistics[name]}, computed {found}")


def check_overviews(path, band, valid, faults):
    if max(band.XSize, band.YSize) > 512:
        faults.check(band.GetOverviewCount() > 0, f"{path}: has no overviews")
    for level in range(band.GetOverviewCount()):
        values = band.GetOverview(level).ReadAsArray()
        seen = values[values != 65535]
        if valid.size == 0:
            faults.check(seen.size == 0, f"{path}: overview {level} has values where the band has none")
        elif seen.size:
            # An average stays between what it is the average of; nodata that bled in would be above.
            faults.check(seen.min() >= valid.min() and seen.max() <= valid.max(),
                         f"{path}: overview {level} goes from {seen.min()} to {seen.max()}, "
                         f"the band from {valid.min()} to {valid.max()}")


def check_quality(path, asset, bands, folder, faults):
    raster = gdal.Open(str(path))
    faults.check(raster.RasterCount == len(bands), f"{path}: has {raster.RasterCount} bands, expected {len(bands)}")
    for i, key in enumerate(bands):
        quality = raster.GetRasterBand(i + 1).ReadAsArray()
        values = gdal.Open(str(folder / f"{key}.tif")).ReadAsArray()
        # Every pixel without a value says so.
        unsaid = numpy.count_nonzero((values == 65535) & (quality & 0x7F == 0))
        faults.check(unsaid == 0, f"{path}: band {i + 1}: {unsaid} pixels have no value and no reason")
    faults.check(len(asset["classification:bitfields"]) == 7, f"{path}: the item does not name seven bits")


# ---- positions

def distance_m(lon1, lat1, lon2, lat2):
    lat1, lat2 = math.radians(lat1), math.radians(lat2)
    dlon = math.radians(lon1 - lon2)
    a = math.sin((lat1 - lat2) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(a))


def bilinear_position(lon, lat, convention, line, pixel):
    """docs/formats/scene.md, 'Tie grids', for the centre of a pixel."""
    row = (line + 0.5 - convention["line_offset"]) / convention["line_step"]
    column = (pixel + 0.5 - convention["pixel_offset"]) / convention["pixel_step"]
    r = min(int(row), lon.shape[0] - 2)
    c = min(int(column), lon.shape[1] - 2)
    v, u = row - r, column - c
    weights = numpy.array([[(1 - v) * (1 - u), (1 - v) * u], [v * (1 - u), v * u]])
    corner = lon[r:r + 2, c:c + 2]
    unwrapped = corner[0, 0] + (corner - corner[0, 0] + 180) % 360 - 180
    return float((weights * unwrapped).sum()), float((weights * lat[r:r + 2, c:c + 2]).sum())


def gdal_positions(folder, item, truth):
    """The same by GDAL's own geolocation transformer, which has nothing to do with our code."""
    convention = item["properties"]["downlinkd:tie_grid"]
    first = next(key for key in item["assets"] if key.startswith("band-"))
    raster = gdal.Translate("", str(folder / f"{first}.tif"), format="MEM", noData="none")
    raster.SetGCPs([], None)
    raster.SetMetadata({
        "X_DATASET": str(folder / "lon.tif"), "X_BAND": "1", "Y_DATASET": str(folder / "lat.tif"), "Y_BAND": "1",
        "PIXEL_OFFSET": str(convention["pixel_offset"]), "PIXEL_STEP": str(convention["pixel_step"]),
        "LINE_OFFSET": str(convention["line_offset"]), "LINE_STEP": str(convention["line_step"]),
        "GEOREFERENCING_CONVENTION": convention["georeferencing_convention"], "SRS": convention["srs"]}, "GEOLOCATION")
    transformer = gdal.Transformer(raster, None, ["METHOD=GEOLOC_ARRAY"])
    points, ok = transformer.TransformPoints(0, [(pixel + 0.5, line + 0.5) for line, pixel, _, _ in truth])
    return points, ok


def check_positions(folder, item, truth, faults):
    convention = item["properties"]["downlinkd:tie_grid"]
    lon = gdal.Open(str(folder / "lon.tif")).ReadAsArray()
    lat = gdal.Open(str(folder / "lat.tif")).ReadAsArray()
    worst_m = 0
    for line, pixel, true_lon, true_lat in truth:
        worst_m = max(worst_m, distance_m(*bilinear_position(lon, lat, convention, line, pixel), true_lon, true_lat))
    faults.check(worst_m <= POSITION_LIMIT_M, f"{folder}: bilinear positions are off by up to {worst_m:.0f} m")
    crosses = lon.max() - lon.min() > 180
    if crosses:  # GDAL interpolates through the seam
        return f"positions within {worst_m:.0f} m"
    points, ok = gdal_positions(folder, item, truth)
    faults.check(all(ok), f"{folder}: GDAL finds no position for some pixels")
    gdal_worst_m = max(distance_m(x, y, true_lon, true_lat)
                       for (x, y, _), (_, _, true_lon, true_lat) in zip(points, truth))
    faults.check(gdal_worst_m <= POSITION_LIMIT_M, f"{folder}: GDAL's positions are off by up to {gdal_worst_m:.0f} m")
    return f"positions within {worst_m:.0f} m, by GDAL within {gdal_worst_m:.0f} m"


def check_tie_grid(folder, item, faults):
    convention = item["properties"]["downlinkd:tie_grid"]
    for key in ("lon", "lat", "angles"):
        raster = gdal.Open(str(folder / f"{key}.tif"))
        metadata = raster.GetMetadata()
        for name in ("pixel_offset", "pixel_step", "line_offset", "line_step"):
            faults.check(float(metadata[name.upper()]) == convention[name],
                         f"{folder / key}.tif: {name} is not the item's")
        faults.check(metadata["GEOREFERENCING_CONVENTION"] == convention["georeferencing_convention"],
                     f"{folder / key}.tif: convention is not the item's")
        faults.check([raster.RasterYSize, raster.RasterXSize] == [convention["rows"], convention["columns"]],
                     f"{folder / key}.tif: size is not the item's")
    # The last row and column reach the last line and pixel.
    lines, pixels = item["properties"]["proj:shape"]
    reach_line = convention["line_offset"] + (convention["rows"] - 1) * convention["line_step"]
    reach_pixel = convention["pixel_offset"] + (convention["columns"] - 1) * convention["pixel_step"]
    faults.check(reach_line >= lines - 0.5 and reach_pixel >= pixels - 0.5,
                 f"{folder}: the tie grid ends inside the image")


# ---- the other assets

def check_lines(folder, item, faults):
    lines = json.loads((folder / "lines.json").read_text())
    count = item["properties"]["proj:shape"][0]
    faults.check(len(lines["time_us"]) == count and len(lines["flags"]) == count,
                 f"{folder}: lines.json does not have {count} lines")
    used = 0
    for flags in lines["flags"]:
        used |= flags
    faults.check(used == sum(1 << int(bit) for bit in lines["flag_bits"]), f"{folder}: a line flag has no name")


def check_quicklook(folder, faults):
    raster = gdal.Open(str(folder / "quicklook.png"))
    faults.check(raster.RasterXSize <= 1024, f"{folder}: the quick-look is {raster.RasterXSize} pixels wide")
    faults.check(raster.RasterCount in (2, 4), f"{folder}: the quick-look has {raster.RasterCount} channels")


def check_level0(folder, item, faults):
    for key, asset in item["assets"].items():
        if "downlinkd:apid" not in asset:
            continue
        path = folder / asset["href"]
        unpacked = subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=False)
        faults.check(unpacked.returncode == 0, f"{path}: zstd says {unpacked.stderr.decode().strip()}")
        faults.check(len(unpacked.stdout) == asset["downlinkd:uncompressed_size_bytes"],
                     f"{path}: unpacked size is wrong")
        index = [json.loads(line) for line in (folder / f"{key}.index.jsonl").read_text().splitlines()]
        faults.check(sum(entry["packets"] for entry in index) == asset["downlinkd:packets"],
                     f"{path}: the index counts other packets than the item")
        faults.check(index[-1]["offset"] + index[-1]["size_bytes"] == path.stat().st_size,
                     f"{path}: the index ends elsewhere than the file")


def check_image(folder, item, truth, faults):
    bands = [key for key in item["assets"] if key.startswith("band-")]
    for path in sorted(folder.glob("*.tif")):
        check_cog(path, faults)
    for key in bands:
        check_band(folder / f"{key}.tif", item["assets"][key], faults)
    check_quality(folder / "quality.tif", item["assets"]["quality"], bands, folder, faults)
    check_lines(folder, item, faults)
    check_quicklook(folder, faults)
    if "downlinkd:tie_grid" not in item["properties"]:
        return "not located"
    check_tie_grid(folder, item, faults)
    return check_positions(folder, item, truth, faults) if truth else "located"


def validate_scene(folder, schemas=None, truth=None):
    """The faults of one scene folder and a remark about it."""
    faults = Faults()
    manifest = check_manifest(folder, faults)
    item = json.loads((folder / "item.json").read_text())
    check_item_assets(folder, item, manifest, faults)
    check_geometry(folder, item, faults)
    if schemas:
        faults.extend(f"{folder / 'item.json'}: {text}" for text in SchemaTree(schemas).faults_of(item))
    if item["properties"]["instruments"] == ["level-0"]:
        check_level0(folder, item, faults)
        return faults, "Level-0"
    return faults, check_image(folder, item, truth, faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="+", type=Path, metavar="SCENE_FOLDER")
    parser.add_argument("--schemas", type=Path)
    parser.add_argument("--truth", type=Path)
    arguments = parser.parse_args()
    truth = json.loads(arguments.truth.read_text()) if arguments.truth else None
    failed = False
    for folder in arguments.scenes:
        faults, remark = validate_scene(folder, arguments.schemas, truth)
        for fault in faults:
            print(fault)
        print(f"{folder}: {len(faults)} faults; {remark}")
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
