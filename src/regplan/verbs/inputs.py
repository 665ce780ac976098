"""PROFILE and IMAGE arguments in, declarations out: the one place where verbs read profiles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.image import Unresolved
from regplan.model.profile import Declarations, FoundBy, ImageUse, Provenance
from regplan.profile.read import NamedText, Setting, add_uses, read
from regplan.store.files import read_text
from regplan.verbs.arguments import ArgumentKind, classify, listed
from regplan.verbs.sources import open_layout, open_recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.source import ImageSource
    from regplan.verbs.arguments import Argument

__all__ = ["Inputs", "Reading", "digest_of_texts", "read_inputs", "with_unreadable"]


_COMMAND_LINE = Provenance("command line", found_by=FoundBy.ARGUMENT)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading arguments is told: profile variables, what a running cluster knows, and who named the arguments."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    system: Mapping[str, str] = field(default_factory=dict)
    where: Provenance = _COMMAND_LINE


_READING = Reading()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the arguments say: declarations, sources that they name themselves, and the texts that were read."""

    declarations: Declarations
    sources: tuple[ImageSource, ...] = ()
    texts: tuple[NamedText, ...] = ()


def read_inputs(arguments: Sequence[str], reading: Reading = _READING) -> Inputs:
    """Read profiles, lists, layouts and image references; raises `InputError`."""
    if not arguments:
        raise InputError("name at least one profile or image")
    told = [classify(argument) for argument in listed(arguments)]
    texts = tuple(_text(argument) for argument in told if argument.kind is ArgumentKind.FILE)
    for argument in told:
        if argument.kind is ArgumentKind.FOLDER:
            raise InputError(f"{argument.path}: packs and charts in folders are not read by this version")
    declarations = read(texts, Setting(reading.variables, reading.system)) if texts else Declarations()
    uses = [
        ImageUse(str(argument.reference), argument.reference, reading.where)
        for argument in told
        if argument.kind is ArgumentKind.IMAGE
    ]
    sources = []
    for argument in told:
        if argument.kind in {ArgumentKind.LAYOUT, ArgumentKind.RECORDING}:
            source, named = _stored(argument)
            sources.append(source)
            uses += named
    return Inputs(add_uses(declarations, uses), tuple(sources), texts)


def with_unreadable(inventory: Inventory, declarations: Declarations) -> Inventory:
    """Add the texts that are no reference to what is unresolved, so that no sum passes for the whole."""
    texts: dict[str, list[ImageUse]] = {}
    for use in declarations.uses:
        if use.reference is None:
            texts.setdefault(use.text, []).append(use)
    more = (
        Unresolved(text, uses[0].problem or "it is not an image reference", tuple(str(use.provenance) for use in uses))
        for text, uses in texts.items()
    )
    return replace(inventory, unresolved=(*inventory.unresolved, *more))


def digest_of_texts(texts: Iterable[NamedText], more: Iterable[str] = ()) -> str:
    """Compute one digest over everything that was read; where the files lay does not matter."""
    parts = sorted(sha256(text.text.encode()).hexdigest() for text in texts)
    return f"sha256:{sha256(chr(10).join([*parts, *more]).encode()).hexdigest()}"


def _text(argument: Argument) -> NamedText:
    return NamedText(argument.path, read_text(Path(argument.path)))


def _stored(argument: Argument) -> tuple[ImageSource, list[ImageUse]]:
    """Open a layout, a tree or a recording that stands among the arguments: it names its own images."""
    where = f"{'recording' if argument.kind is ArgumentKind.RECORDING else 'oci'}:{argument.path}"
    source = open_recording(argument.path) if argument.kind is ArgumentKind.RECORDING else open_layout(argument.path)
    wanted = [
        reference
        for reference in source.references()
        if argument.name in {"", reference.tag, str(reference), reference.familiar}
    ]
    if not wanted:
        raise InputError(f"{where} holds " + (f"no image {argument.name!r}" if argument.name else "no named image"))
    return source, [ImageUse(str(each), each, Provenance(where)) for each in wanted]
