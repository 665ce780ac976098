"""Zot itself, where REGPLAN_ZOT names its program: built outside this project, and never fetched by it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import bcrypt
import pytest

from support import http

if TYPE_CHECKING:
    from pathlib import Path

    from support.certificates import ServerCertificate
    from support.zot import ZotOptions

__all__ = ["RealZot", "zot_program"]

# Read before any test's environment is emptied.
_NAMED = os.environ.get("REGPLAN_ZOT", "")


def zot_program() -> str:
    """Tell where Zot is, or skip the test and say so."""
    found = shutil.which(_NAMED) if _NAMED else None
    if found is None:
        pytest.skip("NOT TESTED: REGPLAN_ZOT names no zot")
    return found


@dataclass(slots=True)
class RealZot:
    """A running Zot; use it as a context manager. `asked` reads its own log."""

    folder: Path
    options: ZotOptions
    port: int
    certificate: ServerCertificate | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"{'https' if self.certificate else 'http'}://{self.address}"

    @property
    def log(self) -> Path:
        """The log, one JSON object per line."""
        return self.folder / "zot.log"

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "config.json"
        file.write_text(json.dumps(self._configuration()))
        with (self.folder / "out.log").open("wb") as out:
            self._process = subprocess.Popen(
                [zot_program(), "serve", file], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                http.request("GET", f"{self.url}/v2/", headers={"User-Agent": "start"}, ca_file=self._ca_file)
            except OSError:
                assert self._process.poll() is None, (self.folder / "out.log").read_text()
                time.sleep(0.05)
            else:
                return self
        raise TimeoutError

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def asked(self) -> list[tuple[str, str, int]]:
        """List (method, path with query, status) of what a client asked, from Zot's own log."""
        time.sleep(0.3)
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if '"HTTP API"' in line]
        return [(line["method"], line["path"], line["statusCode"]) for line in lines if _is_clients(line)]

    @property
    def _ca_file(self) -> Path | None:
        return self.certificate.ca_file if self.certificate else None

    def _configuration(self) -> dict[str, Any]:
        options = self.options
        server: dict[str, Any] = {
            "address": "127.0.0.1",
            "port": str(self.port),
            "readTimeout": f"{options.read_timeout_s:g}s",
        }
        if options.docker:
            server["compat"] = ["docker2s2"]
        if self.certificate:
            server["tls"] = {"cert": str(self.certificate.chain_file), "key": str(self.certificate.key_file)}
        if options.login:
            user, _, password = options.login.partition(":")
            file = self.folder / "htpasswd"
            file.write_text(f"{user}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()}\n")
            server["auth"] = {"htpasswd": {"path": str(file)}}
            server["realm"] = "zot"
        return {
            "distSpecVersion": "1.1.1",
            "storage": {"rootDirectory": str(self.folder / "root"), "dedupe": options.dedupe, "gc": False},
            "http": server,
            "log": {"level": "info", "output": str(self.log)},
        }


def _is_clients(line: dict[str, Any]) -> bool:
    return bool(line["headers"].get("User-Agent") != ["start"])
