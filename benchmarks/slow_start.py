#!/usr/bin/env python3
"""Hold the model of slow start against real TCP over a link of 100 Mbit/s, with a round trip of 50 and of 300 ms.

    .venv/bin/python benchmarks/slow_start.py

Prints, for senders with cubic and with BBR, the seconds from a request to its last byte beside what the model says: on a new
connection, and again on the same one. Needs root, and bbr in the kernel for the second half.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from regplan.sim.clock.slow_start import slow_start
from support.wan import FAR, Shape, link, why_not

SIZES = [14_000, 30_000, 100_000, 400_000, 1_000_000, 4_000_000]
RATE_BPS = 100_000_000
FIRST_WINDOW_BYTES = 14_600

SERVER = """
import socket, struct, sys, threading
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, sys.argv[2].encode())
listening.bind((sys.argv[1], 9000))
listening.listen(50)
print("ready", flush=True)
def serve(connection):
    while asked := connection.recv(8):
        connection.sendall(bytes(struct.unpack(">Q", asked)[0]))
while True:
    threading.Thread(target=serve, args=listening.accept()[:1], daemon=True).start()
"""

CLIENT = """
import json, socket, struct, sys, time
found = {}
for size in json.loads(sys.argv[2]):
    with socket.create_connection((sys.argv[1], 9000)) as connection:
        for turn in ("new", "again"):
            begun = time.monotonic()
            connection.sendall(struct.pack(">Q", size))
            left = size
            while left:
                left -= len(connection.recv(1 << 20))
            found[f"{size} {turn}"] = time.monotonic() - begun
print(json.dumps(found))
"""


def measured(congestion: str, rtt_s: float) -> dict[str, float]:
    """Ask a server behind the link for every size, twice on one connection."""
    with link(Shape(RATE_BPS, rtt_s, queue_bytes=4 << 20)) as made:
        serving = made.command(made.far, sys.executable, "-c", SERVER, FAR, congestion)
        asking = made.command(made.near, sys.executable, "-c", CLIENT, FAR, json.dumps(SIZES))
        with subprocess.Popen(serving, stdout=subprocess.PIPE) as server:
            try:
                if server.stdout is None or not server.stdout.readline():
                    sys.exit(f"{congestion} is not to be had here")
                done = subprocess.run(asking, capture_output=True, text=True, check=True, timeout=120)
            finally:
                server.terminate()
    return dict(json.loads(done.stdout))


def predicted(size_bytes: int, rtt_s: float, *, paces: bool) -> tuple[float, float]:
    """Tell the same by the model: the request, the pauses, and the bytes in packets of 1500 bytes."""
    rate = RATE_BPS / 8 / 1.036
    new_s, window = slow_start(size_bytes, rate, rtt_s, FIRST_WINDOW_BYTES, paces=paces)
    again_s, _ = slow_start(size_bytes, rate, rtt_s, window, paces=paces)
    return rtt_s + new_s + size_bytes / rate, rtt_s + again_s + size_bytes / rate


def main() -> None:
    """Measure, and print both."""
    if reason := why_not():
        sys.exit(f"skipped: {reason}")
    print(f"load {os.getloadavg()[0]:.1f}")
    for congestion in ("cubic", "bbr"):
        for rtt_s in (0.05, 0.3):
            found = measured(congestion, rtt_s)
            print(f"\n{congestion}, round trip {rtt_s} s: measured / model, new and again")
            for size in SIZES:
                new_s, again_s = predicted(size, rtt_s, paces=congestion == "bbr")
                new, again = (found[f"{size} {turn}"] for turn in ("new", "again"))
                print(f"{size:>9}  {new:.3f} / {new_s:.3f} = {new / new_s:.2f}   {again:.3f} / {again_s:.3f}")


if __name__ == "__main__":
    main()
