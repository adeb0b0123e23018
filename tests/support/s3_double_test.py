"""s3_double.py and fault_proxy.py against the facts they are written from."""

import base64
import datetime
import hashlib
import http.client
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import aws_sigv4  # noqa: E402
import fault_proxy  # noqa: E402
import s3_double  # noqa: E402
from gcs_store import crc32c, crc32c_base64  # noqa: E402

NAME = "/scenes/a/b%20c"


class Answer:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def code(self):
        return ElementTree.fromstring(self.body).findtext("Code") if self.body else None

    def text(self, name):
        return ElementTree.fromstring(self.body).findtext(f"{{{s3_double.NAMESPACE}}}{name}")


class DoubleTest(unittest.TestCase):
    def setUp(self):
        self.server = s3_double.start(["scenes"])
        self.port = self.server.server_address[1]
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.double = self.server.double
        self.double.store.part_min_bytes = 4

    def request(self, method, target, body=b"", headers=None, shift_s=0, key=s3_double.ACCESS_KEY, port=None):
        url = f"http://127.0.0.1:{port or self.port}{target}"
        given = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest(), **(headers or {})}
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift_s)
        signed = aws_sigv4.sign(method, url, given, key, s3_double.SECRET_KEY, s3_double.REGION, now)
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request(method, target, body, signed)
        return Answer(connection.getresponse())

    def create(self, **headers):
        return self.request("POST", NAME + "?uploads=", headers=headers).text("UploadId")

    def part(self, upload, number, body, **headers):
        return self.request("PUT", f"{NAME}?partNumber={number}&uploadId={upload}", body, headers)

    def complete(self, upload, tags, headers=None, more=""):
        rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{t}</ETag>{more}</Part>" for n, t in tags)
        body = f'<CompleteMultipartUpload xmlns="{s3_double.NAMESPACE}">{rows}</CompleteMultipartUpload>'.encode()
        return self.request("POST", f"{NAME}?uploadId={upload}", body, headers)


class Objects(DoubleTest):
    def test_put_get_and_head(self):
        put = self.request("PUT", NAME, b"abc", {"x-amz-meta-sha256": "1"})
        self.assertEqual((put.status, put.headers["etag"]), (200, f'"{hashlib.md5(b"abc").hexdigest()}"'))
        head = self.request("HEAD", NAME)
        self.assertEqual((head.status, head.headers["content-length"]), (200, "3"))
        self.assertEqual(head.headers["x-amz-meta-sha256"], "1")
        self.assertEqual(self.request("GET", NAME).body, b"abc")
        self.assertEqual(self.request("HEAD", "/scenes/none").status, 404)
        self.assertEqual(self.request("PUT", "/nowhere/x", b"abc").code, "NoSuchBucket")

    def test_create_only(self):
        condition = {"If-None-Match": "*"}
        self.assertEqual([self.request("PUT", NAME, b"abc", condition).status for _ in range(2)], [200, 412])
        self.double.store.if_none_match = False
        self.assertEqual(self.request("PUT", NAME, b"abc", condition).status, 501)

    def test_digests(self):
        for headers, code in (({"Content-MD5": base64.b64encode(bytes(16)).decode()}, "BadDigest"),
                              ({"x-amz-content-sha256": "0" * 64}, "XAmzContentSHA256Mismatch"),
                              ({"x-amz-checksum-crc32c": "AAAAAA=="}, "BadDigest")):
            self.assertEqual(self.request("PUT", NAME, b"abc", headers).code, code)
        good = {"x-amz-checksum-crc32c": crc32c_base64(crc32c(b"abc"))}
        self.assertEqual(self.request("PUT", NAME, b"abc", good).status, 200)

    def test_keys_and_clock(self):
        self.assertEqual(self.request("PUT", NAME, b"abc", key="OTHER").code, "InvalidAccessKeyId")
        late = self.request("PUT", NAME, b"abc", shift_s=-1200)
        self.assertEqual((late.status, late.code), (403, "RequestTimeTooSkewed"))
        self.double.clock_offset_s = -1200
        self.assertEqual(self.request("PUT", NAME, b"abc", shift_s=-1200).status, 200)
        self.double.expired_tokens = ["T1"]
        self.assertEqual(self.request("PUT", NAME, b"x", {"x-amz-security-token": "T1"}, shift_s=-1200).code,
                         "ExpiredToken")


class Multipart(DoubleTest):
    def test_parts_become_an_object(self):
        upload = self.create()
        tags = [(n, self.part(upload, n, body).headers["etag"]) for n, body in ((1, b"aaaa"), (2, b"bbbb"), (3, b"c"))]
        done = self.complete(upload, tags)
        self.assertEqual(done.status, 200)
        self.assertTrue(done.text("ETag").endswith('-3"'))
        self.assertEqual(self.request("GET", NAME).body, b"aaaabbbbc")

    def test_listing_in_pages(self):
        upload = self.create()
        for number in (1, 2, 5):
            self.part(upload, number, b"aaaa")
        first = self.request("GET", f"{NAME}?max-parts=2&part-number-marker=0&uploadId={upload}")
        self.assertEqual((first.text("IsTruncated"), first.text("NextPartNumberMarker")), ("true", "2"))
        rest = self.request("GET", f"{NAME}?max-parts=2&part-number-marker=2&uploadId={upload}")
        self.assertEqual((rest.text("IsTruncated"), rest.body.count(b"<Part>")), ("false", 1))

    def test_refused_completions(self):
        upload = self.create()
        tags = [(n, self.part(upload, n, body).headers["etag"]) for n, body in ((1, b"aaaa"), (2, b"b"), (3, b"c"))]
        self.assertEqual(self.complete(upload, tags).code, "EntityTooSmall")
        self.assertEqual(self.complete(upload, tags[1::-1]).code, "InvalidPartOrder")
        self.assertEqual(self.complete(upload, [(1, "x")]).code, "InvalidPart")
        self.assertEqual(self.complete(upload, [(7, "x")]).code, "InvalidPart")
        self.assertEqual(self.complete(upload, tags[:1], {"x-amz-mp-object-size": "3"}).code, "InvalidRequest")
        self.request("PUT", NAME, b"there")
        self.assertEqual(self.complete(upload, tags[:1], {"If-None-Match": "*"}).status, 412)

    def test_checksums_need_the_algorithm_of_the_upload(self):
        checksum = {"x-amz-checksum-crc32c": crc32c_base64(crc32c(b"aaaa"))}
        self.assertEqual(self.part(self.create(), 1, b"aaaa", **checksum).code, "InvalidRequest")
        upload = self.create(**{"x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT"})
        tag = self.part(upload, 1, b"aaaa", **checksum).headers["etag"]
        self.assertEqual(self.complete(upload, [(1, tag)], checksum).code, "InvalidRequest")
        of_part = f"<ChecksumCRC32C>{checksum['x-amz-checksum-crc32c']}</ChecksumCRC32C>"
        wrong = {"x-amz-checksum-crc32c": "AAAAAA=="}
        self.assertEqual(self.complete(upload, [(1, tag)], wrong, of_part).code, "BadDigest")
        done = self.complete(upload, [(1, tag)], checksum, of_part)
        self.assertEqual((done.text("ChecksumType"), done.text("ChecksumCRC32C")),
                         ("FULL_OBJECT", checksum["x-amz-checksum-crc32c"]))

    def test_completing_twice_and_giving_up(self):
        upload = self.create()
        tag = self.part(upload, 1, b"a").headers["etag"]
        self.assertEqual([self.complete(upload, [(1, tag)]).status for _ in range(2)], [200, 200])
        self.double.store.complete_twice = False
        self.assertEqual(self.complete(upload, [(1, tag)]).code, "NoSuchUpload")
        upload = self.create()
        self.assertIn(upload.encode(), self.request("GET", "/scenes?uploads=").body)
        self.assertEqual([self.request("DELETE", f"{NAME}?uploadId={upload}").status for _ in range(2)], [204, 404])

    def test_answers_on_order(self):
        self.double.faults.append({"operation": "CompleteMultipartUpload", "status": 200, "code": "InternalError"})
        answer = self.complete(self.create(), [(1, "x")])
        code = ElementTree.fromstring(answer.body.strip()).findtext("Code")
        self.assertEqual((answer.status, code), (200, "InternalError"))


class Broken(DoubleTest):
    """The proxy in front of the double."""

    def setUp(self):
        super().setUp()
        self.proxy_port, self.proxy = fault_proxy.start(f"http://127.0.0.1:{self.port}")

    def put(self, **fault):
        if fault:
            self.proxy.faults.append({"method": "PUT", **fault})
        digest = {"Content-MD5": base64.b64encode(hashlib.md5(b"abcdef").digest()).decode()}
        return self.request("PUT", NAME, b"abcdef", digest, port=self.proxy_port)

    def stored(self):
        return "a/b c" in self.double.store.objects["scenes"]

    def test_what_is_not_to_be_broken_goes_through(self):
        self.assertEqual(self.put().status, 200)
        self.assertEqual(self.request("GET", NAME, port=self.proxy_port).body, b"abcdef")
        self.assertEqual([row["status"] for row in self.proxy.requests], [200, 200])

    def test_cut_body(self):
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.put(cut_body_after=3)
        self.assertFalse(self.stored())

    def test_dropped_answer(self):
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.put(drop_answer=True)
        self.assertTrue(self.stored())

    def test_flipped_bit_is_seen_by_the_server(self):
        self.assertEqual(self.put(flip_bit=True).code, "BadDigest")

    def test_own_status_and_skip(self):
        self.proxy.faults.append({"method": "PUT", "status": 503, "skip": 1, "headers": {"Retry-After": "3"}})
        self.assertEqual(self.put().status, 200)
        answer = self.put()
        self.assertEqual((answer.status, answer.headers["retry-after"]), (503, "3"))


if __name__ == "__main__":
    unittest.main()
