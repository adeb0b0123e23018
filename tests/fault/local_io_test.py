#!/usr/bin/python3
"""A delivery while the machine below it fails: short reads and writes, EIO, no space, no descriptors, a read-only disk.

Faults 39, 40, 41, 45 and 47 of docs/uplink-faults.md: nothing is said to be delivered that is not, nothing crashes for
ever, and everything arrives once when the machine is well again.
"""

import os
import pathlib
import resource
import subprocess
import time
import unittest

import delivery
import power_cut

# Name of the failure point of libfiu, errno, and how often it fails.
FAILURES = {
    "short_reads": "enable_random name=posix/io/rw/pread/reduce,probability=0.5",
    "short_writes": "enable_random name=posix/io/rw/pwrite/reduce,probability=0.5",
    "disk_full_now_and_then": "enable_random name=posix/io/rw/pwrite,probability=0.02,failinfo=28",
    "write_errors": "enable_random name=posix/io/rw/pwrite,probability=0.02,failinfo=5",
    "sync_errors": "enable_random name=posix/io/sync/fdatasync,probability=0.05,failinfo=5",
    "read_errors": "enable_random name=posix/io/rw/pread,probability=0.005,failinfo=5",
    "send_errors": "enable_random name=posix/io/net/send,probability=0.05,failinfo=104",
}


class LocalFaults(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))
        self.bucket = self.enterContext(delivery.Bucket())

    def start(self, prefix=(), **keywords):
        return subprocess.Popen([*prefix, *delivery.deliver_command(self.folder / "spool", self.bucket.url)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **keywords)

    @staticmethod
    def end_after(running, seconds):
        """Lets it live with the fault for a while; it may also end by itself."""
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

    def finish_and_check(self, spool):
        delivery.deliver(self.folder / "spool", self.bucket.url)
        delivery.check_everything_once(spool, self.folder / "spool", self.bucket.objects())

    def test_random_failures_of_system_calls(self):
        delivery.need_program("fiu-run")
        for name, failure in FAILURES.items():
            with self.subTest(name), delivery.temporary_folder() as folder, delivery.Bucket() as bucket:
                spool = delivery.Spool(folder, scenes=2)
                running = subprocess.Popen(["fiu-run", "-x", "-c", failure,
                                            *delivery.deliver_command(folder, bucket.url)],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.end_after(running, 4)
                self.assertGreaterEqual(running.returncode, -9, "it crashed")
                self.assertNotIn(running.returncode, (-6, -8, -11, 134, 139), "it crashed")
                delivery.deliver(folder, bucket.url)
                delivery.check_everything_once(spool, folder, bucket.objects())

    def test_unreadable_page_does_not_make_a_damaged_journal(self):
        delivery.need_program("fiu-run")
        spool = delivery.Spool(self.folder / "spool", scenes=2)
        refused = 0
        for _ in range(30):
            running = subprocess.Popen(["fiu-run", "-x", "-c", FAILURES["read_errors"].replace("0.005", "0.02"),
                                        *delivery.deliver_command(self.folder / "spool", self.bucket.url)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.end_after(running, 1)
            refused += running.returncode == 1
        self.assertGreater(refused, 0, "no read failed while the journal was opened")
        self.assertEqual([path.name for path in (self.folder / "spool").glob("*.damaged*")], [])
        self.finish_and_check(spool)

    def test_no_descriptors_left(self):
        spool = delivery.Spool(self.folder / "spool", scenes=2)
        running = self.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (11, 11)))
        self.end_after(running, 3)
        self.assertNotIn(running.returncode, (-6, -8, -11), "it crashed")
        self.finish_and_check(spool)

    def test_descriptors_that_run_out_in_the_middle_and_come_back(self):
        spool = delivery.Spool(self.folder / "spool", scenes=3)
        self.bucket.fault({"kind": "data", "delay_s": 0.1, "times": -1})
        running = self.start()
        self.wait_for_data()
        # Nothing can be opened any more, what is open stays so.
        resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (3, 4096))
        time.sleep(2)
        self.assertIsNone(running.poll(), "it ended")
        self.assertLess(len(self.bucket.objects()), len(spool.expected), "it never needed a descriptor")
        resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (4096, 4096))
        # No restart, and nothing is parked: to find no descriptor is not to find the file damaged.
        self.assertEqual(running.wait(60), 0)
        delivery.check_everything_once(spool, self.folder / "spool", self.bucket.objects())

    def test_memory_that_runs_out(self):
        delivery.need_program("fiu-run")
        spool = delivery.Spool(self.folder / "spool", scenes=2)
        died = 0
        for probability in (0.0005, 0.0001, 0.00002) * 6:
            running = self.start(("fiu-run", "-x", "-c",
                                  f"enable_random name=libc/mm/malloc,probability={probability:f}"))
            self.end_after(running, 1)
            died += running.returncode not in (0, -9)
            # It may abort, and OpenSSL 3.0 may crash when it got none for its own beginnings: a kill like any other. It
            # must not go on with half of what it wanted: that would park a sound scene.
            self.assertNotEqual(running.returncode, 3, "it gave something up")
        self.assertGreater(died, 0, "memory never ran out")
        self.assertEqual([path.name for path in (self.folder / "spool").glob("*.damaged*")], [])
        self.finish_and_check(spool)

    def test_memory_limit_that_is_too_small(self):
        spool = delivery.Spool(self.folder / "spool", scenes=2)
        for mebibytes in range(40, 100, 6):
            limit = (mebibytes << 20, mebibytes << 20)
            running = self.start(preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_AS, limit))
            self.end_after(running, 1)
            self.assertNotIn(running.returncode, (-11, -8, 139), f"{mebibytes} MiB: it used what it did not have")
        self.assertEqual([path.name for path in (self.folder / "spool").glob("*.damaged*")], [])
        self.finish_and_check(spool)

    def wait_for_data(self):
        deadline = time.monotonic() + 30
        while not any(request["kind"] == "data" for request in self.bucket.requests()):
            self.assertLess(time.monotonic(), deadline, "nothing is sent")
            time.sleep(0.02)

    def mounted(self, size):
        if os.geteuid() != 0:
            self.skipTest("needs root to mount a small disk")
        path = self.folder / "spool"
        path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"may not mount here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(path)], check=False)
        return path

    def test_disk_full_to_the_last_byte(self):
        path = self.mounted("16m")
        spool = delivery.Spool(path, scenes=2)
        filler = path / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass
        running = self.start()
        self.end_after(running, 4)
        self.assertNotIn(running.returncode, (-6, -8, -11), "it crashed")
        filler.unlink()
        self.finish_and_check(spool)

    def test_disk_that_becomes_read_only(self):
        power_cut.need_it()
        mount = self.folder / "mount"
        with power_cut.Disk(mount) as disk:
            spool = delivery.Spool(disk.path, scenes=1)
        sealed = self.folder / "sealed"
        disk.left.rename(sealed)
        for read_only_at in (1, 30, 60, 90):
            with self.subTest(read_only_at=read_only_at), delivery.Bucket() as bucket:
                with power_cut.Disk(mount, load=sealed, read_only_at=read_only_at) as disk:
                    running = subprocess.Popen(delivery.deliver_command(disk.path, bucket.url),
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    self.end_after(running, 3)
                    self.assertNotIn(running.returncode, (-6, -8, -11), "it crashed")
                left = disk.left.rename(self.folder / f"left-{read_only_at}")
                with power_cut.Disk(mount, load=left) as again:
                    delivery.deliver(again.path, bucket.url)
                    delivery.check_everything_once(spool, again.path, bucket.objects())


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(verbosity=2)
