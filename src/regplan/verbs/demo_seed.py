"""`demo --seed`: what seeding looks like, on this machine alone.

Images are made of the installed Python's own files, served by one registry of ours and seeded into another behind a cap that
plays a thin link. The seeder is a process of its own, is killed on the way, run again, and what stands there is read back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import RegplanError
from regplan.store.files import user_path
from regplan.store.making import make_layer, write_image
from regplan.store.tree import LayoutFolder
from regplan.units import format_bytes
from regplan.values import dataclass
from regplan.verbs.serving import ServeJob, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.registry.serving.server import RegistryServer
    from regplan.store.making import MadeLayer

__all__ = ["SeedDemo", "demo_images", "demo_seed"]

_HOST: Final = "registry.demo"
_PROJECT: Final = "spectro-images"
_APPS: Final = ("pos", "kiosk", "vision", "inventory", "signage", "telemetry")
_MOST_BASE_BYTES: Final = 12_000_000
_MOST_APP_BYTES: Final = 4_000_000
_LINK_S: Final = 7.0  # for which the link is busy, however much there is to send
_LEAST_LINK_S: Final = 3.0  # where this machine is slow
_SOON_S: Final = 4.0  # in which one that is not has made the images and looked at them
_KILLED_AT: Final = 0.45  # of the bytes, while at least this share of them is in blobs that are not whole yet
_KILLED_OPEN: Final = 0.03
_KILLED_BY: Final = 0.7  # of the bytes, whatever is under way then
_SETTLE_S: Final = 0.2
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class SeedDemo:
    """What was seen: the images, the plan, the bytes that came before the kill and after it, and the proof.

    `sent_bytes` is what reached the target in both runs, counted on the wire, manifests included; `again_bytes` of them were
    in blobs that the kill cut off, which went again. `plan` and `done` are those of the contract's seed document, the second
    run's. `seconds` is for everything, making the images included.
    """

    images: int
    link_bps: int
    plan: dict[str, int] = field(default_factory=dict)
    killed_bytes: int = 0
    again_bytes: int = 0
    done: dict[str, int] = field(default_factory=dict)
    sent_bytes: int = 0
    verified: int = 0
    complete: bool = False
    seconds: float = 0.0


def demo_seed(tell: Callable[[str], None] = lambda _: None) -> SeedDemo:
    """Run the demonstration in a folder that is removed afterwards; `tell` hears each step in one sentence.

    Raises `RegplanError` where a step does not end as it should.
    """
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regplan-demo-") as name:
        folder = Path(name)
        tell("making images of this Python's own files")
        references = demo_images(folder / "made")
        with (
            _registry(folder / "made", writable=False) as source,
            _registry(folder / "site", writable=True) as target,
        ):
            run = _Seeder(folder, source.address, target.address, references)
            plan = run.look()
            late_s = max(time.monotonic() - began_s - _SOON_S, 0.0)
            link_bps = max(int(plan["blob_bytes"] * 8 / max(_LINK_S - late_s, _LEAST_LINK_S)), 1_000_000)
            tell(f"seeding over a link of {link_bps / 1e6:.1f} Mbit/s, and killing the seeder on the way")
            run.seed_until(lambda: _is_mid_blob(target, plan["blob_bytes"]), link_bps)
            killed_bytes = target.heard_bytes
            again_bytes = killed_bytes - target.counts.received_bytes
            tell(f"killed, with {format_bytes(again_bytes)} of blobs half sent; running it again")
            done = run.seed(link_bps)
            sent_bytes = target.heard_bytes
            tell("reading everything back")
            proof = run.verify()
    return SeedDemo(
        len(references),
        link_bps,
        plan,
        killed_bytes,
        again_bytes,
        done,
        sent_bytes,
        proof["checked"],
        proof["complete"],
        round(time.monotonic() - began_s, 1),
    )


@contextmanager
def _registry(folder: Path, *, writable: bool) -> Iterator[RegistryServer]:
    """Serve a folder as a registry."""
    with serving(ServeJob(f"oci:{folder}", writable=writable, listen="127.0.0.1:0")) as (server, _):
        yield server


def _is_mid_blob(target: RegistryServer, whole_bytes: int) -> bool:
    """Tell whether it is time to kill: far enough on, and in the midst of blobs that would then be cut off."""
    heard_bytes = target.heard_bytes
    open_bytes = heard_bytes - target.counts.received_bytes
    is_far = heard_bytes >= whole_bytes * _KILLED_AT
    return is_far and (open_bytes >= whole_bytes * _KILLED_OPEN or heard_bytes >= whole_bytes * _KILLED_BY)


class _Seeder:
    """The command line as a process of its own, so that it can be killed as a power cut would."""

    def __init__(self, folder: Path, source: str, target: str, references: Sequence[str]) -> None:
        images = folder / "images.txt"
        images.write_text("".join(f"{reference}\n" for reference in references), encoding="utf-8")
        self._common = [
            str(images), "--from", f"docker://{source}", f"--plain-http={source}", f"--plain-http={target}",
            "--cache-dir", str(folder / "cache"), "--quiet", "-o", "json",
        ]  # fmt: skip
        self._target = f"docker://{target}/{_PROJECT}"
        self._journal = ["--journal", str(folder / "journal.jsonl")]

    def look(self) -> dict[str, int]:
        """Plan, and write nothing."""
        plan: dict[str, int] = self._answer("seed", "--to", self._target, "--dry-run")["plan"]
        return plan

    def seed_until(self, enough: Callable[[], bool], link_bps: int) -> None:
        """Seed, and kill the process once there is enough."""
        with subprocess.Popen(self._seeding(link_bps), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            until_s = time.monotonic() + _PATIENCE_S
            while not enough() and process.poll() is None and time.monotonic() < until_s:
                time.sleep(0.01)
            process.kill()
        # What the target has been sent is read to its end before it is counted.
        time.sleep(_SETTLE_S)

    def seed(self, link_bps: int) -> dict[str, int]:
        """Seed to the end, and tell what was done."""
        done: dict[str, int] = _parsed(self._seeding(link_bps))["done"]
        return done

    def verify(self) -> dict[str, Any]:
        """Read everything back and hash it."""
        return self._answer("verify", "--at", self._target, "--level", "deep")

    def _seeding(self, link_bps: int) -> list[str]:
        rate = f"{link_bps / 1e6:.3f}Mbit/s"
        return [*_command("seed"), *self._common, "--to", self._target, "--yes", "--max-rate", rate, *self._journal]

    def _answer(self, verb: str, *arguments: str) -> dict[str, Any]:
        return _parsed([*_command(verb), *self._common, *arguments])


def _command(verb: str) -> list[str]:
    return [sys.executable, "-m", "regplan", verb]


def _parsed(command: Sequence[str]) -> dict[str, Any]:
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE_S, check=False)
    if ended.returncode:
        raise RegplanError(f"`regplan {command[3]}` ended with {ended.returncode}: {ended.stderr.strip()[-400:]}")
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def demo_images(root: str | Path) -> tuple[str, ...]:
    """Make images of the installed Python's own files in a folder of image layouts; returns their references.

    All of them share their lowest layer, all but one the next. `oci:FOLDER` is where they are looked up.
    """
    folder = user_path(root)
    library = Path(sysconfig.get_paths()["stdlib"])
    base = make_layer(_named(library, _files(library, "*.py"), _MOST_BASE_BYTES))
    runtime = make_layer(_named(library, _files(library, "*/*.py"), _MOST_BASE_BYTES))
    packages = _files(Path(sysconfig.get_paths()["purelib"]), "*/**/*.py")
    references = []
    for number, app in enumerate(_APPS):
        own = make_layer(_named(library, packages[number :: len(_APPS)], _MOST_APP_BYTES))
        layers: list[MadeLayer] = [base, own] if number == 0 else [base, runtime, own]
        write_image(LayoutFolder(folder / _HOST / "shop" / app), layers, "1.0", app)
        references.append(f"{_HOST}/shop/{app}:1.0")
    return tuple(references)


def _files(folder: Path, pattern: str) -> list[Path]:
    """List files in an order that no run changes; caches and tests are left out."""
    left_out = {"__pycache__", "test", "tests", "site-packages", "dist-packages"}
    found = (path for path in folder.glob(pattern) if not left_out & set(path.relative_to(folder).parts))
    return sorted(path for path in found if path.is_file())


def _named(library: Path, files: Sequence[Path], most_bytes: int) -> Iterator[tuple[str, Path]]:
    """Yield files with the names that they have in a layer, until there are `most_bytes`."""
    left = most_bytes
    for path in files:
        left -= path.stat().st_size
        if left < 0:
            return
        base = library if path.is_relative_to(library) else path.parents[1]
        yield f"opt/python/{path.relative_to(base).as_posix()}", path
