#!/usr/bin/python3
"""The power is cut at every point of a delivery: what was promised before is kept, and all arrives once afterwards.

Fault 38 of docs/uplink-faults.md. The disk keeps exactly what was synced or, with a lottery, any part of the rest too.
The quick run takes a sample of the points; DOWNLINKD_TEST_LONG=1 takes all. That the test can see is shown with syncs
switched off: then it must find losses.
"""

import contextlib
import pathlib
import random
import shutil
import subprocess
import unittest

import delivery
import power_cut

QUICK_POINTS = 10
SEED = random.SystemRandom().randrange(1 << 30)


class ToBucket:
    """The bucket is elsewhere: it keeps what it has."""

    def __init__(self, disk_path):
        self.bucket = delivery.Bucket()
        self.name = self.bucket.url

    def objects(self):
        return self.bucket.objects()

    def close(self):
        self.bucket.__exit__()


class ToFolder:
    """The folder is on the disk that loses its power."""

    def __init__(self, disk_path):
        self.name = str(disk_path / "bucket")

    def objects(self):
        return delivery.folder_objects(self.name)

    def close(self):
        pass


class PowerCut(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))
        self.mount = self.folder / "mount"
        # Made on the mounted disk, so that the paths in the journal are those of the mount.
        with power_cut.Disk(self.mount) as disk:
            self.spool = delivery.Spool(disk.path, scenes=1, band_bytes=300_000)
        self.sealed = self.folder / "sealed"
        disk.left.rename(self.sealed)

    def operations(self, kind):
        """How many changes of the disk one whole delivery makes."""
        with contextlib.closing(kind(self.mount / "disk")) as destination:
            with power_cut.Disk(self.mount, load=self.sealed) as disk:
                disk.run(delivery.deliver_command(disk.path, destination.name))
        return disk.operations

    def violation(self, kind, cut_at, lottery=None, environment=None):
        """What is wrong after a cut at that point and a second start; nothing when all is well."""
        with contextlib.closing(kind(self.mount / "disk")) as destination:
            with power_cut.Disk(self.mount, load=self.sealed, cut_at=cut_at, lottery=lottery) as disk:
                disk.run(delivery.deliver_command(disk.path, destination.name), environment)
            after = self.folder / "after"
            shutil.rmtree(after, ignore_errors=True)
            disk.left.rename(after)
            with power_cut.Disk(self.mount, load=after) as again:
                try:
                    delivery.deliver(again.path, destination.name, timeout_s=30)
                    delivery.check_everything_once(self.spool, again.path, destination.objects())
                except (AssertionError, OSError, subprocess.TimeoutExpired) as violation:
                    return f"cut at {cut_at}, lottery {lottery}: {str(violation)[:400]}"
        return None

    def sweep(self, kind, lottery=None, environment=None, points=None):
        operations = self.operations(kind)
        step = 1 if delivery.LONG else max(1, operations // QUICK_POINTS)
        found = [self.violation(kind, point, None if lottery is None else lottery + point, environment)
                 for point in points or range(1, operations + 2, step)]
        found = [each for each in found if each]
        print(f"{kind.__name__}: {operations} operations, violations: {len(found)}")
        return found

    def test_upload_to_a_bucket(self):
        self.assertEqual(self.sweep(ToBucket), [])

    def test_upload_to_a_bucket_from_a_disk_that_keeps_what_it_likes(self):
        self.assertEqual(self.sweep(ToBucket, lottery=SEED), [])

    def test_copy_to_a_folder(self):
        self.assertEqual(self.sweep(ToFolder), [])

    def test_copy_to_a_folder_on_a_disk_that_keeps_what_it_likes(self):
        self.assertEqual(self.sweep(ToFolder, lottery=SEED), [])

    def test_without_syncs_losses_are_found(self):
        libraries = list(pathlib.Path("/usr/lib").glob("*/libeatmydata.so"))
        if not libraries:
            self.skipTest("needs libeatmydata1")
        # A disk that loses everything alike is merely a step behind. One that keeps what it likes is where promises
        # break: the journal says "confirmed" and the copy has holes.
        found = self.sweep(ToFolder, lottery=SEED, environment={"LD_PRELOAD": str(libraries[0])},
                           points=range(40, 160, 4))
        self.assertNotEqual(found, [], "syncs did nothing, and nobody noticed")


if __name__ == "__main__":
    power_cut.need_it()
    print(f"seed {SEED}")
    unittest.main(verbosity=2)
