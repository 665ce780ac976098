"""What a fuzz run hands to the readers: one case for each number, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzz.spoilt import archive, spoil_bytes, spoil_paths, spoil_text
from fuzz.structures import mutated, parse, written

__all__ = ["Case", "Kind", "case", "corpus_texts", "corpus_trees", "kind_of"]

_CORPUS = Path(__file__).parent / "corpus"


class Kind(StrEnum):
    """How a case's files are handed over."""

    TEXTS = "texts"  # files, one beside another
    MEMBERS = "members"  # one folder
    ARCHIVE = "archive"  # one archive, as bytes
    SITE = "site"  # a site file
    ROLLOUT = "rollout"  # a rollout file
    BYTES = "bytes"  # one file, as bytes


# What is no profile and has a reader of its own, and how often it is handed over.
_OWN = {"site.yaml": Kind.SITE, "rollout.yaml": Kind.ROLLOUT}
_OWN_SHARE = 0.14


@dataclass(frozen=True)
class Case:
    """Files by name, or the bytes of one; `is_structured` tells that every one of them still parses."""

    kind: Kind
    files: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    is_structured: bool = False
    is_rendered: bool = False


@cache
def corpus_texts() -> dict[str, str]:
    """The texts that mutations begin with."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((_CORPUS / "texts").iterdir())}


@cache
def corpus_trees() -> dict[str, dict[str, str]]:
    """The folders that mutations begin with, as texts by path."""
    return {
        top.name: {
            path.relative_to(top).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }
        for top in sorted((_CORPUS / "trees").iterdir())
    }


def kind_of(name: str) -> Kind:
    """Tell how a text of the corpus is handed over by itself."""
    return _OWN.get(name, Kind.TEXTS)


def case(seed: str, number: int) -> Case:
    """Make the case of a number."""
    rng = Random(f"{seed}:{number}")
    make = rng.choices((_texts, _members, _spoilt_texts, _spoilt_members), (44, 12, 30, 14))[0]
    return make(rng)


@cache
def _parsed() -> dict[str, list[Any]]:
    found = {name: parse(text) for name, text in corpus_texts().items()}
    return {name: documents for name, documents in found.items() if documents is not None}


@cache
def _parsed_trees() -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {}
    for name, texts in corpus_trees().items():
        parsed = {path: parse(text) for path, text in texts.items()}
        found[name] = {path: documents for path, documents in parsed.items() if documents is not None}
    return found


def _changed(documents: list[Any], rng: Random) -> str:
    return written(mutated(documents, rng, list(_parsed().values())), rng)


def _texts(rng: Random) -> Case:
    parsed = _parsed()
    # Most of what a site hands over is a profile, and an answer means nothing without one.
    if rng.random() < _OWN_SHARE:
        name = rng.choice(list(_OWN))
        return Case(_OWN[name], {name: _changed(parsed[name], rng)}, is_structured=True)
    names = rng.choices(list(parsed), k=rng.choice((1, 1, 1, 2)))
    if rng.random() < 0.25 or names[0].startswith("answer-"):
        names.append(rng.choice(("export.json", "api.json", "export.yaml")))
    return Case(Kind.TEXTS, {name: _changed(parsed[name], rng) for name in names}, is_structured=True)


def _members(rng: Random) -> Case:
    name = rng.choice(list(corpus_trees()))
    texts, parsed = dict(corpus_trees()[name]), _parsed_trees()[name]
    for path in rng.sample(list(parsed), min(len(parsed), rng.choice((1, 1, 2)))):
        texts[path] = _changed(parsed[path], rng)
    if rng.random() < 0.3:
        texts = spoil_paths(texts, rng)
    return Case(Kind.MEMBERS, texts, is_structured=True, is_rendered=rng.random() < 0.3)


def _spoilt_texts(rng: Random) -> Case:
    texts = corpus_texts()
    name = rng.choice(list(_OWN)) if rng.random() < _OWN_SHARE else rng.choice(list(texts))
    text = texts[name] if name not in _parsed() or rng.random() < 0.6 else _changed(_parsed()[name], rng)
    if rng.random() < 0.15:
        return Case(Kind.BYTES, {name: ""}, spoil_bytes(text.encode("utf-8", "replace"), rng))
    kind = kind_of(name)
    return Case(kind, {name: spoil_text(text, rng, list(texts.values()))})


def _spoilt_members(rng: Random) -> Case:
    texts = dict(corpus_trees()[rng.choice(list(corpus_trees()))])
    others = list(corpus_texts().values())
    for path in rng.sample(list(texts), min(len(texts), rng.choice((1, 1, 2)))):
        texts[path] = spoil_text(texts[path], rng, others)
    if rng.random() < 0.4:
        texts = spoil_paths(texts, rng)
    if rng.random() < 0.3:
        whole = archive(texts, rng)
        return Case(Kind.ARCHIVE, raw=spoil_bytes(whole, rng) if rng.random() < 0.7 else whole)
    return Case(Kind.MEMBERS, texts, is_rendered=rng.random() < 0.3)
