#!/usr/bin/python3
"""Scenes of made-up granules before GDAL's validator, GDAL's reader, the STAC schemas and zstd.

    scene_test.py MAKE_SAMPLE_SCENES
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import validate_scene  # exits 77 where a module is missing
from stac_schemas import SchemaTree, test_data_folder

SCHEMAS = test_data_folder()


class SceneTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.output = Path(cls.temporary.name)
        subprocess.run([MAKE_SAMPLE_SCENES, str(cls.output)], check=True)
        cls.scenes = sorted((cls.output / "scenes").iterdir())

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def scene(self, start):
        return next(folder for folder in self.scenes if folder.name.startswith(start))

    def test_every_scene_is_without_fault(self):
        self.assertEqual(len(self.scenes), 4)
        for folder in self.scenes:
            truth_file = self.output / f"{folder.name}.truth.json"
            truth = json.loads(truth_file.read_text()) if truth_file.exists() else None
            faults, remark = validate_scene.validate_scene(folder, SCHEMAS, truth)
            self.assertEqual(faults, [], folder.name)
            print(f"{folder.name}: {remark}", file=sys.stderr)

    def test_positions_are_wrong_without_the_offset(self):
        """The trap of instruments.md section 11: whoever leaves the half pixel out is off, and the oracle sees it."""
        folder = self.scene("metop-b_avhrr-3")
        item = json.loads((folder / "item.json").read_text())
        truth = json.loads((self.output / f"{folder.name}.truth.json").read_text())
        item["properties"]["downlinkd:tie_grid"]["line_offset"] = 4
        faults = validate_scene.Faults()
        validate_scene.check_positions(folder, item, truth, faults)
        self.assertEqual(len(faults), 2)

    def test_schemas_refuse_a_spoilt_item(self):
        """That the schemas are read at all."""
        item = json.loads((self.scene("metop-b_avhrr-3") / "item.json").read_text())
        tree = SchemaTree(SCHEMAS)
        self.assertEqual(list(tree.faults_of(item)), [])

        def band(copy, kind):
            return copy["assets"]["band-1"][kind][0]

        def spoilt(change):
            copy = json.loads(json.dumps(item))
            change(copy)
            return list(tree.faults_of(copy))

        self.assertTrue(spoilt(lambda copy: copy["properties"].pop("datetime")))
        self.assertTrue(spoilt(lambda copy: copy.update(geometry=None)))
        self.assertTrue(spoilt(lambda copy: copy["properties"].update({"sat:orbit_state": "sideways"})))
        self.assertTrue(spoilt(lambda copy: copy["properties"].update({"view:sun_elevation": 91})))
        self.assertTrue(spoilt(lambda copy: copy["properties"].pop("proj:epsg")))
        self.assertTrue(spoilt(lambda copy: copy["assets"]["band-1"].update({"file:checksum": "Z"})))
        self.assertTrue(spoilt(lambda copy: band(copy, "eo:bands").update({"common_name": "infrared"})))
        self.assertTrue(spoilt(lambda copy: band(copy, "raster:bands").update({"data_type": "u16"})))
        self.assertTrue(spoilt(lambda copy: copy["assets"]["quality"]["classification:bitfields"][0].pop("offset")))

    def test_the_antimeridian_cuts_the_outline_in_two(self):
        item = json.loads((self.scene("metop-c_avhrr-3") / "item.json").read_text())
        self.assertEqual(item["geometry"]["type"], "MultiPolygon")
        west, _, east, _ = item["bbox"]
        self.assertGreater(west, east)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    MAKE_SAMPLE_SCENES = sys.argv.pop(1)
    if not SCHEMAS.is_dir():
        print(f"skipped: no STAC schemas in '{SCHEMAS}'; DOWNLINKD_TEST_DATA names the folder of test data")
        sys.exit(77)
    unittest.main()
