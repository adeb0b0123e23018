"""AWS Signature Version 4 in its header form: makes and checks signatures of S3 requests.

Written from AWS's documentation ("Authenticating Requests: Using the Authorization Header"), apart from the uploader's
own signer, so that the two can disagree; aws_sigv4_test.py compares it with botocore.
"""

import datetime
import hashlib
import hmac
import re
import urllib.parse

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request,\s*"
                           r"SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$")
SKEW_LIMIT_S = 15 * 60


def _quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def _canonical(method, path, query, headers, signed, payload_sha256):
    pairs = sorted((_quote(name), _quote(value)) for name, value in
                   urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=False))
    lines = [method, path or "/", "&".join(f"{name}={value}" for name, value in pairs)]
    lines += [f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed]
    return "\n".join([*lines, "", ";".join(signed), payload_sha256])


def _signature(secret, date, region, service, stamp, canonical):
    key = ("AWS4" + secret).encode()
    for step in (date, region, service, "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    scope = f"{date}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign(method, url, headers, access_key, secret_key, region, now, service="s3"):
    """The headers with the signature added; the body's hash is in x-amz-content-sha256, or it is empty."""
    parts = urllib.parse.urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    signed_headers = {**headers, "x-amz-date": stamp}
    signed_headers.setdefault("x-amz-content-sha256", EMPTY_SHA256)
    lower = {name.lower(): value for name, value in signed_headers.items()}
    lower["host"] = parts.netloc
    names = sorted(lower)
    canonical = _canonical(method, parts.path, parts.query, lower, names, lower["x-amz-content-sha256"])
    signature = _signature(secret_key, stamp[:8], region, service, stamp, canonical)
    signed_headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{stamp[:8]}/{region}/{service}/aws4_request, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}")
    return signed_headers


def problem(method, path, query, headers, secret_keys, region, now):
    """None, or (code, message) of the error that S3 answers. `headers` by lower-case name, `now` a UTC datetime."""
    match = AUTHORIZATION.match(headers.get("authorization", ""))
    if not match:
        return "AccessDenied", "Access Denied"
    access_key, date, scope_region, service, names, signature = match.groups()
    if access_key not in secret_keys:
        return "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
    if scope_region != region or service != "s3":
        return "AuthorizationHeaderMalformed", f"the region '{scope_region}' is wrong; expecting '{region}'"
    signed = names.split(";")
    must = {"host", "x-amz-content-sha256"} | {name for name in headers if name.startswith("x-amz-")}
    if signed != sorted(signed) or not must <= set(signed):
        return "AccessDenied", "There were headers present in the request which were not signed"
    stamp = headers.get("x-amz-date", "")
    try:
        at = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"
    if abs((at - now).total_seconds()) > SKEW_LIMIT_S:
        return "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
    canonical = _canonical(method, path, query, headers, signed, headers["x-amz-content-sha256"])
    if signature != _signature(secret_keys[access_key], date, region, service, stamp, canonical):
        return "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."
    return None
