"""`seed --emit job`: the same seeding, to be run inside the cluster."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidReference
from regplan.model.run import SeedLimits
from regplan.oci.reference import Reference
from regplan.plan.seeding import unseedable
from regplan.registry.options import ALL_HOSTS
from regplan.report.job import JobSpec, job_text
from regplan.store.files import read_text
from regplan.values import dataclass
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking
from regplan.verbs.seeding import reasons, resolved_job
from regplan.verbs.sites import options_for
from regplan.verbs.study import choice_of, raise_if_unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.image import ResolvedReference
    from regplan.model.progress import Report
    from regplan.plan.mapping import Mapping as Renaming
    from regplan.registry.options import HostOptions
    from regplan.resolve import Choice
    from regplan.verbs.seeding import SeedJob
    from regplan.verbs.targets import Target

__all__ = ["Emitted", "JobWish", "emit_job"]

_RULES: Final = "rules.yaml"
_NOT_IN_KEYS: Final = re.compile(r"[^-._a-zA-Z0-9]+")


@dataclass(frozen=True, slots=True)
class JobWish:
    """How the Job is to run: regplan's own image, the namespace, the Secret with the logins, and what it may take.

    With `create_project` it makes the Harbor project that is not there.
    """

    image: str
    namespace: str = "default"
    secret: str = ""
    limits: SeedLimits = field(default_factory=SeedLimits)
    create_project: bool = False


@dataclass(frozen=True, slots=True)
class Emitted:
    """The Job as YAML, how many images it seeds, and what could not be resolved (one sentence each).

    `is_listed` tells whether the site names regplan's own image: one that it does not name must be brought to the hosts.
    """

    text: str
    images: int
    is_listed: bool
    unresolved: tuple[str, ...] = ()


def emit_job(job: SeedJob, wish: JobWish, options: Options | None = None, report: Report | None = None) -> Emitted:
    """Resolve what a job names and write it as a Kubernetes Job, blocking; the target is asked nothing.

    Raises `InputError` where the target is a folder, where a source is on this machine, and for an image that is none.
    """
    told = options or Options()
    own = _own_image(wish.image)
    if job.target.folder:
        raise InputError(f"{job.target}: a job in the cluster writes to a registry, --to docker://HOST:PORT/PROJECT")
    sources = _sources(options_for(job.site, told).sources or (() if job.site is None else job.site.inputs.sources))

    async def resolve() -> Emitted:
        async with resolved_job(job, told, report) as resolved:
            raise_if_unusable(resolved.found)
            entries = resolved.found.inventory.entries
            if not entries:
                raise InputError(
                    "\n".join(
                        ("nothing could be resolved, so there is nothing to seed:", *reasons(resolved.found.inventory))
                    )
                )
            if lost := unseedable(entries):
                raise InputError("\n".join(("this cannot be seeded:", *lost)))
            is_listed = any(entry.reference == own for entry in entries)
            lines = (*(_pinned(entry) for entry in entries), *(() if is_listed else (str(own),)))
            reach = told.connection.by_host
            rules = _rules_file(resolved.mapping)
            arguments = (
                *_targets(job.target),
                *(("--mapping", f"{{config}}/{_RULES}") if rules else ("--mapping", str(resolved.mapping))),
                *sources,
                *_mirrors(options_for(job.site, told)),
                *_what(choice_of(told, job.site)),
                *_reach(reach),
                *_limits(wish.limits),
                *(("--create-project",) if wish.create_project else ()),
            )
            title = job.target.host if job.site is None else job.site.name
            zone = "" if job.site is None else job.site.timezone
            files = {**_files(reach), **rules}
            spec = JobSpec(title, wish.image, lines, arguments, wish.namespace, wish.secret, files, zone)
            return Emitted(job_text(spec), len(lines), is_listed, reasons(resolved.found.inventory))

    return run_blocking(resolve)


def _own_image(text: str) -> Reference:
    try:
        return Reference.parse(text)
    except InvalidReference as error:
        raise InputError(f"--job-image {text!r}: {error}") from None


def _pinned(entry: ResolvedReference) -> str:
    """Write a reference with the digest of what is to stand at the target: of the one image, or of the index that is kept.

    The tag stays, since workloads ask for it.
    """
    reference = entry.reference
    digest = entry.images[0].digest if not entry.indexes else entry.digest
    return f"{reference.name}{f':{reference.tag}' if reference.tag else ''}@{digest}"


def _sources(texts: Sequence[str]) -> tuple[str, ...]:
    """Tell the sources that a pod can reach; raises `InputError` where there are only folders and files of this machine."""
    reachable = [text for text in texts if text in {"origin", "mirrors"} or text.startswith("docker://")]
    if texts and not reachable:
        raise InputError(
            f"{texts[0]} is on this machine, and a job in the cluster cannot read it: add --from docker://HOST or --from origin"
        )
    return tuple(part for text in reachable for part in ("--from", text))


def _targets(target: Target) -> Iterator[str]:
    """Write every node of the registry."""
    for host in target.hosts:
        yield from ("--to", f"docker://{host}/{target.project}")


def _mirrors(options: Options) -> Iterator[str]:
    for host, mirrors in options.mirrors:
        for mirror in mirrors:
            yield from ("--mirror", f"{host}={mirror}")


def _what(choice: Choice) -> Iterator[str]:
    """Write which images of an index are wanted, and whether what refers to them is."""
    if choice.all_platforms:
        yield "--all-platforms"
    else:
        for platform in choice.platforms:
            yield from ("--platform", str(platform))
    if choice.referrers:
        yield "--with-referrers"


def _reach(hosts: Mapping[str, HostOptions]) -> Iterator[str]:
    """Write how the target's nodes and the sources are reached, as the options of the command line."""
    for host, reach in hosts.items():
        place = "" if host == ALL_HOSTS else f"{host}="
        if reach.client_cert is not None:
            raise InputError(
                f"--client-cert {reach.client_cert}: its key is a secret, which a Job that is printed cannot hold; run "
                "`regplan seed` where the key is, or give the pod a login with --job-secret"
            )
        if reach.plain_http:
            yield f"--plain-http={host}" if place else "--plain-http"
        if reach.ca_cert is not None:
            yield f"--ca-cert={place}{{config}}/{_file_of(host)}"
        if reach.tls_fingerprint is not None:
            yield f"--tls-fingerprint={place}{reach.tls_fingerprint}"
        if reach.tls_verify is not None:
            yield f"--tls-verify={place}{str(reach.tls_verify).lower()}"


def _rules_file(mapping: Renaming) -> dict[str, str]:
    """Write rules that rename images as a file; nothing for a shape that has a name."""
    if isinstance(mapping, str):
        return {}
    import yaml

    replaced = {prefix or "all": target for prefix, target in mapping.replaced}
    told = {"registryMappingRules": dict(mapping.mapped), "imageReplacementRules": replaced}
    return {_RULES: yaml.safe_dump({key: rules for key, rules in told.items() if rules}, sort_keys=False)}


def _files(hosts: Mapping[str, HostOptions]) -> dict[str, str]:
    return {_file_of(host): read_text(reach.ca_cert) for host, reach in hosts.items() if reach.ca_cert is not None}


def _file_of(host: str) -> str:
    """Name a host's certificates in the ConfigMap, whose keys hold neither colons nor brackets."""
    return "ca.crt" if host == ALL_HOSTS else f"ca-{_NOT_IN_KEYS.sub('_', host)}.crt"


def _limits(limits: SeedLimits) -> Iterator[str]:
    """Write limits as the options of the command line."""
    if limits.max_bps is not None:
        yield from ("--max-rate", f"{limits.max_bps}bit/s")
    for window in limits.windows:
        yield from ("--window", window)
    if limits.most_pulls is not None:
        yield from ("--max-pulls", str(limits.most_pulls))
    yield from ("--min-rate", f"{limits.min_bps}bit/s", "--stall-after", f"{limits.patience_s:g}s")
