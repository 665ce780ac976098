"""Texts as structures, mutated and written again, so that what comes out still parses.

A YAML text that stands inside another, as a pack's values do, is taken apart too, and may itself be what is mutated.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

__all__ = ["Inner", "mutated", "parse", "parses", "written"]

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_MOST_SIZE = 4_000
# Behind a key, makes it a key that stands twice once it is written.
_AGAIN = "\x7f"

KEYS = (
    "pack", "packs", "content", "contents", "images", "image", "iamge", "spec", "published", "draft", "template",
    "values", "manifests", "charts", "name", "layer", "type", "tag", "version", "kind", "apiVersion", "metadata",
    "namespace", "items", "variables", "defaultValue", "isSensitive", "containers", "replicas", "initContainers",
    "nodeSelector", "repository", "registry", "digest", "enabled", "presets", "add", "remove", "group", "uid",
    "resolved", "profiles", "artifacts", "constraints", "resources", "minLimit", "requests", "limits", "memory", "cpu",
    "volumes", "affinity", "storage", "size", "annotations", "labels", "config", "sync", "projects", "hosts", "links",
    "rate", "count", "<<", "", "system.uri", "a.b.c", "ÜÜ", "\U0001f600", "x" * 70, "true", "null", "1", "imageRegistry",
)  # fmt: skip
SCALARS: tuple[Any, ...] = (
    "a:1", "nginx", "NGINX", "quay.io/a/b:1@sha256:" + "0" * 64, "quay.io/a/b@sha256:12", "a b", "a:b:c", "[::1]:5000/a:1",
    "{{.spectro.var.A}}", "{{ .spectro.pack.shop.charts.shop.image.tag }}", "{{ .Values.x }}", "{{", "}}", "{{{{}}}}",
    '{{.spectro.var.Sidecar | default "1" | quote | substr 0 99999999}}', "{{.spectro.system.kubernetes.version}}",
    "{{ .spectro.pack.edge-native-byoi.options.system.uri }}", "container://a/b:1", "http://me:pw@x/y", "me:pw@reg/x:1",
    "true", "false", True, False, None, "", " ", "\t", "~", "null", 0, -1, 1.5, 1e308, 10**40, "1e999", "9" * 400, "0x1F",
    "300Gi", "300GB", "-5Gi", "1e3Gi", "NaN", ".inf", "20Mbit/s", "999999999999999999999999Gi", "2026-01-01", "12:30:45",
    "Deployment", "DaemonSet", "List", "CronJob", "apps/v1", "v1", "Pod", "k8s", "manifest", "os", "addon",
    "ü", "\u202e", "\ufeff", "\u2028", "\U0001f600", "é" * 50, "x" * 300, "a/" * 200, "a-" * 200, "a." * 200, "'", '"',
    "a: b", "- a", "# a", "&a", "*a", "!!str a", "|\n a", "%YAML", "---", "...", "../../etc/passwd", "/", "a\nb\n", "\r\n",
    "all", "master", "256Mi", "100m", "1000000000000000000000m", "latest", "3.4.0", "v1.30.5", "^1.x || ~2", ">=1.0 <2",
)  # fmt: skip


class Inner(list[Any]):
    """The documents of a text that stands inside a text."""

    __slots__ = ()


def parse(text: str) -> list[Any] | None:
    """Take a text apart into its documents; None where it holds no mapping or list."""
    try:
        found = json.loads(text) if text.lstrip()[:1] in {"{", "["} else None
        documents = [found] if found is not None else list(yaml.load_all(text, Loader=_LOADER))
    except (ValueError, yaml.YAMLError):
        try:
            documents = list(yaml.load_all(text, Loader=_LOADER))
        except (ValueError, TypeError, yaml.YAMLError):
            return None
    except TypeError:  # a template's braces are a mapping that is a key
        return None
    if not documents or not all(isinstance(each, dict | list) for each in documents):
        return None
    return [_deeper(each) for each in documents]


def parses(text: str) -> bool:
    """Tell whether a text is YAML or JSON, without regplan."""
    try:
        for _ in yaml.parse(text, Loader=_PARSER):
            pass
    except yaml.YAMLError:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
    return True


def mutated(documents: list[Any], rng: Random, others: list[list[Any]]) -> list[Any]:
    """Copy documents and change them in one to six places; `others` are what subtrees are taken from."""
    changed: list[Any] = [_copied(each) for each in documents]
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4, 6))):
        holder, key = _place(changed, rng)
        rng.choice(_CHANGES)(holder, key, rng, others)
        if _size(changed) > _MOST_SIZE:
            return [_copied(each) for each in documents]
    return changed


def written(documents: list[Any], rng: Random) -> str:
    """Write documents as JSON or as YAML."""
    if len(documents) == 1 and rng.random() < 0.6:
        text = json.dumps(_plain(documents[0], rng), indent=rng.choice((None, 1, 2)), ensure_ascii=rng.random() < 0.5)
        return text.replace(_AGAIN, "").replace("\\u007f", "")
    plain = [_plain(each, rng) for each in documents]
    flow = rng.choice((False, False, False, None, True))
    text = str(
        yaml.dump_all(plain, Dumper=_DUMPER, default_flow_style=flow, width=10_000, allow_unicode=True, sort_keys=False)
    )
    return text.replace(_AGAIN, "").replace("\\x7F", "")


def _deeper(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key if isinstance(key, str) else str(key): _deeper(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_deeper(each) for each in tree]
    if isinstance(tree, str) and "\n" in tree:
        documents = parse(tree)
        return Inner(documents) if documents is not None else tree
    return tree


def _copied(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    if isinstance(tree, Inner):
        return Inner(_copied(each) for each in tree)
    if isinstance(tree, list):
        return [_copied(each) for each in tree]
    return tree


def _plain(tree: Any, rng: Random, depth: int = 0) -> Any:
    """Write every text that stands inside, and leave plain values."""
    if isinstance(tree, dict):
        return {key: _plain(value, rng, depth) for key, value in tree.items()}
    if isinstance(tree, Inner):
        return written(list(tree), rng) if depth < 3 else ""
    if isinstance(tree, list):
        return [_plain(each, rng, depth) for each in tree]
    return tree


def _size(tree: Any) -> int:
    if isinstance(tree, dict):
        return 1 + sum(map(_size, tree.values()))
    if isinstance(tree, list):
        return 1 + sum(map(_size, tree))
    return 1


def _place(top: list[Any], rng: Random) -> tuple[Any, Any]:
    """Choose a value, deep or not, and tell what holds it and where."""
    holder: Any = top
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = rng.choice(keys) if keys else None
        below = None if key is None else holder[key]
        # A whole document is seldom what is changed: little would be left to read.
        if not isinstance(below, dict | list) or not below or rng.random() < (0.01 if holder is top else 0.12):
            return holder, key
        holder = below


def _delete(holder: Any, key: Any, _: Random, __: list[list[Any]]) -> None:
    if key is not None:
        del holder[key]


def _replace(holder: Any, key: Any, rng: Random, _: list[list[Any]]) -> None:
    _put(holder, key, rng.choice(SCALARS))


def _empty(holder: Any, key: Any, rng: Random, _: list[list[Any]]) -> None:
    _put(holder, key, rng.choice(({}, [], "", None, [{}], [[]], {"": {}})))


def _graft(holder: Any, key: Any, rng: Random, others: list[list[Any]]) -> None:
    source, place = _place(rng.choice(others), rng)
    _put(holder, key, _copied(source if place is None else source[place]))


def _rename(holder: Any, key: Any, rng: Random, _: list[list[Any]]) -> None:
    if not isinstance(holder, dict) or key is None:
        return
    new = rng.choice((rng.choice(KEYS), key.upper(), key[::-1], key + "s", key[1:], key[:-1], f" {key}"))
    items = [(new if name == key else name, value) for name, value in holder.items()]
    holder.clear()
    holder.update(items)


def _again(holder: Any, key: Any, rng: Random, others: list[list[Any]]) -> None:
    """Let something stand twice: an item, or a key."""
    if key is None:
        _graft(holder, key, rng, others)
    elif isinstance(holder, dict):
        holder[f"{key}{_AGAIN}"] = _copied(holder[key])
    else:
        holder.insert(key, _copied(holder[key]))


def _many(holder: Any, key: Any, rng: Random, __: list[list[Any]]) -> None:
    if key is None:
        return
    if isinstance(holder, dict):
        holder[key] = [_copied(holder[key]) for _ in range(rng.choice((2, 5, 40)))]
    else:
        holder[key:key] = [_copied(holder[key]) for _ in range(rng.choice((2, 5, 40)))]


def _share(holder: Any, key: Any, rng: Random, _: list[list[Any]]) -> None:
    """Use one value in several places, which YAML writes as an anchor and aliases."""
    if key is not None:
        value = holder[key]
        holder[key] = rng.choice(([value, value, value], {"a": value, "b": value, "<<": value}, {"<<": [value, value]}))


def _nest(holder: Any, key: Any, rng: Random, __: list[list[Any]]) -> None:
    if key is None:
        return
    value = holder[key]
    wrap: tuple[Callable[[], Any], ...] = (
        lambda: [value], lambda: {rng.choice(KEYS): value}, lambda: Inner([value]), lambda: {"enabled": False, "a": value},
    )  # fmt: skip
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        value = rng.choice(wrap)()
    holder[key] = value


def _deep(holder: Any, key: Any, rng: Random, __: list[list[Any]]) -> None:
    value = rng.choice(SCALARS)
    for _ in range(rng.choice((20, 60, 99, 140))):
        value = [value] if rng.random() < 0.5 else {rng.choice(KEYS): value}
    _put(holder, key, value)


def _swap_type(holder: Any, key: Any, _: Random, __: list[list[Any]]) -> None:
    if key is None:
        return
    value = holder[key]
    if isinstance(value, dict):
        holder[key] = list(value.values())
    elif isinstance(value, Inner):
        holder[key] = value[0] if value else None
    elif isinstance(value, list):
        holder[key] = {str(place): each for place, each in enumerate(value)}
    else:
        holder[key] = [value]


def _swap_places(holder: Any, key: Any, rng: Random, _: list[list[Any]]) -> None:
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if len(keys) > 1:
        other = rng.choice(keys)
        holder[key], holder[other] = holder[other], holder[key]


def _add(holder: Any, _: Any, rng: Random, others: list[list[Any]]) -> None:
    if isinstance(holder, dict):
        _graft(holder, rng.choice(KEYS), rng, others)
    else:
        holder.append(rng.choice(SCALARS))


def _alter(holder: Any, key: Any, rng: Random, others: list[list[Any]]) -> None:
    """Change a text a little."""
    if key is None or not isinstance(holder[key], str) or not holder[key]:
        _replace(holder, key, rng, others)
        return
    text, at = holder[key], rng.randrange(len(holder[key]))
    piece = rng.choice(
        ("", " ", ":", "/", "@", "{{", "}}", "\n", "-", ".", "A", "ü", "0", "\u200b", '"', "|", "$", "%41")
    )
    holder[key] = text[:at] + piece + text[at + rng.choice((0, 1, 3)) :]


def _put(holder: Any, key: Any, value: Any) -> None:
    if key is not None:
        holder[key] = value
    elif isinstance(holder, dict):
        holder["a"] = value
    else:
        holder.append(value)


_CHANGES = (
    _add, _again, _alter, _alter, _deep, _delete, _delete, _empty, _graft, _graft, _many, _nest, _rename, _rename, _replace,
    _replace, _replace, _share, _swap_places, _swap_type,
)  # fmt: skip
