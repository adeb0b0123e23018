#!/usr/bin/python3
"""Two uplinks that know the same upload session, and a journal that somebody else holds: everything arrives once.

Faults 31 and 44 of docs/uplink-faults.md. The lock of the spool keeps a second daemon out; a spool that was copied or
brought back from a backup is what it cannot see.
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import time
import unittest

import delivery

LOCKED_S = 7  # longer than the journal waits for a lock


class SameSpool(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))
        self.bucket = self.enterContext(delivery.Bucket())

    def start(self, folder):
        return subprocess.Popen(delivery.deliver_command(folder, self.bucket.url), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def finish(self, running):
        output, _ = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0, output)

    def wait_for_requests(self, kind, count):
        deadline = time.monotonic() + 30
        while sum(request["kind"] == kind for request in self.bucket.requests()) < count:
            self.assertLess(time.monotonic(), deadline, f"waiting for {count} requests '{kind}'")
            time.sleep(0.02)

    def test_two_uplinks_with_the_same_sessions(self):
        spool = delivery.Spool(self.folder / "a", scenes=3, band_bytes=900_000)
        self.bucket.fault({"kind": "data", "delay_s": 0.1, "times": -1})
        first = self.start(spool.folder)
        self.wait_for_requests("data", 2)
        first.kill()
        first.communicate()
        copy = self.folder / "b"
        copy.mkdir()
        for path in spool.folder.glob("journal.db*"):
            shutil.copy(path, copy / path.name)
        with sqlite3.connect(copy / "journal.db") as journal:
            sessions = journal.execute("SELECT COUNT(*) FROM deliveries WHERE session != ''").fetchone()[0]
        self.assertGreater(sessions, 0, "there is no session that both know")
        both = [self.start(spool.folder), self.start(copy)]
        for running in both:
            self.finish(running)
        for folder in (spool.folder, copy):
            delivery.check_everything_once(spool, folder, self.bucket.objects())
        # Both announce; that it is the same scene shows in the id, which is made of the one object that there is.
        ids = [{json.loads(line)["id"] for line in (folder / "events.jsonl").read_text().splitlines()}
               for folder in (spool.folder, copy)]
        self.assertEqual(ids[0], ids[1])

    def test_journal_that_somebody_else_has_locked(self):
        spool = delivery.Spool(self.folder, scenes=2)
        self.bucket.fault({"kind": "data", "delay_s": 0.1, "times": -1})
        running = self.start(self.folder)
        self.wait_for_requests("data", 1)
        other = sqlite3.connect(self.folder / "journal.db", isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED_S)
        self.assertIsNone(running.poll(), "it gave up, or says that it has noted what it could not note")
        other.execute("ROLLBACK")
        other.close()
        self.finish(running)
        self.assertEqual([path.name for path in self.folder.glob("*.damaged*")], [])
        delivery.check_everything_once(spool, self.folder, self.bucket.objects())


if __name__ == "__main__":
    unittest.main(verbosity=2)
