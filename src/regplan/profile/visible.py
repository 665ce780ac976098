"""Images that values name outside any list, with what the values themselves say: `enabled: true`, `enabled: false`.

Nobody who only reads values knows whether a chart runs what they name, so that most are told as possible. An image
whose tag is not said (a chart fills in its own version) is told by its name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidReference
from regplan.model.profile import ImageUse, UseStatus
from regplan.oci.reference import Reference, without_password
from regplan.patterns import pattern
from regplan.profile.composer import Map, Seq
from regplan.profile.hidden import is_secret_key
from regplan.profile.macros import expand
from regplan.profile.mention import TAG_UNSAID, image_use, strip_reference
from regplan.profile.parts import Evidence, Sighting
from regplan.profile.shapes import Spelt, is_reference, spelt_images
from regplan.profile.tree import dig, flag, line_of
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.profile import Provenance
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope

__all__ = ["values_sightings"]

_TEMPLATE = pattern(r"\{\{-?\s*\$?\.Values\.([\w.-]+?)\s*-?\}\}")
_GLOBALS: Final = (("imageRegistry",), ("image", "registry"), ("registry",))
# What is on for something else that may be off: Helm's own tests, and containers that wait for another.
_HELPER = pattern(r"(?:\.|\A)(?:(?:helm)?tests?(?:Framework|ing)?|initContainers|wait[A-Z-][\w-]*)\.", re.IGNORECASE)


class _At(NamedTuple):
    """Where a walk through values is, and what stands above it that a name below is made of.

    `root` are the values of the nearest chart; `gates` the keys above that say `enabled`, with what each says.
    """

    where: Provenance
    scope: Scope
    key: str
    name: str
    root: Map
    base: str = ""
    gates: tuple[tuple[str, bool | None], ...] = ()


def values_sightings(values: Tree, where: Provenance, scope: Scope, key: str = "") -> tuple[Sighting, ...]:
    """Tell the images that values or a custom object name, with what the values themselves say of each.

    `where` is the provenance that all share but for key and line; `key` is where `values` stand in it.

    >>> from regplan.model.profile import Provenance
    >>> from regplan.profile.macros import Scope
    >>> from regplan.profile.tree import parse_documents
    >>> tree = parse_documents("web: {enabled: true, image: {repository: a/b, tag: ''}}")[0]
    >>> [(each.name, each.evidence.value) for each in values_sightings(tree, Provenance("values.yaml"), Scope())]
    [('docker.io/a/b', 'enabled')]
    """
    root = values if isinstance(values, Map) else Map()
    return tuple(_walk(values, _At(where, scope, key, key.rpartition(".")[2], root)))


def _walk(tree: Tree, at: _At) -> Iterator[Sighting]:
    if isinstance(tree, Seq):
        for place, child in enumerate(tree):
            if isinstance(child, str):
                if _is_plural(child, at.name):
                    yield _plural(child, at._replace(key=f"{at.key}[{place}]", where=_lined(at, tree, place)))
            elif child:
                yield from _walk(child, at._replace(key=f"{at.key}[{place}]"))
    elif isinstance(tree, Map):
        yield from _walk_map(tree, at)


def _walk_map(tree: Map, at: _At) -> Iterator[Sighting]:
    own = _inside(tree, at)
    spelt_keys: set[str] = set()
    for spelt in spelt_images(tree, at.name):
        spelt_keys.add(spelt.key)
        # A repository is told at the mapping, a text at its own key.
        key = own.key if spelt.key in {"repository", "name"} and own.key else f"{own.key}.{spelt.key}".lstrip(".")
        yield _sighting(spelt, own._replace(key=key, where=_lined(own, tree, spelt.key)))
    for name, child in tree.items():
        if name in spelt_keys or (is_secret_key(name) and at.name != "charts"):
            continue
        key = f"{own.key}.{name}".lstrip(".")
        if isinstance(child, str):
            if _is_plural(child, at.name):
                yield _plural(child, own._replace(key=key, where=_lined(own, tree, name)))
        elif child:
            root = child if at.name == "charts" and isinstance(child, Map) else own.root
            yield from _walk(child, own._replace(key=key, name=name, root=root))


def _inside(tree: Map, at: _At) -> _At:
    """Tell what stands above the keys of a mapping: what is above it, and what it says itself."""
    base = tree.get("baseRepo") or tree.get("baseRegistry")
    if "enabled" not in tree and not isinstance(base, str):
        return at
    gates = (*at.gates, (f"{at.key}.enabled".lstrip("."), flag(tree["enabled"]))) if "enabled" in tree else at.gates
    return at._replace(gates=gates, base=base if isinstance(base, str) else at.base)


def _is_plural(text: str, name: str) -> bool:
    """Tell whether a text in a mapping or a list of images is one, as in `images: {web: a/b:1}`."""
    return name == "images" and "/" in text and is_reference(text)


def _plural(text: str, at: _At) -> Sighting:
    return _sighting(Spelt("", "", text.strip(), is_whole=True), at)


def _lined(at: _At, tree: Map | Seq, key: str | int) -> Provenance:
    return replace(at.where, line=line_of(tree, key) or None)


def _sighting(spelt: Spelt, at: _At) -> Sighting:
    evidence, gate = _evidence(at)
    status = UseStatus.ONLY_IF_ENABLED if evidence is Evidence.OFF else UseStatus.UNKNOWN
    where = replace(at.where, key=at.key)
    name, tag, digest = (_resolved(each, at.root) for each in (_name(spelt, at), spelt.tag, spelt.digest))
    text = f"{name}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"
    if "{{" in name and ".spectro." not in name:
        return Sighting(ImageUse(text, None, where, status, "its name is a template", gate), evidence)
    if spelt.is_whole or ((tag or digest) and ("{{" not in tag + digest or ".spectro." in tag + digest)):
        use = replace(image_use(text, where, at.scope, status), enabled_by=gate)
        full = use.reference.name if use.reference is not None else "" if spelt.is_whole else _full(name, at.scope)
        return Sighting(use, evidence, full)
    return Sighting(
        ImageUse(without_password(name), None, where, status, TAG_UNSAID, gate), evidence, _full(name, at.scope)
    )


def _evidence(at: _At) -> tuple[Evidence, str]:
    off = [f"{key}: true" for key, told in at.gates if told is False]
    if off:
        return Evidence.OFF, " and ".join(off)
    is_on = bool(at.gates and at.gates[-1][1]) and _HELPER.search(at.gates[-1][0]) is None
    return (Evidence.ENABLED if is_on else Evidence.MAYBE), ""


def _name(spelt: Spelt, at: _At) -> str:
    """Join registry and path; a registry for all charts wins over an image's own, as in Bitnami's charts."""
    host = spelt.registry
    if host or spelt.path.startswith("/"):
        host = _of_all(at.root) or host or at.base
    host = host.rstrip("/").partition("://")[2] or host.rstrip("/")
    path = spelt.path
    if not host or path.startswith(f"{host}/"):
        return path
    return f"{host}/{path.lstrip('/')}"


def _of_all(root: Map) -> str:
    for keys in _GLOBALS:
        found = dig(root, "global", *keys)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def _resolved(text: str, root: Map) -> str:
    """Fill in what is nothing but a value of the same chart: `{{ .Values.global.registry }}`."""

    def put(match: re.Match[str]) -> str:
        found = dig(root, *match[1].split("."))
        return found.strip() if isinstance(found, str) and "{{" not in found else match[0]

    return _TEMPLATE.sub(put, text)


def _full(name: str, scope: Scope) -> str:
    """Tell the full name of a repository, "" where that cannot be told."""
    filled = expand(name, scope).text
    try:
        return Reference.parse(strip_reference(filled)).name if filled else ""
    except InvalidReference:
        return ""
