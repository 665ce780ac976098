"""What a folder or an archive holds: packs, charts, and loose texts that are read as what they are.

A folder with a `pack.json` is a pack, one with a `Chart.yaml` a chart, and everything below belongs to it. Of the loose
texts, those that nobody plans from (a README, a site file, a Compose file) are left out without a word; one that looks as
if it named images and was not understood is told, and so is a folder in which nothing was understood.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import Pack, Provenance
from regplan.profile.charts import read_chart
from regplan.profile.composer import BadSyntax
from regplan.profile.kinds import Sorted, is_foreign, sort_out
from regplan.profile.mention import strip_reference
from regplan.profile.ondisk import PackFolder, read_folder
from regplan.profile.ondisk_charts import CHART, chart_texts, folders_above, roots_of
from regplan.profile.parts import NamedText, Origin, Problems, RawPack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.profile.kinds import Part
    from regplan.profile.parts import Manifest, Members

__all__ = ["sort_members"]

_PACK: Final = "pack.json"
_SUFFIXES: Final = (".yaml", ".yml", ".json", ".txt")
# What a text that names images says of itself; a JSON Schema says it of others.
_MATTERS: Final = re.compile(r"""(?:^|[\s{,"'])(?:packs|images|image)["']?\s*:""")
_SCHEMA: Final = re.compile(r"""["']?\$schema["']?\s*:|["']?properties["']?\s*:\s*(?:\{|$)""", re.MULTILINE)
_KEYS: Final = re.compile(r"^(?:spec|pack|packs|metadata)\s*:", re.MULTILINE)
_MOST_TOLD: Final = 5
# A value takes some 250 bytes, and all of them together may take 256 MB. All public packs together have 450,000.
_MOST_VALUES: Final = 800_000
_READ: Final = frozenset({"pack.json", "values.yaml", "presets.yaml", "schema.yaml", "Chart.yaml"})


def sort_members(members: Members, problems: Problems) -> Sorted:
    """Read the members of a folder or an archive as what they are; problems of one do not hide the others'."""
    problems.found += members.problems
    if _weight(members.texts) > _MOST_VALUES:
        problems.add(
            members.file, "", f"holds more than {_MOST_VALUES:,} lines and values to read; hand over a part of it"
        )
        return Sorted(())
    roots = roots_of(members.texts, _PACK, CHART)
    owned, loose = _owned(members.texts, roots)
    parts: list[Part] = []
    before = len(problems.found)
    known: dict[str, Manifest] = {}
    for root, texts in owned.items():
        name = posixpath.join(members.file, root) if root else members.file
        found = _of_root(PackFolder(name, texts, known), problems)
        parts += [found] if found is not None else []
    unread: list[tuple[str, str]] = []
    for path, text in loose.items():
        parts += _of_loose(NamedText(posixpath.join(members.file, path), text), unread, problems)
    if not parts and len(problems.found) == before:
        problems.add(members.file, "", _nothing(members, unread))
    return Sorted(tuple(parts), tuple(_not_understood(file, why) for file, why in unread))


def _owned(texts: Mapping[str, str], roots: list[str]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Give each text to the pack or chart that it stands in, by its path there; the rest is loose."""
    owned: dict[str, dict[str, str]] = {root: {} for root in roots}
    loose = {}
    for path, text in texts.items():
        root = next((above for above in folders_above(path) if above in owned), None)
        if root is None:
            loose[path] = text
        else:
            owned[root][posixpath.relpath(path, root) if root else path] = text
    return owned, loose


def _weight(texts: Mapping[str, str]) -> int:
    """Reckon how many values would be made of the texts that are read as YAML, each text once."""
    read = {text for path, text in texts.items() if posixpath.basename(path) in _READ or "charts/" not in path}
    return sum(text.count(mark) for text in read for mark in "\n,[{")


def _of_root(folder: PackFolder, problems: Problems) -> RawPack | None:
    if _PACK in folder.texts:
        return read_folder(folder, problems)
    try:
        chart = read_chart(folder.name, chart_texts(folder.texts, ""))
    except BadSyntax as error:
        problems.add(folder.name, "", str(error))
        return None
    where = Provenance(folder.name, pack=chart.name, version=chart.version)
    return RawPack(Origin.CHART, Pack(chart.name, chart.version, "", "helm"), where, charts=(chart,))


def _of_loose(text: NamedText, unread: list[tuple[str, str]], problems: Problems) -> list[Part]:
    """Read a loose text; what is nothing is noted only where it looks as if it named images."""
    if not _is_candidate(text):
        return []
    own = Problems()
    parts = [part for part in sort_out(text, own) if _is_meant(part)]
    if parts:
        problems.found += own.found
    elif own.found and _matters(text.text) and not is_foreign(text.text):
        unread.append((text.file, own.found[0].removeprefix(f"{text.file}: ")))
    return parts


def _is_candidate(text: NamedText) -> bool:
    """Tell whether a loose text may be something; one without a suffix is, where it is JSON or has a profile's keys."""
    if posixpath.splitext(text.file)[1]:
        return text.file.lower().endswith(_SUFFIXES)
    return text.text.lstrip("\ufeff \t\r\n").startswith("{") or _KEYS.search(text.text) is not None


def _is_meant(part: Part) -> bool:
    """Tell whether a loose list is one: a text of single words is a list of images only to those who hand it over."""
    if not isinstance(part, RawPack) or part.origin is not Origin.LIST:
        return True
    texts = [each.tree for each in part.entries if isinstance(each.tree, str)]
    told = sum("/" in each or ":" in each.partition("@")[0] for each in map(strip_reference, texts))
    return not texts or 2 * told > len(texts)


def _matters(text: str) -> bool:
    return _MATTERS.search(text) is not None and _SCHEMA.search(text) is None


def _nothing(members: Members, unread: list[tuple[str, str]]) -> str:
    told = "; ".join(f"{file.removeprefix(members.file).lstrip('/')}: {why}" for file, why in unread[:_MOST_TOLD])
    what = told or f"none of its {len(members.texts)} texts is one"
    return f"holds no pack, chart, cluster profile, values file, manifest or list of images: {what}"


def _not_understood(file: str, why: str) -> Finding:
    message = f"{file}: it looks as if it named images, and it was not understood: {why}"
    fix = "Hand the file over by itself to see all that is wrong with it, or leave it out of the folder."
    source = "regplan: what a folder or an archive holds is told by its content"
    return Finding("profile.not-understood", Verdict.INCOMPLETE, message, where=file, fix=fix, source=source)
