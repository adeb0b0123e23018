#!/usr/bin/python3
"""An upload to a host whose name cannot be resolved for a while, or only slowly: everything arrives once.

Fault 1 of docs/uplink-faults.md.
"""

import subprocess
import time
import unittest

import delivery
import name_server
import network

OPTIONS = ("--stall-ms", "3000", "--connect-ms", "5000", "--retry-ms", "200")


class Names(unittest.TestCase):
    def setUp(self):
        self.network = self.enterContext(network.Network())
        self.folder = self.enterContext(delivery.temporary_folder())
        self.spool = delivery.Spool(self.folder, scenes=1)
        self.bucket = self.enterContext(network.RemoteBucket(self.network))

    def start(self):
        url = self.bucket.url.replace(network.SERVER_ADDRESS, "bucket.example")
        return subprocess.Popen([*self.network.on_client(), *delivery.deliver_command(self.folder, url, *OPTIONS)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, running):
        output, _ = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0, output)
        delivery.check_everything_once(self.spool, self.folder, self.bucket.objects())

    def fails_for_a_while(self, mode):
        with name_server.NameServer(self.network, mode) as server:
            running = self.start()
            deadline = time.monotonic() + 30
            while server.questions < 6:  # two addresses a try: it has been tried again
                self.assertIsNone(running.poll(), "it was said to be delivered to a host that nobody knows")
                self.assertLess(time.monotonic(), deadline, "names are not asked for again")
                time.sleep(0.02)
            self.assertEqual(self.bucket.objects(), {})
            server.mode = "answer"
            self.finish(running)

    def test_name_that_nobody_knows(self):
        self.fails_for_a_while("nxdomain")

    def test_name_server_that_fails(self):
        self.fails_for_a_while("servfail")

    def test_name_server_that_is_silent(self):
        self.fails_for_a_while("silent")

    def test_name_server_that_is_slow(self):
        with name_server.NameServer(self.network, delay_s=0.4) as server:
            self.finish(self.start())
            self.assertGreater(server.questions, 0)


if __name__ == "__main__":
    network.need_it()
    unittest.main(verbosity=2)
