"""A pack as it stands on disk: `pack.json`, `values.yaml`, `presets.yaml`, `schema.yaml`, `charts/`, `manifests/`.

Keys as in pack-central's validator/pack-schema.json. Limits under `constraints.resources[].minLimit` are bare numbers and
their units stand in no public file: cpu is taken in thousandths and memory in MiB, as the numbers there show (100, 256),
and diskSize in GiB, the unit of disks in Palette's API (`diskGiB`).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Pack, PackDependency, Provenance, ResourceNeed
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.manifests import folder_manifests, values_manifests
from regplan.profile.ondisk_charts import pack_charts
from regplan.profile.parts import Origin, RawPack
from regplan.profile.presets import enabled_presets, read_presets
from regplan.profile.tree import describe, dig, parse_documents
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.composer import Tree
    from regplan.profile.parts import Manifest, Problems, RawChart

__all__ = ["PackFolder", "read_folder"]

_UNITS: Final = {"cpu": 1, "memory": 2**20, "diskSize": 2**30}
_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_PRESETS: Final = "presets.yaml"


@dataclass(frozen=True, slots=True)
class PackFolder:
    """A pack's folder: what errors call it, and its texts by their paths inside it.

    `known` are manifests by their texts: packs of one family often have the same, and each is read and kept once.
    """

    name: str
    texts: Mapping[str, str]
    known: dict[str, Manifest] = field(default_factory=dict, repr=False)

    def file(self, path: str) -> str:
        """Tell what errors call a file of the folder."""
        return posixpath.join(self.name, path)


def read_folder(folder: PackFolder, problems: Problems) -> RawPack | None:
    """Read a pack from its folder; what cannot be understood is added to `problems`, None where it tells no name."""
    about = _mapping(folder, "pack.json", problems)
    name = _text(dig(about, "name"))
    if about is None or not name:
        if about is not None:
            problems.add(folder.file("pack.json"), "name", "this pack has no name")
        return None
    values = _mapping(folder, "values.yaml", problems) or Map()
    _mapping(folder, "schema.yaml", problems)
    file = folder.file("values.yaml" if "values.yaml" in folder.texts else "pack.json")
    enabled = enabled_presets(folder.texts.get("values.yaml", ""))
    charts = pack_charts(folder.name, folder.texts, _installed(about, values), problems)
    manifests, templates = _read_manifests(folder, _manifests(folder, about, values), problems)
    presets = _mapping(folder, _PRESETS, problems) or Map()
    layer, version = _text(dig(about, "layer")).lower(), _text(dig(about, "version"))
    is_manifest = bool(manifests or templates) and not charts
    return RawPack(
        Origin.PACK,
        Pack(name, version, layer, "manifest" if is_manifest else "spectro", *_constraints(about, folder, problems)),
        Provenance(file, pack=name, layer=layer, version=version),
        values,
        (*manifests, *values_manifests(values, file, name, problems)),
        charts=(*charts, *templates),
        presets=read_presets(presets.get("presets"), enabled, (folder.file(_PRESETS), "presets"), problems),
        enabled_presets=enabled,
    )


def _mapping(folder: PackFolder, path: str, problems: Problems) -> Map | None:
    """Read a file that is one mapping; None where it is not there, is empty or cannot be understood."""
    if path not in folder.texts:
        return None
    try:
        documents = [each for each in parse_documents(folder.texts[path]) if each is not None]
    except BadSyntax as error:
        for problem in error.problems:
            problems.add(folder.file(path), "", problem)
        return None
    if not documents:
        return None
    if len(documents) > 1 or not isinstance(documents[0], Map):
        what = "several documents" if len(documents) > 1 else describe(documents[0])
        problems.add(folder.file(path), "", f"a mapping is expected, and here is {what}")
        return None
    return documents[0]


def _installed(about: Map, values: Map) -> frozenset[str]:
    """Name the charts that the pack installs, as paths or as NAME-VERSION; none where it names none."""
    named = {posixpath.normpath(each) for each in _texts(dig(about, "charts"))}
    if named:
        content = dig(values, "pack", "content", "charts")
        for each in content if isinstance(content, Seq) else ():
            named.add(f"{_text(dig(each, 'name'))}-{_text(dig(each, 'version'))}")
    return frozenset(named)


def _manifests(folder: PackFolder, about: Map, values: Map) -> dict[str, str]:
    """Choose the manifests: those that pack.json names, or all in `manifests/` where it names none."""
    named = {posixpath.normpath(each) for each in _texts(dig(about, "kubeManifests"))}
    found = {}
    for path, text in folder.texts.items():
        is_wanted = path in named if named else path.startswith("manifests/")
        stem = posixpath.basename(path).rpartition(".")[0]
        is_passed_on = _PASSED_ON.fullmatch(text) and dig(values, "manifests", stem, "contents") is not None
        if is_wanted and path.endswith((".yaml", ".yml", ".json")) and not is_passed_on:
            found[path] = text
    return found


def _read_manifests(
    folder: PackFolder, texts: Mapping[str, str], problems: Problems
) -> tuple[list[Manifest], list[RawChart]]:
    manifests: list[Manifest] = []
    templates: list[RawChart] = []
    for path, text in texts.items():
        if text in folder.known:
            key = f"manifests.{posixpath.splitext(posixpath.basename(path))[0]}"
            manifests.append(replace(folder.known[text], key=key, file=folder.file(path)))
            continue
        before = len(problems.found)
        plain, charts = folder_manifests(folder.name, {path: text}, problems)
        if plain and len(problems.found) == before:
            folder.known[text] = plain[0]
        manifests += plain
        templates += charts
    return manifests, templates


# The whole file is what the values say, and they are read by themselves.
_PASSED_ON: Final = re.compile(r"\s*\{\{-?\s*\.Values\.contents\s*-?\}\}\s*")


def _constraints(
    about: Map, folder: PackFolder, problems: Problems
) -> tuple[tuple[ResourceNeed, ...], tuple[PackDependency, ...]]:
    file = folder.file("pack.json")
    needs = tuple(_needs(dig(about, "constraints", "resources"), file, problems))
    return needs, tuple(_dependencies(dig(about, "constraints", "dependencies")))


def _needs(tree: Tree, file: str, problems: Problems) -> Iterator[ResourceNeed]:
    for place, each in enumerate(tree if isinstance(tree, Seq) else ()):
        key = f"constraints.resources[{place}]"
        kind, limit = _text(dig(each, "type")), _text(dig(each, "minLimit"))
        if kind not in _UNITS:
            problems.add(file, f"{key}.type", f"cpu, memory or diskSize is expected, and it is {kind or 'empty'}")
        elif _NUMBER.fullmatch(limit) is None:
            problems.add(file, f"{key}.minLimit", f"a number is expected, and it is {limit or 'empty'}")
        else:
            whole, _, part = limit.partition(".")
            amount = int(whole) * _UNITS[kind] + (int(part) * _UNITS[kind] // 10 ** len(part) if part else 0)
            yield ResourceNeed(kind, amount, _schedule(dig(each, "components")))


def _schedule(components: Tree) -> str:
    """Tell on which hosts all components run; "" where they differ or do not say."""
    told = {_text(dig(each, "scheduleType")) for each in components} if isinstance(components, Seq) else set()
    return told.pop() if len(told) == 1 else ""


def _dependencies(tree: Tree) -> Iterator[PackDependency]:
    for each in tree if isinstance(tree, Seq) else ():
        name = _text(dig(each, "packName"))
        if name:
            yield PackDependency(
                name,
                _text(dig(each, "layer")),
                _text(dig(each, "type")),
                _text(dig(each, "minVersion")),
                _text(dig(each, "maxVersion")),
            )


def _texts(tree: Tree) -> list[str]:
    return [each.strip() for each in tree if isinstance(each, str)] if isinstance(tree, Seq) else []


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
