"""downlink-inspect on the real recordings: what it lists, writes and says when it cannot.

Usage: downlink_inspect_test.py PROGRAM. Figures: data/README.md beside the recordings."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
DATA = pathlib.Path(os.environ.get("DOWNLINKD_TEST_DATA", ""))
SPACECRAFT = pathlib.Path(__file__).resolve().parents[2] / "config" / "spacecraft"
METEOR = DATA / "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu"
SNPP = DATA / "data/viirs-jpss-hrd/snpp_synchronized_cadus.dat"


def run(*arguments):
    environment = dict(os.environ, DOWNLINKD_SPACECRAFT_DIRECTORY=str(SPACECRAFT))
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False)


def run_json(*arguments):
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@unittest.skipUnless(METEOR.exists() and SNPP.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
class Recordings(unittest.TestCase):
    def test_meteor_frames(self):
        found = run_json("frames", METEOR, "--spacecraft", "meteor-m2-lrpt")
        self.assertEqual(len(found["frames"]), 886)
        gaps = [frame for frame in found["frames"][1:] if frame["gap_before"]]
        self.assertEqual([(gap["counter"], gap["frames_lost_before"]) for gap in gaps], [(639509, 2)])
        channel = found["report"]["virtual_channels"][0]
        self.assertEqual((channel["frames"], channel["gaps"], channel["frames_lost"]), (886, 1, 2))

    def test_meteor_packets_are_written_back_to_back(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "packets"
            found = run_json("packets", METEOR, "--spacecraft", "meteor-m2-lrpt", "--out", out)
            written = out.read_bytes()
        self.assertEqual(len(found["packets"]), 3464)
        self.assertEqual(len(written), 781044)
        self.assertEqual(
            hashlib.sha256(written).hexdigest(), "0bee497832e8a0e206ecc2399b086b0391508b5ab99073965de2af4491a5c3c6"
        )

    def test_losses_add_up(self):
        ledgers = run_json("packets", METEOR, "--spacecraft", "meteor-m2-lrpt")["report"]["ledgers"]
        for name, ledger in ledgers.items():
            dropped = sum(count["bytes"] for count in ledger["dropped"].values())
            self.assertEqual(ledger["bytes_in"], ledger["bytes_out"] + dropped, name)
        self.assertEqual(ledgers["sync"]["bytes_in"], 907264)
        self.assertEqual(ledgers["packets"]["dropped"]["packet_cut_by_gap"]["units"], 1)

    def test_suomi_npp_packets(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "packets"
            found = run_json("packets", SNPP, "--spacecraft", "suomi-npp", "--out", out)
            written = out.read_bytes()
        self.assertEqual(len(found["packets"]), 12)
        self.assertEqual(hashlib.md5(written).hexdigest(), "5e11051d86c46ddc3500904c99bbe978")

    def test_selection(self):
        found = run_json("packets", SNPP, "--spacecraft", "suomi-npp", "--apid", "802")
        self.assertEqual([packet["size_bytes"] for packet in found["packets"]], [3006])
        self.assertEqual(run_json("packets", SNPP, "--spacecraft", "suomi-npp", "--vcid", "5")["packets"], [])

    def test_wrong_randomizer_is_refused_by_the_header_check(self):
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder) / "wrong.toml"
            text = (SPACECRAFT / "suomi-npp.toml").read_text()
            profile.write_text(text.replace('randomizer = "ccsds_255"', 'randomizer = "none"'))
            found = run_json("frames", SNPP, "--spacecraft", profile)
        self.assertEqual(found["report"]["codewords"]["by_symbols_corrected"][0], 260)
        self.assertTrue(all(frame["fate"] in ("frame_version", "frame_scid") for frame in found["frames"]))
        self.assertEqual(len(found["frames"]), 65)

    def test_table_has_a_line_for_each_frame_and_the_ledgers(self):
        done = run("frames", SNPP, "--spacecraft", "suomi-npp")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(sum(line.endswith("used") for line in done.stdout.splitlines()), 65)
        self.assertIn("65 frames, counter 9842876 to 9842941; 1 gaps, 1 frames lost", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_input_is_never_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy"
            copy.write_bytes(SNPP.read_bytes())
            done = run("packets", copy, "--spacecraft", "suomi-npp", "--out", copy)
            self.assertEqual(done.returncode, 64)
            self.assertEqual(copy.read_bytes(), SNPP.read_bytes())


class ExitCodes(unittest.TestCase):
    def test_usage(self):
        self.assertEqual(run().returncode, 64)
        self.assertEqual(run("frames", "x").returncode, 64)
        self.assertEqual(run("frames", "x", "--spacecraft", "metop-b", "--apid", "3").returncode, 64)
        self.assertEqual(run("packets", "x", "--spacecraft", "metop-b", "--apid", "3000").returncode, 64)

    def test_help_and_version(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertEqual(run("--version").returncode, 0)

    def test_missing_input(self):
        done = run("frames", "/nowhere/recording", "--spacecraft", "metop-b")
        self.assertEqual(done.returncode, 66)
        self.assertIn("/nowhere/recording", done.stderr)

    def test_unknown_spacecraft(self):
        done = run("frames", __file__, "--spacecraft", "metop-z")
        self.assertEqual(done.returncode, 78)
        self.assertIn("meteor-m2-lrpt, metop-b, metop-c, noaa-20, suomi-npp", done.stderr)

    def test_output_that_cannot_be_written(self):
        done = run("frames", __file__, "--spacecraft", "metop-b", "--out", "/nowhere/out")
        self.assertEqual(done.returncode, 74)

    def test_input_that_cannot_be_read(self):
        self.assertEqual(run("frames", "/", "--spacecraft", "metop-b").returncode, 74)

    def test_file_of_noise_is_read_whole(self):
        found = run_json("packets", PROGRAM, "--spacecraft", "metop-b")
        self.assertEqual(found["packets"], [])
        self.assertEqual(found["report"]["ledgers"]["sync"]["bytes_in"], os.path.getsize(PROGRAM))


if __name__ == "__main__":
    unittest.main()
