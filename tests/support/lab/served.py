"""Debian's docker-registry in a network namespace, with its access log."""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from support.registry import PROGRAM, parse_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.registry import Request

__all__ = ["PORT", "Served", "served"]

PORT = 5000


@dataclass(slots=True)
class Served:
    """A registry that runs: its address as others reach it, and what it was asked."""

    address: str
    log: Path
    _skipped: int = 0

    def forget(self) -> None:
        """Let `requests` begin here."""
        self._skipped = self.log.stat().st_size

    def requests(self) -> list[Request]:
        """What was asked since then, in the order in which the answers ended."""
        return parse_log(self.log.read_bytes()[self._skipped :].decode())

    def body_bytes(self) -> int:
        """The bytes of all bodies that went out with what was asked for."""
        return sum(each.size for each in self.requests() if each.method == "GET" and each.status in {200, 206})

    def settle(self) -> None:
        """Wait until the log has stood still for a tenth of a second: a line comes after its answer's last byte."""
        size = -1
        while size != self.log.stat().st_size:
            size = self.log.stat().st_size
            time.sleep(0.1)


@contextlib.contextmanager
def served(folder: Path, namespace: str, address: str, upstream: str = "") -> Iterator[Served]:
    """Serve what is in `folder`; with `upstream` (http://HOST:PORT) as a pull-through cache of that."""
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "root")},
            "cache": {"blobdescriptor": "inmemory"},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": f"{address}:{PORT}", "secret": "x"},
    }
    if upstream:
        settings["proxy"] = {"remoteurl": upstream}
    (folder / "config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = ["ip", "netns", "exec", namespace, PROGRAM, "serve", str(folder / "config.yml")]
    log = folder / "access.log"
    with log.open("ab") as access, (folder / "errors.log").open("ab") as errors:
        process = subprocess.Popen(command, stdout=access, stderr=errors)
    try:
        _wait(namespace, process)
        yield Served(f"{address}:{PORT}", log)
    finally:
        process.kill()
        process.wait()


def _wait(namespace: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a port of the namespace is listened at."""
    deadline = time.monotonic() + 20
    while True:
        command = ["ip", "netns", "exec", namespace, "cat", "/proc/net/tcp", "/proc/net/tcp6"]
        sockets = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        if any(f":{PORT:04X} " in line and " 0A " in line for line in sockets.splitlines()):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{PROGRAM} did not start in {namespace}")
        time.sleep(0.05)
