"""The worked consumer (docs/examples/consume_events.py) on what a real run leaves: its tables are the station's scenes,
each item is valid STAC, and a band that it reads is the band of the spool."""

import json
import subprocess
import unittest

from cloud import PYTHON
from station import DATA, SIMULATED_TLE, SOURCE, Station, run

CONSUMER = SOURCE / "docs/examples/consume_events.py"
CONTRACT = (SOURCE / "docs/formats/events.md").read_text()
SCHEMAS = DATA / "vectors/stac-schemas"


class ConsumeEvents(unittest.TestCase):
    def consume(self, *arguments):
        done = subprocess.run([PYTHON, str(CONSUMER), "--database", str(self.station.folder / "events.db"),
                               *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_events_of_a_pass_become_a_table_and_a_band(self):
        with Station("metop-b") as self.station:
            station = self.station.start()
            cadus = station.folder / "pass.cadu"
            run("downlink-sim", "make", "--start", "2026-05-12T08:56:40Z", "--duration", "40", "--tle", SIMULATED_TLE,
                "--output", cadus)
            station.send(cadus)
            station.wait_drained()
            journal = station.spool / "events.jsonl"
            for _ in range(2):  # the second time there is nothing new
                self.consume("journal", journal)
            rows = self.consume("list")
            scenes = {row["scene_id"] for row in rows if row["table"] == "scenes"}
            self.assertEqual(scenes, {row["id"] for row in station.report("scenes")["scenes"]})
            self.assertEqual([row["state"] for row in rows if row["table"] == "passes"], ["processed"])
            self.check_events(station.events())

            scene = next(name for name in sorted(scenes) if "avhrr" in name)
            output = station.folder / "band.tif"
            told = self.consume("band", scene, "band-4", output)[0]
            self.assertEqual((told["width"], told["unit"]), (2048, "K"))
            self.assertEqual(output.read_bytes(), (station.spool / "scenes" / scene / "band-4.tif").read_bytes())

    def check_events(self, events):
        self.assertEqual(len({event["id"] for event in events}), len(events))
        for event in events:
            self.assertEqual(event["attributes"]["ce-id"], event["id"])
            self.assertEqual(event["attributes"]["ce-type"], event["type"])
            self.assertEqual(event["attributes"]["ce-time"], event["time"])
            # The contract page names everything that is sent.
            for name in (event["type"], *event["attributes"]):
                self.assertIn(f"`{name}`", CONTRACT)
        self.check_items([event["data"] for event in events if event["type"] == "org.downlinkd.scene.available"])

    def check_items(self, items):
        """Against the schema of a STAC item, where it and the validator are there; oracle.scene does it in full."""
        self.assertTrue(items)
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        if not SCHEMAS.exists():
            self.skipTest("the test data have no STAC schemas")
        store = {}
        for path in SCHEMAS.rglob("*.json"):
            if "examples-valid" not in path.parts:
                schema = json.loads(path.read_text())
                store["https://" + path.relative_to(SCHEMAS).as_posix()] = schema
                store[schema.get("$id", "").rstrip("#")] = schema
        schema = store["https://schemas.stacspec.org/v1.0.0/item-spec/json-schema/item.json"]
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
        for item in items:
            jsonschema.Draft7Validator(schema, resolver=resolver).validate(item)


if __name__ == "__main__":
    unittest.main()
