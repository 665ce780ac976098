"""Edits of the open site as values: how one more goes to those there are, and what an order says of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.plan import Study
    from regplan.model.site_input import SiteInput
    from regplan.profile.site_edit import SiteEdit

__all__ = ["Drafted", "and_edit", "edits_without", "host_edit", "next_name", "set_words", "stepped"]

_HOSTS: Final = "hosts"


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of a draft: the edits that were planned, and the study."""

    edits: tuple[SiteEdit, ...]
    study: Study


def and_edit(edits: tuple[SiteEdit, ...], edit: SiteEdit) -> tuple[SiteEdit, ...]:
    """Put an edit behind the others; one of the same key as the last takes its place, so that it is undone at once."""
    is_same = bool(edits) and edits[-1].name == edit.name and edit.path != _HOSTS
    return (*(edits[:-1] if is_same else edits), edit)


def edits_without(edits: tuple[SiteEdit, ...], name: str) -> tuple[SiteEdit, ...]:
    """Leave out what sets a key; raises `InputError` where nothing does.

    What an edit of a host needs stays: a host that was added, and that later edits are of.
    """
    left = tuple(edit for edit in edits if edit.name != name)
    if len(left) == len(edits):
        raise InputError(f"no edit sets {name}: :draft lists what is edited")
    return left


def stepped(edits: tuple[SiteEdit, ...], row: SiteInput, *, up: bool) -> SiteEdit | None:
    """Tell the edit that sets a key one step up or down from what it has with the edits; None where there is no further step."""
    from regplan.profile.site_edit import edit_of, key_named
    from regplan.profile.site_steps import step_of

    value = next((edit.value for edit in reversed(edits) if edit.name == row.name), row.value) or ""
    told = step_of(key_named(row.path), value, up=up)
    return None if told == value else edit_of(row.name, told)


def set_words(argument: str) -> tuple[str, str]:
    """Part `KEY VALUE`; raises `InputError` where there is no value.

    >>> set_words("registry.retention keep 2 versions")
    ('registry.retention', 'keep 2 versions')
    """
    name, _, value = argument.partition(" ")
    if not value.strip():
        raise InputError(f":set {name} needs a value: :set {name} VALUE")
    return name, value.strip()


def next_name(name: str, taken: Collection[str]) -> str:
    """Tell a name for a host like another one: the next number that is free.

    >>> next_name("node-1", ["node-1", "node-2"]), next_name("till", ["till"])
    ('node-3', 'till-2')
    """
    stem, dash, number = name.rpartition("-")
    if not dash or not number.isdigit():
        stem = name
    return next(told for each in itertools.count(2) if (told := f"{stem}-{each}") not in taken)


def host_edit(argument: str) -> SiteEdit:
    """Read `add NAME [LIKE]` or `remove NAME`; raises `InputError` for anything else."""
    from regplan.profile.site_edit import SiteEdit

    match argument.split():
        case ["add", name]:
            return SiteEdit(_HOSTS, "", name)
        case ["add", name, like]:
            return SiteEdit(_HOSTS, like, name)
        case ["remove", name]:
            return SiteEdit(_HOSTS, None, name)
        case _:
            raise InputError(f":host {argument}: it is add NAME, add NAME LIKE-HOST or remove NAME")
