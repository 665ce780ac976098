"""Which Palette is asked and who asks it: an address, an API key and a project, told or from the environment; pure."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from regplan.errors import InputError
from regplan.patterns import pattern
from regplan.registry.options import Secret, host_key, is_loopback
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.registry.options import ConnectionOptions

__all__ = ["FAMILIES", "PaletteAsked", "PaletteTarget", "find_target"]

# The names that Spectro Cloud's own tools read: the agent toolkit and the SDK's examples, the Terraform provider and the
# MCP server. A host, key and project of one family belong together.
FAMILIES: Final = (
    ("PALETTE_HOST", "PALETTE_API_KEY", "PALETTE_PROJECT_UID"),
    ("SPECTROCLOUD_HOST", "SPECTROCLOUD_APIKEY", "SPECTROCLOUD_DEFAULT_PROJECT_ID"),
)
_HOST: Final = pattern(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::([0-9]{1,5}))?")
_UID: Final = pattern(r"[0-9a-f]{24}")
_KEY: Final = pattern(r"[\x21-\x7e]+")
_KEYS: Final = " or ".join(f"${key}" for _, key, _ in FAMILIES)
_HOSTS: Final = " or ".join(f"${host}" for host, _, _ in FAMILIES)


@dataclass(frozen=True, slots=True)
class PaletteAsked:
    """What the command line says of Palette: `url` is None where only the environment may name one."""

    url: str | None = None
    project: str | None = None
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class PaletteTarget:
    """A Palette that can be asked: `endpoint` is SCHEME://HOST[:PORT], `origin` says where the key was found."""

    endpoint: str
    key: Secret = field(repr=False)
    origin: str
    project: str = ""

    @property
    def host(self) -> str:
        """HOST[:PORT], as messages name it."""
        return self.endpoint.partition("://")[2]


def find_target(asked: PaletteAsked, environment: Mapping[str, str], connection: ConnectionOptions) -> PaletteTarget:
    """Tell the Palette that was asked for; raises `InputError` where address or key is absent or cannot be.

    An API key of the environment goes to no other host than the one that the environment names beside it.
    """
    family = _family(asked, environment)
    named = environment.get(family[0], "").strip()
    address = asked.url if asked.url is not None else named
    if not address:
        raise InputError(f"no Palette is named: give --palette https://HOST, or set {_HOSTS}")
    endpoint = _endpoint(address, "--palette" if asked.url is not None else f"${family[0]}", connection)
    key, origin = asked.key, "standard input"
    if key is None:
        key, origin = Secret(environment.get(family[1], "").strip()), f"${family[1]}"
        _check_owner(endpoint, family, environment, connection)
    if not key:
        raise InputError(f"{endpoint}: an API key is needed: set {_KEYS}, or give --palette-key-stdin")
    if _KEY.fullmatch(key.reveal()) is None:
        raise InputError(f"the API key from {origin} holds characters that no API key has")
    project = asked.project if asked.project is not None else environment.get(family[2], "").strip()
    return PaletteTarget(endpoint, key, origin, _project(project))


def _family(asked: PaletteAsked, environment: Mapping[str, str]) -> tuple[str, str, str]:
    """Choose the names to go by: those that name the host asked for, else those that have a key, else a host."""

    def rank(family: tuple[str, str, str]) -> tuple[bool, bool, bool]:
        host, key, _ = family
        named = environment.get(host, "").strip()
        is_asked = asked.url is not None and bool(named) and _bare(named) == _bare(asked.url)
        return is_asked, bool(environment.get(key, "").strip()), bool(named)

    return max(FAMILIES, key=rank)


def _check_owner(
    endpoint: str, family: tuple[str, str, str], environment: Mapping[str, str], connection: ConnectionOptions
) -> None:
    named = environment.get(family[0], "").strip()
    if named and _endpoint(named, f"${family[0]}", connection) != endpoint:
        raise InputError(
            f"the API key in ${family[1]} is for {_bare(named)} (${family[0]}) and not for {_bare(endpoint)}: "
            "set both, or give the key with --palette-key-stdin"
        )


def _bare(address: str) -> str:
    return host_key(address.rpartition("://")[2].rpartition("@")[2].strip("/"))


def _endpoint(address: str, where: str, connection: ConnectionOptions) -> str:
    """Read HOST[:PORT] with or without a scheme; without one it is HTTPS unless plain HTTP was asked for that host."""
    text = address.strip()
    parts = urlsplit(text if "://" in text else f"//{text}")
    host = parts.netloc.lower()
    if "@" in parts.netloc or not _is_host(host) or parts.scheme not in {"", "http", "https"}:
        raise InputError(f"{where}: this is no address; write https://HOST, without user, password and key")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InputError(f"{where} {_bare(host)}/…: give the address of the API alone, such as https://{host}")
    scheme = parts.scheme or ("http" if connection.for_host(host).plain_http else "https")
    if scheme == "http" and not (is_loopback(host) or connection.names_plain_http(host)):
        raise InputError(
            f"{where} http://{host}: the API key does not go over plain HTTP; if that is meant, say --plain-http={host}"
        )
    return f"{scheme}://{host}"


def _is_host(text: str) -> bool:
    match = _HOST.fullmatch(text)
    return match is not None and int(match[1] or 1) < 65536


def _project(text: str) -> str:
    if text and _UID.fullmatch(text) is None:
        raise InputError(
            f"{text!r} is no project ID: 24 hexadecimal digits, as in the console's address after /projects/"
        )
    return text
