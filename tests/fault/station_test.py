#!/usr/bin/python3
"""The whole downlinkd in trouble: a second one on its spool, a stop in the middle of the last request, a clock that was
never set, a quota that is reached.

Faults 31, 34, 46 and 60 of docs/uplink-faults.md.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import time
import unittest

import delivery
from clock_test import FAKETIME, NEVER_SET, wrong_clock

sys.path.insert(0, str(delivery.SOURCE / "tests/system"))
import station  # noqa: E402

SCENE_AVAILABLE, SCENE_DROPPED = "org.downlinkd.scene.available", "org.downlinkd.scene.dropped"


def destination(bucket, **options):
    more = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    credentials = "" if "credentials_file" in options else 'credentials = "none"\n'
    return (f'[[destination]]\nname = "cloud"\nkind = "gcs"\nbucket = "scenes"\nendpoint = "{bucket.url}"\n'
            f'{credentials}retry_delay_max = "200 ms"\nchunk_size = "256 KiB"\n{more}\n')


class StationFaults(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(delivery.temporary_folder()))

    def station(self, bucket, extra="", **options):
        made = station.Station("metop-b", spool=self.folder, destination=destination(bucket, **options), extra=extra)
        return self.enterContext(made)

    def check_everything_once(self, spool, bucket, daemon):
        daemon.wait_drained(60)
        self.assertEqual(bucket.objects(), spool.expected)
        self.check_announced_once(spool, daemon)

    def check_announced_once(self, spool, daemon):
        scenes = [event["id"] for event in daemon.events() if event["type"] == SCENE_AVAILABLE]
        self.assertEqual((len(scenes), len(set(scenes))), (spool.scenes, spool.scenes))

    # 31

    def test_second_daemon_on_the_spool_is_refused_and_the_first_goes_on(self):
        bucket = self.enterContext(delivery.Bucket())
        spool = delivery.Spool(self.folder, scenes=2)
        bucket.fault({"kind": "data", "delay_s": 0.2, "times": -1})
        first = self.station(bucket).start()
        second = self.station(bucket).start(wait=False)
        self.assertEqual(second.daemon.wait(30), 75)
        said = (second.folder / "downlinkd.log").read_text()
        self.assertIn(f"process {first.daemon.pid}", said)
        self.check_everything_once(spool, bucket, first)
        # A lock ends with who holds it, also when he is killed.
        first.kill()
        second.start().wait_drained(30)

    # 46

    def stopped_in_the_last_request(self, answer_after_s, drain_timeout, at_most_s):
        """Stops the daemon while the request that ends an upload waits for its answer: (spool, bucket, daemon)."""
        bucket = self.enterContext(delivery.Bucket())
        spool = delivery.Spool(self.folder, scenes=1, band_bytes=600_000)  # three chunks
        bucket.fault({"kind": "data", "skip": 2, "delay_s": answer_after_s})
        daemon = self.station(bucket, extra=f'[service]\ndrain_timeout = "{drain_timeout}"\n', workers=1).start()
        station.wait_until(lambda: not bucket.call("GET", "/_double/faults"), 30, "the last request")
        begin = time.monotonic()
        self.assertEqual(daemon.stop(60), 0)
        self.assertLess(time.monotonic() - begin, at_most_s)
        return spool, bucket, daemon

    def test_stop_lets_the_last_request_of_an_upload_end(self):
        spool, bucket, daemon = self.stopped_in_the_last_request(2, "30 s", at_most_s=15)
        done = [item["name"] for item in bucket.call("GET", "/_double/objects")]
        self.assertEqual(len(done), 1, done)
        before = len(bucket.requests())
        daemon.start()
        self.check_everything_once(spool, bucket, daemon)
        again = [request["path"] for request in bucket.requests()[before:] if done[0].rsplit("/")[-1] in request["path"]
                 and request["kind"] != "media"]
        self.assertEqual(again, [], "what had been confirmed was touched again")

    def test_stop_does_not_wait_for_an_answer_for_ever_and_the_next_start_finds_out(self):
        spool, bucket, daemon = self.stopped_in_the_last_request(60, "4 s", at_most_s=10)
        before = len(bucket.requests())
        self.assertEqual(bucket.call("GET", "/_double/objects"), [])
        daemon.start()
        self.check_everything_once(spool, bucket, daemon)
        sent = sum(request["body_bytes"] for request in bucket.requests()[before:] if request["kind"] == "data")
        whole = sum(path.stat().st_size for path in self.folder.glob("scenes/*/*"))
        self.assertLessEqual(sent, whole - 2 * 262_144, "what the server had acknowledged was sent again")

    # 34

    def test_station_whose_clock_was_never_set_uploads_and_says_so(self):
        if FAKETIME is None:
            self.skipTest("needs libfaketime")
        private, public, key = (self.folder / name for name in ("key.pem", "public.pem", "key.json"))
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        key.write_text(json.dumps({"type": "service_account", "client_email": "station@project.iam",
                                   "private_key_id": "1", "private_key": private.read_text()}))
        key.chmod(0o600)
        port = station.free_port()
        bucket = self.enterContext(delivery.Bucket("--port", str(port), "--jwt-public-key", str(public),
                                                   "--jwt-audience", f"http://127.0.0.1:{port}/"))
        spool = delivery.Spool(self.folder, scenes=1)
        daemon = self.station(bucket, credentials_file=str(key)).start(environment=wrong_clock(NEVER_SET))
        daemon.wait_drained(60)
        # Nobody reads from this bucket without a token; it tells what it has.
        stored = {item["name"]: base64.b64decode(item["md5Hash"]) for item in bucket.call("GET", "/_double/objects")}
        self.assertEqual(set(stored), set(spool.expected))
        self.assertEqual(set(stored.values()), {hashlib.md5(path.read_bytes()).digest()
                                                for path in self.folder.glob("scenes/*/*")})
        self.check_announced_once(spool, daemon)
        self.assertIn(401, [request["status"] for request in bucket.requests()], "the clock was right all the time")
        row = station.wait_until(lambda: [row for row in daemon.report("incidents")["incidents"]
                                          if row["kind"] == "clock_skew"], 60, "the incident")[0]
        self.assertIn("behind", row["message"])

    # 60

    def refused_over_quota(self, policy):
        bucket = self.enterContext(delivery.Bucket())
        spool = delivery.Spool(self.folder, scenes=3)
        bucket.fault({"kind": "initiate", "status": 403, "reason": "forbidden", "times": -1})
        daemon = self.station(bucket, extra=f'[retention]\nquota = "1 MiB"\n{policy}\n').start()
        return spool, bucket, daemon

    def test_quota_drops_what_it_may_and_tells_what_is_lost(self):
        spool, bucket, daemon = self.refused_over_quota("drop_undelivered_scenes = true")
        station.wait_until(lambda: len([event for event in daemon.events() if event["type"] == SCENE_DROPPED]) == 2, 60,
                           "two scenes to be dropped")
        rows = {row["id"]: row for row in daemon.report("scenes")["scenes"]}
        self.assertEqual({name: (row["state"], row["drop_reason"]) for name, row in rows.items()},
                         {"scene-0": ("dropped", "quota"), "scene-1": ("dropped", "quota"), "scene-2": ("spooled", "")})
        self.assertEqual([path.name for path in (self.folder / "scenes").iterdir()], ["scene-2"])
        bucket.heal()
        daemon.ctl("retry", "--all")
        daemon.wait_drained(60)
        self.assertEqual(bucket.objects(), {name: digest for name, digest in spool.expected.items()
                                            if "/scene-2/" in name})

    def test_quota_that_may_drop_nothing_is_told_and_loses_nothing(self):
        spool, bucket, daemon = self.refused_over_quota("")
        station.wait_until(lambda: "quota_over" in daemon.incident_kinds(), 60, "the incident")
        bucket.heal()
        daemon.ctl("retry", "--all")
        self.check_everything_once(spool, bucket, daemon)


if __name__ == "__main__":
    unittest.main(verbosity=2)
