"""The link layer on a processor without AVX: the tests of its rooms, run by an emulator of such a processor, on which
an instruction of AVX ends the program. In the long run, for it takes minutes."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

BINARIES = pathlib.Path(os.environ["DOWNLINKD_BINARY"]) / "bin"
ROOMS = ("link_sync_test", "link_coding_test", "link_soft_test", "link_frames_test", "link_packets_test",
         "link_merge_test", "link_test")
RECORDING = pathlib.Path(os.environ["DOWNLINKD_TEST_DATA"]) / "data" / "meteor-m2-lrpt" / "meteor_m2_lrpt.cadu"
EMULATOR = ["qemu-x86_64", "-cpu", "Nehalem"]  # SSE4.2, and nothing later


def emulated(*command, **environment):
    return subprocess.run([*EMULATOR, *map(str, command)], capture_output=True, text=True, timeout=900,
                          env=dict(os.environ, **environment))


class WithoutAvx(unittest.TestCase):
    def test_every_room_of_the_link_layer_passes_its_tests(self):
        for room in ROOMS:
            with self.subTest(room):
                run = emulated(BINARIES / room, "--gtest_brief=1")
                self.assertEqual(run.returncode, 0, run.stdout[-2000:] + run.stderr[-2000:])
                self.assertIn("[  PASSED  ]", run.stdout)

    def test_the_vector_kernels_are_not_tried_there(self):
        run = emulated(BINARIES / "link_coding_test", "--gtest_filter=VectorKernels.*")
        self.assertIn("[  SKIPPED ]", run.stdout)

    @unittest.skipUnless(RECORDING.exists(), "no recording of Meteor (DOWNLINKD_TEST_DATA)")
    def test_frames_are_the_same_also_where_a_kernel_is_asked_for_that_the_processor_has_not(self):
        inspect = [BINARIES / "downlink-inspect", "frames", RECORDING, "--spacecraft", "meteor-m2-lrpt"]
        native = subprocess.run(inspect, capture_output=True, text=True, check=True, timeout=900)
        forced = emulated(*inspect, DOWNLINKD_KERNEL="avx512_gfni")
        self.assertEqual(forced.returncode, 0, forced.stderr)
        self.assertEqual(forced.stdout, native.stdout)


if __name__ == "__main__":
    if os.environ.get("DOWNLINKD_TEST_LONG") != "1":
        print("skipped: only in the long run (DOWNLINKD_TEST_LONG=1)")
        sys.exit(77)
    if shutil.which(EMULATOR[0]) is None:
        print("skipped: no qemu-x86_64 here (tools/install-packages long)")
        sys.exit(77)
    unittest.main()
