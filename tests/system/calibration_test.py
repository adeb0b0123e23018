#!/usr/bin/python3
"""Calibration as an operator lives with it: bulletins that come during a pass, bad ones, and what was known when."""

import copy
import json
import os
import shutil
import signal
import socket
import unittest

import station
from station import SIMULATED_TLE, Station, run, wait_until

TABLES = station.BINARY.parent / "share/downlinkd/tables"
VISIBLE = TABLES / "avhrr-3/metop-b.visible.json"
NEW_ROW = "metop-b/avhrr-3/visible/2026-05-11"
OLD_ROW = "metop-b/avhrr-3/visible/2026-03-10"


def make_pass(folder, name, start, duration_s=10):
    path = folder / name
    run("downlink-sim", "make", "--start", start, "--duration", duration_s, "--tle", SIMULATED_TLE, "--output", path)
    return path


def bulletin(change=lambda row: None):
    """The text of a table file with a row that begins on 11 May, between those of March and of 12 May."""
    table = json.loads(VISIBLE.read_text())
    march = next(row for row in table["rows"] if row["id"] == OLD_ROW)
    row = copy.deepcopy(march)
    row.update(id=NEW_ROW, valid_from="2026-05-11T12:00:00Z", recorded_at="2026-05-11T20:00:00Z", supersedes=OLD_ROW)
    row["source"] = {"title": "A bulletin", "locator": "made for a test", "retrieved": None, "sha256": None}
    for values in row["values"].values():
        for line in (values["lo"], values["hi"]):
            line[:] = [round(number * 1.001, 8) for number in line]
    change(row)
    table["rows"], table["events"] = [row], []
    return json.dumps(table, indent=2)


def slip(row):
    row["values"]["1"]["lo"][0] = 0.08517


def overlap(row):
    row.update(valid_from="2026-03-10T12:00:00Z", recorded_at="2026-03-12T00:00:00Z", supersedes=None)


BAD = {"slipped digit": slip, "overlap": overlap, "no source": lambda row: row.pop("source")}


class CalibrationTest(unittest.TestCase):
    def setUp(self):
        self.station = self.enter()
        self.overlays = self.station.spool / "overlays"

    def enter(self):
        one = Station("metop-b")
        one.__enter__()
        self.addCleanup(lambda: one.__exit__(None, None, None))
        return one

    def tables(self):
        return self.station.report("status")["tables"]

    def wait_in_force(self, other_than=""):
        def changed():
            sha256 = self.tables()["sha256"]
            return sha256 if sha256 != other_than else None
        return wait_until(changed, 60, "a set of tables to be in force")

    def drop(self, text, name="metop-b.may.json"):
        """As `mv` puts it there, whole."""
        folder = self.overlays / "avhrr-3"
        folder.mkdir(parents=True, exist_ok=True)
        part = self.station.spool / "bulletin.part"
        part.write_text(text)
        part.rename(folder / name)
        return folder / name

    def wait_incident(self, is_open=True):
        def there():
            incidents = self.station.report("incidents")["incidents"]
            rows = [row for row in incidents if row["kind"] == "calibration_refused"]
            return (rows or [None])[0] if is_open else not rows
        return wait_until(there, 60, f"the incident to be {'open' if is_open else 'closed'}")

    def provenance(self, start):
        """Which of the two rows the scene of the slot that begins in that minute used: 20260512T0854."""
        found = [path for path in self.station.bucket.rglob("provenance.json") if start in path.parent.name
                 and "avhrr" in path.parent.name]
        self.assertTrue(found, f"no scene of {start} in {sorted(p.name for p in self.station.bucket.rglob('*'))[:40]}")
        text = found[0].read_text()
        return {row for row in (NEW_ROW, OLD_ROW) if row in text}

    def set_of_pass(self):
        (path,) = self.station.spool.glob("passes/*/pass.json")
        return json.loads(path.read_text()).get("table_set")

    def test_a_running_pass_keeps_its_set_and_the_next_one_has_the_bulletin(self):
        cadus = make_pass(self.station.folder, "first.cadu", "2026-05-12T08:56:50Z").read_bytes()
        self.station.start()
        old = self.wait_in_force()
        half = len(cadus) // 2
        with socket.create_connection(("127.0.0.1", self.station.port)) as receiver:
            receiver.sendall(cadus[:half])
            wait_until(lambda: any(row["process_starts"] for row in self.station.report("status")["passes"]), 60,
                       "the pass to be decoded")
            self.assertEqual(self.set_of_pass(), old)
            self.drop(bulletin())
            new = self.wait_in_force(other_than=old)
            os.kill(self.station.process_pids()[0], signal.SIGKILL)
            wait_until(lambda: any(row["process_starts"] > 1 for row in self.station.report("status")["passes"]), 60,
                       "the pass to be decoded again")
        self.station.stop()
        self.station.start()
        self.assertEqual(self.tables()["sha256"], new)
        with socket.create_connection(("127.0.0.1", self.station.port)) as receiver:
            receiver.sendall(cadus[half:])
        self.station.wait_drained()
        self.assertEqual(self.provenance("20260512T0854"), {OLD_ROW})
        self.station.send(make_pass(self.station.folder, "second.cadu", "2026-05-12T09:10:10Z"))
        self.station.wait_drained()
        self.assertEqual(self.provenance("20260512T0909"), {NEW_ROW})

    def test_a_bad_bulletin_is_an_incident_and_changes_nothing(self):
        self.station.start()
        old = self.wait_in_force()
        for what, change in BAD.items():
            path = self.drop(bulletin(change))
            incident = self.wait_incident()
            self.assertIn("metop-b.may.json", incident["message"], what)
            self.assertIn(NEW_ROW, incident["message"], what)
            self.assertEqual(self.tables()["sha256"], old)
            self.assertTrue(self.tables()["problem"])
            path.unlink()
            self.wait_incident(is_open=False)

    def test_a_row_that_is_edited_after_it_was_in_force_is_refused_and_a_restart_does_not_help(self):
        self.station.start()
        old = self.wait_in_force()
        self.drop(bulletin())
        new = self.wait_in_force(other_than=old)
        self.drop(bulletin(lambda row: row.update(reason="edited in place")))
        incident = self.wait_incident()
        self.assertIn("edited", incident["message"])
        self.assertIn(NEW_ROW, incident["message"])
        self.station.stop()
        self.station.start()
        self.wait_incident()
        self.assertEqual(self.tables()["sha256"], new)
        self.drop(bulletin())
        self.wait_incident(is_open=False)
        self.assertEqual(self.tables()["sha256"], new)

    def test_import_waits_for_the_daemon(self):
        self.station.start()
        old = self.wait_in_force()
        path = self.station.folder / "may.json"
        path.write_text(bulletin())
        told = json.loads(run("downlinkctl", "--config", self.station.config, "--json", "cal", "import", path).stdout)
        self.assertEqual((told["state"], told["daemon"]), ("ok", "has taken it"))
        self.assertEqual(told["sha256"], self.wait_in_force(other_than=old))

    def test_sets_that_no_pass_needs_are_removed(self):
        self.station.start()
        old = self.wait_in_force()
        self.drop(bulletin())
        new = self.wait_in_force(other_than=old)
        kept = self.station.spool / "calibration"
        wait_until(lambda: sorted(path.name for path in kept.iterdir() if path.is_dir()) == [new], 30,
                   "the old set to be removed")


class KnownAtTest(unittest.TestCase):
    """One pass of an hour after a bulletin took effect, which was issued nine hours later."""

    def setUp(self):
        self.folder = station.pathlib.Path(station.tempfile.mkdtemp(prefix="dl-known-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.cadus = make_pass(self.folder, "pass.cadu", "2026-05-12T13:00:00Z")

    def batch(self, name, *more):
        output = self.folder / name
        run("downlink-process", "batch", "--spacecraft", "metop-b", "--input", self.cadus, "--output", output, "--tle",
            SIMULATED_TLE, "--received-at", "2026-05-12T13:00:00Z", *more)
        return {path: sha256 for path, sha256 in station.tree_hashes(output).items() if path != "report.json"}

    def rows(self, name):
        text = "".join(path.read_text() for path in (self.folder / name).rglob("provenance.json"))
        return {month for month in ("2026-03-10", "2026-05-12") if "visible/" + month in text}

    def test_two_known_dates_give_two_products_and_each_of_them_again(self):
        then = self.batch("then", "--known-at", "2026-05-12T18:00:00Z")
        self.assertEqual(then, self.batch("then-again", "--known-at", "2026-05-12T18:00:00Z"))
        later = self.batch("later", "--known-at", "2026-05-13T00:00:00Z")
        self.assertEqual(later, self.batch("later-again", "--known-at", "2026-05-13T00:00:00Z"))
        self.assertNotEqual(then, later)
        self.assertEqual(self.rows("then"), {"2026-03-10"})
        self.assertEqual(self.rows("later"), {"2026-05-12"})

    def test_an_overlay_that_was_not_known_then_changes_no_value(self):
        overlays = self.folder / "overlays/avhrr-3"
        overlays.mkdir(parents=True)

        def june(row):
            row.update(id="metop-b/avhrr-3/visible/again", valid_from="2026-05-12T12:00:00Z",
                       recorded_at="2026-06-01T00:00:00Z", supersedes="metop-b/avhrr-3/visible/2026-05-12")
        (overlays / "metop-b.june.json").write_text(bulletin(june))
        bands = {path: sha256 for path, sha256 in self.batch("bare", "--known-at", "2026-05-13T00:00:00Z").items()
                 if path.endswith(".tif") and "band" in path}
        with_overlay = self.batch("overlaid", "--known-at", "2026-05-13T00:00:00Z", "--overlays", overlays.parent)
        self.assertEqual(set(bands), {path for path in with_overlay if path.endswith(".tif") and "band" in path})
        self.assertEqual(self.rows("overlaid"), {"2026-05-12"})
        self.batch("now", "--overlays", overlays.parent)
        text = "".join(path.read_text() for path in (self.folder / "now").rglob("provenance.json"))
        self.assertIn("metop-b/avhrr-3/visible/again", text)


if __name__ == "__main__":
    unittest.main(verbosity=1)
