#!/usr/bin/python3
"""How much of a slow, unreliable link carries new bytes: our uploads beside plain curl, over a link of 20 Mbit/s.

    DOWNLINKD_SOURCE=. DOWNLINKD_BINARY=build/release tests/bench/link.py [--megabytes 60] [--limit 10Mbit/s]

A token-bucket filter makes the link (own network namespaces, root). One request in a hundred is answered 503. curl
sends one file of the same size without failures: what the link gives at best. Prints ratios; fails on nothing.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(os.environ["DOWNLINKD_SOURCE"]) / "tests/fault"))
import delivery  # noqa: E402
import network  # noqa: E402

RATE_BIT_PER_S = 20_000_000
UPLOAD = "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=curl"


def curl(hosts, bucket, file):
    """Seconds that one plain PUT of the file takes."""
    session = subprocess.run([*hosts.on_client(), "curl", "-s", "-o", "/dev/null", "-D", "-", "-X", "POST", "-H",
                              "Content-Type: application/json", "-d", "{}", bucket.url + UPLOAD],
                             capture_output=True, text=True, check=True).stdout
    location = next(line.split(": ", 1)[1].strip() for line in session.splitlines()
                    if line.lower().startswith("location"))
    size = file.stat().st_size
    begin = time.monotonic()
    subprocess.run([*hosts.on_client(), "curl", "-s", "-f", "-o", "/dev/null", "-H", "Expect:", "-H",
                    f"Content-Range: bytes 0-{size - 1}/{size}", "-T", str(file), location], check=True)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--chunk-mib", type=int, default=1)
    arguments = parser.parse_args()
    network.need_it()
    with network.Network() as hosts, delivery.temporary_folder() as folder:
        band_bytes = arguments.megabytes * 1_000_000 // 4
        spool = delivery.Spool(folder, scenes=3, band_bytes=band_bytes)
        new_bytes = sum(path.stat().st_size for path in folder.glob("scenes/*/*"))
        plain = folder / "plain"
        plain.write_bytes(os.urandom(new_bytes))
        with network.RemoteBucket(hosts) as bucket:
            hosts.rate("20mbit")
            best_s = curl(hosts, bucket, plain)
        with network.RemoteBucket(hosts) as bucket:
            bucket.fault(*({"kind": "data", "skip": 50 + 100 * i, "status": 503} for i in range(10)))
            before = hosts.sent_bytes()
            begin = time.monotonic()
            subprocess.run([*hosts.on_client(), *delivery.deliver_command(
                folder, bucket.url, "--chunk-bytes", str(arguments.chunk_mib << 20), "--retry-ms", "5000")], check=True)
            ours_s = time.monotonic() - begin
            wire = hosts.sent_bytes() - before
            delivery.check_everything_once(spool, folder, bucket.objects())
            sent = sum(request["body_bytes"] for request in bucket.requests())
    ideal_s = new_bytes * 8 / RATE_BIT_PER_S
    print(f"new bytes {new_bytes}, body bytes sent {sent}, bytes on the wire {wire}")
    print(f"the link at its rate {ideal_s:.1f} s, plain curl {best_s:.1f} s, ours with failures {ours_s:.1f} s")
    print(f"new bytes on the link: {100 * ideal_s / ours_s:.1f} % of its rate; curl {100 * ideal_s / best_s:.1f} %; "
          f"ours / curl {best_s / ours_s:.3f}; sent twice {100 * (sent - new_bytes) / new_bytes:.2f} %")


if __name__ == "__main__":
    main()
