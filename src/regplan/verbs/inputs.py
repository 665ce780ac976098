"""PROFILE and IMAGE arguments in, declarations out: the one place where verbs read profiles."""

from __future__ import annotations

import os
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.image import Unresolved
from regplan.model.profile import Declarations, FoundBy, ImageUse, Provenance
from regplan.oci.digest import sha256_of
from regplan.profile.parts import Members
from regplan.profile.read import NamedText, Setting, add_uses, read
from regplan.store.files import is_folder, read_text
from regplan.store.signs import is_archive
from regplan.values import dataclass
from regplan.verbs.arguments import ArgumentKind, classify, listed
from regplan.verbs.options import split_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.source import ImageSource
    from regplan.profile.kinds import Sorted
    from regplan.store.archived import ArchivedImages
    from regplan.store.layout import ImageLayout
    from regplan.store.recording import Recording
    from regplan.store.tree import LayoutTree
    from regplan.verbs.arguments import Argument
    from regplan.verbs.options import Options

__all__ = ["Inputs", "Reading", "digest_of_texts", "read_inputs", "reading_of", "with_unreadable"]


# What charts are told of the cluster where neither a profile nor anybody else does; most ask for no more than 1.25.
_KUBERNETES = "1.31.0"
_ON_DISK = frozenset({ArgumentKind.FILE, ArgumentKind.FOLDER})
_ARCHIVES = frozenset({ArgumentKind.OCI_ARCHIVE, ArgumentKind.DOCKER_ARCHIVE, ArgumentKind.BUNDLE})
_STORED = frozenset({ArgumentKind.LAYOUT, ArgumentKind.RECORDING, *_ARCHIVES})
_COMMAND_LINE = Provenance("command line", found_by=FoundBy.ARGUMENT)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading arguments is told: profile variables, what a running cluster knows, and who named the arguments.

    `fetched` is what was read of the arguments that name something in a live Palette or a registry, `named_by` tells who named an image
    where it is not `where`. `architectures` are the hosts' ("amd64"), none where they are not known; `environment` is
    where `helm` is looked for, `report` hears how far reading a large archive has come. `known` keeps what texts are, for
    several readings of the same.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    system: Mapping[str, str] = field(default_factory=dict)
    where: Provenance = _COMMAND_LINE
    fetched: Mapping[str, tuple[NamedText | Members, ...]] = field(default_factory=dict, repr=False)
    named_by: Mapping[str, Provenance] = field(default_factory=dict)
    architectures: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    report: Report | None = field(default=None, repr=False)
    known: dict[NamedText, Sorted] | None = field(default=None, repr=False)


_READING = Reading()


def reading_of(options: Options) -> Reading:
    """Tell reading what the caller's options say of profile variables and of the running cluster."""
    return Reading(*split_variables(options.variables), environment=options.environment)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the arguments say: declarations, sources that they name themselves, and the texts that were read."""

    declarations: Declarations
    sources: tuple[ImageSource, ...] = ()
    texts: tuple[NamedText, ...] = ()


def read_inputs(arguments: Sequence[str], reading: Reading = _READING) -> Inputs:
    """Read profiles, packs, charts, lists, layouts and image references; raises `InputError`."""
    if not arguments:
        raise InputError("name at least one profile or image")
    given = listed(arguments)
    told = [(text, classify(text)) for text in given if text not in reading.fetched]
    _refuse_charts(told)
    handed = [_handed(argument) for _, argument in told if argument.kind in _ON_DISK]
    handed += [text for each in given for text in reading.fetched.get(each, ())]
    declarations = read(handed, _setting(reading, handed)) if handed else Declarations()
    uses = [
        ImageUse(str(argument.reference), argument.reference, reading.named_by.get(text, reading.where))
        for text, argument in told
        if argument.kind is ArgumentKind.IMAGE
    ]
    sources = []
    for _, argument in told:
        if argument.kind in _STORED:
            source, named = _stored(argument, reading.report)
            sources.append(source)
            uses += named
    texts = tuple(_texts(handed))
    return Inputs(_with_digests(add_uses(declarations, uses), texts), tuple(sources), texts)


def _with_digests(declarations: Declarations, texts: Iterable[NamedText]) -> Declarations:
    """Add to each profile the digest of its text, by which whoever signs a report recognises the file."""
    of_file = {each.file: each.text for each in texts}
    profiles = tuple(
        replace(each, digest=f"sha256:{sha256_of(of_file[each.file].encode())}") if each.file in of_file else each
        for each in declarations.profiles
    )
    return replace(declarations, profiles=profiles) if profiles else declarations


def _refuse_charts(told: Iterable[tuple[str, Argument]]) -> None:
    """Refuse a chart that nobody fetched: it stands where images are listed."""
    for text, argument in told:
        if argument.kind is ArgumentKind.CHART:
            raise InputError(
                f"{text}: a Helm chart stands among images; name it as a profile, or without oci:// where the artefact itself is meant"
            )


def with_unreadable(inventory: Inventory, declarations: Declarations) -> Inventory:
    """Add the texts that are no reference to what is unresolved, so that no sum passes for the whole."""
    texts: dict[str, list[ImageUse]] = {}
    for use in declarations.uses:
        if use.reference is None and use.is_counted:
            texts.setdefault(use.text, []).append(use)
    more = (
        Unresolved(text, uses[0].problem or "it is not an image reference", tuple(str(use.provenance) for use in uses))
        for text, uses in texts.items()
    )
    return replace(inventory, unresolved=(*inventory.unresolved, *more))


def digest_of_texts(texts: Iterable[NamedText], more: Iterable[str] = ()) -> str:
    """Compute one digest over everything that was read; where the files lay does not matter."""
    parts = sorted(sha256_of(text.text.encode()) for text in texts)
    return f"sha256:{sha256_of(chr(10).join([*parts, *more]).encode())}"


def _handed(argument: Argument) -> NamedText | Members:
    """Read a folder or a file; what its first bytes say is an archive is taken apart, whatever its name."""
    path = Path(argument.path)
    if argument.kind is ArgumentKind.FOLDER and not is_folder(path):
        raise InputError(f"{path}: no such folder")
    if argument.kind is ArgumentKind.FOLDER or is_archive(path):
        from regplan.store.members import read_members

        return read_members(path)
    return NamedText(argument.path, read_text(path))


def _setting(reading: Reading, handed: Sequence[NamedText | Members]) -> Setting:
    renderer = None
    # Only folders and archives hold charts.
    if any(isinstance(each, Members) for each in handed):
        from regplan.store.helm import find_renderer

        renderer = find_renderer(reading.environment, reading.system.get("kubernetes.version") or _KUBERNETES)
    return Setting(reading.variables, reading.system, renderer, reading.architectures, reading.known)


def _texts(handed: Iterable[NamedText | Members]) -> Iterator[NamedText]:
    for each in handed:
        if isinstance(each, Members):
            yield from (NamedText(f"{each.file}/{path}", text) for path, text in each.texts.items())
        else:
            yield each


def _stored(argument: Argument, report: Report | None) -> tuple[ImageSource, list[ImageUse]]:
    """Open a layout, a tree, an archive or a recording that stands among the arguments: it names its own images."""
    transport = "oci" if argument.kind is ArgumentKind.LAYOUT else argument.kind.value
    where = f"{transport}:{argument.path}"
    source = _source(argument, report)
    wanted = [
        reference
        for reference in source.references()
        if argument.kind in _ARCHIVES
        or argument.name.startswith("@")
        or argument.name in {"", reference.tag, str(reference), reference.familiar}
    ]
    if not wanted:
        raise InputError(f"{where} holds " + (f"no image {argument.name!r}" if argument.name else "no named image"))
    return source, [ImageUse(str(each), each, Provenance(where)) for each in wanted]


def _source(argument: Argument, report: Report | None) -> ImageLayout | LayoutTree | Recording | ArchivedImages:
    from regplan.verbs.sources import open_archived, open_layout, open_recording

    if argument.kind in _ARCHIVES:
        # Archives and layouts narrow themselves to the name, which may be a number too.
        return open_archived(argument.kind.value, argument.path, argument.name, report)
    if argument.kind is ArgumentKind.RECORDING:
        return open_recording(argument.path)
    return open_layout(argument.path, argument.name)
