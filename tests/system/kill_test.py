"""kill -9 of downlinkd, of downlink-process, and of both, at random moments of a pass whose sender reconnects.

Whatever is killed and whenever: the same set of scenes, byte-identical objects, every event once. The quick run kills a
few times each; with DOWNLINKD_TEST_LONG=1 twenty times each. The seed is printed; DOWNLINKD_TEST_SEED replays it.
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from station import BINARY, SIMULATED_TLE, Station, run, tree_hashes

KILLS = 20 if os.environ.get("DOWNLINKD_TEST_LONG") else 3
SEED = int(os.environ.get("DOWNLINKD_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
# A pass of 100 s across a slot border at 08:57:00, sent in about four seconds.
PASS = ["--spacecraft", "metop-b", "--start", "2026-05-12T08:56:10Z", "--duration", "100", "--tle", SIMULATED_TLE]
SEND_SECONDS = 4.0


def setUpModule():
    print(f"seed {SEED} (DOWNLINKD_TEST_SEED={SEED} replays), {KILLS} kills of each kind")
    global folder, cadus, reference
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-kill-"))
    cadus = folder / "pass.cadu"
    run("downlink-sim", "make", *PASS, "--output", cadus)
    with fresh_station() as station:
        station.start()
        station.send(cadus)
        station.wait_drained()
        reference = outcome(station)
    assert len(reference[1]) >= 3, reference


def tearDownModule():
    shutil.rmtree(folder, ignore_errors=True)


def fresh_station():
    """Every station has the same bucket path, which is part of an event's id, and begins with it empty."""
    bucket = folder / "bucket"
    shutil.rmtree(bucket, ignore_errors=True)
    station = Station("metop-b", idle_timeout="20 s",
                      destination=f'[[destination]]\nname = "bucket"\nkind = "directory"\npath = "{bucket}"\n')
    station.bucket = bucket
    return station


def outcome(station):
    """What downstream sees: objects with their hashes, and the announced scenes with their event ids."""
    events = [e for e in station.events() if e["type"] == "org.downlinkd.scene.available"]
    return tree_hashes(station.bucket), sorted((e["attributes"]["scene_id"], e["id"]) for e in events)


def kill_all(pids):
    """kill -9; gives those that were there to be killed."""
    killed = []
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        except ProcessLookupError:
            pass
    return killed


class Kill(unittest.TestCase):
    def check(self, kill, number, latest_s=SEND_SECONDS + 3):
        rng = random.Random(f"{SEED}-{kill.__name__}-{number}")
        moment_s = rng.uniform(0.05, latest_s)
        rate = cadus.stat().st_size * 8 / SEND_SECONDS
        with self.subTest(kill=kill.__name__, number=number, moment_s=round(moment_s, 3)), \
                fresh_station() as station:
            station.start()
            sender = subprocess.Popen([str(BINARY / "downlink-sim"), "send", str(cadus), "--to",
                                       f"tcp://127.0.0.1:{station.port}", "--rate", str(rate), "--reconnect", "-1"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                time.sleep(moment_s)
                kill(station, rng)
                self.assertEqual(sender.wait(120), 0, "the sender gave up")
            finally:
                sender.kill()
                sender.wait()
            station.wait_drained()
            objects, events = outcome(station)
            self.assertEqual(events, reference[1])
            self.assertEqual(objects, reference[0])

    def test_downlinkd(self):
        def downlinkd(station, _):
            station.kill()
            station.start()
        for number in range(KILLS):
            self.check(downlinkd, number)

    def test_downlink_process(self):
        killed = []

        def downlink_process(station, _):
            killed.extend(kill_all(station.process_pids()))
        for number in range(KILLS):
            # The first at least comes while the pass is being sent.
            self.check(downlink_process, number, SEND_SECONDS - 1 if number == 0 else SEND_SECONDS + 3)
        self.assertGreater(len(killed), 0, "no kill hit a downlink-process")

    def test_downlink_process_several_times_in_one_pass(self):
        killed = []

        def again_and_again(station, rng):
            for _ in range(5):
                killed.extend(kill_all(station.process_pids()))
                time.sleep(rng.uniform(0.05, 0.5))
        self.check(again_and_again, 0, SEND_SECONDS / 4)
        self.assertGreater(len(killed), 0, "no kill hit a downlink-process")

    def test_both(self):
        def both(station, rng):
            pids = station.process_pids()
            first_daemon = rng.random() < 0.5
            if first_daemon:
                station.kill()
            kill_all(pids)
            if not first_daemon:
                station.kill()
            station.start()
        for number in range(KILLS):
            self.check(both, number)


if __name__ == "__main__":
    unittest.main()
