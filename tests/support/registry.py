"""Real registries on free loopback ports: open, basic or token authentication, TLS, pull-through.

Debian's docker-registry as a rule; another program can stand in for it, and its files are then looked for as it keeps them.
"""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import bcrypt
import yaml

from support import http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.certificates import ServerCertificate
    from support.tokens import TokenServer

__all__ = [
    "PASSWORD",
    "PROGRAM",
    "USER",
    "Auth",
    "DockerRegistry",
    "Options",
    "Program",
    "Registry",
    "Request",
    "parse_log",
    "start",
]

Auth = Literal["basic", "token"]
PROGRAM = "docker-registry"
USER = "palette"
PASSWORD = "s3cret word"
_MARKER = "regplan-test-marker/"
_LINE = re.compile(
    r'^\S+ \S+ \S+ \[(?P<began>[^\]]+)\] "(?P<method>[A-Z]+) (?P<target>\S+) [^"]*" (?P<status>\d+) (?P<size>\d+) '
    r'"(?P<referer>[^"]*)" "(?P<agent>[^"]*)"$'
)


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the access log: `size` is the bytes of the answer's body, `began_s` the second in which the request came."""

    method: str
    path: str
    query: str
    status: int
    size: int
    agent: str
    began_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Options:
    """How a registry is set up; `upstream` makes it a pull-through cache of another one (http://HOST:PORT)."""

    auth: Auth | None = None
    certificate: ServerCertificate | None = None
    delete: bool = True
    upstream: str | None = None
    tokens: TokenServer | None = None


class Program(Protocol):
    """What listens: how it is launched, where it keeps its blobs, and whether it has the referrers API.

    `takes_single`: a blob may come with the POST that opens its upload, so that it takes one request and not two.
    """

    has_referrers: bool
    takes_single: bool

    def launch(self, registry: Registry) -> Callable[[], None]:
        """Start on the registry's port and folder, writing its access log; hand over what stops it."""
        ...

    def blobs(self, root: Path) -> Iterator[tuple[str, Path]]:
        """Yield every stored blob's digest with a file of it; manifests are blobs here too."""
        ...

    def forget_blob(self, root: Path, repository: str, digest: str) -> None:
        """Take a blob out of one repository, behind the program's back."""
        ...


class DockerRegistry:
    """Debian's docker-registry, in a process of its own."""

    has_referrers = False
    takes_single = False

    def launch(self, registry: Registry) -> Callable[[], None]:
        """Start it, and wait until it listens; raises RuntimeError where it does not."""
        with registry.log_path.open("ab") as access, (registry.folder / "registry.log").open("ab") as errors:
            process = subprocess.Popen(
                [PROGRAM, "serve", registry.folder / "config.yml"],
                stdin=subprocess.DEVNULL, stdout=access, stderr=errors,
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while not _listens(registry.port):
            if process.poll() is not None or time.monotonic() > deadline:
                _end(process)
                message = f"{PROGRAM} did not start: {(registry.folder / 'registry.log').read_text()[-2000:]}"
                raise RuntimeError(message)
            time.sleep(0.01)
        return lambda: _end(process)

    def blobs(self, root: Path) -> Iterator[tuple[str, Path]]:
        """Yield its data files."""
        for file in root.glob("docker/registry/v2/blobs/*/*/*/data"):
            yield f"{file.parents[2].name}:{file.parent.name}", file

    def forget_blob(self, root: Path, repository: str, digest: str) -> None:
        """Remove the link that puts a blob into a repository."""
        links = root / f"docker/registry/v2/repositories/{repository}/_layers"
        (links / digest.replace(":", "/") / "link").unlink()


@dataclass(slots=True)
class Registry:
    """A running registry: where it listens, where it keeps its files, and what it was asked."""

    folder: Path
    options: Options
    port: int
    user: str = USER
    password: str = PASSWORD
    program: Program = field(default_factory=DockerRegistry)
    _stop: Callable[[], None] | None = None
    _forgotten: int = field(default=0, repr=False)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"{'https' if self.options.certificate else 'http'}://{self.address}"

    @property
    def root(self) -> Path:
        """The folder under which the registry keeps its content."""
        return self.folder / "root"

    @property
    def log_path(self) -> Path:
        """The access log, one Apache-style line per request."""
        return self.folder / "access.log"

    @property
    def ca_file(self) -> Path | None:
        """The PEM file that a client must trust, where the registry speaks TLS."""
        return self.options.certificate.ca_file if self.options.certificate else None

    @property
    def needs_login(self) -> bool:
        """Tell whether the registry asks for a user and a password."""
        return self.options.auth is not None

    def authorization(self, repository: str, *actions: str) -> dict[str, str]:
        """The Authorization header for these actions on the repository, without asking the registry."""
        if self.options.auth == "basic":
            return {"Authorization": f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"}
        if self.options.tokens:
            scope = f"repository:{repository}:{','.join(actions)}"
            return {"Authorization": f"Bearer {self.options.tokens.issue(self.user, [scope])}"}
        return {}

    def upload_requests(self, blobs: int) -> int:
        """How many requests the uploads of so many blobs take."""
        return blobs if self.program.takes_single else 2 * blobs

    @property
    def has_referrers(self) -> bool:
        """Tell whether the registry has the referrers API of version 1.1."""
        return self.program.has_referrers

    def requests(self) -> list[Request]:
        """What the registry was asked since the start, or since `forget_requests`, all answered ones included."""
        self._settle()
        lines = self._log(self._forgotten).splitlines(keepends=True)
        return parse_log("".join(line for line in lines if _MARKER not in line))

    def blobs_sent(self) -> list[str]:
        """The digests of the blobs that were sent and taken, in order, one that was sent twice twice."""
        closing = ("/blobs/uploads/", "digest=")
        taken = [each for each in self.requests() if each.status == 201 and "mount=" not in each.query]
        return [
            each.query.rpartition("digest=")[2].replace("%3A", ":")
            for each in taken
            if each.method in {"PUT", "POST"} and closing[0] in each.path and closing[1] in each.query
        ]

    def forget_requests(self) -> None:
        """Let `requests` begin here."""
        self._settle()
        self._forgotten = self.log_path.stat().st_size

    def blob_files(self) -> dict[str, int]:
        """Each stored blob's digest (manifests are blobs here too) with the size of its file."""
        return {digest: file.stat().st_size for digest, file in self.program.blobs(self.root)}

    def blob_file(self, digest: str) -> Path:
        """A file of a stored blob, to be harmed."""
        return next(file for each, file in self.program.blobs(self.root) if each == digest)

    def forget_blob(self, repository: str, digest: str) -> None:
        """Take a blob out of one repository, behind the registry's back."""
        self.program.forget_blob(self.root, repository, digest)

    def blob_bytes(self) -> int:
        """The sum of the sizes of all stored blobs, manifests included, each file once."""
        return sum(self.blob_files().values())

    def start(self) -> None:
        """Start the program (again) on the same port and folder, and wait until it listens."""
        self._stop = self.program.launch(self)

    def stop(self) -> None:
        """Stop the program and keep its files."""
        if self._stop:
            self._stop()
            self._stop = None

    def collect_garbage(self) -> None:
        """Remove what no manifest names; the program is stopped meanwhile, as its documentation asks."""
        self.stop()
        command = [PROGRAM, "garbage-collect", str(self.folder / "config.yml")]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        self.start()

    def _log(self, since: int) -> str:
        with self.log_path.open("rb") as log:
            log.seek(since)
            return log.read().decode()

    def _settle(self) -> None:
        """Wait until the log has a request of our own, and nobody but readers of tests has asked anything for 50 ms."""
        if not self._stop:
            return
        before = self.log_path.stat().st_size
        marker = f"{_MARKER}{uuid.uuid4().hex}"
        http.request("GET", f"{self.url}/v2/", headers={"User-Agent": marker}, ca_file=self.ca_file)
        deadline, known = time.monotonic() + 5, -1
        while time.monotonic() < deadline:
            told = self._log(before)
            others = sum(_MARKER not in line for line in told.splitlines())
            if marker in told and others == known:
                return
            known = others
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def parse_log(text: str) -> list[Request]:
    """Read an access log, and leave out the lines that are none of its."""
    return [_request(match) for match in map(_LINE.match, text.splitlines()) if match]


def start(folder: Path, options: Options, program: Program | None = None) -> Registry:
    """Start a registry that keeps everything in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(5):
        registry = Registry(folder, options, _free_port(), program=program or DockerRegistry())
        _write_config(registry)
        try:
            registry.start()
        except RuntimeError:
            if attempt == 4:
                raise
        else:
            return registry
    raise AssertionError


def _write_config(registry: Registry) -> None:
    options = registry.options
    settings: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": False}},
        "storage": {
            "cache": {"blobdescriptor": "inmemory"},
            "filesystem": {"rootdirectory": str(registry.root)},
            "delete": {"enabled": options.delete},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": registry.address, "secret": "loopback"} | _tls(options),
        # Without a pattern, docker-registry refuses manifests whose layers have URLs (foreign layers).
        "validation": {"manifests": {"urls": {"allow": ["^https?://"]}}},
    }
    if options.upstream:
        settings["proxy"] = {"remoteurl": options.upstream}
    if options.auth:
        settings["auth"] = _auth(registry)
    (registry.folder / "config.yml").write_text(yaml.safe_dump(settings))


def _tls(options: Options) -> dict[str, object]:
    if not options.certificate:
        return {}
    chain, key = options.certificate.chain_file, options.certificate.key_file
    return {"tls": {"certificate": str(chain), "key": str(key), "minimumtls": "tls1.2"}}


def _auth(registry: Registry) -> dict[str, object]:
    if tokens := registry.options.tokens:
        names = {"realm": tokens.realm, "service": tokens.service, "issuer": tokens.issuer}
        return {"token": names | {"rootcertbundle": str(tokens.certificate_file)}}
    hashed = bcrypt.hashpw(registry.password.encode(), bcrypt.gensalt(rounds=4)).decode()
    file = registry.folder / "htpasswd"
    file.write_text(f"{registry.user}:{hashed}\n")
    return {"htpasswd": {"realm": "registry", "path": str(file)}}


def _request(match: re.Match[str]) -> Request:
    path, _, query = match["target"].partition("?")
    began_s = datetime.strptime(match["began"], "%d/%b/%Y:%H:%M:%S %z").timestamp()
    return Request(match["method"], path, query, int(match["status"]), int(match["size"]), match["agent"], began_s)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
