"""The charts of a folder: which files belong to which chart, and which charts a pack installs."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from regplan.profile.charts import read_chart
from regplan.profile.composer import BadSyntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from regplan.profile.parts import Problems, RawChart

__all__ = ["CHART", "chart_texts", "folders_above", "pack_charts", "roots_of"]

CHART: Final = "Chart.yaml"
_ARCHIVE: Final = re.compile(r"\.(?:tgz|tar\.gz|tar)\Z", re.IGNORECASE)
# charts/common-2.0.tgz/common/Chart.yaml is charts/common/Chart.yaml to a chart that has it unpacked.
_PACKED_BELOW: Final = re.compile(r"(\A|/)charts/[^/]+\.(?:tgz|tar\.gz|tar)/(?=[^/]+/)", re.IGNORECASE)


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first; "" is the top.

    >>> list(folders_above("a/b/c.yaml"))
    ['a/b', 'a', '']
    """
    while path.strip("/"):
        path = posixpath.dirname(path)
        yield path


def roots_of(paths: Collection[str], *names: str) -> list[str]:
    """List the folders that hold a file of such a name, those below another one left out; "" is the top.

    >>> roots_of(["a/Chart.yaml", "a/charts/b/Chart.yaml", "c/values.yaml"], "Chart.yaml")
    ['a']
    """
    found = {posixpath.dirname(path) for path in paths if posixpath.basename(path) in names}
    return sorted(each for each in found if not any(above in found for above in folders_above(each)))


def chart_texts(texts: Mapping[str, str], root: str) -> dict[str, str]:
    """Tell a chart's texts by their paths inside it, the charts below it unpacked; `root` is its folder.

    >>> chart_texts({"a/charts/b-1.tgz/b/Chart.yaml": "x"}, "a")
    {'charts/b/Chart.yaml': 'x'}

    Where a chart below stands both packed and unpacked, the unpacked one is taken, as Helm would find it first.
    """
    start = f"{root}/" if root else ""
    own = {path.removeprefix(start): text for path, text in texts.items() if path.startswith(start)}
    plain = {path: text for path, text in own.items() if _PACKED_BELOW.search(path) is None}
    there = {posixpath.dirname(path) for path in plain if posixpath.basename(path) == CHART}
    for path in [each for each in own if each not in plain]:
        unpacked = _PACKED_BELOW.sub(r"\1charts/", path)
        if not any(above in there for above in folders_above(unpacked) if above):
            plain[unpacked] = own[path]
    return plain


def pack_charts(
    folder: str, texts: Mapping[str, str], installed: Collection[str], problems: Problems
) -> tuple[RawChart, ...]:
    """Read the charts of a pack's folder, each once; `installed` names those that count, all where it is empty.

    Packs often have a chart both as an archive and unpacked: the one that is named counts, else the archive.
    """
    found: dict[str, list[tuple[str, RawChart]]] = {}
    for root in roots_of(texts, CHART):
        name = posixpath.join(folder, root)
        try:
            chart = read_chart(name, chart_texts(texts, root))
        except BadSyntax as error:
            problems.add(name, "", str(error))
            continue
        found.setdefault(chart.name, []).append((root, chart))
    return tuple(chart for same in found.values() for chart in _chosen(same, installed))


def _chosen(same: Sequence[tuple[str, RawChart]], installed: Collection[str]) -> Iterator[RawChart]:
    """Choose among the charts of one name; several only where they are several versions."""
    named = [each for each in same if _is_named(*each, installed)]
    if installed and not named:
        return
    candidates = named or same
    packed = [each for each in candidates if _ARCHIVE.search(posixpath.dirname(each[0]))]
    yield from {chart.version: chart for _, chart in packed or candidates}.values()


def _is_named(root: str, chart: RawChart, installed: Collection[str]) -> bool:
    if any(root == each or root.startswith(f"{each}/") for each in installed):
        return True
    stems = {_ARCHIVE.sub("", posixpath.basename(each)) for each in installed}
    return f"{chart.name}-{chart.version}" in stems
