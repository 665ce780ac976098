"""Where an image stands at the target: its source's name, written as a repository under the project.

What Palette does not document, and is assumed here: prefixes match whole components of a name that is written out in
full; of several the longest wins, `imageReplacementRules` before `registryMappingRules`; one rule is applied, once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.errors import InputError
from regplan.model.wiring import RewriteRules
from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.oci.reference import Reference

__all__ = ["MAPPINGS", "SHAPES", "Mapping", "rewrite", "target_name", "target_repository", "without_idle"]

Mapping: TypeAlias = str | RewriteRules

MAPPINGS: Final = ("host", "plain")
SHAPES: Final = (*MAPPINGS, "last")
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = pattern(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_MOST_NAME: Final = 255


def target_repository(reference: Reference, project: str, mapping: Mapping = "host") -> str:
    """Tell the repository at the target that holds `reference`, under `project` ("" for none).

    "host" keeps the source host, a port's colon written as an underscore, as Palette's docs show it; "plain" keeps the
    repository path alone, "last" its last component (`skopeo sync` without --scoped); rules rewrite the name first and then keep the host, unless that is the registry's own.
    Raises `InputError` for an unknown mapping and for a name that no registry takes.

    >>> from regplan.oci.reference import Reference
    >>> target_repository(Reference.parse("nginx"), "spectro-images")
    'spectro-images/docker.io/library/nginx'
    >>> target_repository(Reference.parse("harbor.corp:8443/a:1"), "spectro-images")
    'spectro-images/harbor.corp_8443/a'
    >>> target_repository(Reference.parse("quay.io/coreos/etcd"), "spectro-images", "plain")
    'spectro-images/coreos/etcd'
    >>> target_repository(Reference.parse("quay.io/coreos/etcd"), "spectro-images", "last")
    'spectro-images/etcd'
    >>> rules = RewriteRules(mapped=(("gcr.io/spectro", "mirror.corp/images"),))
    >>> target_repository(Reference.parse("gcr.io/spectro/kube-vip:v0.6.3"), "spectro-images", rules)
    'spectro-images/mirror.corp/images/kube-vip'
    """
    if isinstance(mapping, str) and mapping not in SHAPES:
        raise InputError(f"{mapping!r} is not a mapping that this version knows; use {' or '.join(SHAPES)}")
    named, hint, is_own = reference, "use the mapping plain", False
    if isinstance(mapping, RewriteRules):
        named, hint = rewrite(reference, mapping), "mend the rules"
        # A rule that leads to the registry itself names the whole path, as the docs of air-gapped Longhorn have it.
        is_own = named.registry in mapping.own and named != reference
    host = "" if is_own or mapping in {"plain", "last"} else _as_path(named.registry)
    path = named.repository.rpartition("/")[2] if mapping == "last" else named.repository
    name = "/".join(filter(None, ("" if is_own else project.strip("/"), host, path)))
    _check(name, reference, project, hint)
    return name


def target_name(reference: Reference, project: str, mapping: Mapping = "host") -> str:
    """Tell the repository with the tag or digest that it is asked for by; raises `InputError` as the repository does.

    >>> from regplan.oci.reference import Reference
    >>> target_name(Reference.parse("nginx:1.27"), "p")
    'p/docker.io/library/nginx:1.27'
    """
    tag = f":{reference.tag}" if reference.tag is not None else ""
    digest = f"@{reference.digest}" if reference.digest is not None else ""
    return f"{target_repository(reference, project, mapping)}{tag}{digest}"


def rewrite(reference: Reference, rules: RewriteRules) -> Reference:
    """Put the longest prefix's target in its place, keeping the rest, the tag and the digest; no rule, no change.

    A target without a prefix, for "all", is put before the whole name; a port in it then becomes an underscore, since a
    path holds no colon. Raises `InputError` where the outcome is no name.

    >>> from regplan.oci.reference import Reference
    >>> str(rewrite(Reference.parse("nginx:1.27"), RewriteRules(replaced=(("", "mirror.corp/all"),))))
    'mirror.corp/all/docker.io/library/nginx:1.27'
    """
    matching = list(_matching(reference.name, rules))
    if not matching:
        return reference
    prefix, target = max(matching, key=lambda rule: len(rule[0]))
    rest = reference.name.removeprefix(prefix) if prefix else f"/{_as_path(reference.registry)}/{reference.repository}"
    host, _, path = f"{target}{rest}".partition("/")
    if not path:
        raise InputError(f"{reference}: the rule {prefix}: {target} leaves no repository")
    return replace(reference, registry=host, repository=path)


def without_idle(mapping: Mapping) -> Mapping:
    """Leave out the registry's own addresses that no rule leads to: each site has others, and they change no name."""
    if isinstance(mapping, str):
        return mapping
    targets = {target.partition("/")[0] for _, target in (*mapping.mapped, *mapping.replaced)}
    return replace(mapping, own=tuple(each for each in mapping.own if each in targets))


def _matching(name: str, rules: RewriteRules) -> Iterator[tuple[str, str]]:
    """Yield the rules whose prefix is whole components of a name; of two as long the first is taken."""
    for prefix, target in (*rules.replaced, *rules.mapped):
        if not prefix or name == prefix or name.startswith(f"{prefix}/"):
            yield prefix, target


def _as_path(registry: str) -> str:
    return registry.strip("[").replace("]", "").replace(":", "_")


def _check(name: str, reference: Reference, project: str, hint: str) -> None:
    if project.strip("/") and _REPOSITORY.fullmatch(project.strip("/")) is None:
        raise InputError(f"{project!r} is not a project: lower-case letters, digits, and . _ - between them")
    if _REPOSITORY.fullmatch(name) is None:
        raise InputError(f"{reference}: {name!r} is not a name that a registry takes; {hint}")
    if len(name) > _MOST_NAME:
        raise InputError(
            f"{reference}: its name at the target has {len(name)} characters and a registry takes {_MOST_NAME}; "
            f"use a shorter project or {hint.removeprefix('use ')}"
        )
