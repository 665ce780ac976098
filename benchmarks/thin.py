#!/usr/bin/env python3
"""Seed over a thin link with real TCP: how much of it is used, by regplan, the floor program and four skopeos at once.

    .venv/bin/python benchmarks/thin.py [--megabytes N] [--rounds N] [--only large|small|cap]

Two network namespaces with 100 Mbit/s and a round trip of 30 ms between them (tests/support/wan.py): the source stands
behind the link, the target beside the seeder. Measured are the seconds from the first to the last byte on the link and the
bytes that came over it, both read from the link itself: whole packets for its use, what they carry above TCP for the cap.
Bounds: large blobs use at least 95 % of the link; 60 images of 300 tiny layers take at most 1.2 times what 16 streams of the
floor program take; `--max-rate 15Mbit/s` lets through between 97 and 100 % of that in a minute. Ends with 1 where one is
missed. Needs root on Linux, docker-registry, skopeo and xargs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images, registry
from support.content import Blob, Layer
from support.wan import FAR, Shape, link, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.wan import Link

ROOT = Path(__file__).parents[1]
RATE_BPS, ROUND_TRIP_S = 100_000_000, 0.03
CAP_BPS = 15_000_000
LEAST_USE, MOST_RATIO = 0.95, 1.2
PORT = 5000


@dataclass(frozen=True, slots=True)
class Seen:
    """One run: the seconds between the first and last byte on the link, its bytes, headers included, and processor seconds."""

    seconds: float
    wire_bytes: int
    processor_s: float

    @property
    def use(self) -> float:
        """The share of the link that was used."""
        return self.wire_bytes * 8 / self.seconds / RATE_BPS


def layer_of(size: int, number: int) -> Layer:
    """A layer of random bytes, which nothing compresses; its diff_id is its own digest, for nobody unpacks it."""
    blob = Blob("application/vnd.oci.image.layer.v1.tar", random.Random(number).randbytes(size))  # noqa: S311
    return Layer(blob, blob.digest)


def large(source: registry.Registry, megabytes: int) -> list[str]:
    """15 images that share bases, of `megabytes` unique bytes in all."""
    bases = [layer_of(megabytes * 10_000 * (2 + number), number) for number in range(5)]
    names = []
    for number in range(15):
        tree = images.image([bases[number % 5], layer_of(megabytes * 53_000, 100 + number)], label=str(number))
        images.push(source, f"edge/app-{number}", tree, ["1.0"])
        names.append(f"edge/app-{number}:1.0")
    return names


def small(source: registry.Registry) -> list[str]:
    """60 images of 300 tiny layers, 8 MB in all."""
    shared = [layer_of(27_000, number) for number in range(60)]
    names = []
    for number in range(60):
        own = [layer_of(27_000, 1_000 + number * 10 + part) for part in range(4)]
        tree = images.image([shared[number], *own], label=str(number))
        images.push(source, f"tiny/app-{number}", tree, ["1.0"])
        names.append(f"tiny/app-{number}:1.0")
    return names


@contextlib.contextmanager
def served(folder: Path, namespace: str, address: str) -> Iterator[None]:
    """Serve a folder of docker-registry's in a namespace."""
    config = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {
            "filesystem": {"rootdirectory": str(folder)},
            "cache": {"blobdescriptor": "inmemory"},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": address, "secret": "x"},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ["ip", "netns", "exec", namespace, registry.PROGRAM, "serve", str(folder / "config.yml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        try:
            yield
        finally:
            process.kill()


def measured(wan: Link, commands: list[list[str]], timeout_s: float = 600.0) -> Seen:
    """Run commands at once beside the target, and tell what came over the link."""
    wan.forget()
    before_s = _processor_s()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "HOME": tempfile.gettempdir()}
    running = [
        subprocess.Popen(
            wan.command(wan.near, *command), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for command in commands
    ]
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout_s)
            if process.returncode:
                print(process.stderr.read().decode()[-2000:] if process.stderr else "", file=sys.stderr)
                raise SystemExit(f"{process.args}: ended with {process.returncode}")
        process.kill()
    passed = wan.down.passed
    used_s = _processor_s() - before_s
    return Seen(passed[-1][0] - passed[0][0], sum(size for _, size, _ in passed), used_s)


def _processor_s() -> float:
    """Tell the processor time of all programs that have ended, the registries not among them while they serve."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def regplan(names: list[str], *more: str) -> list[list[str]]:
    """One seeding."""
    images_named = [f"{FAR}:{PORT}/{name}" for name in names]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as listed:
        listed.write("\n".join(images_named))
    return [
        [
            sys.executable, "-m", "regplan", "seed", listed.name, "--to", f"docker://127.0.0.1:{PORT}/p", "--plain-http",
            "--yes", "--quiet", "--cache-dir", tempfile.mkdtemp(), "--journal", f"{listed.name}.jsonl", *more,
        ]
    ]  # fmt: skip


def floor(names: list[str], streams: int) -> list[list[str]]:
    """The floor program."""
    program = str(ROOT / "benchmarks" / "floor.py")
    return [[sys.executable, program, str(streams), f"{FAR}:{PORT}", f"127.0.0.1:{PORT}", "p", *names]]


def skopeos(names: list[str]) -> list[list[str]]:
    """Four copies at a time."""
    flags = "--insecure-policy copy --quiet --src-tls-verify=false --dest-tls-verify=false"
    lines = [f"{flags} docker://{FAR}:{PORT}/{name} docker://127.0.0.1:{PORT}/p/{name}" for name in names]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as listed:
        listed.write("\n".join(lines))
    return [["xargs", "-a", listed.name, "-P4", "-L1", "skopeo"]]


def run(folder: Path, wan: Link, commands: list[list[str]], timeout_s: float = 600.0) -> Seen:
    """Run commands into an empty target."""
    with tempfile.TemporaryDirectory(dir=folder) as name, served(Path(name), wan.near, f"127.0.0.1:{PORT}"):
        return measured(wan, commands, timeout_s)


def report(what: str, seen: Seen, told: str = "") -> None:
    """Print one line."""
    shown = f"{seen.wire_bytes / 1e6:9.1f} MB on the link{seen.use:8.1%} of it {seen.processor_s:6.2f} s of a processor"
    print(f"{what:34}{seen.seconds:8.1f} s{shown}  {told}")


def measure_large(folder: Path, wan: Link, names: list[str]) -> bool:
    """Hold large blobs to the share of the link that they must use; the others stand beside it."""
    ours = run(folder, wan, regplan(names))
    report("regplan, large blobs", ours, f"(at least {LEAST_USE:.0%})")
    report("floor, 4 streams", run(folder, wan, floor(names, 4)))
    others = run(folder, wan, skopeos(names))
    report("four skopeos at once", others, f"{others.wire_bytes / ours.wire_bytes:.2f} times the bytes")
    return ours.use >= LEAST_USE


def measure_small(folder: Path, wan: Link, names: list[str], rounds: int) -> bool:
    """Hold tiny layers to the floor's time, both in every round, the order reversed in every second one."""
    sides = {"regplan, 300 tiny layers": regplan(names), "floor, 16 streams": floor(names, 16)}
    taken: dict[str, list[Seen]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sorted(sides, reverse=number % 2 == 0):
            commands = regplan(names) if name.startswith("regplan") else sides[name]
            taken[name].append(run(folder, wan, commands))
            report(name, taken[name][-1])
    report("four skopeos at once", run(folder, wan, skopeos(names)))
    ours, least = taken.values()
    ratio = statistics.median(one.seconds / other.seconds for one, other in zip(ours, least, strict=True))
    print(f"regplan / floor, pair by pair: median {ratio:.2f} of {rounds} (at most {MOST_RATIO})")
    return ratio <= MOST_RATIO


def measure_cap(folder: Path, wan: Link, names: list[str]) -> bool:
    """Hold a minute to the cap, in bytes above TCP, as the link counts them from the first one on."""
    capped = run(folder, wan, regplan(names, "--max-rate", f"{CAP_BPS}bit/s"), timeout_s=66.0)
    began = wan.down.passed[0][0]
    minute = sum(size for moment, _, size in wan.down.passed if moment - began <= 60)
    used = minute * 8 / 60 / CAP_BPS
    report("regplan, --max-rate 15Mbit/s", capped, f"{used:.1%} of the cap in a minute (97 to 100 %)")
    return 0.97 <= used <= 1.0


def main() -> int:
    """Measure, and tell whether the bounds hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["large", "small", "cap"])
    asked = parser.parse_args()
    if reason := why_not():
        raise SystemExit(f"not measured: {reason}")
    # An installed program has its modules compiled.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    held = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").mkdir()
        source = registry.start(folder / "source", registry.Options())
        many = large(source, asked.megabytes) if asked.only != "small" else []
        few = small(source)
        source.stop()
        with link(Shape(RATE_BPS, ROUND_TRIP_S)) as wan, served(source.root, wan.far, f"{FAR}:{PORT}"):
            if asked.only in {None, "large"}:
                held.append(measure_large(folder, wan, many))
            if asked.only in {None, "small"}:
                held.append(measure_small(folder, wan, few, asked.rounds))
            if asked.only in {None, "cap"}:
                held.append(measure_cap(folder, wan, many))
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
