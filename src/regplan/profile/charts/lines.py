"""Where images stand in what a template gives: lines with the key `image`, under the kind of their object."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.outcome import Rope, Segment, choices, collapse, enabled_by, verdict
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.profile.charts.outcome import Choice, Guard

__all__ = ["Custom", "Found", "Place", "image_lines"]

_KEY = re.compile(r"""(?:^|(?P<flow>[{,])\s*|\s)(?:image:(?=\s|$)|["']image["']\s*:)""")
_KIND = re.compile(r"""^(?:kind:|\{.*?"kind"\s*:)\s*["']?([A-Za-z]+)""")
# An image's name has no more; what a chart writes beyond that on one line is no name.
_MOST_NAME: Final = 2_000
_MOST_PIECES: Final = 100
_MOST_KEYS: Final = 500
_FLOW_END = re.compile(r"[,}\]]")
_HOOK = re.compile(r"""["']?helm\.sh/hook["']?:\s*["']?([a-z, -]+)""")
_TOLD = re.compile(
    r"""^\s*(?:(value:)\s*|-\s+(?:--?[\w.-]+=)?)["']?(?:--?[\w.-]+=)?"""
    r"""((?:[a-z0-9-]+\.)+[a-z0-9-]+(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"""
    r"""(?::[\w][\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64}))["']?\s*$"""
)
_WORKLOADS: Final = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
_NO_PODS: Final = frozenset(
    {
        "APIService", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "CustomResourceDefinition",
        "MutatingWebhookConfiguration", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount",
        "ValidatingWebhookConfiguration",
    }
)  # fmt: skip


class Place(NamedTuple):
    """What kind of object an image stands in."""

    kind: str
    is_workload: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An image in a template: its text, whether it is there, what switches it on, and where it stands.

    `told` is "args" or "env" where a container is merely told of it.
    """

    text: str
    verdict: bool | None
    reason: str
    line: int
    place: Place
    told: str = ""


@dataclass(frozen=True, slots=True)
class Custom:
    """An object that an operator reads, as text: whether it is there and what switches it on.

    `lines` tells for each line of the text the line of the template that made it.
    """

    text: str
    verdict: bool | None
    reason: str
    lines: tuple[int, ...]
    kind: str


@dataclass(slots=True)
class _Line:
    """A line in pieces."""

    pieces: list[Segment]

    @property
    def text(self) -> str:
        if len(self.pieces) == 1:
            return self.pieces[0].text
        return "".join(piece.text for piece in self.pieces)


def image_lines(segments: Iterable[Segment]) -> Iterator[Found | Custom]:
    """Yield the images of a template's workloads, and the custom objects that may name others."""
    document: list[_Line] = []
    for line in _lines(segments):
        if line.pieces[0].text.startswith("---"):
            yield from _of_document(document)
            document = []
        else:
            document.append(line)
    yield from _of_document(document)


def _lines(segments: Iterable[Segment]) -> Iterator[_Line]:
    """Put pieces together to lines; what may not be there begins lines of its own and breaks none."""
    open_lines: list[tuple[tuple[Guard, ...], list[Segment]]] = [((), [])]
    for segment in segments:
        doubts = tuple(guard for guard in segment.guards if guard.verdict is not True)
        while doubts[: len(open_lines[-1][0])] != open_lines[-1][0]:
            _, pieces = open_lines.pop()
            if pieces:
                yield _Line(pieces)
        if "\n" not in segment.text:
            open_lines[-1][1].append(segment)
            continue
        if len(doubts) > len(open_lines[-1][0]):
            open_lines.append((doubts, []))
        yield from _split(segment, open_lines[-1][1])
    for _, pieces in reversed(open_lines):
        if pieces:
            yield _Line(pieces)


def _split(segment: Segment, current: list[Segment]) -> Iterator[_Line]:
    """End the line that is open, and leave the last one of the segment open in its place."""
    first, *others = segment.text.split("\n")
    pieces = [*current, *((segment._replace(text=first),) if first else ())]
    if pieces:
        yield _Line(pieces)
    own = [
        Segment(part, segment.guards, segment.line + ahead * segment.step, segment.step)
        for ahead, part in enumerate(others, 1)
    ]
    yield from (_Line([each]) for each in own[:-1] if each.text)
    current[:] = [own[-1]] if own[-1].text else []


def _of_document(lines: list[_Line]) -> Iterator[Found | Custom]:
    if not any("mage" in line.text for line in lines):
        return
    place, guards = _place(lines)
    if place.kind in _NO_PODS:
        return
    if place.kind and not place.is_workload:
        there = [line for line in lines if verdict(_own(line.pieces[0], guards)) is not False]
        text = "\n".join(_text(line, guards) for line in there)
        numbers = tuple(line.pieces[0].line for line in there)
        yield Custom(text, verdict(guards), enabled_by(guards), numbers, place.kind)
        return
    for line in lines:
        keys = _keys(line)
        if not keys:
            yield from _told(line, place)
        for match, start in keys:
            piece = line.pieces[start]
            for choice in choices(_rest(line.pieces[start:], match.end(), piece.guards)):
                text = _scalar(choice.text, is_flow=match["flow"] is not None)
                yield from _found(replace(choice, text=text), piece.guards, piece.line, place)


def _found(choice: Choice, base: tuple[Guard, ...], line: int, place: Place) -> Iterator[Found]:
    if not choice.text:
        return
    outer = verdict(base)
    if outer is False or choice.verdict is False:
        reasons = [each for each in (enabled_by(base), choice.reason) if each]
        yield Found(choice.text, verdict=False, reason=" and ".join(dict.fromkeys(reasons)), line=line, place=place)
    else:
        told = None if outer is None or choice.verdict is None else True
        yield Found(choice.text, told, "", line, place)


def _told(line: _Line, place: Place) -> Iterator[Found]:
    """Yield a full reference among arguments or environment variables, which an operator may start."""
    if "/" not in line.text:
        return
    guards = line.pieces[0].guards
    match = _TOLD.search(_text(line, guards))
    if match is not None:
        told = "env" if match[1] else "args"
        yield Found(match[2], verdict(guards), enabled_by(guards), line.pieces[0].line, place, told)


def _keys(line: _Line) -> list[tuple[re.Match[str], int]]:
    """Find the keys of images in a line, each with its piece: one, or many in JSON on one line."""
    found = (
        (match, at)
        for at, piece in enumerate(line.pieces)
        if "mage" in piece.text
        for match in _KEY.finditer(piece.text)
    )
    return list(islice(found, _MOST_KEYS))


def _scalar(text: str, *, is_flow: bool) -> str:
    """Take the scalar that stands first in what follows a key; "" where that is no text."""
    text = text.strip()
    if text[:1] in {'"', "'"} and text.find(text[0], 1) > 0:
        return text[1 : text.index(text[0], 1)].strip()
    text = text.partition(" #")[0].strip()
    if text.startswith("{{") or not text.startswith(("{", "[", "|", ">", "&", "*", "#")):
        return _FLOW_END.split(text, maxsplit=1)[0].strip() if is_flow and "{{" not in text else text
    return ""


def _own(piece: Segment, base: tuple[Guard, ...]) -> tuple[Guard, ...]:
    return tuple(guard for guard in piece.guards if guard not in base)


def _text(line: _Line, base: tuple[Guard, ...]) -> str:
    """Tell what a line says where it is there at all."""
    if len(line.pieces) == 1:
        return line.text
    base += line.pieces[0].guards
    return collapse(Rope(tuple(piece._replace(guards=_own(piece, base)) for piece in line.pieces[:_MOST_PIECES])))


def _rest(pieces: list[Segment], end: int, base: tuple[Guard, ...]) -> list[Segment]:
    """Tell what stands behind the key, each piece with the conditions that are its own."""
    first = pieces[0]
    own = (piece._replace(guards=_own(piece, base)) for piece in pieces[1:_MOST_PIECES])
    return [Segment(first.text[end : end + _MOST_NAME], (), first.line), *own]


def _place(lines: list[_Line]) -> tuple[Place, tuple[Guard, ...]]:
    kind, hook = "", ""
    guards: tuple[Guard, ...] = ()
    for line in lines:
        if "kind" not in line.text and "hook" not in line.text:
            continue
        text = collapse(Rope(tuple(line.pieces))) if verdict(line.pieces[0].guards) is True else line.text
        match = _KIND.match(text)
        if match is not None and not kind:
            kind, guards = match[1], line.pieces[0].guards
        match = _HOOK.search(text)
        hook = match[1] if match is not None else hook
    words = [word.strip() for word in hook.split(",") if word.strip()]
    is_test = bool(words) and all(word.startswith("test") for word in words)
    return Place(kind, kind in _WORKLOADS, is_test), guards
