"""What an operator does with deliveries, and what the station does by itself about a disk that rots or fills up."""

import signal
import unittest

from station import Station, need, tree_hashes, wait_until

CADU = need("data/meteor-m2-lrpt/meteor_m2_lrpt.cadu", "the operator's test")


def scene_files(station):
    """{object name: sha256} of what has to be in the bucket, from the spool."""
    return {row["object_prefix"] + "/" + name: digest for row in station.report("scenes")["scenes"]
            for name, digest in tree_hashes(row["directory"]).items() if name != "manifest.json"}


def flip_a_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


class Operator(unittest.TestCase):
    def undelivered(self, **keywords):
        """A station with a decoded pass whose destination cannot be used: a file is where its folder should be."""
        station = Station("meteor-m2-lrpt", **keywords)
        self.addCleanup(station.__exit__, None, None, None)
        station.bucket.write_text("in the way")
        station.start()
        station.send(CADU)
        station.ctl("wait", "idle", "--timeout", "120s")
        return station

    def mend(self, station):
        station.bucket.unlink()
        station.ctl("retry", "--all")

    def states(self, station):
        return sorted({row["state"] for row in station.report("scenes")["scenes"]})

    def wait_delivered(self, station):
        wait_until(lambda: self.states(station) == ["delivered"], 120, "every scene to be delivered")

    def test_a_scene_that_rotted_in_the_spool_is_made_again_and_delivered_right(self):
        station = self.undelivered()
        truth = scene_files(station)
        rotten = next(station.spool.glob("scenes/*msu-mr*/band-1.tif"))
        flip_a_byte(rotten)
        self.mend(station)
        self.wait_delivered(station)
        self.assertEqual(tree_hashes(station.bucket), truth)
        self.assertEqual([path.name.split("_2")[0] for path in (station.spool / "quarantine").iterdir()],
                         [rotten.parent.name.split("_2")[0]])
        available = [event for event in station.events() if event["type"] == "org.downlinkd.scene.available"]
        self.assertEqual(len(available), len(station.report("scenes")["scenes"]))
        wait_until(lambda: "delivery_corrupt" not in station.incident_kinds(), 30, "the incident to end")
        self.assertNotIn("scene_unrecoverable", station.incident_kinds())

    def test_a_rotten_scene_without_a_recording_is_told_and_can_be_given_up(self):
        station = self.undelivered()
        rotten = next(station.spool.glob("scenes/*msu-mr*/band-1.tif"))
        flip_a_byte(rotten)
        for part in station.spool.glob("passes/*/*"):
            part.unlink()
        next(station.spool.glob("passes/*")).rmdir()
        self.assertEqual(station.ctl("verify", check=False).returncode, 1)
        wait_until(lambda: "scene_unrecoverable" in station.incident_kinds(), 30, "the incident")
        station.ctl("drop", rotten.parent.name, "--yes", "--reason", "the disk")
        wait_until(lambda: "scene_unrecoverable" not in station.incident_kinds(), 30, "the incident to end")

    def test_what_is_held_waits_until_it_is_released(self):
        station = self.undelivered()
        changed = station.report("hold", "--all")["deliveries_changed"]
        self.assertGreater(changed, 10)
        self.mend(station)
        held = station.report("deliveries", "--state", "held", "--limit", "1000")["deliveries"]
        self.assertEqual(len(held), changed)
        first = held[0]
        self.assertEqual(station.report("release", str(first["id"]))["deliveries_changed"], 1)
        wait_until(lambda: len(station.report("deliveries", "--state", "held", "--limit", "1000")["deliveries"])
                   == changed - 1, 10, "one to go")
        self.assertEqual(station.report("prioritise", "--destination", "bucket")["deliveries_changed"], changed)
        self.assertIn("there is no scene 'x'", station.ctl("hold", "--scene", "x", check=False).stderr)
        station.ctl("release", "--all")
        self.wait_delivered(station)
        row = station.report("destinations")["destinations"][0]
        self.assertEqual((row["state"], row["on_hold"], row["parked"]), ("idle", 0, 0))

    def test_the_operators_bandwidth_outlives_a_restart_and_can_be_taken_back(self):
        station = self.undelivered(extra='[bandwidth]\nlimit = ["00:00 8 Mbit/s"]\n')
        self.assertEqual(station.report("bandwidth")["limit_bytes_per_s"], 1_000_000)
        station.ctl("bandwidth", "set", "2Mbit/s", "--for", "1h")
        station.kill()
        station.start()
        report = station.report("bandwidth")
        self.assertEqual((report["limit_bytes_per_s"], report["override_limit"]), (250_000, "2 Mbit/s"))
        self.assertIsNotNone(report["override_until"])
        self.assertEqual(station.report("bandwidth", "set", "timetable")["limit_bytes_per_s"], 1_000_000)
        self.assertIn("fast", station.ctl("bandwidth", "set", "fast", check=False).stderr)

    def test_what_is_dropped_leaves_a_tombstone_and_an_event(self):
        station = self.undelivered()
        scene = next(row for row in station.report("scenes")["scenes"] if row["instrument"] == "msu-mr")
        refused = station.ctl("drop", scene["id"], check=False)
        self.assertEqual((refused.returncode, refused.stdout), (64, ""))
        plan = station.report("drop", scene["id"], "--dry-run")
        self.assertEqual((plan["dry_run"], plan["scenes"], plan["rows"][0]["recording_kept"]), (True, 1, True))
        self.assertIn(scene["id"], [row["id"] for row in station.report("scenes")["scenes"]])
        dropped = station.report("drop", scene["id"], "--yes", "--reason", "made by mistake")
        self.assertEqual((dropped["dry_run"], dropped["scenes"]), (False, 1))
        row = next(row for row in station.report("scenes")["scenes"] if row["id"] == scene["id"])
        self.assertEqual((row["state"], row["drop_reason"]), ("dropped", "operator: made by mistake"))
        self.assertFalse((station.spool / "scenes" / scene["id"]).exists())
        wait_until(lambda: [e for e in station.events() if e["type"] == "org.downlinkd.scene.dropped"], 30, "the event")
        wait_until(lambda: not station.report("outbox", "--unsent")["events"], 30, "the outbox to be empty")
        self.assertIn(scene["id"], [row["scene_id"] for row in station.report("outbox")["events"]])
        self.mend(station)
        station.wait_drained()
        self.assertFalse(any("msu-mr" in name for name in tree_hashes(station.bucket)))

    def test_what_was_delivered_makes_room_when_the_quota_says_so(self):
        station = self.undelivered()
        self.mend(station)
        self.wait_delivered(station)
        station.wait_drained()
        self.assertEqual(station.report("retention")["drops"], [])
        station.config.write_text(station.config.read_text() + '\n[retention]\nquota = "1 MiB"\n')
        station.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: not list(station.spool.glob("scenes/*/band-*.tif")), 60, "the scenes to go")
        self.assertEqual(self.states(station), ["delivered"])
        self.assertTrue(list(station.bucket.rglob("band-1.tif")))

    def test_verify_tells_what_is_not_as_the_journal_says(self):
        station = self.undelivered()
        self.mend(station)
        self.wait_delivered(station)
        self.assertEqual(station.ctl("verify", "--remote").returncode, 0)
        flip_a_byte(next(station.bucket.rglob("band-1.tif")))
        remote = station.ctl("verify", "--remote", "--json", check=False)
        self.assertEqual(remote.returncode, 1)
        self.assertIn('"place": "bucket"', remote.stdout)
        self.assertEqual(station.ctl("verify").returncode, 0)
        flip_a_byte(next(station.spool.glob("scenes/*/band-1.tif")))
        self.assertEqual(station.ctl("verify", check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
