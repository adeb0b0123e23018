"""downlink-inspect on the real recordings: what it lists, writes and says when it cannot.

Usage: downlink_inspect_test.py PROGRAM. Figures: data/README.md beside the recordings."""

import collections
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
        self.assertEqual((channel["frames"], channel["gaps"], channel["missing"]), (886, 1, 2))

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
        self.assertIn(
            "vcid 16, frames 65, first counter 9842876, last counter 9842941, missing 1, gaps 1", done.stdout
        )
        self.assertEqual(done.stderr, "")

    def test_input_is_never_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy"
            copy.write_bytes(SNPP.read_bytes())
            done = run("packets", copy, "--spacecraft", "suomi-npp", "--out", copy)
            self.assertEqual(done.returncode, 64)
            self.assertEqual(copy.read_bytes(), SNPP.read_bytes())


class RecordingsOfEveryFraming(unittest.TestCase):
    """Each with a profile and no code of its own: the counts of data/README.md beside the recordings."""

    def read(self, path, profile, form=None, unit="packets"):
        file = DATA / "data" / path
        if not file.exists():
            self.skipTest(f"'{path}' is not in DOWNLINKD_TEST_DATA")
        found = run_json(unit, file, "--spacecraft", profile, *(["--form", form] if form else []))
        self.assertEqual(found["report"]["imbalances"], [])
        return found

    def packets(self, found):
        """Listed packets by APID, idle ones included."""
        return dict(collections.Counter(packet["apid"] for packet in found["packets"]))

    def channels(self, found, *names):
        return {row["vcid"]: tuple(row[name] for name in names) for row in found["report"]["virtual_channels"]}

    def test_mars_2020(self):
        found = self.read("deep-space-frames/mars2020_frames.u8", "mars2020")
        self.assertEqual(self.packets(found), {2047: 741, 9: 58, 247: 14})
        self.assertEqual(found["report"]["ledgers"]["headers"]["dropped"]["fecf_bad"]["units"], 4)
        # Six gaps of 14 frames in what was sent; three of the four bad frames lie before the last good one.
        self.assertEqual(
            self.channels(found, "frames", "gaps", "missing", "first_counter"), {0: (946, 6, 14 + 3, 2950967)}
        )
        frames = self.read("deep-space-frames/mars2020_frames.u8", "mars2020", unit="frames")["frames"]
        bad = [(i, frame["counter"]) for i, frame in enumerate(frames) if frame["fate"] == "fecf_bad"]
        self.assertEqual([i for i, counter in bad], [927, 928, 929, 949])

    def test_stereo_a(self):
        found = self.read("deep-space-frames/stereo-a_bg2bhc_frames_20220924_1035.raw", "stereo-a")
        self.assertEqual(self.channels(found, "frames", "idle"), {0: (6, 6), 7: (88, 0)})
        self.assertEqual(found["report"]["master_channel"], {"frames": 94, "missing": 1, "gaps": 1})
        self.assertNotIn("fecf_bad", found["report"]["ledgers"]["headers"]["dropped"])

    def test_hera(self):
        found = self.read("deep-space-frames/hera_low_rate_frames_2024_10_07_16_25_23.u8", "hera")
        self.assertEqual(self.packets(found), {260: 2237, 0: 56, 263: 5, 256: 2, 258: 2})
        self.assertEqual(self.channels(found, "frames", "idle"), {1: (456, 0), 7: (125, 125)})
        self.assertEqual(found["report"]["master_channel"]["gaps"], 93)
        # One of those that the master channel misses was lost before the first frame of its virtual channel, or behind
        # the last one.
        self.assertEqual(self.channels(found, "missing"), {1: (418,), 7: (116,)})
        self.assertEqual(found["report"]["master_channel"]["missing"], 535)

    def test_europa_clipper(self):
        found = self.read("deep-space-frames/europa_clipper_frames.u8", "europa-clipper")
        self.assertEqual(
            self.packets(found),
            {6: 8839, 12: 5188, 11: 5012, 13: 887, 2047: 716, 10: 433, 8: 423, 5: 192, 7: 4},
        )
        self.assertEqual(self.channels(found, "frames", "gaps", "missing"), {32: (2021, 16, 297)})
        self.assertEqual(found["report"]["ledgers"]["headers"]["dropped"]["idle"]["units"], 2)

    def test_hakuto(self):
        found = self.read("deep-space-frames/hakuto_frames_20221211_224843Z.u8", "hakuto")
        self.assertEqual(self.packets(found), {1855: 119, 2047: 69, 136: 2, 264: 2})
        self.assertEqual(
            self.channels(found, "frames", "gaps", "first_counter", "last_counter"), {2: (107, 0, 11857, 11963)}
        )

    def test_gk_2a(self):
        found = self.read("gk2a-lrit-vcdu/gk2a_lrit_vcdu_test.bin", "gk2a-lrit", form="frames")
        self.assertEqual(self.packets(found), {12: 384, 6: 116})
        self.assertEqual(sum(packet["size_bytes"] == 8198 for packet in found["packets"]), 460)
        self.assertEqual(self.channels(found, "frames", "resets", "missing"), {0: (4422, 3, 0)})
        self.assertNotIn("packet_checksum", found["report"]["ledgers"]["packets"]["dropped"])

    def test_gk_2a_packet_with_a_wrong_checksum_is_dropped(self):
        file = DATA / "data/gk2a-lrit-vcdu/gk2a_lrit_vcdu_test.bin"
        if not file.exists():
            self.skipTest("the recording is not in DOWNLINKD_TEST_DATA")
        with tempfile.TemporaryDirectory() as folder:
            damaged = bytearray(file.read_bytes())
            damaged[3 * 892 + 400] ^= 1
            copy = pathlib.Path(folder) / "damaged"
            copy.write_bytes(damaged)
            found = run_json("packets", copy, "--spacecraft", "gk2a-lrit", "--form", "frames")
        self.assertEqual(len(found["packets"]), 499)
        self.assertEqual(found["report"]["ledgers"]["packets"]["dropped"]["packet_checksum"]["units"], 1)

    def test_ctim(self):
        found = self.read("ctim-packets/ccsds_2021_155_14_39_51", "ctim")
        self.assertEqual(
            self.packets(found), {1: 104, 20: 6, 32: 104, 33: 1, 34: 1, 39: 1, 41: 1147, 42: 72, 47: 63}
        )
        gaps = {row["apid"]: row["gaps"] for row in found["report"]["virtual_channels"][0]["apids"] if row["gaps"]}
        self.assertEqual(gaps, {20: 4})
        self.assertEqual(found["report"]["listed_bytes"], 1321066)

    def test_viirs_packets(self):
        for name, counts in {
            "viirs_merge1.dat": {800: 102, 801: 93, 826: 5},
            "viirs_merge2.dat": {800: 93, 801: 102, 826: 5},
            "out.pds": {800: 119, 801: 119, 826: 6},
        }.items():
            found = self.read(f"viirs-jpss-hrd/{name}", "noaa-20", form="packets")
            self.assertEqual(self.packets(found), counts)
            self.assertEqual([row["gaps"] for row in found["report"]["virtual_channels"][0]["apids"]], [0, 0, 0])

    def test_noaa_20_spacecraft_diary(self):
        found = self.read(
            "noaa20-spacecraft-diary/J01_G011_LZ_2021-04-09T00-00-00Z_V01.DAT1", "noaa-20", form="packets"
        )
        self.assertEqual(self.packets(found), {11: 7200})
        counts = [packet["sequence_count"] for packet in found["packets"]]
        self.assertEqual((counts[0], counts[-1]), (2606, 9805))

    def test_suomi_npp_two_virtual_channels(self):
        found = self.read("viirs-jpss-hrd/snpp_7cadus_2vcids.dat", "suomi-npp")
        self.assertEqual(
            self.channels(found, "first_counter", "last_counter"),
            {16: (9847470, 9847472), 6: (6820673, 6820676)},
        )
        self.assertEqual(found["report"]["codewords"]["clean"], 28)
        self.assertEqual([(packet["apid"], packet["size_bytes"]) for packet in found["packets"]], [(1341, 1862)])

    def test_meteor_soft_symbols(self):
        found = self.read("meteor-m2-lrpt/test_meteor_stream.s", "meteor-m2-lrpt-soft")
        report = found["report"]
        self.assertEqual(report["ledgers"]["soft"]["bytes_in"], 1000000)
        self.assertGreaterEqual(report["virtual_channels"][0]["frames"], 58)
        frames = self.read("meteor-m2-lrpt/test_meteor_stream.s", "meteor-m2-lrpt-soft", unit="frames")["frames"]
        # It overlaps the recording of CADUs, which begins with 638856.
        self.assertIn(638879, [frame.get("counter") for frame in frames])


class Forms(unittest.TestCase):
    @unittest.skipUnless(SNPP.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
    def test_codeblocks_and_frames_give_the_packets_of_the_bits(self):
        bits = SNPP.read_bytes()
        cadus = [bits[i : i + 1024] for i in range(0, len(bits), 1024)]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "codeblocks").write_bytes(b"".join(cadu[4:] for cadu in cadus))
            expected = run_json("packets", SNPP, "--spacecraft", "suomi-npp", "--out", folder / "expected")
            run_json("frames", SNPP, "--spacecraft", "suomi-npp", "--out", folder / "frames")
            for form in ("codeblocks", "frames"):
                found = run_json(
                    "packets", folder / form, "--spacecraft", "suomi-npp", "--form", form, "--out", folder / "out"
                )
                self.assertEqual(len(found["packets"]), len(expected["packets"]))
                self.assertEqual((folder / "out").read_bytes(), (folder / "expected").read_bytes())
            again = run_json("packets", folder / "expected", "--spacecraft", "suomi-npp", "--form", "packets")
            self.assertEqual(len(again["packets"]), 12)

    @unittest.skipUnless(SNPP.exists(), "the recordings are not in DOWNLINKD_TEST_DATA")
    def test_other_spacecraft_is_named(self):
        report = run_json("frames", SNPP, "--spacecraft", "noaa-20")["report"]
        self.assertEqual(report["other_spacecraft"], [{"frame_version": 1, "scid": 157, "frames": 65}])

    def test_unknown_form_is_bad_usage(self):
        self.assertEqual(run("frames", __file__, "--spacecraft", "metop-b", "--form", "baseband").returncode, 64)


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
        self.assertIn("meteor-m2-lrpt, meteor-m2-lrpt-soft, metop-b, metop-c, noaa-15-hrpt", done.stderr)

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
