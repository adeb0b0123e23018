"""aws_sigv4.py against AWS's documented examples, and against botocore where that is installed."""

import datetime
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import aws_sigv4  # noqa: E402

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    botocore = None

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AT = datetime.datetime(2013, 5, 24, tzinfo=datetime.timezone.utc)
URL = "https://examplebucket.s3.amazonaws.com"


def signature(headers):
    return headers["Authorization"].rsplit("Signature=", 1)[1]


class Documented(unittest.TestCase):
    def test_get_object(self):
        signed = aws_sigv4.sign("GET", URL + "/test.txt", {"Range": "bytes=0-9"}, KEY, SECRET, "us-east-1", AT)
        self.assertEqual(signature(signed), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")

    def test_list_objects(self):
        signed = aws_sigv4.sign("GET", URL + "/?max-keys=2&prefix=J", {}, KEY, SECRET, "us-east-1", AT)
        self.assertEqual(signature(signed), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")


class Checking(unittest.TestCase):
    def problem(self, change=None, now=AT, region="us-east-1"):
        signed = aws_sigv4.sign("PUT", URL + "/a%20b?uploads=", {"x-amz-meta-a": "b  c"}, KEY, SECRET, "us-east-1", AT)
        headers = {name.lower(): value for name, value in signed.items()} | {"host": "examplebucket.s3.amazonaws.com"}
        headers |= change or {}
        found = aws_sigv4.problem("PUT", "/a%20b", "uploads=", headers, {KEY: SECRET}, region, now)
        return found and found[0]

    def test_good_signature(self):
        self.assertIsNone(self.problem())

    def test_anything_changed(self):
        self.assertEqual(self.problem({"x-amz-meta-a": "x"}), "SignatureDoesNotMatch")
        self.assertEqual(self.problem({"x-amz-meta-b": "unsigned"}), "AccessDenied")
        self.assertEqual(self.problem({"authorization": ""}), "AccessDenied")
        self.assertEqual(self.problem(region="eu-west-1"), "AuthorizationHeaderMalformed")

    def test_clock(self):
        self.assertIsNone(self.problem(now=AT + datetime.timedelta(minutes=14)))
        self.assertEqual(self.problem(now=AT + datetime.timedelta(minutes=16)), "RequestTimeTooSkewed")
        self.assertEqual(self.problem(now=AT - datetime.timedelta(minutes=16)), "RequestTimeTooSkewed")


@unittest.skipIf(botocore is None, "python3-botocore is not installed")
class AgainstBotocore(unittest.TestCase):
    def test_botocore_is_accepted(self):
        for method, path, query, extra, token in (
                ("GET", "/b/x", "", {}, None), ("PUT", "/b/a%20b/c%2Bd", "partNumber=3&uploadId=2~a%2F", {}, None),
                ("POST", "/b/x", "uploads=", {"Content-Type": "image/tiff", "x-amz-meta-sha256": "0" * 64}, "TOKEN"),
                ("PUT", "/b/x", "", {"If-None-Match": "*", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, None)):
            url = "http://127.0.0.1:7480" + path + ("?" + query if query else "")
            request = botocore.awsrequest.AWSRequest(method=method, url=url, data=b"abc", headers=extra)
            credentials = botocore.credentials.Credentials(KEY, SECRET, token)
            botocore.auth.S3SigV4Auth(credentials, "s3", "eu-west-1").add_auth(request)
            headers = {name.lower(): value for name, value in request.headers.items()} | {"host": "127.0.0.1:7480"}
            now = datetime.datetime.now(datetime.timezone.utc)
            self.assertIsNone(aws_sigv4.problem(method, path, query, headers, {KEY: SECRET}, "eu-west-1", now), path)


if __name__ == "__main__":
    unittest.main()
