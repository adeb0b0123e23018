"""The worked consumer (docs/examples/consume_events.py) against the Pub/Sub double, Google's emulator, an event journal
and signed requests: whatever comes twice, late or in another order, its tables are the same."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import importlib.util
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/support"))
import pubsub_double  # noqa: E402
import pubsub_emulator  # noqa: E402

specification = importlib.util.spec_from_file_location("consume_events", SOURCE / "docs/examples/consume_events.py")
consume_events = importlib.util.module_from_spec(specification)
specification.loader.exec_module(consume_events)

TOPIC, SUBSCRIPTION = "projects/p/topics/scenes", "projects/p/subscriptions/pipeline"
SECRET = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
# The beginning of a TIFF of 7 x 9 pixels.
CONTENT = (b"II*\0\x08\0\0\0\x02\0" + b"\0\x01\x03\0\x01\0\0\0\x07\0\0\0" +
           b"\x01\x01\x04\0\x01\0\0\0\x09\0\0\0" + b"\0" * 4)


def event(kind, identity, data, subject="s", **more):
    return {"ce-specversion": "1.0", "ce-id": identity, "ce-type": f"org.downlinkd.{kind}", "ce-subject": subject,
            "ce-source": "//downlinkd/kiruna", "ce-time": "2026-05-12T12:00:00Z", "content-type": "application/json",
            "station": "kiruna", **more}, data


def item(scene):
    return {"type": "Feature", "id": scene, "assets": {"band-1": {
        "href": "./band-1.tif", "file:size": len(CONTENT), "raster:bands": [{"scale": 0.5, "offset": 1, "unit": "K"}],
        "file:checksum": "1220" + hashlib.sha256(CONTENT).hexdigest()}}}


def object_of(scene):
    return {"eventType": "OBJECT_FINALIZE", "bucketId": "scenes", "objectId": f"m/{scene}/item.json",
            "objectGeneration": "7", "eventTime": "2026-05-12T12:00:00Z"}


def scene_id_of(scene):
    return hashlib.sha256(f"scenes\nm/{scene}/item.json\n7".encode()).hexdigest()[:32]


def scene_event(scene):
    return event("scene.available", scene_id_of(scene), item(scene), scene_id=scene, payloadFormat="STAC_ITEM_V1",
                 **object_of(scene))


def bucket_notification(scene):
    """As Google's own notification says it (its payload describes the object)."""
    return {**object_of(scene), "payloadFormat": "JSON_API_V1", "notificationConfig": "n"}, {"kind": "storage#object"}


def incident(identity, closed_at=None):
    data = {"kind": "disk_low", "subject": "/", "message": "m", "action": "a", "opened_at": "2026-05-12T12:00:00Z"}
    if closed_at:
        data["closed_at"] = closed_at
    return event("incident." + ("closed" if closed_at else "opened"), identity, data)


EVENTS = [
    scene_event("s1"), scene_event("s2"), bucket_notification("s1"), bucket_notification("s3"),
    event("scene.dropped", "d4", {"scene_id": "s4", "reason": "quota"}, scene_id="s4"),
    event("pass.started", "p1a", {"pass_id": "p1"}, pass_id="p1"),
    event("pass.ended", "p1b", {"balanced": True}, pass_id="p1", outcome="processed"),
    event("pass.started", "p2a", {"pass_id": "p2"}, pass_id="p2"),
    event("pass.ended", "p2b", {"pass_id": "p2"}, pass_id="p2", outcome="failed"),
    event("pass.started", "p3a", {"pass_id": "p3"}, pass_id="p3"),
    incident("i1"), incident("i2", "2026-05-12T13:00:00Z"),
    event("something.new", "n1", {"later": True}),
]


class ConsumerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="dl-consumer-")
        self.path = os.path.join(self.folder.name, "events.db")
        self.database = consume_events.Database(self.path)

    def tearDown(self):
        self.database.connection.close()
        self.folder.cleanup()

    def rows(self, query):
        return self.database.connection.execute(query).fetchall()

    def check_tables(self):
        """What EVENTS come to, however often and in whatever order."""
        self.assertEqual(self.rows("SELECT scene_id, item IS NULL FROM scenes ORDER BY 1"),
                         [("s1", 0), ("s2", 0), ("s3", 1)])
        self.assertEqual(self.rows("SELECT scene_id, reason FROM dropped"), [("s4", "quota")])
        self.assertEqual(self.rows("SELECT pass_id, state FROM passes ORDER BY 1"),
                         [("p1", "processed"), ("p2", "failed"), ("p3", "receiving")])
        self.assertEqual(self.rows("SELECT kind, closed_at FROM incidents"), [("disk_low", "2026-05-12T13:00:00Z")])
        # The bucket's notification of s1 and our event are one.
        self.assertEqual(self.rows("SELECT COUNT(*) FROM events"), [(len(EVENTS) - 1,)])
        self.assertEqual(self.rows(f"SELECT source FROM events WHERE id = '{scene_id_of('s1')}'"),
                         [("//downlinkd/kiruna",)])


class Order(ConsumerTest):
    def test_no_order_and_no_repetition_changes_the_tables(self):
        for seed in range(50):
            random_source = random.Random(seed)
            events = EVENTS + random_source.choices(EVENTS, k=10)
            random_source.shuffle(events)
            self.database = consume_events.Database(":memory:")
            with self.database.connection:
                for attributes, data in events:
                    one = consume_events.from_attributes(attributes)
                    if "specversion" not in one:
                        one, data = consume_events.from_bucket_notification(one), None
                    self.database.put(one, data)
            with self.subTest(seed=seed):
                self.check_tables()

    def test_bucket_notification_of_another_object_is_none_of_ours(self):
        other = {**object_of("s1"), "objectId": "m/s1/band-1.tif"}
        self.assertIsNone(consume_events.from_bucket_notification(consume_events.from_attributes(other)))


class Pubsub:
    """On whatever speaks Pub/Sub at self.endpoint."""

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.endpoint + path, json.dumps(body or {}).encode(), method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def publish(self, events):
        messages = [{"attributes": attributes, "data": base64.b64encode(json.dumps(data).encode()).decode()}
                    for attributes, data in events]
        self.call("POST", f"/v1/{TOPIC}:publish", {"messages": messages})

    def subscribe(self):
        self.call("PUT", f"/v1/{SUBSCRIPTION}", {"topic": TOPIC, "ackDeadlineSeconds": 10})

    def read(self):
        return consume_events.read_pubsub(self.database, self.endpoint, SUBSCRIPTION)


class AgainstTheDouble(Pubsub, ConsumerTest):
    def setUp(self):
        super().setUp()
        self.server = pubsub_double.start([TOPIC])
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.subscribe()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        super().tearDown()

    def test_published_twice_and_pulled_in_another_order(self):
        self.call("POST", "/_double/settings", {"shuffle_seed": 5})
        self.publish(EVENTS)
        self.publish(EVENTS[::-1])
        while self.read():
            pass
        self.check_tables()
        self.assertEqual(self.rows("SELECT MIN(copies) FROM events"), [(2,)])

    def test_acknowledgement_that_is_lost_brings_everything_again(self):
        self.publish(EVENTS)
        self.call("POST", "/_double/faults", [{"kind": "acknowledge", "status": 503}])
        with self.assertRaises(urllib.error.HTTPError):
            self.read()
        self.check_tables()
        self.call("POST", "/_double/clock", {"advance_s": 60})
        self.assertEqual(self.read(), len(EVENTS))
        self.check_tables()
        self.assertEqual(self.read(), 0)

    def test_event_that_could_not_be_stored_is_not_acknowledged(self):
        self.publish(EVENTS)
        reader = consume_events.Database(self.path)
        reader.connection.execute("PRAGMA busy_timeout = 0")
        self.database.connection.execute("BEGIN IMMEDIATE")
        with self.assertRaises(Exception):
            consume_events.read_pubsub(reader, self.endpoint, SUBSCRIPTION)
        self.database.connection.rollback()
        reader.connection.close()
        self.call("POST", "/_double/clock", {"advance_s": 60})
        self.assertEqual(self.read(), len(EVENTS))
        self.check_tables()


class AgainstTheEmulator(Pubsub, ConsumerTest):
    def setUp(self):
        super().setUp()
        try:
            pubsub_emulator.program()
        except SystemExit:
            self.folder.cleanup()
            self.skipTest("Google's Pub/Sub emulator is not installed")
        self.emulator = pubsub_emulator.Emulator()
        self.addCleanup(self.emulator.stop)
        self.endpoint = f"http://127.0.0.1:{self.emulator.port}"
        self.call("PUT", f"/v1/{TOPIC}")
        self.subscribe()

    def test_everything_that_was_published_is_in_the_tables_once(self):
        self.publish(EVENTS)
        self.publish(EVENTS)
        received, deadline = 0, time.monotonic() + 60
        while received < 2 * len(EVENTS) and time.monotonic() < deadline:
            received += self.read()
        self.check_tables()


class Journal(ConsumerTest):
    def setUp(self):
        super().setUp()
        self.journal = os.path.join(self.folder.name, "events.jsonl")
        # Our own journal has no notifications of a bucket.
        self.lines = [self.line(*one) for one in EVENTS if "ce-id" in one[0]] + [self.line(*scene_event("s3"))]

    @staticmethod
    def line(attributes, data):
        return json.dumps({"id": attributes["ce-id"], "attributes": attributes, "data": data}).encode() + b"\n"

    def append(self, *lines, name=""):
        with open(self.journal + name, "ab") as file:
            file.write(b"".join(lines))

    def read(self):
        consume_events.read_journal(self.database, self.journal)
        return self.rows("SELECT SUM(copies) FROM events")[0][0] or 0

    def test_lines_are_read_once_as_they_come(self):
        self.assertEqual(self.read(), 0)
        self.append(*self.lines[:3], self.lines[3][:20])
        self.assertEqual(self.read(), 3, "a line without its end is not there yet")
        self.append(self.lines[3][20:], *self.lines[4:])
        self.assertEqual(self.read(), len(self.lines))
        self.assertEqual(self.read(), len(self.lines))
        self.assertEqual(self.rows("SELECT pass_id, state FROM passes ORDER BY 1")[0], ("p1", "processed"))

    def test_files_that_were_put_aside_are_read_to_their_end_and_never_again(self):
        self.append(*self.lines[:2])
        self.assertEqual(self.read(), 2)
        self.append(self.lines[2])
        os.rename(self.journal, self.journal + ".1")
        self.append(self.lines[3])
        self.assertEqual(self.read(), 4)
        os.rename(self.journal + ".1", self.journal + ".2")
        os.rename(self.journal, self.journal + ".1")
        self.append(*self.lines[4:])
        self.assertEqual(self.read(), len(self.lines))

    def test_what_a_power_cut_left_is_passed_over(self):
        self.append(self.lines[0], b"\0" * 100 + b"\n", b"{\n", b"7\n", self.lines[1])
        self.assertEqual(self.read(), 2)

    def test_band_of_a_scene_is_read_and_checked(self):
        os.makedirs(os.path.join(self.folder.name, "m/s1"))
        band = os.path.join(self.folder.name, "m/s1/band-1.tif")
        attributes, data = scene_event("s1")
        self.append(self.line({**attributes, "bucketId": self.folder.name}, data))
        self.read()
        with open(band, "wb") as file:
            file.write(CONTENT)
        content, asset = consume_events.read_band(self.database, "s1", "band-1", "")
        self.assertEqual(content, CONTENT)
        self.assertEqual(asset["raster:bands"][0]["unit"], "K")
        self.assertEqual(consume_events.tiff_size(content), (7, 9))
        with open(band, "r+b") as file:
            file.write(b"MM")
        with self.assertRaises(SystemExit):
            consume_events.read_band(self.database, "s1", "band-1", "")

    def test_item_that_was_too_large_for_a_message_is_fetched(self):
        os.makedirs(os.path.join(self.folder.name, "m/s1"))
        for name, content in (("band-1.tif", CONTENT), ("item.json", json.dumps(item("s1")).encode())):
            with open(os.path.join(self.folder.name, "m/s1", name), "wb") as file:
                file.write(content)
        attributes, _ = scene_event("s1")
        self.append(self.line({**attributes, "bucketId": self.folder.name, "payloadFormat": "STAC_ITEM_REFERENCE_V1"},
                              {"object": "m/s1/item.json"}))
        self.read()
        self.assertEqual(consume_events.read_band(self.database, "s1", "band-1", "")[0], CONTENT)


class Webhook(ConsumerTest):
    def setUp(self):
        super().setUp()
        self.server = consume_events.webhook_server(self.path, 0, [SECRET])
        threading.Thread(target=lambda: self.server.serve_forever(0.02), daemon=True).start()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        super().tearDown()

    def post(self, attributes, data, secret=SECRET, age_s=0):
        body = json.dumps(data).encode()
        stamp = str(int(time.time()) - age_s)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signature = hmac.new(key, f"{attributes['ce-id']}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers = {"Content-Type": attributes["content-type"], "webhook-id": attributes["ce-id"],
                   "webhook-timestamp": stamp,
                   "webhook-signature": "v1,AAAA v1," + base64.b64encode(signature).decode()}
        for name, value in attributes.items():
            if name != "content-type":
                plain = "".join(c for c in name.removeprefix("ce-").lower() if c.isalnum())
                headers["ce-" + plain] = urllib.request.quote(value, safe="/:")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=20)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, headers)
            return connection.getresponse().status

    def test_signed_events_are_taken_and_others_are_not(self):
        for attributes, data in [one for one in EVENTS if "ce-id" in one[0]] + [scene_event("s1")]:
            self.assertEqual(self.post(attributes, data), 204)
        self.assertEqual(self.rows("SELECT scene_id FROM scenes ORDER BY 1"), [("s1",), ("s2",)])
        self.assertEqual(self.rows(f"SELECT copies FROM events WHERE id = '{scene_id_of('s1')}'"), [(2,)])
        wrong = "whsec_" + base64.b64encode(b"b" * 24).decode()
        self.assertEqual(self.post(*scene_event("s5"), secret=wrong), 401)
        self.assertEqual(self.post(*scene_event("s5"), age_s=3600), 401)
        self.assertEqual(self.rows("SELECT COUNT(*) FROM scenes"), [(2,)])


if __name__ == "__main__":
    unittest.main()
