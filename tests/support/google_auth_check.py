"""Google's own library as the judge of our tokens: `google_auth_check.py PUBLIC_KEY.pem AUDIENCE`, a token per line on
stdin; says "good" and the claims, or "bad" and why. Exit code 77: the library is not here."""

import json
import sys

try:
    from google.auth import jwt
except ImportError:
    sys.exit(77)


def main():
    with open(sys.argv[1], "rb") as file:
        public_key = file.read()
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            print("good", json.dumps(jwt.decode(line.strip(), certs=public_key, audience=sys.argv[2])), flush=True)
        except ValueError as error:
            print("bad", error, flush=True)


if __name__ == "__main__":
    main()
