"""`downlinkctl cal` as people use it: golden explanations around every event and bulletin, and what is refused.

What differs from a golden file is left in the build folder, to be looked at and, when it is right, copied.
"""

import copy
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DOWNLINKCTL = sys.argv.pop(1)
HERE = pathlib.Path(__file__).parent
TABLES = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "share/downlinkd/tables"
LEFT = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "golden/cal"
VISIBLE = "metop-b.visible.json"


def run(*arguments, tables=TABLES, overlays=None, code=0):
    """Standard output; the exit code must be `code`."""
    words = [DOWNLINKCTL, "cal", *map(str, arguments), "--tables", str(tables)]
    if overlays:
        words += ["--overlays", str(overlays)]
    environment = {**os.environ, "DOWNLINKD_SOCKET": "/nonexistent/control.sock", "NO_COLOR": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, timeout=120)
    assert done.returncode == code, f"{words} exited {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout if code in (0, 1) and done.stdout else done.stderr


def report(*arguments, **keywords):
    return json.loads(run(*arguments, "--json", **keywords))


def without_set(text):
    """The hash of the set changes with every row that is added to the instrument."""
    return re.sub(r"^(Set +)[0-9a-f]{64}$", r"\1(hash)", text, flags=re.M)


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def expect(self, name, actual):
        path = HERE / "golden" / name
        expected = path.read_text() if path.exists() else ""
        if actual != expected:
            LEFT.mkdir(parents=True, exist_ok=True)
            (LEFT / name).write_text(actual)
        self.assertEqual(actual, expected, f"differs from {path}; what came out is in {LEFT / name}")

    def explain(self, name, platform, instrument, at, *more):
        text = run("explain", "--platform", platform, "--instrument", instrument, "--at", at, *more)
        self.expect(name + ".txt", without_set(text))

    def test_terra_before_side_b(self):
        self.explain("terra-modis-2000-10-29", "terra", "modis", "2000-10-29T12:00:00Z", "--rows")

    def test_terra_on_side_b(self):
        self.explain("terra-modis-2000-10-31", "terra", "modis", "2000-10-31T12:00:00Z", "--rows")

    def test_terra_without_power(self):
        self.explain("terra-modis-2001-06-20", "terra", "modis", "2001-06-20T12:00:00Z", "--rows")

    def test_terra_back_on_side_a(self):
        self.explain("terra-modis-2001-07-03", "terra", "modis", "2001-07-03T12:00:00Z", "--rows")

    def test_atms_before_the_message(self):
        self.explain("atms-2017-02-15-known-2017-02-01", "suomi-npp", "atms", "2017-02-15T12:00:00Z", "--known-at",
                     "2017-02-01T00:00:00Z")

    def test_atms_with_the_wrong_sign(self):
        self.explain("atms-2017-02-15", "suomi-npp", "atms", "2017-02-15T12:00:00Z")

    def test_atms_with_the_right_sign(self):
        self.explain("atms-2017-03-15", "suomi-npp", "atms", "2017-03-15T12:00:00Z")

    def test_late_bulletin(self):
        lines = []
        for known in ("2026-05-12T18:00:00Z", "2026-05-13T00:00:00Z"):
            lines += [f"known at {known}", *self.condensed("metop-b", "2026-05-12T13:00:00Z", "--known-at", known)]
        self.expect("metop-b-late-bulletin.txt", "\n".join(lines) + "\n")

    def test_every_metop_bulletin(self):
        for platform in ("metop-a", "metop-b", "metop-c"):
            with self.subTest(platform):
                self.check_bulletins(platform)

    def check_bulletins(self, platform):
        rows = report("show", f"{platform}/avhrr-3/visible")["rows"]
        lines = []
        for edge in sorted({row["valid_from"] for row in rows}):
            before = datetime.datetime.fromisoformat(edge.replace("Z", "+00:00")) - datetime.timedelta(microseconds=1)
            for at in (before.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), edge):
                lines += self.condensed(platform, at)
        self.expect(f"{platform}-bulletins.txt", "\n".join(lines) + "\n")

    def condensed(self, platform, at, *more):
        """What is said about the reflective bands."""
        explained = report("explain", "--platform", platform, "--instrument", "avhrr-3", "--at", at, "--profile",
                           "noaa-ospo", *more)
        lines = [at]
        for answer in explained["answers"]:
            if answer["quantity"] == "scaled_radiance":
                text = "  {bands}: {row} {flag}\n    {values}\n    {why}".format(**answer)
                lines += [line.rstrip() for line in text.split("\n") if line.strip()]
        return lines


class OverlayTest(unittest.TestCase):
    """Bulletins in a folder of their own, beside the installed tables."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-cal-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.overlays = self.folder / "overlays"
        self.overlays.mkdir()

    def bulletin(self, change=lambda row: None, name="2026-06.json"):
        """A table file with a row for June 2026, after that of May."""
        table = json.loads((TABLES / "avhrr-3" / VISIBLE).read_text())
        row = copy.deepcopy(max(table["rows"], key=lambda one: one["valid_from"]))
        row["supersedes"] = row["id"]
        row.update(id="metop-b/avhrr-3/visible/2026-06-09", valid_from="2026-06-09T12:00:00Z",
                   recorded_at="2026-06-09T21:00:00Z", superseded_at=None)
        row["source"] = {"title": "NOAA OSPO: Visible calibration update for month of June 2026",
                         "locator": "a bulletin for a test", "retrieved": None, "sha256": None}
        for values in row["values"].values():
            for line in (values["lo"], values["hi"]):
                line[:] = [round(number * 1.001, 8) for number in line]
        change(row)
        table["rows"], table["events"] = [row], []
        path = self.folder / name
        path.write_text(json.dumps(table, indent=2))
        return path

    def refusal(self, path):
        told = report("import", path, overlays=self.overlays, code=1)
        self.assertEqual(told["state"], "refused")
        self.assertEqual(list(self.overlays.rglob("*.json")), [])
        return json.dumps(told["problems"])

    def test_an_imported_bulletin_answers_from_its_day_on(self):
        before = report("verify", overlays=self.overlays)
        told = report("import", self.bulletin(), overlays=self.overlays)
        self.assertEqual((told["state"], told["elements_added"]), ("ok", 1))
        self.assertEqual(told["sha256_before"], before["sha256"])
        self.assertEqual(told["sha256"], report("verify", overlays=self.overlays)["sha256"])
        explained = report("explain", "--platform", "metop-b", "--instrument", "avhrr-3", "--profile", "noaa-ospo",
                           "--at", "2026-06-10T00:00:00Z", overlays=self.overlays)
        rows = {answer["row"] for answer in explained["answers"] if answer["quantity"] == "scaled_radiance"}
        self.assertEqual(rows, {"metop-b/avhrr-3/visible/2026-06-09"})

    def test_importing_it_again_changes_nothing(self):
        bulletin = self.bulletin()
        first = report("import", bulletin, overlays=self.overlays)
        second = report("import", bulletin, overlays=self.overlays)
        self.assertEqual((second["state"], second["sha256"]), ("ok", first["sha256"]))

    def test_a_slipped_digit_is_refused_with_file_line_and_row(self):
        def slip(row):
            row["values"]["1"]["lo"][0] = 0.08518
        said = self.refusal(self.bulletin(slip))
        self.assertIn("2026-06.json", said)
        self.assertIn("metop-b/avhrr-3/visible/2026-06-09", said)

    def test_a_row_without_source_is_refused(self):
        self.assertIn("source", self.refusal(self.bulletin(lambda row: row.pop("source"))))

    def test_a_row_that_overlaps_is_refused(self):
        def overlap(row):
            row.update(valid_from="2026-05-12T12:00:00Z", supersedes=None)
        self.assertIn("overlap", self.refusal(self.bulletin(overlap)))

    def test_a_shipped_row_with_other_content_is_refused(self):
        def edit(row):
            row["id"] = row["supersedes"]
            row["supersedes"] = None
        self.assertIn("metop-b/avhrr-3/visible/2026-05-12", self.refusal(self.bulletin(edit)))

    def test_another_file_of_the_same_name_does_not_replace_the_first(self):
        report("import", self.bulletin(), overlays=self.overlays)
        told = report("import", self.bulletin(lambda row: row.update(reason="a correction")), overlays=self.overlays,
                      code=1)
        self.assertIn("never replaced", told["problems"][0]["reason"])

    def test_verify_names_a_file_that_nobody_would_read(self):
        (self.overlays / "june.json").write_text("{}")
        told = report("verify", overlays=self.overlays, code=1)
        self.assertEqual((told["state"], told["sha256"]), ("refused", ""))
        self.assertIn("june.json", told["problems"][0]["file"])

    def test_verify_finds_an_edited_row_of_the_shipped_tables(self):
        tables = self.folder / "tables"
        shutil.copytree(TABLES, tables)
        lock = next(tables.glob("*/tables.sha256"), None)
        if lock is None:
            self.skipTest("no table has a lock: the target calibration-table-locks makes them")
        path = next(one for one in sorted(lock.parent.glob("*.json")) if json.loads(one.read_text())["rows"])
        table = json.loads(path.read_text())
        table["rows"][0]["reason"] += ", edited"
        path.write_text(json.dumps(table))
        told = report("verify", tables=tables, code=1)
        self.assertIn(path.name, json.dumps(told["problems"]))
        self.assertIn(table["rows"][0]["id"], json.dumps(told["problems"]))

    def test_diff_of_two_folders_says_what_was_added_and_by_how_much(self):
        overlaid = self.folder / "overlaid"
        shutil.copytree(TABLES, overlaid)
        lock = overlaid / "avhrr-3/tables.sha256"
        lock.unlink(missing_ok=True)
        bulletin = self.bulletin()
        shutil.copy(bulletin, overlaid / "avhrr-3/metop-b.june.json")
        told = report("diff", TABLES, overlaid, "--platform", "metop-b", "--instrument", "avhrr-3")
        added = [row for row in told["differences"] if row["change"] == "added"]
        self.assertEqual([row["id"] for row in added], ["metop-b/avhrr-3/visible/2026-06-09"])
        percents = [row["percent"] for row in told["differences"] if row["what"] == "value"]
        self.assertEqual(len(percents), 12)
        for percent in percents:
            self.assertAlmostEqual(percent, 0.1, delta=0.02)

    def test_diff_of_two_known_dates_says_what_a_late_bulletin_changed(self):
        told = report("diff", "2026-05-12T13:00:00Z@2026-05-12T18:00:00Z", "2026-05-12T13:00:00Z@2026-05-13T00:00:00Z",
                      "--platform", "metop-b", "--instrument", "avhrr-3", "--profile", "noaa-ospo")
        rows = [(row["before"], row["after"]) for row in told["differences"] if row["what"] == "row"]
        self.assertEqual(rows, [("metop-b/avhrr-3/visible/2026-03-10", "metop-b/avhrr-3/visible/2026-05-12")])
        self.assertTrue(any(row["percent"] for row in told["differences"]))


class CommandTest(unittest.TestCase):
    def test_list_and_verify_work_without_a_daemon(self):
        listed = report("list")
        self.assertIn("metop-b/avhrr-3/visible", [row["table"] for row in listed["list"]])
        verified = report("verify")
        self.assertEqual((verified["state"], verified["problems"]), ("ok", []))
        self.assertEqual(listed["sha256"], verified["sha256"])
        self.assertIn("PLATFORM", run("list", "--platform", "metop-b"))

    def test_what_there_is_not_is_said(self):
        new_year = "2026-01-01T00:00:00Z"
        self.assertIn("no table of instrument 'x'",
                      run("explain", "--platform", "metop-b", "--instrument", "x", "--at", new_year, code=1))
        self.assertIn("no table 'x'", run("show", "x", code=1))
        self.assertIn("no profile 'x'", run("explain", "--platform", "metop-b", "--instrument", "avhrr-3", "--at",
                                            new_year, "--profile", "x", code=1))

    def test_mistakes_on_the_command_line_are_usage(self):
        run("explain", "--platform", "metop-b", "--instrument", "avhrr-3", "--at", "noon", code=64)
        run("explain", "--platform", "metop-b", code=64)
        run("diff", "2026-05-12T13:00:00Z", TABLES, code=64)
        run("bake", code=64)


unittest.main(verbosity=1)
