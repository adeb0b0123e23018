#!/usr/bin/python3
"""An upload over networks that drop, reset, swallow, crawl and vanish: everything arrives once when they are well.

Faults 2 and 4 to 8 of docs/uplink-faults.md. Client and server are two hosts with a cable between them (network.py).
"""

import subprocess
import time
import unittest

import delivery
import network

OPTIONS = ("--stall-ms", "1500", "--connect-ms", "1500", "--chunk-bytes", "262144")


class NetworkFaults(unittest.TestCase):
    def setUp(self):
        self.network = self.enterContext(network.Network())
        self.folder = self.enterContext(delivery.temporary_folder())
        self.spool = delivery.Spool(self.folder, scenes=2, band_bytes=900_000)
        self.bucket = self.enterContext(network.RemoteBucket(self.network))

    def start(self):
        command = delivery.deliver_command(self.folder, self.bucket.url, *OPTIONS)
        return subprocess.Popen([*self.network.on_client(), *command],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, running, timeout_s=120):
        output, _ = running.communicate(timeout=timeout_s)
        self.assertEqual(running.returncode, 0, output)
        delivery.check_everything_once(self.spool, self.folder, self.bucket.objects())

    def bad_for(self, seconds, *rules):
        """The network is bad from before the start until `seconds` after it, then well."""
        self.network.rules(*rules)
        running = self.start()
        time.sleep(seconds)
        self.assertIsNone(running.poll(), "it was said to be delivered over a network that lets nothing through")
        self.network.heal()
        self.finish(running)

    def test_refused_connections(self):
        self.bad_for(2, "tcp dport 1024-65535 reject with tcp reset")

    def test_connections_that_nobody_answers(self):
        self.bad_for(4, "tcp dport 1024-65535 drop")

    def test_reset_in_the_middle_of_a_body(self):
        self.bad_for(3, "tcp dport 1024-65535 quota over 300 kbytes reject with tcp reset")

    def test_black_hole_in_the_middle_of_a_body(self):
        self.bad_for(5, "tcp dport 1024-65535 quota over 300 kbytes drop")

    def test_a_fifth_of_all_packets_lost(self):
        self.network.rules("tcp dport 1024-65535 numgen random mod 100 < 20 drop")
        self.finish(self.start(), timeout_s=240)

    def test_four_megabits_a_second(self):
        self.network.rate("4mbit")
        self.finish(self.start())

    def test_cable_pulled_and_plugged_in_again(self):
        self.network.rate("4mbit")
        running = self.start()
        time.sleep(1)
        self.network.cable(False)
        time.sleep(3)
        self.network.cable(True)
        self.finish(running)

    def test_server_that_stands_still(self):
        running = self.start()
        time.sleep(0.2)
        pids = subprocess.run(["pgrep", "-P", str(self.bucket.process.pid)], capture_output=True, text=True,
                              check=False).stdout.split() or [str(self.bucket.process.pid)]
        for signal in ("STOP", "CONT"):
            subprocess.run(["kill", f"-{signal}", *pids], check=True)
            time.sleep(3 if signal == "STOP" else 0)
        self.finish(running)


if __name__ == "__main__":
    network.need_it()
    unittest.main(verbosity=2)
