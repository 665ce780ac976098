"""Declared sizes: read from a CSV file, and put in the place of what no source could answer for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.image import DeclaredImage
from regplan.oci.reference import Reference
from regplan.store.files import read_text, user_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from regplan.model.image import Inventory

__all__ = ["read_sizes", "with_declared"]


def read_sizes(path: str | Path) -> tuple[tuple[str, int], ...]:
    """Read a CSV file of declared sizes, normalised references with bytes; raises `InputError`, naming file and line."""
    from regplan.profile.declared import parse_sizes

    return parse_sizes(read_text(user_path(path)), str(path))


def with_declared(inventory: Inventory, sizes: Iterable[tuple[str, int]]) -> Inventory:
    """Take declared sizes for the references that no source could answer for, and for no others."""
    known = {str(Reference.parse(text)): size for text, size in sizes}
    declared = tuple(
        DeclaredImage(Reference.parse(each.reference), known[each.reference], each.provenance)
        for each in inventory.unresolved
        if each.reference in known
    )
    left = tuple(each for each in inventory.unresolved if each.reference not in known)
    return replace(inventory, unresolved=left, declared=declared)
