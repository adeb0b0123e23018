#!/usr/bin/python3
"""An upload through a real proxy (haproxy) that fails in the ways that proxies fail: everything arrives once.

Faults 10, 11, 12, 14 and 21 of docs/uplink-faults.md.
"""

import socket
import subprocess
import time
import unittest

import delivery

OPTIONS = ("--stall-ms", "2000", "--connect-ms", "2000", "--chunk-bytes", "262144")

RULES = {
    "storm_of_503_with_retry_after":
        'http-request return status 503 hdr Retry-After 0 content-type text/plain string "chaos" '
        'if { rand(100) lt 40 }',
    "storm_of_500":
        'http-request return status 500 content-type text/plain string "chaos" if { rand(100) lt 40 }',
    "storm_of_502":
        'http-request return status 502 content-type text/html string "<html>Bad Gateway</html>" '
        'if { rand(100) lt 40 }',
    "storm_of_504":
        'http-request return status 504 content-type text/plain string "chaos" if { rand(100) lt 40 }',
    "too_many_requests_after_a_while":
        'timeout tarpit 500ms\n  http-request tarpit deny_status 429 if { method PUT } { rand(100) lt 25 }',
    "requests_that_vanish":
        'http-request silent-drop if { method PUT } { rand(100) lt 20 }',
    # The object is there, and the client never hears of it.
    "lost_final_answer":
        'http-request set-var(txn.method) method\n'
        '  http-response silent-drop if { status 200 } { var(txn.method) -m str PUT } { rand(100) lt 50 }',
    "308_turned_into_a_redirect":
        'http-response return status 307 hdr Location http://127.0.0.1:9/ if { status 308 } { rand(100) lt 50 }',
    # To the client all has been sent; the server gets it later, or never.
    "requests_kept_in_a_buffer":
        'option http-buffer-request\n  http-request wait-for-body time 2s at-least 1m\n'
        '  http-request silent-drop if { method PUT } { rand(100) lt 20 }',
}


class Proxy:
    def __init__(self, folder, backend_url, rules):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = folder / "haproxy.cfg"
        config.write_text("defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
                          f"frontend front\n  bind 127.0.0.1:{self.port}\n  {rules}\n  default_backend back\n"
                          f"backend back\n  server bucket {backend_url.removeprefix('http://')}\n")
        self.process = subprocess.Popen(["haproxy", "-db", "-f", str(config)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        for _ in range(500):
            if self.process.poll() is not None:
                raise AssertionError(self.process.stderr.read())
            with socket.socket() as probe:
                probe.settimeout(0.02)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.__exit__()
        raise AssertionError("haproxy does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


class ProxyFaults(unittest.TestCase):
    def test_every_fault(self):
        for name, rules in RULES.items():
            with self.subTest(name), delivery.temporary_folder() as folder, delivery.Bucket() as bucket:
                spool = delivery.Spool(folder, scenes=2, band_bytes=900_000)
                with Proxy(folder, bucket.url, rules) as proxy:
                    delivery.deliver(folder, proxy.url, *OPTIONS, timeout_s=300)
                delivery.check_everything_once(spool, folder, bucket.objects())


if __name__ == "__main__":
    delivery.need_program("haproxy")
    unittest.main(verbosity=2)
