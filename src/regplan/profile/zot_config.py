"""What a Zot pack's values say of its configuration and its memory: retention, collection, sync on demand, and limits.

Zot reads one file, `config.json`, which its chart takes as a text under `configFiles` and mounts where `mountConfig` is
true (project-zot/helm-charts, values.yaml). The Palette pack's own keys are in no public page, so that the same
configuration is also taken as a mapping anywhere in the chart's values. Retention is read as Zot applies it (zot docs,
"Tag Retention Policies", and pkg/retention): the first policy whose `repositories` match decides, and its `keepTags` are
groups of tags, of each of which any rule keeps some.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.model.wiring import MemoryLimit, Retention, TagPolicy
from regplan.profile.composer import Map, Seq
from regplan.profile.macros import has_macro
from regplan.profile.tree import BadSyntax, dig, flag, parse_documents
from regplan.units import parse_quantity
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree
    from regplan.profile.packvalues import PackValues

__all__ = ["ZotConfig", "read_limit", "read_zot_config"]

_FILES: Final = "configFiles"
_MOUNTED: Final = "mountConfig"
_LIMIT: Final = ("resources", "limits", "memory")
_COUNTS: Final = ("mostRecentlyPushedCount", "mostRecentlyPulledCount")
_TIMES: Final = ("pushedWithin", "pulledWithin")
_COUNT = re.compile(r"[0-9]{1,6}")
# Deeper than any chart's values.
_MOST_DEPTH: Final = 8
_UNCOLLECTED: Final = "`gc` is false, and retention is part of the collection"
_NOT_MOUNTED: Final = "it is in a file that the chart does not mount, since `mountConfig` is not true"


class ZotConfig(NamedTuple):
    """What a configuration says; None is what it does not say, or nobody can tell."""

    retention: Retention | None = None
    collects: bool | None = None
    on_demand: bool | None = None


class _Found(NamedTuple):
    """A configuration, where it stands, and why it is not in force, "" where it is."""

    tree: Map
    key: str
    why_not: str


def read_zot_config(values: PackValues, charts: list[str]) -> ZotConfig:
    """Read the first configuration with a `storage` that the values of a Zot pack's charts hold."""
    found = next((each for chart in charts for each in _configs(values, chart)), None)
    if found is None:
        return ZotConfig()
    if found.why_not:
        has_retention = isinstance(dig(found.tree, "storage", "retention"), Map)
        return ZotConfig(Retention(f"{found.key}.storage.retention", why_not=found.why_not) if has_retention else None)
    registries = dig(found.tree, "extensions", "sync", "registries")
    asks = [flag(values.fill(dig(each, "onDemand"))) for each in registries] if isinstance(registries, Seq) else []
    return ZotConfig(
        _retention(found, values),
        flag(values.fill(dig(found.tree, "storage", "gc"))),
        True if True in asks else None,
    )


def read_limit(values: PackValues, charts: list[str]) -> MemoryLimit | None:
    """Read the memory limit of the first chart that states one; None where the values at hand state none."""
    for chart in charts:
        key = ("charts", chart, *_LIMIT)
        if values.has(*key):
            text = values.text(*key)
            if text is None:
                return MemoryLimit(".".join(key), None)
            try:
                return MemoryLimit(".".join(key), parse_quantity(text))
            except InvalidQuantity as error:
                values.problems.add(
                    values.raw.where.file, f"{values.raw.pack.name} {'.'.join(key)}".strip(), str(error)
                )
                return MemoryLimit(".".join(key), None)
    return None


def _configs(values: PackValues, chart: str) -> Iterator[_Found]:
    """Yield the configurations in a chart's values: texts that the chart mounts as files, and mappings."""
    home = f"charts.{chart}"
    files = values.tree("charts", chart, _FILES)
    mounted = flag(values.text("charts", chart, _MOUNTED)) is True
    for name, text in files.items() if isinstance(files, Map) else ():
        for document in _documents(text):
            if isinstance(dig(document, "storage"), Map):
                yield _Found(document, f"{home}.{_FILES}.{name}", "" if mounted else _NOT_MOUNTED)
    tree = values.tree("charts", chart)
    if isinstance(tree, Map):
        yield from _mappings(tree, home, _MOST_DEPTH)


def _documents(text: Tree) -> Iterator[Map]:
    try:
        documents = parse_documents(text) if isinstance(text, str) else ()
    except BadSyntax:
        # Such as one with a template around it: what it says nobody can tell.
        return
    yield from (each for each in documents if isinstance(each, Map))


def _mappings(tree: Map, key: str, depth: int) -> Iterator[_Found]:
    """Yield mappings with a `storage` that has retention policies, or says how garbage is collected."""
    storage = tree.get("storage")
    if isinstance(storage, Map) and ({"retention", "gc"} & set(storage)):
        yield _Found(tree, key, "")
    for name, child in tree.items() if depth else ():
        if isinstance(child, Map) and name != _FILES:
            yield from _mappings(child, f"{key}.{name}", depth - 1)


def _retention(found: _Found, values: PackValues) -> Retention | None:
    tree = dig(found.tree, "storage", "retention")
    if not isinstance(tree, Map):
        return None
    policies = tree.get("policies")
    is_dry = flag(values.fill(tree.get("dryRun"))) is True
    collects = flag(values.fill(dig(found.tree, "storage", "gc")))
    why_not = "it is a dry run" if is_dry else _UNCOLLECTED if collects is False else ""
    return Retention(
        f"{found.key}.storage.retention",
        tuple(_policy(each, values) for each in policies if isinstance(each, Map)) if isinstance(policies, Seq) else (),
        why_not,
    )


def _policy(tree: Map, values: PackValues) -> TagPolicy:
    named = tree.get("repositories")
    repositories = tuple(filter(None, map(values.fill, named))) if isinstance(named, Seq) else ()
    groups = tree.get("keepTags")
    told = [_kept(each, values) for each in groups] if isinstance(groups, Seq) else []
    if not told:
        return TagPolicy(repositories, None, "it keeps every tag")
    open_ = next((each for each in told if isinstance(each, str)), "")
    counts = [each for each in told if isinstance(each, int)]
    return TagPolicy(repositories, None, open_) if open_ else TagPolicy(repositories, sum(counts))


def _kept(group: Tree, values: PackValues) -> int | str:
    """Tell how many tags a group keeps at most, or why nobody can tell; any of its rules keeps a tag."""
    counts = [(name, values.fill(dig(group, name))) for name in _COUNTS if dig(group, name) is not None]
    times = [name for name in _TIMES if dig(group, name) is not None]
    if times:
        return f"`{times[0]}` keeps tags by time and not by number"
    unclear = [name for name, text in counts if text is None or has_macro(text) or _COUNT.fullmatch(text) is None]
    if unclear:
        return f"`{unclear[0]}` is no number here"
    total = sum(int(text) for _, text in counts if text is not None)
    return total or "it keeps every tag of a group that has no rule"
