"""What a target of a seeding tells of itself before anything is written, and the phase that a site is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.reference import Reference

__all__ = ["ImmutableRule", "Phase", "ProjectFound", "TargetFound"]


@dataclass(frozen=True, slots=True)
class ImmutableRule:
    """A rule of a Harbor project that keeps tags from being moved: patterns of repositories and tags, as Harbor has them.

    An `excludes_*` pattern holds for what it does not match.
    """

    repositories: str = "**"
    tags: str = "**"
    excludes_repositories: bool = False
    excludes_tags: bool = False


@dataclass(frozen=True, slots=True)
class ProjectFound:
    """A Harbor project: whether it is there, its storage quota and what of it is used, in bytes, and its immutable tags.

    `quota_bytes` is None where there is no limit, or where this login may not see it: then `used_bytes` is None too.
    """

    name: str
    exists: bool
    quota_bytes: int | None = None
    used_bytes: int | None = None
    immutable: tuple[ImmutableRule, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetFound:
    """What is known of a target; None and "" are what it does not tell.

    `kind` is Zot, Harbor, tree or "". `problem` says why it could not be asked at all. `takes_docker_types` tells whether
    manifests of Docker's media types are taken. `free_bytes` is the room on the disk behind it, `days_left` how long its
    certificate is valid.
    """

    name: str
    kind: str = ""
    problem: str = ""
    project: ProjectFound | None = None
    takes_docker_types: bool | None = None
    free_bytes: int | None = None
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the four steps by which a site gets its images: what is brought, by what, and how far it is.

    `state` is done, now, later or unknown; `hosts` is how many hosts each get `size_bytes`, 1 where a registry gets them.
    """

    number: int
    title: str
    how: str
    state: str
    references: tuple[Reference, ...] = ()
    size_bytes: int = 0
    hosts: int = 1
