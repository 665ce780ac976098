"""How verdicts, sizes and other people's texts are written for readers."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.patterns import pattern
from regplan.units import KiB, format_bytes, format_count, format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import StorageNeed, UnresolvedNeed
    from regplan.model.progress import Progress

__all__ = [
    "ABSENT",
    "GLYPHS",
    "MEANINGS",
    "UNCOMPRESSED",
    "WAYS",
    "WORST_FIRST",
    "counted",
    "exact",
    "exact_bytes",
    "full_stop",
    "holds_words",
    "indented",
    "is_active",
    "marked",
    "progress_words",
    "readable",
    "tidy",
    "unresolved_words",
    "with_escapes",
]

# What is said of layers that are plain tars, after how many bytes they are.
UNCOMPRESSED: Final = (
    "uncompressed layers, as docker save writes them: a tool that compresses while it pushes stores fewer bytes"
)
# What stands in a column of numbers where there is nothing to tell.
ABSENT: Final = "-"

GLYPHS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {Verdict.FAIL: "✗", Verdict.INCOMPLETE: "?", Verdict.MARGINAL: "!", Verdict.PASS: "✓", Verdict.INFO: "i"}
)
# The order in which findings are read: what is simply met comes after what is worth knowing.
WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.INFO, Verdict.PASS)
MEANINGS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FAIL: "This site does not fit.",
        Verdict.INCOMPLETE: "Nothing that is known speaks against it, but not everything is known: sums are lower bounds.",
        Verdict.MARGINAL: "This site fits, with a documented number only just met.",
        Verdict.PASS: "This site fits.",
        Verdict.INFO: "Nothing was checked.",
    }
)
# The topology's name, and what readers call it.
WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "direct": "No registry",
        "primary": "Primary registry",
        "bundle": "Content bundle",
        "pull-through": "Pull-through cache",
        "peer-to-peer": "Peers",
    }
)
_UNKNOWN: Final = "unknown"
_ROUNDED: Final = frozenset({"bps", "milli", "ratio", "s"})
# A name that turns the reading direction around could show another name than the one that stands there; U+FEFF, U+FFFE
# and U+FFFF are no characters of a text, and XML or PDF/UA cannot hold them.
_TURNING: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_CONTROLS: Final = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
_ACTING = pattern(f"([{_CONTROLS}])|[{_TURNING}]")
# What terminals and readers may act on; programs that read line by line may take a line separator for the end of one.
_ACTIVE = pattern(f"[{_CONTROLS}{_TURNING}\u2028\u2029]")
# Between a JSON text's strings only these two stand.
_LAYOUT: Final = frozenset("\n\t\r")


def marked(verdict: Verdict | str) -> str:
    """Write a verdict, or its name in a document, so that it is understood without colour.

    >>> marked(Verdict.FAIL), marked("PASS")
    ('✗ FAIL', '✓ PASS')
    """
    known = Verdict(verdict)
    return f"{GLYPHS[known]} {known.value}"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, which takes an s from two on.

    >>> counted(1, "image"), counted(1200, "image")
    ('1 image', '1,200 images')
    """
    return format_count(count, noun)


def exact_bytes(size_bytes: int) -> str:
    """Write a size to the byte.

    >>> exact_bytes(80187233)
    '80,187,233 B'
    """
    return f"{size_bytes:,} B"


def exact(value: float | str | None, unit: str) -> str:
    """Write a quantity so that nothing is rounded away: bytes in both prefixes and to the byte.

    >>> exact(300_000_000_000, "bytes"), exact(2000, "milli"), exact(3, "hosts"), exact(None, "s")
    ('300 GB = 279 GiB = 300,000,000,000 B', '2 CPU = 2,000 milli', '3 hosts', '-')
    >>> exact(0, "bytes"), exact(1000, "bytes")  # what reads alike is written once
    ('0 B', '1.00 kB = 1,000 B')
    """
    if value is None or isinstance(value, str):
        return tidy(readable(value, unit, absent=ABSENT))
    if unit == "bytes":
        size_bytes = round(value)
        binary = [format_bytes(size_bytes, binary=True)] if abs(size_bytes) >= KiB else []
        return " = ".join(dict.fromkeys([format_bytes(size_bytes), *binary, exact_bytes(size_bytes)]))
    shown = tidy(readable(value, unit, absent=ABSENT))
    # Whoever reads the rounded form wants the other one too, where there is more to it.
    return f"{shown} = {value:,} {unit}" if unit in _ROUNDED and math.isfinite(value) else shown


def full_stop(text: str) -> str:
    """End a text as a sentence, so that another can follow it.

    >>> full_stop("add memory"), full_stop("The need fits.")
    ('add memory.', 'The need fits.')
    """
    stripped = text.rstrip()
    return stripped if stripped.endswith((".", "!", "?", "…")) or not stripped else f"{stripped}."


def readable(value: float | str | None, unit: str, *, binary: bool = False, absent: str = _UNKNOWN) -> str:
    """Write a value with its unit for people; a text stands as it is, and `absent` where nobody knows the value.

    >>> readable(16_000_000_000, "bytes"), readable(7500, "milli"), readable(0.15, "ratio"), readable(None, "s")
    ('16.0 GB', '7.5 CPU', '15 %', 'unknown')
    >>> readable(2**30, "bytes", binary=True), readable(1, "hosts"), readable(1, "copies"), readable(None, "bytes", absent="-")
    ('1.00 GiB', '1 host', '1 copy', '-')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return absent
    if isinstance(value, str):
        return value
    return format_bytes(round(value), binary=binary) if unit == "bytes" else _number(value, unit)


def unresolved_words(need: UnresolvedNeed, *, binary: bool = False) -> str:
    """Write what the unresolved images may add: the average that still fits, and the need at published sizes.

    >>> from regplan.model.plan import UnresolvedNeed
    >>> unresolved_words(UnresolvedNeed(1, None, 10**8, 10**9, 2 * 10**9, 3 * 10**9))
    'with 1 unresolved image at published sizes (assumed): 2.00 GB needed at p50 (100 MB), 3.00 GB at p90 (1.00 GB)'
    """
    sizes = (need.p50_bytes, need.p90_bytes, need.need_p50_bytes, need.need_p90_bytes, need.break_even_bytes or 0)
    p50, p90, at_p50, at_p90, most = (format_bytes(size, binary=binary) for size in sizes)
    images = counted(need.count, "unresolved image")
    published = f"at published sizes (assumed): {at_p50} needed at p50 ({p50}), {at_p90} at p90 ({p90})"
    if not need.break_even_bytes:
        return f"with {images} {published}"
    each = " each on average" if need.count > 1 else ""
    return f"{images} may take {most}{each} before the PVC is too small; {published}"


def holds_words(need: StorageNeed, *, binary: bool = False) -> str:
    """Write how many versions lie in the registry at once, and what its claim holds of them; "" where neither is known.

    >>> from regplan.model.plan import StorageNeed, VersionsNeed
    >>> versions = VersionsNeed(2, 0, True, 4, 1, 10**9, False, "registry.retention keeps 2")
    >>> holds_words(StorageNeed((), 300 * 10**9, versions=versions, holds_bytes=181 * 10**9))
    '2 versions at once (registry.retention keeps 2): the claim holds 181 GB of live images'
    """
    if need.versions is None:
        return ""
    told = f"{counted(need.versions.count, 'version')} at once ({need.versions.why})"
    if need.holds_bytes is None:
        return told
    return f"{told}: the claim holds {format_bytes(need.holds_bytes, binary=binary)} of live images"


def progress_words(progress: Progress) -> str:
    """Write progress in one line."""
    if progress.unit == "bytes":
        moving = f", {format_bytes(progress.moving)} on the way" if progress.moving else ""
        done = f"{format_bytes(progress.done)} of {format_bytes(progress.total)}{moving}"
    else:
        done = f"{progress.done} of {progress.total} {progress.unit}"
    return f"{done}  {progress.what}"


def _number(value: float, unit: str) -> str:
    match unit:
        case "milli":
            return f"{value / 1000:g} CPU"
        case "ratio":
            return f"{value * 100:.3g} %"
        case "s":
            return format_duration(value)
        case "bps":
            return format_rate(round(value))
        case _:
            number = f"{value:,}" if isinstance(value, int) else f"{value:g}"
            return f"{number} {_singular(unit) if value == 1 else unit}".strip()


def _singular(unit: str) -> str:
    return f"{unit.removesuffix('ies')}y" if unit.endswith("ies") else unit.removesuffix("s")


def indented(text: str) -> str:
    r"""Make a text that others wrote harmless line by line, keeping what each line is indented by; it ends with a newline.

    >>> indented("a:\n  b: \x1b[31m1")
    'a:\n  b: [31m1\n'
    """
    lines = text.splitlines()
    return "".join(f"{' ' * (len(line) - len(line.lstrip(' ')))}{tidy(line)}\n" for line in lines)


def tidy(text: str) -> str:
    r"""Make one harmless line of a text that others wrote: no control characters, no turned reading direction.

    >>> tidy("a\x1b[31m\nb")
    'a [31m b'
    """
    return " ".join(_ACTING.sub(lambda found: " " if found[1] else "\ufffd", text).split())


def with_escapes(text: str) -> str:
    r"""Write a JSON text with every character escaped that a terminal or a reader could act on; its value is the same.

    >>> with_escapes('{"a": "\x9b2J"}\n')
    '{"a": "\\u009b2J"}\n'
    """
    return _ACTIVE.sub(lambda match: match[0] if match[0] in _LAYOUT else f"\\u{ord(match[0]):04x}", text)


def is_active(text: str) -> bool:
    r"""Tell whether a terminal or a reader could act on some character of a text.

    >>> is_active("a\nb"), is_active("a  b")
    (True, False)
    """
    return _ACTIVE.search(text) is not None
