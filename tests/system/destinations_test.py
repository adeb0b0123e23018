"""One station, many destinations: everything is the same everywhere, and what is not is found."""

import base64
import contextlib
import hashlib
import json
import os
import unittest
import urllib.parse

from cloud import Bucket, call
from destinations import Azure, CephGateway, S3Double, Sftp
from station import Station, make_pass, tree_hashes, wait_until

SCENES = 3  # two AVHRR/3 slots and Level-0
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


if __name__ == "__main__":
    unittest.main()
