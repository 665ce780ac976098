"""What a target of a seeding tells of itself before anything is written, and the phase that a site is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.model.verifying import Damage
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.run import Forecast, SeedLimits
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference

__all__ = ["ImmutableRule", "NameFound", "Nodes", "Phase", "ProjectFound", "Prospect", "Rights", "TargetFound", "There"]


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

    `quota_bytes` is None where there is no limit, or where this login may not see it: then `used_bytes` is None too. A proxy
    cache (`is_proxy`) takes no push.
    """

    name: str
    exists: bool
    quota_bytes: int | None = None
    used_bytes: int | None = None
    immutable: tuple[ImmutableRule, ...] = ()
    is_proxy: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """What a login's tokens say of pushing to so many `repositories`: those that are `refused`.

    `unknown` is why nothing is said of it, "" where it is.
    """

    repositories: int
    refused: tuple[str, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class TargetFound:
    """What is known of a target; None and "" are what it does not tell.

    `kind` is Zot, Harbor, tree or "". `problem` says why it could not be asked at all. `takes_docker_types` tells whether
    manifests of Docker's media types are taken. `free_bytes` is the room on the disk behind it, `days_left` how long its
    certificate is valid. `has_links` is False where a disk makes a copy of a blob for each repository. `creation` is the call
    that makes a project that is not there, for whoever makes it by hand, and `refusal` says why it was not made though it was
    wanted. `requests` is what a run takes to tell all this. `rights` is None where nobody looked.
    """

    name: str
    kind: str = ""
    problem: str = ""
    project: ProjectFound | None = None
    takes_docker_types: bool | None = None
    free_bytes: int | None = None
    days_left: int | None = None
    creation: str = ""
    refusal: str = ""
    requests: int = 0
    rights: Rights | None = None
    has_links: bool = True


@dataclass(frozen=True, slots=True)
class NameFound:
    """Which digest a name has at a target; where it has none, whether nothing was ever begun in its repository.

    `is_untouched` is None where the target does not tell.
    """

    digest: Digest | None = None
    is_untouched: bool | None = None


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


@dataclass(frozen=True, slots=True)
class There:
    """What of a plan is known to be at its target already: manifests in their repositories, and blobs, each once.

    `complete` tells whether everything was asked for: else more may be there.
    """

    manifests: int = 0
    blobs: int = 0
    blob_bytes: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Nodes:
    """Which of a registry's nodes is asked now, and which were passed over or died, one sentence each, in that order."""

    asked: str
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prospect:
    """A seeding before anything moves: its plan with what is left to do, what was found, and where the site stands.

    `left_bytes` are still to be sent, at most so many where `left_is_upper_bound`, and `there` is what is not. `phases` is empty where the layers of a profile are not known. `limits` are what it may
    take, and `forecast` is when it should end, None where no rate is known. `level` is how closely was looked, and `damage`
    what images that are there lack or hold wrongly, as far as was looked. `nodes` is None where the registry has one.
    `requests_if_single` is what the plan's `requests_min` becomes if the first blob shows that each may come with one request;
    None where it is known.
    """

    plan: SeedPlan
    findings: tuple[Finding, ...] = ()
    phases: tuple[Phase, ...] = ()
    left_bytes: int = 0
    limits: SeedLimits | None = None
    forecast: Forecast | None = None
    level: str = "tags"
    damage: Damage = Damage()
    there: There = There()
    nodes: Nodes | None = None
    requests_if_single: int | None = None
    left_is_upper_bound: bool = False

    @property
    def is_stopped(self) -> bool:
        """Whether something was found that must be mended before anything is written."""
        return any(finding.verdict is Verdict.FAIL for finding in self.findings)
