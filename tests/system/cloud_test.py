"""The running daemon against a strict double of Google Cloud Storage and Google's own Pub/Sub emulator."""

import os
import random
import signal
import time
import unittest

from cloud import Bucket, Topic
from station import Station, make_pass, wait_until

SCENES = 7  # two slots each of AVHRR/3, MHS and AMSU-A, and Level-0
KILLS = 20 if os.environ.get("DOWNLINKD_TEST_LONG") else 4
SEED = int(os.environ.get("DOWNLINKD_TEST_SEED") or random.SystemRandom().randrange(1 << 32))


def incident(station, kind, open_only=True):
    for row in station.report("incidents")["incidents"]:
        if row["kind"] == kind and not (open_only and row["closed_at"]):
            return row
    return None


def items(objects):
    return sorted(name for name in objects if name.endswith("/item.json"))


def scene_events(messages):
    return [message for message in messages if message[0]["ce-type"] == "org.downlinkd.scene.available"]


class Cloud(unittest.TestCase):
    def test_each_scene_is_announced_once_after_its_item_is_readable(self):
        with Bucket() as bucket, Topic() as topic, \
                Station("metop-b", destination=bucket.destination(), publisher=topic.publisher()) as station:
            station.start()
            station.send(make_pass(station))
            seen = {}

            def all_there():
                for attributes, data in scene_events(topic.pull(0)):
                    # At the moment when the event can be read, so can the item that it speaks of.
                    self.assertTrue(bucket.has(attributes["objectId"]), attributes["objectId"])
                    seen.setdefault(attributes["ce-id"], []).append((attributes, data))
                return len(seen) >= SCENES
            wait_until(all_there, 120, "the events")
            station.wait_drained()
            self.assertEqual(scene_events(topic.pull(0)), [])
            self.assertEqual(len(seen), SCENES)
            self.assertTrue(all(len(copies) == 1 for copies in seen.values()))
            self.assertEqual(sorted(copies[0][0]["objectId"] for copies in seen.values()), items(bucket.objects()))
            for (attributes, data), in seen.values():
                self.assertEqual(data["id"], attributes["scene_id"])
                self.assertEqual(attributes["eventType"], "OBJECT_FINALIZE")
                self.assertEqual(attributes["objectGeneration"],
                                 bucket.objects()[attributes["objectId"]]["generation"])
            # item.json is the last object of its scene: its upload begins when every other one is finished.
            finished = {}
            for item in bucket.objects().values():
                finished.setdefault(item["name"].rsplit("/", 1)[0], []).append((int(item["generation"]), item["name"]))
            for scene, objects in finished.items():
                self.assertTrue(max(objects)[1].endswith("/item.json"), f"{scene}: {sorted(objects)}")

    def test_an_emulator_that_stops_for_a_while_delays_events_and_loses_none(self):
        with Bucket() as bucket, Topic() as topic, \
                Station("metop-b", destination=bucket.destination(), publisher=topic.publisher()) as station:
            topic.stop()
            station.start()
            station.send(make_pass(station))
            wait_until(lambda: len(items(bucket.objects())) == SCENES, 120, "the uploads")
            wait_until(lambda: any(row["attempts"] > 0 for row in station.report("outbox")["events"]), 30, "an attempt")
            self.assertTrue(all(row["state"] == "pending" for row in station.report("outbox")["events"]))
            topic.start()
            # A topic that is not there is no reason to give an event up.
            wait_until(lambda: any("404" in row["last_error"] for row in station.report("outbox")["events"]), 30,
                       "an attempt without a topic")
            self.assertTrue(all(row["state"] == "pending" for row in station.report("outbox")["events"]))
            # Nobody publishes between the making of the topic and that of its subscription, or the test would miss it.
            os.kill(station.daemon.pid, signal.SIGSTOP)
            topic.make()
            os.kill(station.daemon.pid, signal.SIGCONT)
            messages = topic.pull(SCENES)
            station.wait_drained()
            messages = scene_events(messages + topic.pull(0))
            self.assertEqual(len({attributes["ce-id"] for attributes, _ in messages}), SCENES)
            self.assertEqual(len(messages), SCENES)
            self.assertEqual(scene_events(topic.pull(0)), [])

    def test_a_bucket_that_answers_403_is_told_to_the_operator_and_healed_without_a_restart(self):
        with Bucket() as bucket, Station("metop-b", destination=bucket.destination()) as station:
            bucket.fault({"kind": "initiate", "status": 403, "message": "lacks storage.objects.create", "times": -1})
            station.start()
            cadus = make_pass(station)
            station.send(cadus)
            row = wait_until(lambda: incident(station, "delivery_refused"), 60, "the incident")
            self.assertIn("403", row["message"])
            self.assertTrue(row["action"])
            status = station.report("status")
            self.assertTrue(status["destinations"][0]["last_error"])
            recording = next(station.spool.glob("passes/*/rec-*.raw"))
            self.assertEqual(recording.read_bytes(), cadus.read_bytes())
            bucket.heal()
            station.wait_drained()
            self.assertEqual(len(items(bucket.objects())), SCENES)
            wait_until(lambda: incident(station, "delivery_refused") is None, 30, "the incident to be closed")

    def test_kill_in_the_middle_of_uploads_doubles_and_loses_nothing(self):
        print(f"seed {SEED} (DOWNLINKD_TEST_SEED={SEED} replays)")
        rng = random.Random(SEED)
        with Bucket() as reference, Station("metop-b", destination=reference.destination()) as station:
            station.start()
            cadus = make_pass(station)
            station.send(cadus)
            station.wait_drained()
            expected = reference.hashes()
            with Bucket() as bucket, Station("metop-b", destination=bucket.destination()) as killed:
                # Slow enough that the uploads outlive the kills.
                bucket.fault({"kind": "data", "delay_s": 0.0125 * KILLS, "times": -1},
                             {"kind": "finish", "delay_s": 0.0125 * KILLS, "times": -1})
                killed.start()
                killed.send(cadus)
                in_progress = 0
                for _ in range(KILLS):
                    # Not before this daemon's uploads have begun, or there is nothing in the middle of which to be.
                    before = len(bucket.requests())
                    wait_until(lambda: len(bucket.requests()) > before + 1 or  # noqa: B023
                               len(items(bucket.objects())) == SCENES, 60, "uploads to go on")
                    if len(items(bucket.objects())) == SCENES:
                        break  # nothing is left to interrupt
                    time.sleep(rng.uniform(0, 0.3))
                    in_progress += any(row["state"] == "uploading" for row in killed.report("deliveries")["deliveries"])
                    killed.kill()
                    killed.start()
                print(f"{in_progress} kills hit an upload")
                self.assertGreater(in_progress, 0, "no kill hit an upload")
                bucket.heal()
                killed.wait_drained()
                self.assertEqual(bucket.hashes(), expected)
                events = [e for e in killed.events() if e["type"] == "org.downlinkd.scene.available"]
                self.assertEqual(sorted(e["attributes"]["objectId"] for e in events), items(expected))
                self.assertEqual(len({e["id"] for e in events}), SCENES)


if __name__ == "__main__":
    unittest.main()
