"""What `--to` and `--at` name: a registry, or a folder for a tree of layouts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.values import dataclass
from regplan.verbs.arguments import split_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Target", "parse_target", "parse_targets"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to seed: a registry's host with a project, or a folder for a tree of layouts; `nodes` are further hosts."""

    host: str = ""
    project: str = ""
    folder: str = ""
    nodes: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """All nodes of the registry, the preferred one first; none for a folder."""
        return (self.host, *self.nodes) if self.host else ()

    def at(self, host: str) -> Target:
        """The same registry, by another of its nodes.

        >>> str(Target("10.0.0.5", "p", nodes=("10.0.0.6",)).at("10.0.0.6"))
        'docker://10.0.0.6/p'
        """
        if host not in self.nodes:
            return self
        return replace(self, host=host, nodes=tuple(each for each in self.hosts if each != host))

    def __str__(self) -> str:
        """The target as `--to` takes it, by its first node."""
        return f"oci:{self.folder}" if self.folder else f"docker://{self.host}/{self.project}"


def parse_target(text: str) -> Target:
    """Read `docker://HOST[:PORT]/PROJECT` or `oci:DIR`; raises `InputError`.

    >>> str(parse_target("docker://10.0.0.5:30003/spectro-images/"))
    'docker://10.0.0.5:30003/spectro-images'
    """
    if text.startswith("oci:"):
        folder, name = split_layout(text.removeprefix("oci:"))
        if name:
            raise InputError(f"{text}: a tree takes every image under its own name; write oci:{folder}")
        return Target(folder=folder)
    if text.startswith("docker://"):
        host, _, project = text.removeprefix("docker://").strip("/").partition("/")
        if host and project and "@" not in host:
            return Target(host, project)
    raise InputError("a target reads docker://HOST:PORT/PROJECT or oci:DIR, without user and password")


def parse_targets(texts: Sequence[str]) -> Target:
    """Read one target, or several that are the nodes of one registry; raises `InputError`.

    >>> parse_targets(["docker://10.0.0.5:30003/p", "docker://10.0.0.6:30003/p"]).hosts
    ('10.0.0.5:30003', '10.0.0.6:30003')
    """
    first, *others = map(parse_target, texts)
    for other in others:
        if first.folder or other.folder:
            raise InputError(f"{first} and {other} are two targets; several are taken only as nodes of one registry")
        if other.project != first.project:
            raise InputError(
                f"{first} and {other} differ in their project: several targets are nodes of one registry and have one project"
            )
    hosts = dict.fromkeys(target.host for target in (first, *others))
    return replace(first, nodes=tuple(host for host in hosts if host != first.host))
