#!/usr/bin/python3
"""A week without a link, 100,000 scenes queued, then a link that loses a tenth of all packets.

    DOWNLINKD_SOURCE=. DOWNLINKD_BINARY=build/release tests/bench/week_offline.py [--scenes N] [--minutes M]

Prints how long the start takes until the first request, the memory and processor time of the uplink, whether the newest
scenes went first, and how long the queue took to drain (or how far it came in --minutes). Fails on nothing.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(os.environ["DOWNLINKD_SOURCE"]) / "tests/fault"))
import delivery  # noqa: E402
import network  # noqa: E402


def queue(folder, scenes):
    """Without syncs: a week of work in a minute, and nobody pulls the plug here."""
    begin = time.monotonic()
    subprocess.run(["eatmydata", str(delivery.BINARY / "make_spool"), str(folder), str(scenes), "2000", "1", "1"],
                   check=True, stdout=subprocess.DEVNULL)
    print(f"{scenes} scenes of 2 objects queued in {time.monotonic() - begin:.0f} s, "
          f"journal {(folder / 'journal.db').stat().st_size / 1e6:.0f} MB")


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {key: int(re.search(rf"{key}:\s+(\d+)", status)[1]) // 1024 for key in ("VmRSS", "VmHWM")}


def processor_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    network.need_it()
    with network.Network() as hosts, delivery.temporary_folder() as folder, network.RemoteBucket(hosts) as bucket:
        queue(folder, arguments.scenes)
        hosts.rules("tcp dport 1024-65535 numgen random mod 100 < 10 drop")
        begin = time.monotonic()
        # `ip netns exec` becomes the program that it starts, so this is the uplink itself.
        uplink = subprocess.Popen([*hosts.on_client(), *delivery.deliver_command(
            folder, bucket.url, "--workers", str(arguments.workers), "--retry-ms", "5000", "--stall-ms", "20000")])
        first_request_s = None
        samples = []
        while uplink.poll() is None and time.monotonic() - begin < arguments.minutes * 60:
            if first_request_s is None and hosts.sent_bytes() > 2000:
                first_request_s = time.monotonic() - begin
                print(f"first request after {first_request_s:.2f} s", flush=True)
            try:
                samples.append((time.monotonic() - begin, memory_mib(uplink.pid), processor_s(uplink.pid)))
            except (FileNotFoundError, TypeError):
                break
            time.sleep(0.05 if first_request_s is None else 5)
        elapsed = time.monotonic() - begin
        drained = uplink.poll() is not None
        uplink.kill()
        uplink.wait()
        requests = bucket.requests()
        last = samples[-1]
        half = samples[len(samples) // 2]
        print(f"{'drained' if drained else 'not drained'} after {elapsed:.0f} s; processor {last[2]:.0f} s; resident "
              f"{half[1]['VmRSS']} MiB half-way, {last[1]['VmRSS']} MiB at the end, {last[1]['VmHWM']} MiB at most")
        kinds = collections.Counter((request["kind"], request["status"]) for request in requests)
        print(f"{len(requests)} requests: {dict(kinds)}")
        order = [int(match[1]) for request in requests if request["kind"] == "initiate"
                 for match in [re.search(r"scene-(\d+)%2Fband", request["path"])] if match]
        late = sum(1 for earlier, later in zip(order, order[1:]) if later > earlier + 4 * arguments.workers)
        done = len({number for number in order})
        print(f"bands of {done} scenes begun, newest first: {order[:3]} ... {order[-3:]}, "
              f"{late} began more than {4 * arguments.workers} places out of order")


if __name__ == "__main__":
    main()
