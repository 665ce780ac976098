"""How hosts are reached and who we are there, as values; a secret is never shown."""

from __future__ import annotations

import ipaddress
from dataclasses import field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ALL_HOSTS", "ConnectionOptions", "Credential", "HostOptions", "Login", "Secret", "host_key", "is_loopback"]

ALL_HOSTS: Final = "*"
_HUB_ENDPOINT: Final = "registry-1.docker.io"
_HUB_NAMES: Final = frozenset({"index.docker.io", "registry-1.docker.io"})


class Secret:
    """A password or token that shows itself only to who asks with `reveal`.

    >>> Secret("hunter2"), str(Secret("hunter2")), Secret("hunter2") == Secret("hunter2")
    (Secret(***), '***', True)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Keep `value`."""
        self._value = value

    def reveal(self) -> str:
        """Tell the value, to put it on the wire and nowhere else."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Credential:
    """Who we are at one host: a user with a password, an identity (refresh) token, or a ready bearer token.

    `origin` says where it was found, for messages: a file's path, a helper's name or "the command line".
    """

    username: str = ""
    password: Secret | None = None
    identity_token: Secret | None = None
    bearer_token: Secret | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """The credential that was given on the command line, the one host that it is for, and that one's further nodes."""

    host: str
    credential: Credential
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostOptions:
    """How one host is reached; None is "not said", and `ConnectionOptions.for_host` leaves no None where a bool stands.

    `tls_fingerprint` is the SHA-256 of the server's certificate ("sha256:…" or plain hex); it stands in for the chain
    and the name. `client_key` None means that the key stands in the file of `client_cert`.
    """

    tls_verify: bool | None = None
    ca_cert: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    tls_fingerprint: str | None = None
    plain_http: bool | None = None


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How all hosts are reached: `by_host` maps HOST[:PORT], or "*" for all hosts, to what was said of it.

    `offline` means that no connection is made and no name is looked up. `ahead_bytes` is how much of a large answer
    the system may take before it is read, None: as much as it likes. `at_once` is how many small requests go to a host
    at the same time.
    """

    by_host: Mapping[str, HostOptions] = field(default_factory=lambda: MappingProxyType({}))
    offline: bool = False
    login: Login | None = None
    ahead_bytes: int | None = None
    at_once: int = 8

    def for_host(self, host: str) -> HostOptions:
        """Tell how `host` is reached: what was said of it, else what was said of all hosts, else TLS with checks.

        >>> said = ConnectionOptions({"*": HostOptions(tls_verify=False), "a:1": HostOptions(plain_http=True)})
        >>> said.for_host("a:1").plain_http, said.for_host("a:1").tls_verify, said.for_host("b").plain_http
        (True, False, False)
        """
        chosen = {"tls_verify": True, "plain_http": False}
        for said in (self.by_host.get(ALL_HOSTS), self._said_of(host)):
            if said is not None:
                values = ((entry.name, getattr(said, entry.name)) for entry in fields(said))
                chosen.update((name, value) for name, value in values if value is not None)
        return HostOptions(**chosen)  # type: ignore[arg-type]  # every field keeps its own type

    def endpoint(self, host: str) -> str:
        """Tell the URL at which the registry that references call `host` is asked, without a path.

        >>> ConnectionOptions().endpoint("docker.io")
        'https://registry-1.docker.io'
        """
        scheme = "http" if self.for_host(host).plain_http else "https"
        return f"{scheme}://{_HUB_ENDPOINT if host == 'docker.io' else host}"

    def names_plain_http(self, host: str) -> bool:
        """Tell whether plain HTTP was asked for this very host, and not only for all hosts."""
        said = self._said_of(host)
        return said is not None and said.plain_http is True

    def may_log_in(self, host: str) -> bool:
        """Tell whether credentials may go to `host`: over TLS, to loopback, or where plain HTTP names the host."""
        return not self.for_host(host).plain_http or is_loopback(host) or self.names_plain_http(host)

    def _said_of(self, host: str) -> HostOptions | None:
        wanted = host_key(host)
        return next((said for named, said in self.by_host.items() if host_key(named) == wanted), None)


def host_key(host: str) -> str:
    """Make the names of one host one: lower case, and Docker Hub's three names the same.

    >>> host_key("Registry-1.docker.io"), host_key("127.0.0.1:5000")
    ('docker.io', '127.0.0.1:5000')
    """
    key = host.lower()
    return "docker.io" if key in _HUB_NAMES else key


def is_loopback(host: str) -> bool:
    """Tell whether HOST[:PORT] is this machine by its very name, without a look-up.

    >>> [is_loopback(host) for host in ("127.0.0.1:5000", "[::1]:5000", "localhost", "localhost.evil.example")]
    [True, True, True, False]
    """
    name = host.lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
