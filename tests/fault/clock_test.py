#!/usr/bin/python3
"""Uploads by a station whose clock is wrong, jumps, or was never set (libfaketime): everything arrives once, soon.

Fault 34 of docs/uplink-faults.md. What a wrong clock does to signatures is tested elsewhere: here it is what the
uplink plans, waits for and keeps in its journal.
"""

import pathlib
import subprocess
import time
import unittest

import delivery

FAKETIME = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
NEVER_SET = "@1970-01-01 00:03:00"
CLOCKS = {"20 minutes ahead": "+20m", "20 minutes behind": "-20m", "never set": NEVER_SET}
# An upload that needs several requests, some of them tried again later.
FAULTS = ({"kind": "data", "skip": 1, "status": 503}, {"kind": "initiate", "skip": 1, "status": 503})


def wrong_clock(clock):
    """Only the time of day is wrong: the steady clock goes on, as it does on a real machine."""
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}


class WrongClock(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))

    def world(self):
        folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))
        return delivery.Spool(folder, scenes=2), self.enterContext(delivery.Bucket())

    def test_wrong_from_the_start_to_the_end(self):
        for name, clock in CLOCKS.items():
            with self.subTest(name):
                spool, bucket = self.world()
                bucket.fault(*FAULTS)
                delivery.deliver(spool.folder, bucket.url, environment=wrong_clock(clock), timeout_s=30)
                delivery.check_everything_once(spool, spool.folder, bucket.objects())

    def test_set_between_two_starts_in_the_middle_of_an_upload(self):
        # Where an object waits for its next attempt, the step is more than the two hours that a wait is believed for.
        failure = {"kind": "data", "skip": 1, "status": 503}
        clocks = {"ahead, then right": ("+20m", "+0"), "right, then behind": ("+0", "-20m"),
                  "never set, then right": (NEVER_SET, "+0", failure),
                  "right, then never set": ("+0", NEVER_SET, failure),
                  "two weeks ahead, then right": ("+14d", "+0", failure)}
        for name, (before, after, *failures) in clocks.items():
            with self.subTest(name):
                spool, bucket = self.world()
                bucket.fault(*failures, {"kind": "data", "skip": 1, "delay_s": 30})
                running = subprocess.Popen(
                    ["env", *(f"{key}={value}" for key, value in wrong_clock(before).items()),
                     *delivery.deliver_command(spool.folder, bucket.url, "--workers", "1")],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                deadline = time.monotonic() + 30
                while bucket.call("GET", "/_double/faults"):  # both have struck: it waits for the answer
                    self.assertLess(time.monotonic(), deadline, "the upload does not begin")
                    time.sleep(0.02)
                running.kill()
                running.wait()
                delivery.deliver(spool.folder, bucket.url, environment=wrong_clock(after), timeout_s=30)
                delivery.check_everything_once(spool, spool.folder, bucket.objects())

    def test_set_again_and_again_while_it_uploads(self):
        spool, bucket = self.world()
        bucket.fault({"kind": "data", "times": -1, "delay_s": 0.25})
        told = self.folder / "clock"
        told.write_text("+0\n")
        environment = {**wrong_clock("+0"), "FAKETIME_TIMESTAMP_FILE": str(told), "FAKETIME_NO_CACHE": "1"}
        del environment["FAKETIME"]
        running = subprocess.Popen(
            ["env", *(f"{key}={value}" for key, value in environment.items()),
             *delivery.deliver_command(spool.folder, bucket.url, "--workers", "1")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        jumps = 0
        for clock in ("+20m", "-20m", "-20000d", "+0", "+3650d", "-20m", "+0"):
            time.sleep(0.3)
            jumps += running.poll() is None
            new = self.folder / "new"
            new.write_text(clock + "\n")
            new.replace(told)
        output, _ = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0, output)
        self.assertGreater(jumps, 3, "it was done before the clock jumped")
        delivery.check_everything_once(spool, spool.folder, bucket.objects())


if __name__ == "__main__":
    if FAKETIME is None:
        delivery.skip("needs libfaketime")
    unittest.main(verbosity=2)
