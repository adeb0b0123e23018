#!/usr/bin/python3
"""A delivery is killed at its n-th write, sync, rename and send, for every n: nothing lost, nothing twice.

Faults 37 and 46 of docs/uplink-faults.md. The quick run takes a sample of the n; DOWNLINKD_TEST_LONG=1 takes all.
"""

import subprocess
import unittest

import delivery

CALLS = ("write,writev,pwrite64", "fsync,fdatasync", "rename,renameat,renameat2,link,linkat", "sendto,sendmsg",
         "unlink,ftruncate")
QUICK_POINTS = 4


def killed_at(calls, n, command):
    """True when the program lived to do the n-th of the calls, and was killed there."""
    done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
                           "-e", f"inject={calls}:signal=KILL:when={n}", *command],
                          capture_output=True, timeout=120, check=False)
    return done.returncode != 0


class KillSweep(unittest.TestCase):
    def sweep(self, calls, make_destination, objects_of):
        n, killed = 1, 0
        while True:
            with delivery.temporary_folder() as folder:
                spool = delivery.Spool(folder, scenes=1)
                with make_destination(folder) as destination:
                    fired = killed_at(calls, n, delivery.deliver_command(folder, destination))
                    killed += fired
                    delivery.deliver(folder, destination)
                    delivery.check_everything_once(spool, folder, objects_of(destination))
            if not fired:
                print(f"{calls}: killed at each of {killed} points up to {n - 1}")
                return killed
            n = n + 1 if delivery.LONG or n < QUICK_POINTS else n * 2

    def test_killed_while_uploading_to_a_bucket(self):
        class Destination:
            def __init__(self, _):
                self.bucket = delivery.Bucket()

            def __enter__(self):
                return self

            def __exit__(self, *arguments):
                self.bucket.__exit__(*arguments)

            def __str__(self):
                return self.bucket.url

        for calls in CALLS:
            with self.subTest(calls=calls):
                self.sweep(calls, Destination, lambda destination: destination.bucket.objects())

    def test_killed_while_copying_to_a_folder(self):
        class Destination:
            def __init__(self, folder):
                self.folder = folder / "bucket"

            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def __str__(self):
                return str(self.folder)

        for calls in CALLS[:3]:
            with self.subTest(calls=calls):
                self.assertGreater(self.sweep(calls, Destination, lambda destination:
                                              delivery.folder_objects(destination.folder)), 0)


if __name__ == "__main__":
    delivery.need_program("strace")
    unittest.main(verbosity=2)
