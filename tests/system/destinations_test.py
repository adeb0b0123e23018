"""One station, many destinations: everything is the same everywhere, and what is not is found."""

import base64
import contextlib
import hashlib
import json
import os
import signal
import unittest
import urllib.parse

from cloud import Bucket, call
from destinations import Azure, CephGateway, S3Double, Sftp
from station import SIMULATED_TLE, Station, make_pass, tree_hashes, wait_until

SCENES = 7  # two slots each of AVHRR/3, MHS and AMSU-A, and Level-0
LONG = os.environ.get("DOWNLINKD_TEST_LONG")


def committed_objects(station):
    """{object name: sha256} of what has to be at every destination, from the spool."""
    return {row["object_prefix"] + "/" + name: digest for row in station.report("scenes")["scenes"]
            for name, digest in tree_hashes(row["directory"]).items() if name != "manifest.json"}


def directory():
    return '[[destination]]\nname = "bucket"\nkind = "directory"\n'


def available(station):
    return [event for event in station.events() if event["type"] == "org.downlinkd.scene.available"]


def verify_remote(station):
    """(exit status, {(place, object's file)} of what is not as the journal says, the report)"""
    done = station.ctl("verify", "--remote", "--json", check=False)
    report = json.loads(done.stdout)
    return done.returncode, {(row["place"], row["scene_id"], row["asset"]) for row in report["mismatches"]}, report


def open_incidents(station):
    return {row["kind"]: row for row in station.report("incidents")["incidents"] if not row["closed_at"]}


def with_other_mean_anomaly(elements):
    """The same orbit, a tenth of a degree further on, with the checksum that a line ends with."""
    lines = elements.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("2 "))
    line = lines[at][:43] + f"{(float(lines[at][43:51]) + 0.1) % 360:8.4f}" + lines[at][51:68]
    lines[at] = line + str(sum(int(c) if c.isdigit() else c == "-" for c in line) % 10)
    return "\n".join(lines) + "\n"


class Destinations(unittest.TestCase):
    def enter(self, manager):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return stack.enter_context(manager)

    def delivered(self, *tables):
        station = self.enter(Station("metop-b", destination="\n".join(tables)))
        station.start()
        station.send(make_pass(station))
        station.ctl("wait", "idle", "--timeout", "120s")
        station.wait_drained()
        return station

    def assert_everything_is_at(self, server, truth):
        for name, digest in truth.items():
            self.assertEqual(hashlib.sha256(server.content(name)).hexdigest(), digest, name)

    def assert_announced_once(self, station):
        self.assertEqual(len(available(station)), SCENES)
        self.assertEqual(len({event["attributes"]["objectId"] for event in available(station)}), SCENES)

    def test_everything_is_the_same_everywhere_and_announced_once(self):
        bucket, s3, sftp = self.enter(Bucket()), self.enter(S3Double()), self.enter(Sftp())
        station = self.delivered(directory(), bucket.destination(name="gcs"), s3.destination(),
                                 sftp.destination(required=False))
        truth = committed_objects(station)
        self.assertEqual(len([name for name in truth if name.endswith("/item.json")]), SCENES)
        self.assertEqual(tree_hashes(station.spool / "bucket"), truth)
        self.assertEqual(bucket.hashes(), truth)
        self.assertEqual(tree_hashes(sftp.home / "archive"), truth)
        self.assert_everything_is_at(s3, truth)
        written = s3.requests("PutObject", "CompleteMultipartUpload")
        self.assertEqual([row["status"] for row in written], [200] * len(truth))
        self.assert_announced_once(station)

        status, wrong, report = verify_remote(station)
        self.assertEqual((status, wrong), (0, set()))
        # SFTP has no checksums to ask for.
        self.assertEqual((report["objects_verified"], report["objects_unanswered"]), (3 * len(truth), len(truth)))

        altered, removed = sorted(name for name in truth if not name.endswith("/item.json"))[:2]
        other = base64.b64encode(b"something else").decode()
        call("POST", f"{bucket.url}/_double/objects", {"bucket": bucket.name, "name": altered, "content_base64": other})
        s3.put(altered, other)
        quoted = urllib.parse.quote(removed, safe="")
        call("DELETE", f"{bucket.url}/storage/v1/b/{bucket.name}/o/{quoted}")
        s3.remove(removed)
        status, wrong, _ = verify_remote(station)
        self.assertEqual(status, 1)
        self.assertEqual({(place, file) for place, _, file in wrong},
                         {(place, name.rsplit("/", 1)[1]) for place in ("gcs", "s3") for name in (altered, removed)})
        self.assertIn(altered.rsplit("/", 1)[1], station.ctl("verify", "--remote", check=False).stdout)

    @unittest.skipUnless(LONG, "servers that take long to start: DOWNLINKD_TEST_LONG=1")
    def test_servers_of_others_have_everything_too(self):
        for server_of in (CephGateway, Azure):
            with self.subTest(server_of.__name__):
                server = self.enter(server_of())
                station = self.delivered(server.destination(name="theirs"))
                truth = committed_objects(station)
                self.assert_everything_is_at(server, truth)
                self.assert_announced_once(station)
                status, wrong, report = verify_remote(station)
                self.assertEqual((status, wrong, report["objects_verified"]), (0, set(), len(truth)))

    def test_a_reload_that_changes_one_destination_leaves_the_uploads_of_another_alone(self):
        bucket = self.enter(Bucket())
        bucket.fault({"kind": "data", "delay_s": 3, "times": -1})
        station = self.enter(Station("metop-b", destination=directory() + bucket.destination(name="gcs")))
        station.start()
        station.send(make_pass(station))

        def in_progress():
            return {row["name"] for row in call("GET", f"{bucket.url}/_double/sessions")
                    if not row["complete"]}
        before = wait_until(in_progress, 60, "an upload")
        loaded_at = station.report("status")["config_loaded_at"]
        station.config.write_text(station.config.read_text().replace('name = "bucket"\n',
                                                                     'name = "bucket"\nworkers = 3\n'))
        station.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: station.report("status")["config_loaded_at"] != loaded_at, 30, "the reload")
        self.assertTrue(before & in_progress(), "the uploads were over before the reload was")
        bucket.heal()
        station.ctl("wait", "idle", "--timeout", "120s")
        station.wait_drained()
        sessions = [row["name"] for row in call("GET", f"{bucket.url}/_double/sessions")]
        self.assertEqual(sorted(sessions), sorted(bucket.objects()))
        self.assertEqual([row for row in bucket.requests() if row["kind"] == "query"], [])


class ClockOfTheStation(unittest.TestCase):
    def test_a_clock_that_is_not_that_of_the_servers_is_told_until_it_is_right(self):
        with Bucket() as bucket, Station("metop-b", destination=bucket.destination()) as station:
            call("POST", f"{bucket.url}/_double/clock", {"advance_s": 600})
            station.start()
            station.send(make_pass(station))
            wait_until(lambda: "clock_skew" in open_incidents(station), 60, "the incident")
            message = open_incidents(station)["clock_skew"]["message"]
            self.assertRegex(message, "^the station's clock is (599|600|601) s behind that of the servers")
            station.wait_drained()
            call("POST", f"{bucket.url}/_double/clock", {"advance_s": -600})
            self.assertEqual(verify_remote(station)[0], 0)
            wait_until(lambda: "clock_skew" not in open_incidents(station), 60, "the incident to end")


class RemadeScene(unittest.TestCase):
    def test_a_rotten_scene_whose_recording_gives_another_one_now_is_not_sent(self):
        with Station("metop-b") as station:
            elements = station.folder / "elements.tle"
            elements.write_text(SIMULATED_TLE.read_text())
            station.config.write_text(station.config.read_text().replace(str(SIMULATED_TLE), str(elements)))
            station.bucket.write_text("in the way")
            station.start()
            station.send(make_pass(station))
            station.ctl("wait", "idle", "--timeout", "120s")
            rotten = next(station.spool.glob("scenes/*avhrr*/*.tif"))
            data = bytearray(rotten.read_bytes())
            data[len(data) // 2] ^= 0x10
            rotten.write_bytes(data)
            elements.write_text(with_other_mean_anomaly(elements.read_text()))
            station.daemon.send_signal(signal.SIGHUP)
            station.ctl("verify", check=False)
            incident = wait_until(lambda: open_incidents(station).get("scene_changed"), 25, "the incident")
            self.assertEqual(incident["subject"], rotten.parent.name)
            station.bucket.unlink()
            station.ctl("retry", "--all")
            wait_until(lambda: len(available(station)) == SCENES - 1, 60, "the others")
            row = next(row for row in station.report("scenes")["scenes"] if row["id"] == rotten.parent.name)
            self.assertFalse((station.bucket / row["object_prefix"]).exists(), "it was sent")
            station.ctl("drop", rotten.parent.name, "--yes", "--reason", "other elements")
            wait_until(lambda: "scene_changed" not in open_incidents(station), 60, "the incident to end")
            station.wait_drained()


if __name__ == "__main__":
    unittest.main()
