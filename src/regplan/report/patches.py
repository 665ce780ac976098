"""The image lists that packs should have, as YAML to be pasted and as a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.patch import ListPatch, PatchLine

__all__ = ["patches_document", "patches_yaml"]

_HEAD: Final = "pack:\n  content:\n    images:\n"
# What YAML reads as the same text without quotes: no number, no date, no truth value.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*[/:][A-Za-z0-9._/:@-]*[A-Za-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def patches_yaml(patches: Iterable[ListPatch]) -> str:
    """Write patches as YAML, one document for each pack, to be pasted over the list that its values have.

    >>> patches_yaml([])
    ''
    """
    return "---\n".join(_document(each) for each in patches)


def patches_document(patches: Iterable[ListPatch]) -> dict[str, object]:
    """Write patches as data: for each pack its list as it should be, and what else was found, with the reasons."""
    return {"kind": "patches", "patches": [_row(each) for each in patches]}


def _document(patch: ListPatch) -> str:
    lines = "".join(f"      {_line(each)}\n" for each in patch.lines)
    return f"# {_where(patch)}: {_said('; '.join(patch.changes))}\n{_HEAD}{lines}"


def _line(line: PatchLine) -> str:
    text = f"- image: {_scalar(line.image)}"
    if not line.is_active:
        text = f"# {text}"
    return f"{text}  # {_said(line.why)}" if line.why else text


def _scalar(text: str) -> str:
    plain = _said(text)
    if _PLAIN.fullmatch(plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _said(text: str) -> str:
    """Write a text so that it stays in its line."""
    return _CONTROL.sub(" ", text)


def _where(patch: ListPatch) -> str:
    pack = f"{patch.layer}/{patch.pack}" if patch.layer and patch.pack else patch.pack
    named = " ".join(part for part in (pack, patch.version) if part)
    return _said(" > ".join(part for part in (patch.profile, named) if part) or patch.file)


def _row(patch: ListPatch) -> dict[str, object]:
    return {
        "file": patch.file,
        "profile": patch.profile,
        "layer": patch.layer,
        "pack": patch.pack,
        "version": patch.version,
        "changes": list(patch.changes),
        "content": {"images": [{"image": each.image} for each in patch.lines if each.is_active]},
        "lines": [
            {"image": each.image, "active": each.is_active, "new": each.is_new, "why": each.why} for each in patch.lines
        ],
    }
