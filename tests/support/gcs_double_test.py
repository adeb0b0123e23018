"""The double against the facts of Google's service: what it must refuse, keep and say."""

import base64
import email.utils
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gcs_double  # noqa: E402
import jwt_check  # noqa: E402
from gcs_store import QUANTUM, crc32c, crc32c_base64  # noqa: E402


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class DoubleTest(unittest.TestCase):
    options = {}

    def setUp(self):
        self.server = gcs_double.start(["scenes"], **self.options)
        self.port = self.server.server_address[1]

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def request(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def admin(self, what, body=None, method="POST"):
        return self.request(method, "/_double/" + what, json.dumps(body).encode()).json()

    def initiate(self, name="a/b.tif", size=None, resource=None, precondition=True, **headers):
        path = "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=" + urllib.parse.quote(name, safe="")
        if precondition:
            path += "&ifGenerationMatch=0"
        if size is not None:
            headers["X-Upload-Content-Length"] = str(size)
        body = json.dumps(resource or {}).encode()
        return self.request("POST", path, body, {"Content-Type": "application/json", **headers})

    def session(self, **options):
        answer = self.initiate(**options)
        self.assertEqual(answer.status, 200)
        url = urllib.parse.urlsplit(answer.headers["location"])
        return f"{url.path}?{url.query}"

    def put(self, session, content_range, body=b"", **headers):
        return self.request("PUT", session, body, {"Content-Range": content_range, **headers})


class Uploads(DoubleTest):
    def test_whole_upload_in_one_request(self):
        content = b"x" * 1000
        answer = self.put(self.session(), "bytes 0-999/1000", content)
        self.assertEqual(answer.status, 200)
        resource = answer.json()
        self.assertEqual((resource["name"], resource["size"]), ("a/b.tif", "1000"))
        self.assertEqual(resource["crc32c"], crc32c_base64(crc32c(content)))
        self.assertEqual(self.request("GET", "/storage/v1/b/scenes/o/a%2Fb.tif?alt=media").body, content)

    def test_chunks_are_acknowledged_by_their_last_byte(self):
        session = self.session()
        answer = self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        self.assertEqual((answer.status, answer.headers["range"]), (308, f"bytes=0-{QUANTUM - 1}"))
        self.assertEqual(self.put(session, f"bytes {QUANTUM}-{QUANTUM}/{QUANTUM + 1}", b"b").status, 200)

    def test_chunk_that_is_no_multiple_of_256_kib_is_refused_unless_it_is_the_last(self):
        session = self.session()
        self.assertEqual(self.put(session, "bytes 0-999/2000", b"a" * 1000).status, 400)
        self.assertEqual(self.put(session, "bytes 0-999/*", b"a" * 1000).status, 400)
        self.assertEqual(self.put(session, "bytes 0-999/1000", b"a" * 1000).status, 200)

    def test_gap_is_answered_503(self):
        session = self.session()
        answer = self.put(session, f"bytes {QUANTUM}-{2 * QUANTUM - 1}/*", b"a" * QUANTUM)
        self.assertEqual(answer.status, 503)
        self.assertNotIn("range", self.put(session, "bytes */*").headers)

    def test_bytes_that_are_persisted_already_are_ignored(self):
        session = self.session()
        self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        again = self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"b" * QUANTUM)
        self.assertEqual((again.status, again.headers["range"]), (308, f"bytes=0-{QUANTUM - 1}"))
        total = 2 * QUANTUM
        self.assertEqual(self.put(session, f"bytes 0-{total - 1}/{total}", b"c" * total).status, 200)
        stored = self.request("GET", "/scenes/a/b.tif").body
        self.assertEqual(stored, b"a" * QUANTUM + b"c" * QUANTUM)

    def test_query_of_a_new_session_has_no_range_and_finishes_nothing(self):
        session = self.session()
        answer = self.put(session, "bytes */*")
        self.assertEqual(answer.status, 308)
        self.assertNotIn("range", answer.headers)

    def test_query_does_not_finish_an_upload_whose_bytes_are_all_there(self):
        session = self.session()
        self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        self.assertEqual(self.put(session, "bytes */*").status, 308)
        self.assertEqual(self.request("GET", "/scenes/a/b.tif").status, 404)
        self.assertEqual(self.put(session, f"bytes */{QUANTUM}").status, 200)
        self.assertEqual(self.put(session, "bytes */*").status, 200)

    def test_wrong_total_does_not_finish(self):
        session = self.session()
        self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        self.assertEqual(self.put(session, f"bytes */{QUANTUM + 5}").status, 308)
        declared = self.session(name="other", size=1000)
        self.assertEqual(self.put(declared, "bytes 0-998/999", b"a" * 999).status, 400)

    def test_empty_object(self):
        answer = self.put(self.session(size=0), "bytes */0")
        self.assertEqual((answer.status, answer.json()["size"], answer.json()["crc32c"]), (200, "0", "AAAAAA=="))

    def test_finished_session_answers_the_object_whatever_is_asked(self):
        session = self.session()
        first = self.put(session, "bytes 0-2/3", b"abc").json()
        for content_range, body in (("bytes */*", b""), ("bytes */3", b""), ("bytes 0-2/3", b"xyz")):
            answer = self.put(session, content_range, body)
            self.assertEqual((answer.status, answer.json()["generation"]), (200, first["generation"]))

    def test_declared_hash_is_enforced_in_googles_words(self):
        for resource, headers, word in (({"crc32c": "AAAAAA=="}, {}, "CRC32C"), ({"md5Hash": "AAAA"}, {}, "MD5"),
                                        ({}, {"X-Goog-Hash": "crc32c=AAAAAA=="}, "CRC32C")):
            session = self.session(resource=resource)
            answer = self.put(session, "bytes 0-2/3", b"abc", **headers)
            self.assertEqual(answer.status, 400)
            self.assertIn("doesn't match calculated", answer.json()["error"]["message"])
            self.assertIn(word, answer.json()["error"]["message"])
            self.assertEqual(self.request("GET", "/scenes/a/b.tif").status, 404)
            self.assertEqual(self.put(session, "bytes */*").status, 410)

    def test_precondition_is_applied_when_the_upload_completes(self):
        late = self.session()
        self.put(self.session(), "bytes 0-2/3", b"abc")
        self.assertEqual(self.put(late, "bytes 0-2/3", b"xyz").status, 412)
        self.assertEqual(self.request("GET", "/scenes/a/b.tif").body, b"abc")
        self.assertEqual(self.put(self.session(precondition=False), "bytes 0-2/3", b"xyz").status, 200)

    def test_precondition_may_be_applied_at_once(self):
        self.put(self.session(), "bytes 0-2/3", b"abc")
        self.admin("settings", {"precondition_at_initiate": True})
        self.assertEqual(self.initiate().status, 412)

    def test_session_dies_after_seven_days(self):
        session = self.session()
        self.admin("clock", {"advance_s": 7 * 86400 - 60})
        self.assertEqual(self.put(session, "bytes */*").status, 308)
        self.admin("clock", {"advance_s": 120})
        self.assertEqual(self.put(session, "bytes */*").status, 404)

    def test_cancelled_session(self):
        session = self.session()
        self.assertEqual(self.request("DELETE", session).status, 499)
        self.assertEqual(self.put(session, "bytes */*").status, 499)

    def test_missing_bucket_and_bad_metadata(self):
        path = "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=x"
        self.assertEqual(self.request("POST", path.replace("scenes", "none"), b"{}").status, 404)
        self.assertEqual(self.request("POST", path, b"not json").status, 400)

    def test_length_that_is_not_that_of_the_range_is_refused(self):
        self.assertEqual(self.put(self.session(), "bytes 0-9/10", b"abc").status, 400)
        self.assertEqual(self.put(self.session(), "bites 0-2/3", b"abc").status, 400)


class ProxiesAndClocks(DoubleTest):
    def test_308_goes_out_as_200_for_who_asks(self):
        answer = self.put(self.session(), f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM, **{"X-GUploader-No-308": "yes"})
        self.assertEqual((answer.status, answer.headers["x-http-status-code-override"]), (200, "308"))
        self.assertEqual(answer.headers["range"], f"bytes=0-{QUANTUM - 1}")

    def test_proxy_that_takes_308_for_a_redirect(self):
        self.admin("settings", {"redirect_308": True})
        session = self.session()
        self.assertEqual(self.put(session, "bytes */*").status, 302)
        self.assertEqual(self.put(session, "bytes */*", **{"X-GUploader-No-308": "yes"}).status, 200)

    def test_date_follows_the_clock(self):
        date = email.utils.parsedate_to_datetime
        before = date(self.request("GET", "/storage/v1/b/scenes").headers["date"])
        self.admin("clock", {"advance_s": 1200})
        after = date(self.request("GET", "/storage/v1/b/scenes").headers["date"])
        self.assertAlmostEqual((after - before).total_seconds(), 1200, delta=5)


class ObjectsAndBuckets(DoubleTest):
    def upload(self, content=b"abc"):
        return self.put(self.session(precondition=False), f"bytes 0-{len(content) - 1}/{len(content)}", content)

    def test_delete_of_a_generation_deletes_no_other(self):
        generation = self.upload().json()["generation"]
        path = "/storage/v1/b/scenes/o/a%2Fb.tif"
        self.assertEqual(self.request("DELETE", path + "?ifGenerationMatch=1").status, 412)
        self.assertEqual(self.request("GET", path).status, 200)
        self.assertEqual(self.request("DELETE", path + "?ifGenerationMatch=" + generation).status, 204)
        self.assertEqual(self.request("GET", path).status, 404)
        self.assertEqual(self.request("DELETE", path).status, 404)

    def test_delete_without_the_right_to(self):
        self.upload()
        self.admin("settings", {"may_delete": False})
        self.assertEqual(self.request("DELETE", "/storage/v1/b/scenes/o/a%2Fb.tif").status, 403)

    def test_name_written_twice_in_a_second_is_429(self):
        self.admin("settings", {"writes_per_name_s": 1})
        self.assertEqual(self.upload().status, 200)
        self.assertEqual(self.upload().status, 429)
        self.admin("clock", {"advance_s": 2})
        self.assertEqual(self.upload().status, 200)

    def test_session_dies_with_its_bucket(self):
        session = self.session()
        self.admin("settings", {"buckets": ["other"]})
        self.assertEqual(self.put(session, "bytes */*").status, 404)
        self.assertEqual(self.request("GET", "/storage/v1/b/scenes").status, 404)
        self.assertEqual(self.request("GET", "/storage/v1/b/other").status, 200)

    def test_silent_corruption_states_the_hash_of_what_is_stored(self):
        self.admin("faults", [{"kind": "data", "damage_stored": True}])
        session = self.session(resource={"crc32c": crc32c_base64(crc32c(b"abc"))})
        answer = self.put(session, "bytes 0-2/3", b"abc")
        self.assertEqual(answer.status, 200)
        stored = self.request("GET", "/scenes/a/b.tif").body
        self.assertNotEqual(stored, b"abc")
        self.assertEqual(answer.json()["crc32c"], crc32c_base64(crc32c(stored)))


class RetryTests(DoubleTest):
    """The names and the meaning are those of Google's storage testbench."""

    def begin(self, *instructions, method="storage.objects.insert"):
        made = self.request("POST", "/retry_test", json.dumps({"instructions": {method: instructions}}).encode())
        self.assertEqual(made.status, 200)
        self.id = made.json()["id"]
        self.headers = {"x-retry-test-id": self.id}

    def completed(self):
        return self.request("GET", "/retry_test/" + self.id).json()["completed"]

    def persisted(self, session):
        return self.put(session, "bytes */*").headers.get("range")

    def test_instructions_strike_in_order_and_only_who_names_the_test(self):
        self.begin("return-503", "return-reset-connection", "return-408")
        self.assertEqual(self.initiate().status, 200)
        self.assertEqual(self.initiate(**self.headers).status, 503)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.initiate(**self.headers)
        self.assertFalse(self.completed())
        self.assertEqual(self.initiate(**self.headers).status, 408)
        self.assertTrue(self.completed())
        self.assertEqual(self.initiate(**self.headers).status, 200)

    def test_error_after_so_many_bytes_keeps_exactly_those(self):
        self.begin("return-503-after-256K", "return-503-after-768K", "return-408")
        size = 4 * QUANTUM
        session = self.session(size=size)
        content = bytes(range(256)) * (size // 256)
        whole = self.put(session, f"bytes 0-{size - 1}/{size}", content, **self.headers)
        self.assertEqual((whole.status, self.persisted(session)), (503, f"bytes=0-{QUANTUM - 1}"))
        short = self.put(session, f"bytes {QUANTUM}-{2 * QUANTUM - 1}/{size}", content[QUANTUM:2 * QUANTUM],
                         **self.headers)
        self.assertEqual(short.status, 308)  # does not get as far as 768 KiB
        rest = self.put(session, f"bytes {2 * QUANTUM}-{size - 1}/{size}", content[2 * QUANTUM:], **self.headers)
        self.assertEqual((rest.status, self.persisted(session)), (503, f"bytes=0-{3 * QUANTUM - 1}"))
        self.assertEqual(self.put(session, "bytes */*", **self.headers).status, 408)
        last = self.put(session, f"bytes {3 * QUANTUM}-{size - 1}/{size}", content[3 * QUANTUM:], **self.headers)
        self.assertEqual(last.status, 200)
        self.assertEqual(self.request("GET", "/scenes/a/b.tif").body, content)

    def test_broken_stream_strikes_the_final_chunk(self):
        self.begin(f"return-broken-stream-final-chunk-after-{QUANTUM}B")
        session = self.session()
        self.assertEqual(self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM, **self.headers).status, 308)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.put(session, f"bytes {QUANTUM}-{3 * QUANTUM - 1}/{3 * QUANTUM}", b"a" * (2 * QUANTUM), **self.headers)
        self.assertEqual(self.persisted(session), f"bytes=0-{2 * QUANTUM - 1}")

    def test_methods_are_told_apart(self):
        self.begin("return-503", method="storage.objects.get")
        self.assertEqual(self.put(self.session(), "bytes 0-2/3", b"abc", **self.headers).status, 200)
        self.assertEqual(self.request("GET", "/storage/v1/b/scenes/o/a%2Fb.tif", headers=self.headers).status, 503)

    def test_unknown_instructions_and_methods_and_tests_are_refused(self):
        for instructions in ({"storage.objects.insert": ["return-nothing"]}, {"storage.objects.upset": ["return-503"]}):
            made = self.request("POST", "/retry_test", json.dumps({"instructions": instructions}).encode())
            self.assertEqual(made.status, 400)
        self.begin("return-503")
        self.assertEqual(self.request("DELETE", "/retry_test/" + self.id).status, 200)
        self.assertEqual(self.request("GET", "/retry_test/" + self.id).status, 404)


class FaultsOnOrder(DoubleTest):
    def fault(self, **fault):
        self.admin("faults", [fault])

    def persisted(self, session):
        return self.put(session, "bytes */*").headers.get("range")

    def test_status_once_then_normal(self):
        self.fault(kind="initiate", status=503, headers={"Retry-After": "3"})
        refused = self.initiate()
        self.assertEqual((refused.status, refused.headers["retry-after"]), (503, "3"))
        self.assertEqual(self.initiate().status, 200)

    def test_skip_and_times(self):
        self.fault(kind="initiate", status=503, skip=1, times=2)
        self.assertEqual([self.initiate().status for _ in range(4)], [200, 503, 503, 200])

    def test_cut_body_keeps_whole_quanta(self):
        session = self.session()
        self.fault(kind="data", reset_after_bytes=2 * QUANTUM + 100)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.put(session, f"bytes 0-{4 * QUANTUM - 1}/*", b"a" * (4 * QUANTUM))
        self.assertEqual(self.persisted(session), f"bytes=0-{2 * QUANTUM - 1}")

    def test_dropped_answer_of_a_finished_upload(self):
        session = self.session()
        self.fault(kind="data", drop_answer=True)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.put(session, "bytes 0-2/3", b"abc")
        self.assertEqual(self.put(session, "bytes */*").status, 200)

    def test_truncated_answer(self):
        self.fault(kind="data", truncate_answer=20)
        answer = self.put(self.session(), "bytes 0-2/3", b"abc")
        self.assertEqual((answer.status, len(answer.body)), (200, 20))

    def test_partial_commit_late_commit_and_forgetting(self):
        session = self.session()
        chunk = b"a" * (2 * QUANTUM)
        self.fault(kind="data", commit_bytes=QUANTUM)
        answer = self.put(session, f"bytes 0-{2 * QUANTUM - 1}/*", chunk)
        self.assertEqual(answer.headers["range"], f"bytes=0-{QUANTUM - 1}")
        self.fault(kind="data", unreported_bytes=2 * QUANTUM)
        answer = self.put(session, f"bytes {QUANTUM}-{3 * QUANTUM - 1}/*", chunk)
        self.assertEqual(answer.headers["range"], f"bytes=0-{QUANTUM - 1}")
        self.assertEqual(self.persisted(session), f"bytes=0-{3 * QUANTUM - 1}")
        self.fault(kind="query", forget_bytes=QUANTUM)
        self.assertEqual(self.persisted(session), f"bytes=0-{2 * QUANTUM - 1}")

    def test_308_without_range_although_bytes_are_kept(self):
        session = self.session()
        self.fault(kind="data", omit_range=True)
        answer = self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        self.assertEqual(answer.status, 308)
        self.assertNotIn("range", answer.headers)
        self.assertEqual(self.persisted(session), f"bytes=0-{QUANTUM - 1}")

    def test_lost_session_and_work_done_before_a_503(self):
        session = self.session()
        self.fault(kind="data", status=503, after=True)
        self.assertEqual(self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM).status, 503)
        self.assertEqual(self.persisted(session), f"bytes=0-{QUANTUM - 1}")
        self.fault(kind="query", lose_session=410)
        self.assertEqual(self.put(session, "bytes */*").status, 410)

    def test_early_completion_by_a_query(self):
        session = self.session(size=QUANTUM)
        self.put(session, f"bytes 0-{QUANTUM - 1}/*", b"a" * QUANTUM)
        self.fault(kind="query", complete=True)
        self.assertEqual(self.put(session, "bytes */*").status, 200)

    def test_requests_are_remembered(self):
        self.put(self.session(), "bytes 0-2/3", b"abc")
        seen = self.admin("requests", method="GET")
        self.assertEqual([(r["kind"], r["status"], r["body_bytes"]) for r in seen][1:], [("data", 200, 3)])


class Reading(DoubleTest):
    def setUp(self):
        super().setUp()
        self.admin("objects", {"bucket": "scenes", "name": "p/q.tif",
                               "content_base64": base64.b64encode(bytes(range(100))).decode()})

    def test_ranges(self):
        for header, expected in (("bytes=0-9", bytes(range(10))), ("bytes=90-", bytes(range(90, 100))),
                                 ("bytes=-5", bytes(range(95, 100))), ("bytes=98-500", bytes([98, 99]))):
            answer = self.request("GET", "/scenes/p/q.tif", headers={"Range": header})
            self.assertEqual((answer.status, answer.body), (206, expected), header)
        self.assertEqual(self.request("GET", "/scenes/p/q.tif", headers={"Range": "bytes=100-"}).status, 416)

    def test_head_and_metadata_and_list(self):
        head = self.request("HEAD", "/scenes/p/q.tif")
        self.assertEqual((head.status, head.headers["content-length"], head.body), (200, "100", b""))
        self.assertEqual(self.request("GET", "/storage/v1/b/scenes/o/p%2Fq.tif").json()["size"], "100")
        listed = self.request("GET", "/storage/v1/b/scenes/o?prefix=p/").json()
        self.assertEqual([item["name"] for item in listed["items"]], ["p/q.tif"])
        self.assertEqual(self.request("GET", "/storage/v1/b/scenes/o?prefix=z").json()["items"], [])


class Tokens(unittest.TestCase):
    def connect(self, server):
        connection = http.client.HTTPConnection(*server.server_address, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def test_requests_without_a_good_token_are_refused_but_sessions_need_none(self):
        server = gcs_double.start(["scenes"], token_check=lambda header, _: "" if header == "Bearer good" else "bad")
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        path = "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=x"
        statuses, session = [], None
        for headers in ({}, {"Authorization": "Bearer bad"}, {"Authorization": "Bearer good"}):
            connection = self.connect(server)
            connection.request("POST", path, b"{}", headers)
            answer = Answer(connection.getresponse())
            statuses.append(answer.status)
            session = answer.headers.get("location")
        self.assertEqual(statuses, [401, 401, 200])
        connection = self.connect(server)
        connection.request("PUT", "/" + session.split("/", 3)[3], b"abc", {"Content-Range": "bytes 0-2/3"})
        self.assertEqual(Answer(connection.getresponse()).status, 200)

    def test_tokens_are_checked_with_openssl(self):
        with tempfile.TemporaryDirectory() as folder:
            private, public = os.path.join(folder, "key.pem"), os.path.join(folder, "public.pem")
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                            "-out", private], check=True, capture_output=True)
            subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
            now = int(time.time())

            def encode(value):
                return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

            def token(**changes):
                claims = {"iss": "a@b", "sub": "a@b", "aud": "https://x/", "iat": now, "exp": now + 3600, **changes}
                text = encode({"alg": "RS256", "typ": "JWT", "kid": "k"}) + "." + encode(claims)
                signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", private], input=text.encode(),
                                        check=True, capture_output=True).stdout
                return text + "." + base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

            self.assertEqual(jwt_check.problem(token(), public, "https://x/", now), "")
            self.assertIn("expired", jwt_check.problem(token(), public, "https://x/", now + 3601))
            self.assertIn("audience", jwt_check.problem(token(), public, "https://y/", now))
            self.assertIn("iat + 3600", jwt_check.problem(token(exp=now + 9), public, "https://x/", now))
            parts = token().split(".")
            other = token(iat=now - 1, exp=now + 3599).split(".")
            mixed = ".".join([parts[0], other[1], parts[2]])
            self.assertIn("signature", jwt_check.problem(mixed, public, "https://x/", now))


class Restart(unittest.TestCase):
    def test_objects_survive_in_a_directory_and_sessions_do_not(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gcs_double.py")
            command = [sys.executable, program, "--bucket", "scenes", "--directory", folder, "--exit-on-stdin-eof"]
            session = None
            for run in range(2):
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                connection = http.client.HTTPConnection("127.0.0.1", int(process.stdout.readline()), timeout=20)
                if run == 0:
                    connection.request("POST", "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=x%2Fy", b"{}")
                    session = "/" + Answer(connection.getresponse()).headers["location"].split("/", 3)[3]
                    connection.request("PUT", session, b"abc", {"Content-Range": "bytes 0-2/3"})
                    self.assertEqual(Answer(connection.getresponse()).status, 200)
                else:
                    connection.request("GET", "/scenes/x/y")
                    self.assertEqual(Answer(connection.getresponse()).body, b"abc")
                    connection.request("PUT", session, b"", {"Content-Range": "bytes */*", "Content-Length": "0"})
                    self.assertEqual(Answer(connection.getresponse()).status, 404)
                connection.close()
                process.stdin.close()
                self.assertEqual(process.wait(timeout=20), 0)
                process.stdout.close()


if __name__ == "__main__":
    unittest.main()
