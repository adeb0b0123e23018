"""The double against the facts of Google's service: what it must refuse, keep and say."""

import base64
import gzip
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jwt_check  # noqa: E402
import pubsub_double  # noqa: E402
from pubsub_store import MOST_REQUEST_BYTES  # noqa: E402

TOPIC = "projects/p/topics/scenes"
SUBSCRIPTION = "projects/p/subscriptions/pipeline"


def encoded(data):
    return base64.b64encode(data).decode()


def message(data=b"x", **more):
    return {"data": encoded(data), **more}


class DoubleTest(unittest.TestCase):
    options = {}

    def setUp(self):
        self.server = pubsub_double.start([TOPIC], **self.options)
        self.port = self.server.server_address[1]

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def request(self, method, path, body=None, headers=None):
        """(status, the answer as an object, its headers)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            connection.request(method, path, body or b"", headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None, dict(answer.getheaders())
        finally:
            connection.close()

    def publish(self, *messages, topic=TOPIC, **keywords):
        return self.request("POST", f"/v1/{topic}:publish", {"messages": list(messages)}, **keywords)

    def admin(self, what, body=None, method="POST"):
        return self.request(method, "/_double/" + what, body)[1]

    def received(self):
        return self.admin("messages", method="GET")

    def assert_taken(self, *messages, **keywords):
        status, answer, _ = self.publish(*messages, **keywords)
        self.assertEqual(status, 200, answer)
        self.assertEqual(len(answer["messageIds"]), len(messages))
        self.assertEqual(len(set(answer["messageIds"])), len(messages))

    def assert_refused(self, *messages, code=400, status="INVALID_ARGUMENT", **keywords):
        before = len(self.received())
        got, answer, _ = self.publish(*messages, **keywords)
        self.assertEqual(got, code)
        self.assertEqual(answer["error"]["code"], code)
        self.assertEqual(answer["error"]["status"], status)
        self.assertTrue(answer["error"]["message"])
        self.assertEqual(len(self.received()), before, "a refused request left messages")

    def pull(self, most=100):
        status, answer, _ = self.request("POST", f"/v1/{SUBSCRIPTION}:pull", {"maxMessages": most})
        self.assertEqual(status, 200)
        return answer.get("receivedMessages", [])

    def subscribe(self, **more):
        status, _, _ = self.request("PUT", f"/v1/{SUBSCRIPTION}", {"topic": TOPIC, **more})
        self.assertEqual(status, 200)


class Limits(DoubleTest):
    def test_message_needs_data_or_an_attribute(self):
        self.assert_taken(message())
        self.assert_taken({"attributes": {"a": ""}})
        self.assert_refused({})
        self.assert_refused({"data": ""})
        self.assert_refused({"data": "", "attributes": {}, "orderingKey": "k"})
        self.assert_refused(message(), {})

    def test_request_needs_a_message_and_has_at_most_1000(self):
        self.assert_refused()
        self.assert_taken(*[message()] * 1000)
        self.assert_refused(*[message()] * 1001)

    def test_request_has_at_most_ten_million_bytes(self):
        envelope = len(json.dumps({"messages": [message(b"")]}).encode())
        data = b"x" * ((MOST_REQUEST_BYTES - envelope) // 4 * 3)
        self.assertLessEqual(envelope + len(encoded(data)), MOST_REQUEST_BYTES)
        self.assert_taken(message(data))
        self.assert_refused(message(data + b"xxx"))
        body = json.dumps({"messages": [message()]}).encode()
        padded = body + b" " * (MOST_REQUEST_BYTES - len(body))
        self.assertEqual(self.request("POST", f"/v1/{TOPIC}:publish", padded)[0], 200)
        self.assertEqual(self.request("POST", f"/v1/{TOPIC}:publish", padded + b" ")[0], 400)

    def test_compression_does_not_get_round_the_limit(self):
        headers = {"Content-Encoding": "gzip"}
        body = gzip.compress(json.dumps({"messages": [message()]}).encode())
        self.assertEqual(self.request("POST", f"/v1/{TOPIC}:publish", body, headers)[0], 200)
        large = gzip.compress(b" " * (MOST_REQUEST_BYTES + 1))
        self.assertEqual(self.request("POST", f"/v1/{TOPIC}:publish", large, headers)[0], 400)
        self.assertEqual(self.request("POST", f"/v1/{TOPIC}:publish", b"plain", headers)[0], 400)

    def test_data_are_base64(self):
        self.assert_taken({"data": encoded(b"\xfb\xff\xfe")})
        self.assert_taken({"data": "-__-"})
        self.assert_taken({"data": "eA"})
        self.assert_refused({"data": "%%%%"})
        self.assert_refused({"data": "eAAAA"})
        self.assert_refused({"data": 7})

    def test_attributes_are_at_most_100_texts(self):
        self.assert_taken({"attributes": {f"k{i}": "v" for i in range(100)}})
        self.assert_refused({"attributes": {f"k{i}": "v" for i in range(101)}})
        self.assert_refused({"attributes": {"k": 1}})
        self.assert_refused({"attributes": {"k": None}})
        self.assert_refused({"attributes": ["k"]})

    def test_attribute_keys_have_1_to_256_bytes_and_values_at_most_1024(self):
        self.assert_taken({"attributes": {"k" * 256: "v" * 1024}})
        self.assert_refused({"attributes": {"k" * 257: "v"}})
        self.assert_refused({"attributes": {"": "v"}})
        self.assert_refused({"attributes": {"k": "v" * 1025}})
        # Bytes, not characters.
        self.assert_taken({"attributes": {"\u00e4" * 128: "\u00e4" * 512}})
        self.assert_refused({"attributes": {"\u00e4" * 129: "v"}})
        self.assert_refused({"attributes": {"k": "\u00e4" * 513}})

    def test_attribute_keys_of_google_are_reserved(self):
        self.assert_refused({"attributes": {"goog": "v"}})
        self.assert_refused({"attributes": {"googclient_x": "v"}})
        self.assert_taken({"attributes": {"agoog": "v"}})

    def test_ordering_key_has_at_most_1024_bytes_and_is_one_per_request(self):
        self.assert_taken(message(orderingKey="k" * 1024))
        self.assert_refused(message(orderingKey="k" * 1025))
        self.assert_taken(message(orderingKey="a"), message(orderingKey="a"))
        self.assert_refused(message(orderingKey="a"), message(orderingKey="b"))
        self.assert_refused(message(orderingKey="a"), message())

    def test_what_the_api_does_not_know_is_refused(self):
        self.assert_refused(message(payload="x"))
        self.assert_refused("text")
        path = f"/v1/{TOPIC}:publish"
        self.assertEqual(self.request("POST", path, {"messages": [message()], "more": 1})[0], 400)
        self.assertEqual(self.request("POST", path, b"{")[0], 400)
        self.assertEqual(self.request("POST", path, b"[]")[0], 400)
        self.assertEqual(self.request("POST", path, {"messages": {}})[0], 400)


class Resources(DoubleTest):
    def test_topic_must_exist(self):
        self.assert_refused(message(), topic="projects/p/topics/other", code=404, status="NOT_FOUND")
        self.assertEqual(self.request("PUT", "/v1/projects/p/topics/other", {})[0], 200)
        self.assert_taken(message(), topic="projects/p/topics/other")
        self.assertEqual(self.request("PUT", "/v1/projects/p/topics/other", {})[0], 409)
        self.assertEqual(self.request("DELETE", "/v1/projects/p/topics/other")[0], 200)
        self.assert_refused(message(), topic="projects/p/topics/other", code=404, status="NOT_FOUND")
        self.assertEqual(self.request("GET", "/v1/" + TOPIC)[0], 200)

    def test_topic_names_have_rules(self):
        for name in ("ab", "googscenes", "1scenes", "a" * 256, "sc enes"):
            self.assertEqual(self.request("PUT", f"/v1/projects/p/topics/{name.replace(' ', '%20')}", {})[0], 400, name)
        for name in ("abc", "a" * 255, "a.b_c~d+e-f"):
            self.assertEqual(self.request("PUT", f"/v1/projects/p/topics/{name}", {})[0], 200, name)

    def test_subscriber_gets_what_was_published_after_it_subscribed(self):
        self.assert_taken(message(b"before"))
        self.subscribe()
        self.assert_taken(message(b"after", attributes={"a": "b"}, orderingKey="k"))
        got = self.pull()
        self.assertEqual(len(got), 1)
        self.assertEqual(got[0]["message"]["data"], encoded(b"after"))
        self.assertEqual(got[0]["message"]["attributes"], {"a": "b"})
        self.assertEqual(got[0]["message"]["orderingKey"], "k")

    def test_message_comes_again_until_it_is_acknowledged(self):
        self.subscribe(ackDeadlineSeconds=10)
        self.assert_taken(message())
        first = self.pull()[0]
        self.assertEqual(self.pull(), [])
        self.admin("clock", {"advance_s": 11})
        second = self.pull()[0]
        self.assertEqual(second["message"], first["message"])
        self.request("POST", f"/v1/{SUBSCRIPTION}:modifyAckDeadline",
                     {"ackIds": [second["ackId"]], "ackDeadlineSeconds": 0})
        third = self.pull()[0]
        self.request("POST", f"/v1/{SUBSCRIPTION}:acknowledge", {"ackIds": [third["ackId"]]})
        self.admin("clock", {"advance_s": 1000})
        self.assertEqual(self.pull(), [])

    def test_message_does_not_overtake_one_of_its_key_that_is_in_work(self):
        self.subscribe(enableMessageOrdering=True)
        for data in (b"1", b"2"):
            self.assert_taken(message(data, orderingKey="k"))
        self.assert_taken(message(b"3"))
        first = self.pull(most=1)
        self.assertEqual([m["message"]["data"] for m in first], [encoded(b"1")])
        self.assertEqual([m["message"]["data"] for m in self.pull()], [encoded(b"3")])

    def test_order_can_be_mixed(self):
        self.subscribe()
        self.assert_taken(*[message(bytes([i])) for i in range(50)])
        self.admin("settings", {"shuffle_seed": 3})
        got = [m["message"]["messageId"] for m in self.pull()]
        self.assertEqual(len(set(got)), 50)
        self.assertNotEqual(got, sorted(got, key=int))


class Faults(DoubleTest):
    def fault(self, **fault):
        self.admin("faults", [fault])

    def test_scripted_status_comes_instead_or_after(self):
        self.fault(status=503, headers={"Retry-After": "7"})
        status, answer, headers = self.publish(message())
        self.assertEqual((status, headers["Retry-After"]), (503, "7"))
        self.assertEqual(answer["error"]["status"], "UNAVAILABLE")
        self.assertEqual(self.received(), [])
        self.fault(status=504, after=True)
        self.assertEqual(self.publish(message())[0], 504)
        self.assertEqual(len(self.received()), 1)
        self.fault(status=400, code="FAILED_PRECONDITION")
        self.assertEqual(self.publish(message())[1]["error"]["status"], "FAILED_PRECONDITION")
        self.assert_taken(message())

    def test_connection_is_reset_before_or_the_answer_lost_after_the_publish_took_effect(self):
        self.fault(reset=True)
        with self.assertRaises(ConnectionError):
            self.publish(message())
        self.assertEqual(self.received(), [])
        for number, what in enumerate(("drop_answer", "reset_after"), start=1):
            self.fault(**{what: True})
            with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
                self.publish(message())
            self.assertEqual(len(self.received()), number)

    def test_answer_is_cut_or_short_of_ids(self):
        self.fault(truncate_answer=5)
        with self.assertRaises(ValueError):
            self.publish(message())
        self.fault(fewer_ids=1)
        self.assertEqual(len(self.publish(message(), message())[1]["messageIds"]), 1)
        self.assertEqual(len(self.received()), 3)

    def test_portal_answers_with_a_page(self):
        self.fault(html=True)
        with self.assertRaises(ValueError):
            self.publish(message())
        self.assertEqual(self.received(), [])

    def test_answer_is_delayed(self):
        self.fault(delay_s=0.3)
        begin = time.monotonic()
        self.assert_taken(message())
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_state_is_lost(self):
        self.fault(kind="publish", skip=1, forget=True)
        self.assert_taken(message())
        self.assertEqual(self.publish(message())[0], 404)
        self.request("PUT", "/v1/" + TOPIC, {})
        self.assert_taken(message())
        self.admin("forget")
        self.assertEqual(self.publish(message())[0], 404)

    def test_fault_waits_for_the_request_that_it_fits(self):
        self.fault(kind="publish", contains="poison", status=400, times=2)
        self.assert_taken(message(attributes={"ce-id": "good"}))
        for _ in range(2):
            self.assertEqual(self.publish(message(attributes={"ce-id": "poison"}))[0], 400)
        self.assert_taken(message(attributes={"ce-id": "poison"}))

    def test_requests_are_listed(self):
        self.publish(message(), message())
        self.publish(message(), topic="projects/p/topics/none", headers={"Authorization": "Bearer x"})
        seen = self.admin("requests", method="GET")
        self.assertEqual([(r["kind"], r["messages"], r["status"], r["authorized"]) for r in seen],
                         [("publish", 2, 200, False), ("publish", 1, 404, True)])


class Access(DoubleTest):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.key = os.path.join(self.folder.name, "key.pem")
        public = os.path.join(self.folder.name, "public.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                        self.key], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", public], check=True)
        self.options = {"token_check": jwt_check.checker(public, pubsub_double.AUDIENCE)}
        super().setUp()

    def tearDown(self):
        super().tearDown()
        self.folder.cleanup()

    def token(self, audience):
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
        now = int(time.time())
        text = part({"alg": "RS256", "typ": "JWT", "kid": "1"}) + b"." + part(
            {"iss": "a@b", "sub": "a@b", "aud": audience, "iat": now, "exp": now + 3600})
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text, capture_output=True,
                                check=True).stdout
        return (text + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()

    def test_token_is_checked_and_permission_is_another_matter(self):
        self.assert_refused(message(), code=401, status="UNAUTHENTICATED")
        wrong = {"Authorization": "Bearer " + self.token("https://storage.googleapis.com/")}
        self.assert_refused(message(), code=401, status="UNAUTHENTICATED", headers=wrong)
        right = {"Authorization": "Bearer " + self.token(pubsub_double.AUDIENCE)}
        self.assert_taken(message(), headers=right)
        self.admin("settings", {"deny": True})
        self.assert_refused(message(), code=403, status="PERMISSION_DENIED", headers=right)


if __name__ == "__main__":
    unittest.main()
