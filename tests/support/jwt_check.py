"""Checks a self-signed service-account token (AIP-4111) with the openssl program, independently of our signer."""

import base64
import json
import subprocess
import tempfile


def _decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def problem(token, public_key, audience, now_s):
    """What is wrong with the token, or an empty string."""
    parts = token.split(".")
    if len(parts) != 3:
        return "not three parts"
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError:
        return "not base64url of JSON"
    if header.get("alg") != "RS256" or header.get("typ") != "JWT" or not header.get("kid"):
        return f"header {header}"
    if claims.get("aud") != audience:
        return f"audience '{claims.get('aud')}', expected '{audience}'"
    if not claims.get("iss") or claims["iss"] != claims.get("sub"):
        return "iss and sub differ or are missing"
    if claims.get("exp", 0) - claims.get("iat", 0) != 3600:
        return "exp is not iat + 3600"
    # Google allows some skew between clocks.
    if claims["iat"] > now_s + 60:
        return "issued in the future"
    if claims["exp"] < now_s:
        return "Token expired"
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        checked = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", file.name],
                                 input=".".join(parts[:2]).encode(), capture_output=True, check=False)
    return "" if checked.returncode == 0 else "Could not verify token signature"


def checker(public_key, audience):
    def check(authorization, now_s):
        if not authorization.startswith("Bearer "):
            return "no bearer token"
        return problem(authorization[len("Bearer "):], public_key, audience, now_s)
    return check
