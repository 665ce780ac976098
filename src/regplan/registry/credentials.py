"""Who we are at a registry: the command line, Docker's and podman's login files, and credential helpers."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.registry.helpers import ask_helper
from regplan.registry.options import Credential, Secret, host_key
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.registry.options import ConnectionOptions

__all__ = ["AuthFile", "Credentials"]

_log = logging.getLogger(__name__)
_HUB: Final = "docker.io"
HUB_KEY: Final = "https://index.docker.io/v1/"
_MOST_BYTES: Final = 2**20
_NAME: Final = "DOCKER_AUTH_CONFIG"
# Stands among the files for the text that the environment holds.
_VARIABLE: Final = Path(f"${_NAME}")


@dataclass(frozen=True, slots=True)
class AuthFile:
    """A login file that is looked at: `hosts` are the keys that it holds; `problem` says why it cannot be used."""

    path: Path
    exists: bool
    hosts: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Logins:
    name: str
    auths: Mapping[str, Mapping[str, Any]] = field(repr=False)
    helpers: Mapping[str, str]
    store: str


class Credentials:
    """The credentials of a user, looked up when a host is first asked.

    In this order: `options.login`, `$REGISTRY_AUTH_FILE`, `$DOCKER_AUTH_CONFIG` (a login file's text, as pipelines keep
    it), `$DOCKER_CONFIG/config.json` (else `~/.docker/config.json`), `${XDG_RUNTIME_DIR}/containers/auth.json`, `~/.config/containers/auth.json`. `environment` stands for the process's.
    """

    def __init__(self, options: ConnectionOptions, environment: Mapping[str, str]) -> None:
        """Read no file yet."""
        self._login = options.login
        self._environment = environment
        self._read: dict[Path, _Logins | None] = {}
        self._found: dict[tuple[str, str], Credential | None] = {}
        self._helped: dict[tuple[str, str], Credential | None] = {}
        self._lock = threading.Lock()
        self._is_plain = False

    def find(self, host: str, repository: str = "") -> Credential | None:
        """Tell who we are at `host` for `repository`; None: nobody. Blocks while a helper runs; raises `InputError`."""
        key = (host_key(host), repository)
        with self._lock:
            if key not in self._found:
                self._found[key] = self._look(*key)
            return self._found[key]

    @property
    def takes_a_while(self) -> bool:
        """Whether the next `find` may: files are still to be read, or one of them names a helper, which may ask the user."""
        return not self._is_plain

    def files_seen(self) -> tuple[AuthFile, ...]:
        """List the login files that are looked at, for `regplan doctor`; what they hold for a host is not told."""
        paths = dict.fromkeys(path for path, _ in self._paths() if path != _VARIABLE or self._environment.get(_NAME))
        return tuple(self._describe(path) for path in paths)

    def _look(self, host: str, repository: str) -> Credential | None:
        if self._login is not None and host in map(host_key, (self._login.host, *self._login.nodes)):
            return self._login.credential
        for path, is_named in self._paths():
            logins = self._logins(path, is_named=is_named)
            if logins is not None and (found := self._look_in(logins, host, repository)) is not None:
                _log.debug("%s: credentials from %s", host, found.origin)
                return found
        read = [logins for logins in self._read.values() if logins is not None]
        self._is_plain = not any(logins.helpers or logins.store for logins in read)
        return None

    def _look_in(self, logins: _Logins, host: str, repository: str) -> Credential | None:
        helper = next((name for key, name in logins.helpers.items() if _key(key) == host), "")
        if helper:
            return self._ask(helper, host, f"{logins.name}: credHelpers", needed=True)
        key, entry = _longest(logins.auths, host, repository)
        if logins.store:
            where = f"{logins.name}: credsStore"
            # Docker leaves an empty entry for what its store holds; without one the store may as well know nothing.
            found = self._ask(logins.store, host, where, needed=key is not None)
            if found is not None:
                return found
        return None if key is None or not entry else _credential(entry, key, logins.name)

    def _ask(self, helper: str, host: str, where: str, *, needed: bool) -> Credential | None:
        """Ask a helper once for each host: some take a second, or ask the user."""
        if (helper, host) not in self._helped:
            self._helped[helper, host] = ask_helper(helper, _server(host), self._environment, where, needed=needed)
        return self._helped[helper, host]

    def _paths(self) -> Iterator[tuple[Path, bool]]:
        """Yield the files in order, each with whether the user named it."""
        get = self._environment.get
        home = Path(get("HOME") or get("USERPROFILE") or _home())
        if named := get("REGISTRY_AUTH_FILE"):
            yield Path(named).expanduser(), True
        yield _VARIABLE, False
        yield Path(get("DOCKER_CONFIG") or home / ".docker") / "config.json", False
        if runtime := get("XDG_RUNTIME_DIR"):
            yield Path(runtime) / "containers" / "auth.json", False
        yield Path(get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json", False

    def _logins(self, path: Path, *, is_named: bool) -> _Logins | None:
        if path not in self._read:
            if is_named and not path.is_file():
                raise InputError(f"REGISTRY_AUTH_FILE names {path}, which is not a file; unset it or run podman login")
            self._read[path] = self._read_logins(path)
        return self._read[path]

    def _read_logins(self, path: Path) -> _Logins | None:
        if path != _VARIABLE:
            return _read_logins(path)
        text = self._environment.get(_NAME)
        return _parse_logins(text.encode(), str(path)) if text else None

    def _describe(self, path: Path) -> AuthFile:
        try:
            logins = self._read_logins(path)
        except InputError as error:
            return AuthFile(path, exists=True, problem=str(error))
        if logins is None:
            return AuthFile(path, exists=False)
        helpers = {*logins.helpers.values(), *([logins.store] if logins.store else [])}
        hosts = {*logins.auths, *logins.helpers}
        return AuthFile(path, exists=True, hosts=tuple(sorted(hosts)), helpers=tuple(sorted(helpers)))


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise InputError("the home folder is unknown, and so is where auth files are: set HOME") from None


def _read_logins(path: Path) -> _Logins | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > _MOST_BYTES:
        raise InputError(f"{path}: is larger than a login file can be")
    return _parse_logins(raw, str(path))


def _parse_logins(raw: bytes, name: str) -> _Logins:
    try:
        document = json.loads(raw or b"{}")
    except json.JSONDecodeError as error:
        # The decoder's exception holds the whole file, and so must not be chained.
        raise InputError(f"{name}: is not JSON (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{name}: is not JSON") from None
    if not isinstance(document, dict):
        raise InputError(f"{name}: is not a login file: it is not a JSON object")
    auths = _mapping(document, "auths", dict, name)
    helpers = _mapping(document, "credHelpers", str, name)
    store = document.get("credsStore") or ""
    if not isinstance(store, str):
        raise InputError(f"{name}: credsStore is not a name")
    return _Logins(name, auths, helpers, store)


def _mapping(document: dict[str, Any], part: str, kind: type, name: str) -> Mapping[str, Any]:
    value = document.get(part) or {}
    if not isinstance(value, dict):
        raise InputError(f"{name}: {part} is not an object")
    for key, entry in value.items():
        if entry is not None and not isinstance(entry, kind):
            raise InputError(f"{name}: {part}[{key!r}] is not {'an object' if kind is dict else 'a name'}")
    return {key: entry for key, entry in value.items() if entry is not None}


def _key(written: str) -> str:
    """Tell the HOST[/PATH] that a key of a login file means: Docker writes URLs, podman host and path.

    >>> _key("https://index.docker.io/v1/"), _key("https://harbor.example/v2/"), _key("quay.io/team")
    ('docker.io', 'harbor.example', 'quay.io/team')
    """
    without_scheme = written.partition("://")[2] or written
    host, _, path = without_scheme.partition("/")
    path = path.strip("/")
    is_url = "://" in written or path in {"v1", "v2"}
    return host_key(host) if is_url or not path else f"{host_key(host)}/{path}"


def _longest(
    auths: Mapping[str, Mapping[str, Any]], host: str, repository: str
) -> tuple[str | None, Mapping[str, Any]]:
    """Find the entry for the longest part of HOST/REPOSITORY (containers-auth.json(5))."""
    by_key = {_key(written): written for written in reversed(list(auths))}
    name = f"{host}/{repository}" if repository else host
    while name:
        if name in by_key:
            return by_key[name], auths[by_key[name]]
        name = name.rpartition("/")[0]
    return None, {}


def _server(host: str) -> str:
    return HUB_KEY if host == _HUB else host


def _credential(entry: Mapping[str, Any], key: str, name: str) -> Credential | None:
    where = f"{name}: auths[{key!r}]"
    parts = ("username", "password", "auth", "identitytoken", "registrytoken")
    values = {part: entry.get(part) or "" for part in parts}
    wrong = next((part for part, value in values.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise InputError(f"{where}.{wrong} is not a text")
    token = values["registrytoken"]
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise InputError(f"{where}.registrytoken is not a token that can be sent; log in again")
    username, password = values["username"], values["password"]
    if values["auth"]:
        username, password = _decode(values["auth"], where)
    if not (password or values["identitytoken"] or token):
        return None
    return Credential(
        username,
        Secret(password) if password else None,
        Secret(values["identitytoken"]) if values["identitytoken"] else None,
        Secret(token) if token else None,
        name,
    )


def _decode(auth: str, where: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise InputError(f"{where}.auth is not USER:PASSWORD in base64; log in again") from None
    if not colon:
        raise InputError(f"{where}.auth is not USER:PASSWORD in base64; log in again")
    # Docker pads some of them with zero bytes.
    return username, password.strip("\0")
