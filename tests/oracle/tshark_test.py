"""The packets that downlink-inspect lists, against tshark's reading of the same bytes.

Usage: tshark_test.py DOWNLINK-INSPECT. Every packet goes into a capture file as one of link type USER0, which tshark
is told to take for a space packet (CCSDS 133.0-B).

Encapsulation packets (CCSDS 133.1-B) are not judged here: tshark 4.0 has one dissector of CCSDS packets, 'ccsds', which
reads a space packet's header whatever the version in its first three bits, and none of encapsulation headers. They are
tested against bytes made by hand in link/packets/packet_extent_test.cpp."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
DATA = pathlib.Path(os.environ.get("DOWNLINKD_TEST_DATA", "")) / "data"
SPACECRAFT = pathlib.Path(__file__).resolve().parents[2] / "config" / "spacecraft"
TSHARK = shutil.which("tshark")

LINKTYPE_USER0 = 147
USER0_IS_CCSDS = 'uat:user_dlts:"User 0 (DLT=147)","ccsds","0","","0",""'
FIELDS = ["version", "type", "secheader", "apid", "seqflag", "seqnum", "length"]
GROUPS = ["continuation", "first", "last", "unsegmented"]


def listed(recording, spacecraft, folder):
    """Our listing and the packets' bytes, back to back."""
    out = folder / "packets"
    done = subprocess.run([PROGRAM, "packets", recording, "--spacecraft", spacecraft, "--spacecraft-directory",
                           SPACECRAFT, "--json", "--out", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["packets"], out.read_bytes()


def write_capture(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, LINKTYPE_USER0))
        for packet in packets:
            file.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)


def read_by_tshark(path, folder):
    arguments = [TSHARK, "-r", path, "-n", "-o", USER0_IS_CCSDS, "-T", "fields", "-E", "occurrence=f"]
    for field in FIELDS:
        arguments += ["-e", "ccsds." + field]
    environment = dict(os.environ, HOME=str(folder), XDG_CONFIG_HOME=str(folder))
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return [dict(zip(FIELDS, (int(value, 0) for value in line.split("\t")))) for line in done.stdout.splitlines()]


@unittest.skipUnless(TSHARK, "tshark is not installed (tools/install-packages test)")
class Packets(unittest.TestCase):
    def check(self, recording, spacecraft, at_least):
        if not (DATA / recording).exists():
            self.skipTest(f"'{recording}' is not in DOWNLINKD_TEST_DATA")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            ours, data = listed(DATA / recording, spacecraft, folder)
            packets, offset = [], 0
            for packet in ours:
                packets.append(data[offset:offset + packet["size_bytes"]])
                offset += packet["size_bytes"]
            self.assertEqual(offset, len(data))
            write_capture(folder / "capture.pcap", packets)
            theirs = read_by_tshark(folder / "capture.pcap", folder)
        self.assertGreaterEqual(len(ours), at_least)
        self.assertEqual(len(theirs), len(ours))
        for our, their in zip(ours, theirs):
            self.assertEqual(our["kind"], "space")
            self.assertEqual(their, {
                "version": 0,
                "type": 0,
                "secheader": int(our["has_secondary_header"]),
                "apid": our["apid"],
                "seqflag": GROUPS.index(our["group"]),
                "seqnum": our["sequence_count"],
                "length": our["size_bytes"] - 7,
            })

    def test_meteor_m2(self):
        self.check("meteor-m2-lrpt/meteor_m2_lrpt.cadu", "meteor-m2-lrpt", 3383)

    def test_suomi_npp(self):
        self.check("viirs-jpss-hrd/snpp_synchronized_cadus.dat", "suomi-npp", 12)


if __name__ == "__main__":
    unittest.main()
