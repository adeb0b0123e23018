"""What an S3 bucket is to an uploader: objects, multipart uploads, and their rules as Amazon's API reference has them.

Pure: no sockets, no wall clock. Written from the facts ("uplink", section 1.2; API reference of PutObject, UploadPart,
ListParts, CompleteMultipartUpload), never from the uploader's code.
"""

import base64
import hashlib
import itertools

from gcs_store import crc32c, crc32c_base64

MOST_PARTS = 10_000


class Refusal(Exception):
    def __init__(self, status, code, message=""):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


class StoredObject:
    def __init__(self, content, tag, headers, version):
        self.content, self.tag, self.headers, self.version = content, tag, headers, version
        self.crc32c = crc32c_base64(crc32c(content))


class Part:
    def __init__(self, content, checksum):
        self.content, self.checksum = content, checksum
        self.tag = hashlib.md5(content).hexdigest()


class Upload:
    def __init__(self, bucket, name, headers, algorithm, checksum_type):
        self.bucket, self.name, self.headers = bucket, name, headers
        self.algorithm, self.checksum_type = algorithm, checksum_type
        self.parts = {}


def check_digests(content, headers):
    """Refuses a body that is not what the headers declare. The CRC-32C that was declared, or None."""
    declared = headers.get("content-md5")
    if declared is not None and base64.b64decode(declared) != hashlib.md5(content).digest():
        raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    declared = headers.get("x-amz-content-sha256", "")
    if declared != "UNSIGNED-PAYLOAD" and declared != hashlib.sha256(content).hexdigest():
        raise Refusal(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match.")
    declared = headers.get("x-amz-checksum-crc32c")
    if declared is not None and declared != crc32c_base64(crc32c(content)):
        raise Refusal(400, "BadDigest", "The CRC32C you specified did not match the calculated checksum.")
    return declared


class Store:
    def __init__(self, buckets):
        self.objects = {bucket: {} for bucket in buckets}
        self.uploads = {}
        self.ids = itertools.count(1)
        # What servers differ in, and rare answers on order.
        self.part_min_bytes = 5 << 20
        self.page_limit = 1000
        self.if_none_match = True   # False: 501, as Swift
        self.complete_twice = True  # a second CompleteMultipartUpload succeeds (RGW, Swift); False: NoSuchUpload
        self.completed = {}

    def bucket(self, name):
        if name not in self.objects:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
        return self.objects[name]

    def check_condition(self, bucket, name, headers):
        if "if-none-match" not in headers:
            return
        if not self.if_none_match:
            raise Refusal(501, "NotImplemented", "A header you provided implies functionality that is not implemented.")
        if headers["if-none-match"] != "*":
            raise Refusal(501, "NotImplemented", "If-None-Match takes * only")
        if name in self.bucket(bucket):
            raise Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")

    @staticmethod
    def kept_headers(headers):
        return {name: value for name, value in headers.items()
                if name.startswith("x-amz-meta-") or name == "content-type"}

    def put(self, bucket, name, content, headers):
        check_digests(content, headers)
        self.check_condition(bucket, name, headers)
        tag = hashlib.md5(content).hexdigest()
        stored = StoredObject(content, tag, self.kept_headers(headers), str(next(self.ids)))
        self.bucket(bucket)[name] = stored
        return stored

    def get(self, bucket, name):
        if name not in self.bucket(bucket):
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
        return self.objects[bucket][name]

    def create(self, bucket, name, headers):
        self.bucket(bucket)
        upload_id = f"upload-{next(self.ids)}"
        self.uploads[upload_id] = Upload(bucket, name, self.kept_headers(headers),
                                         headers.get("x-amz-checksum-algorithm"), headers.get("x-amz-checksum-type"))
        return upload_id

    def upload(self, bucket, name, upload_id):
        found = self.uploads.get(upload_id)
        if found is None or (found.bucket, found.name) != (bucket, name):
            raise Refusal(404, "NoSuchUpload", "The specified upload does not exist.")
        return found

    def put_part(self, bucket, name, upload_id, number, content, headers):
        upload = self.upload(bucket, name, upload_id)
        if not 1 <= number <= MOST_PARTS:
            raise Refusal(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
        checksum = check_digests(content, headers)
        if checksum is not None and upload.algorithm != "CRC32C":
            raise Refusal(400, "InvalidRequest", f"Checksum Type mismatch occurred, expected: {upload.algorithm}")
        upload.parts[number] = Part(content, checksum)
        return upload.parts[number]

    def list_parts(self, bucket, name, upload_id, marker, limit):
        """([(number, part)], whether there is more)"""
        upload = self.upload(bucket, name, upload_id)
        rest = sorted((number, part) for number, part in upload.parts.items() if number > marker)
        limit = min(limit, self.page_limit)
        return rest[:limit], len(rest) > limit

    def complete(self, bucket, name, upload_id, wanted, headers):
        """`wanted`: [(number, tag, checksum or None)]"""
        if self.complete_twice and upload_id in self.completed:
            return self.completed[upload_id]
        upload = self.upload(bucket, name, upload_id)
        self.check_condition(bucket, name, headers)
        if not wanted:
            raise Refusal(400, "MalformedXML", "The XML you provided was not well-formed")
        if [number for number, _, _ in wanted] != sorted({number for number, _, _ in wanted}):
            raise Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
        content, tags = b"", b""
        for number, tag, checksum in wanted:
            part = upload.parts.get(number)
            if part is None or part.tag != tag or (checksum is not None and checksum != part.checksum):
                raise Refusal(400, "InvalidPart", "One or more of the specified parts could not be found.")
            if part.checksum is not None and checksum is None:
                raise Refusal(400, "InvalidRequest", f"The checksum of part {number} is missing.")
            if len(part.content) < self.part_min_bytes and number != wanted[-1][0]:
                raise Refusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
            content += part.content
            tags += hashlib.md5(part.content).digest()
        declared = headers.get("x-amz-checksum-crc32c")
        if declared is not None and upload.checksum_type == "FULL_OBJECT" and \
                declared != crc32c_base64(crc32c(content)):
            raise Refusal(400, "BadDigest", "The crc32c you specified did not match the calculated checksum.")
        size = headers.get("x-amz-mp-object-size")
        if size is not None and int(size) != len(content):
            raise Refusal(400, "InvalidRequest", "The size of the object is not the x-amz-mp-object-size.")
        tag = f"{hashlib.md5(tags).hexdigest()}-{len(wanted)}"
        stored = StoredObject(content, tag, upload.headers, str(next(self.ids)))
        stored.checksum_type = upload.checksum_type
        self.bucket(bucket)[name] = stored
        del self.uploads[upload_id]
        self.completed[upload_id] = stored
        return stored

    def abort(self, bucket, name, upload_id):
        self.upload(bucket, name, upload_id)
        del self.uploads[upload_id]
