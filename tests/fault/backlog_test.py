#!/usr/bin/python3
"""A link that comes back after days: two thousand queued scenes go out in order, with no more memory than a hundred.

Fault 48 of docs/uplink-faults.md in small; tests/bench/week_offline.py measures it with 100,000.
"""

import pathlib
import re
import shutil
import subprocess
import time
import unittest

import delivery

FEW, MANY = 100, 20_000 if delivery.LONG else 2000
WORKERS = 4
REQUESTS = 600  # as many as are looked at; DOWNLINKD_TEST_LONG=1 lets the queue run dry
MOST_MORE_MIB = 8


def make_spool(folder, scenes):
    """Without syncs, where they can be switched off: what is tested begins with the link."""
    without_syncs = shutil.which("eatmydata")
    subprocess.run([*([without_syncs] if without_syncs else []), str(delivery.BINARY / "make_spool"), str(folder),
                    str(scenes), "500", "1", "1"], check=True, stdout=subprocess.DEVNULL, timeout=600)


class Observed:
    """What an uplink did with the first REQUESTS requests (all of them when `to_the_end`)."""

    def __init__(self, folder, to_the_end=False):
        with delivery.Bucket() as bucket:
            begin = time.monotonic()
            uplink = subprocess.Popen(delivery.deliver_command(folder, bucket.url, "--workers", str(WORKERS)))
            try:
                while not bucket.requests():
                    time.sleep(0.01)
                self.first_request_s = time.monotonic() - begin
                self.most_mib = 0
                while uplink.poll() is None:
                    status = pathlib.Path(f"/proc/{uplink.pid}/status").read_text()
                    if peak := re.search(r"VmHWM:\s+(\d+)", status):
                        self.most_mib = int(peak[1]) / 1024
                    requests = bucket.requests()
                    if len(requests) >= REQUESTS and not to_the_end:
                        break
                    time.sleep(0.1 if not to_the_end else 2)
                self.ended = uplink.poll()
            finally:
                uplink.kill()
                uplink.wait()
            # The bands: an item.json goes as soon as its scene's band is there.
            self.order = [int(match[1]) for request in bucket.requests() if request["kind"] == "initiate"
                          and (match := re.search(r"scene-(\d+)%2Fband", request["path"]))]
            self.objects = len(bucket.call("GET", "/_double/objects"))


class Backlog(unittest.TestCase):
    def test_order_and_memory_do_not_depend_on_how_much_waits(self):
        seen = {}
        for scenes in (FEW, MANY):
            folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))
            make_spool(folder, scenes)
            seen[scenes] = Observed(folder, to_the_end=delivery.LONG)
        for scenes, observed in seen.items():
            print(f"{scenes} scenes: first request after {observed.first_request_s:.2f} s, "
                  f"{observed.most_mib:.1f} MiB, {len(observed.order)} scenes begun, {observed.objects} objects")
            # Newest first. Workers begin together, and the system may keep one of them waiting.
            misplaced = max(abs(place - (scenes - 1 - scene)) for place, scene in enumerate(observed.order))
            self.assertLessEqual(misplaced, 4 * WORKERS)
            self.assertEqual(len(set(observed.order)), len(observed.order), "a scene was begun twice")
        self.assertLess(seen[MANY].most_mib, seen[FEW].most_mib + MOST_MORE_MIB)
        if delivery.LONG:
            self.assertEqual((seen[MANY].ended, seen[MANY].objects), (0, 2 * MANY))


if __name__ == "__main__":
    unittest.main(verbosity=2)
