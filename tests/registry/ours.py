"""`regplan serve` in a thread of this process: as a registry for the wire tests, and by itself."""

from __future__ import annotations

import queue
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from regplan.registry.options import Secret
from regplan.verbs.serving import ServeJob, Serving, Watcher, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.registry import Registry

__all__ = ["OurProgram", "Served", "exchange", "serving"]

_STARTS_S = 20


@dataclass(slots=True)
class Served:
    """A server in a thread: what it said when it started, what went wrong at its side, and what stops it."""

    job: ServeJob
    troubles: list[str] = field(default_factory=list)
    _said: queue.SimpleQueue[Serving | BaseException] = field(default_factory=queue.SimpleQueue)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    start_line: Serving | None = None
    is_whole: bool | None = None

    def start(self) -> None:
        """Start, and wait until it listens; what `serve` raises is raised here."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        said = self._said.get(timeout=_STARTS_S)
        if isinstance(said, BaseException):
            raise said
        self.start_line = said

    def stop(self) -> None:
        """Stop, and wait for the end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STARTS_S)

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        assert self.start_line is not None
        return self.start_line.url

    @property
    def address(self) -> str:
        """HOST:PORT."""
        assert self.start_line is not None
        return self.start_line.address

    def _run(self) -> None:
        try:
            self.is_whole = serve(self.job, Watcher(self._said.put, self.troubles.append, self._stop))
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self._said.put(error)


@contextmanager
def serving(source: str, *, writable: bool = False, listen: str = "127.0.0.1:0", **more: Any) -> Iterator[Served]:
    """Serve a source on a free port of loopback, with other options of `ServeJob`."""
    password = more.pop("auth_password", None)
    secret = None if password is None else Secret(password)
    served = Served(ServeJob(source, writable, listen, auth_password=secret, **more))
    served.start()
    try:
        yield served
    finally:
        served.stop()


class OurProgram:
    """What stands in for docker-registry where tests ask for a registry: a writable tree, served by regplan."""

    has_referrers = True
    takes_single = True

    def launch(self, registry: Registry) -> Callable[[], None]:
        """Serve the registry's folder on its port, with its certificate and its user."""
        certificate = registry.options.certificate
        served = Served(
            ServeJob(
                f"oci:{registry.root}",
                writable=True,
                listen=registry.address,
                tls_cert=str(certificate.chain_file) if certificate else None,
                tls_key=str(certificate.key_file) if certificate else None,
                htpasswd=str(registry.folder / "htpasswd") if registry.options.auth else None,
                access_log=str(registry.log_path),
                grace_s=0.1,
            )
        )
        served.start()
        return served.stop

    def blobs(self, root: Path) -> Iterator[tuple[str, Path]]:
        """Yield the files of all layouts, each blob once."""
        files = root.glob("**/blobs/*/*")
        seen = {f"{file.parent.name}:{file.name}": file for file in files if not file.name.startswith(".")}
        yield from seen.items()

    def forget_blob(self, root: Path, repository: str, digest: str) -> None:
        """Remove the repository's file of it."""
        (root / repository / "blobs" / digest.replace(":", "/")).unlink()


def exchange(address: str, sent: bytes, *, half_close: bool = True, timeout_s: float = 20.0) -> bytes:
    """Send raw bytes and read until the server closes."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=timeout_s) as client:
        client.sendall(sent)
        if half_close:
            client.shutdown(socket.SHUT_WR)
        received = bytearray()
        while chunk := client.recv(65536):
            received += chunk
        return bytes(received)
