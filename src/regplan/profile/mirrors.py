"""Mirrors of source hosts, as the command line and the site file name them: text in, values out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.reference import without_password
from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parse_mirror", "parse_mirrors", "parse_source_host"]

_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_MIRROR = pattern(rf"({_HOST})((?:/{_COMPONENT})*)/?")
_SOURCE = pattern(_HOST)
_HUB: Final = frozenset({"index.docker.io", "registry-1.docker.io"})


def parse_source_host(text: str) -> str:
    """Read the host that references name; Docker Hub's names are one.

    >>> parse_source_host("Quay.io"), parse_source_host("registry-1.docker.io")
    ('quay.io', 'docker.io')
    """
    host = text.strip().lower()
    if _SOURCE.fullmatch(host) is None or not ("." in host or ":" in host or host == "localhost"):
        raise InputError(f"{without_password(host)!r} is not the host of a registry, such as docker.io or quay.io")
    return "docker.io" if host in _HUB else host


def parse_mirror(text: str) -> str:
    """Read HOST[:PORT][/PREFIX]; raises `InputError`.

    >>> parse_mirror("docker://Mirror.corp:5000/hub/")
    'mirror.corp:5000/hub'
    """
    told = text.strip().removeprefix("docker://")
    match = _MIRROR.fullmatch(told)
    if match is None:
        shown = without_password(text.strip())
        raise InputError(f"{shown!r} is not a mirror; write HOST[:PORT][/PREFIX], without a scheme and without a login")
    return f"{match[1].lower()}{match[2]}"


def parse_mirrors(texts: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read what `--mirror` takes, SOURCE-HOST=HOST[/PREFIX]; several for one host keep their order.

    >>> parse_mirrors(["docker.io=a.corp/hub", "quay.io=a.corp", "docker.io=b.corp"])
    (('docker.io', ('a.corp/hub', 'b.corp')), ('quay.io', ('a.corp',)))
    """
    found: dict[str, dict[str, None]] = {}
    for text in texts:
        host, equals, mirror = text.partition("=")
        if not equals:
            raise InputError(f"--mirror {without_password(text)!r}: write SOURCE-HOST=HOST[/PREFIX]")
        try:
            found.setdefault(parse_source_host(host), {})[parse_mirror(mirror)] = None
        except InputError as error:
            raise InputError(f"--mirror: {error}") from error
    return tuple((host, tuple(mirrors)) for host, mirrors in found.items())
