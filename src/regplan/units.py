"""Bytes, rates, durations and Kubernetes quantities: exact integers in, exact integers out.

`GB` is 10^9 and `GiB` is 2^30, everywhere. People's sizes ("500GB") and Kubernetes quantities ("300Gi") are two
grammars with two parsers, because "300G" means something only in the second. Network rates are bits per second.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.patterns import pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

__all__ = [
    "GB",
    "MB",
    "TB",
    "GiB",
    "KiB",
    "MiB",
    "TiB",
    "format_bytes",
    "format_count",
    "format_duration",
    "format_least",
    "format_rate",
    "kB",
    "parse_bytes",
    "parse_cpu",
    "parse_duration",
    "parse_quantity",
    "parse_rate",
    "parse_ratio",
    "parse_size",
    "transfer_seconds",
]

kB: Final = 10**3  # noqa: N816  the unit is written so
MB: Final = 10**6
GB: Final = 10**9
TB: Final = 10**12
KiB: Final = 2**10
MiB: Final = 2**20
GiB: Final = 2**30
TiB: Final = 2**40

_DECIMAL: Final = {"": 1, "k": kB, "M": MB, "G": GB, "T": TB, "P": 10**15, "E": 10**18}
_BINARY: Final = {"Ki": KiB, "Mi": MiB, "Gi": GiB, "Ti": TiB, "Pi": 2**50, "Ei": 2**60}
# [0-9] and not \d, which takes the digits of every script.
_NUMBER: Final = r"(?P<number>[0-9]+(?:\.[0-9]+)?)"
_SIZE = pattern(rf"{_NUMBER}\s*(?P<unit>[kKMGTPE]?B|[KMGTPE]iB)")
_QUANTITY = pattern(
    r"\+?(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)(?P<unit>[KMGTPE]i|[numkMGTPE]|[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
)
_RATE = pattern(rf"{_NUMBER}\s*(?P<unit>[kMGT]?bit/s|[kKMGT]?bps)")
_DURATION = pattern(rf"{_NUMBER}\s*(?P<unit>us|ms|s|m|min|h|d)")
_RATIO = pattern(rf"{_NUMBER}(?P<unit>\s*%)?")
_THOUSANDTH: Final = Fraction(1, 1000)
_SECONDS: Final[Mapping[str, int | Fraction]] = {
    "us": _THOUSANDTH**2,
    "ms": _THOUSANDTH,
    "s": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": 86400,
}
_SMALL: Final = {"n": _THOUSANDTH**3, "u": _THOUSANDTH**2, "m": _THOUSANDTH}
_FACTORS: Final[Mapping[str, int | Fraction]] = {**_DECIMAL, **_BINARY, **_SMALL}
_MOST: Final = 2**63 - 1
_MOST_LETTERS: Final = 100


def parse_size(text: str) -> int:
    """Read a size as people write it, in bytes; a fraction of a byte is rounded up.

    >>> parse_size("300GB"), parse_size("300 GiB")
    (300000000000, 322122547200)

    Raises `InvalidQuantity` for a bare number and for Kubernetes quantities such as "300Gi".
    """
    match = _match(_SIZE, text)
    if match is None:
        hint = " (Kubernetes writes 300Gi, people write 300GiB)" if _match(_QUANTITY, text) else ""
        raise InvalidQuantity(f"{text!r} is not a size; write it with its unit, such as 300GB or 300GiB{hint}")
    unit = match["unit"].removesuffix("B")
    return _whole(Fraction(match["number"]) * _FACTORS["k" if unit == "K" else unit], text)


def parse_quantity(text: str) -> int:
    """Read a Kubernetes quantity in its base unit, rounded up (apimachinery, `resource.Quantity`).

    >>> parse_quantity("300Gi"), parse_quantity("1500m"), parse_quantity("2k")
    (322122547200, 2, 2000)

    Raises `InvalidQuantity` for people's sizes such as "300GB".
    """
    return _whole(_quantity(text), text)


def parse_cpu(text: str) -> int:
    """Read a count of processors in thousandths of one: a Kubernetes quantity such as "8", "1.5" or "500m".

    >>> parse_cpu("8"), parse_cpu("500m")
    (8000, 500)
    """
    return _whole(_quantity(text) * 1000, text)


def parse_bytes(text: str) -> int:
    """Read a size as the site file allows it, in bytes: "300GB", "300GiB" or "300Gi"; a bare number is refused.

    >>> parse_bytes("300Gi") == parse_bytes("300GiB")
    True
    """
    if _match(_SIZE, text):
        return parse_size(text)
    match = _match(_QUANTITY, text)
    if match is None or match["unit"] is None or match["exponent"] or match["unit"] in _SMALL:
        raise InvalidQuantity(f"{text!r} is not a size; write it with its unit: 300GB, 300GiB or 300Gi")
    return parse_quantity(text)


def parse_rate(text: str) -> int:
    """Read a network rate in bits per second; prefixes are decimal.

    >>> parse_rate("20Mbit/s"), parse_rate("1 Gbps")
    (20000000, 1000000000)
    """
    match = _match(_RATE, text)
    if match is None:
        raise InvalidQuantity(f"{text!r} is not a rate; write bits per second, such as 20Mbit/s or 1Gbit/s")
    prefix = match["unit"].removesuffix("bit/s").removesuffix("bps").replace("K", "k")
    rate_bps = _whole(Fraction(match["number"]) * _DECIMAL[prefix], text)
    if rate_bps == 0:
        raise InvalidQuantity(f"{text!r} is a rate of zero; leave the link out instead")
    return rate_bps


def parse_duration(text: str) -> float:
    """Read a duration in seconds.

    >>> parse_duration("60ms"), parse_duration("2h")
    (0.06, 7200.0)
    """
    match = _match(_DURATION, text)
    if match is None:
        raise InvalidQuantity(f"{text!r} is not a duration; write it with its unit, such as 60ms, 30s or 2h")
    return float(Fraction(match["number"]) * _SECONDS[match["unit"]])


def parse_ratio(text: str) -> float:
    """Read a share: "15%" is 0.15, and so is "0.15".

    >>> parse_ratio("15%"), parse_ratio("0.15")
    (0.15, 0.15)
    """
    match = _match(_RATIO, text)
    if match is None:
        raise InvalidQuantity(f"{text!r} is not a share; write a percentage such as 15%")
    return float(Fraction(match["number"]) / (100 if match["unit"] else 1))


# What is documented is told again and again.
@lru_cache(maxsize=10_000)
def format_bytes(size_bytes: int, *, binary: bool = False) -> str:
    """Write a size for people, to three figures: decimal by default, binary when asked.

    >>> format_bytes(300_000_000_000), format_bytes(300_000_000_000, binary=True), format_bytes(-1500)
    ('300 GB', '279 GiB', '-1.50 kB')
    """
    step, names = (1024, ("B", "KiB", "MiB", "GiB", "TiB")) if binary else (1000, ("B", "kB", "MB", "GB", "TB"))
    return _scaled(size_bytes, step, names)


def format_least(size_bytes: int) -> str:
    """Write what is at least needed, rounded up so that having it is enough: to three figures, from 100 GB to whole GB.

    >>> format_least(302_274_315_168), format_least(1_234_000_000_001), format_least(6_261_000_000)
    ('303 GB', '1235 GB', '6.27 GB')
    """
    names = ("B", "kB", "MB", "GB")
    power = min(max((len(str(size_bytes)) - 1) // 3, 0), len(names) - 1)
    scaled = Fraction(size_bytes, 1000**power)
    places = 0 if power == 0 or scaled >= 100 else 1 if scaled >= 10 else 2
    up = Fraction(ceil(scaled * 10**places), 10**places)
    return f"{float(up):.{places}f} {names[power]}"


def format_count(count: float, noun: str) -> str:
    """Write a count with its noun, which takes an s but for one of them.

    >>> format_count(1, "image"), format_count(1200, "image"), format_count(0.5, "year")
    ('1 image', '1,200 images', '0.5 years')
    """
    number = f"{count:,}" if isinstance(count, int) else f"{count:g}"
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def format_rate(rate_bps: int) -> str:
    """Write a network rate for people.

    >>> format_rate(20_000_000)
    '20.0 Mbit/s'
    """
    return _scaled(rate_bps, 1000, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"))


def format_duration(duration_s: float) -> str:
    """Write a duration for people, in its two largest units.

    >>> format_duration(0.25), format_duration(59.9), format_duration(61), format_duration(93784)
    ('0.2 s', '59.9 s', '1 min 1 s', '1 d 2 h')
    """
    if round(duration_s, 1) < 60:
        return f"{duration_s:.1f} s"
    left = round(duration_s)
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        parts.append(f"{count} {unit}")
    first = next(place for place, part in enumerate(parts) if not part.startswith("0 "))
    return " ".join(part for part in parts[first : first + 2] if not part.startswith("0 "))


def transfer_seconds(size_bytes: int, rate_bps: float) -> float:
    """Tell how long `size_bytes` take at `rate_bps`, in seconds: the one bridge between bytes and bits.

    >>> transfer_seconds(2_500_000, 20_000_000)
    1.0
    """
    return size_bytes * 8 / rate_bps


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    stripped = text.strip()
    if len(stripped) > _MOST_LETTERS:
        raise InvalidQuantity(f"{stripped[:20] + '...'!r} is longer than any quantity")
    return pattern.fullmatch(stripped)


def _quantity(text: str) -> Fraction:
    match = _match(_QUANTITY, text)
    if match is None:
        hint = " (people write 300GiB, Kubernetes writes 300Gi)" if _match(_SIZE, text) else ""
        raise InvalidQuantity(f"{text!r} is not a Kubernetes quantity such as 300Gi, 500m or 2{hint}")
    exponent = match["exponent"]
    return Fraction(match["number"]) * (
        _FACTORS[match["unit"] or ""] if exponent is None else Fraction(10) ** int(exponent)
    )


def _whole(value: Fraction, text: str) -> int:
    whole = ceil(value)
    if whole > _MOST:
        raise InvalidQuantity(f"{text!r} is larger than any disk: more than 2^63 - 1")
    return whole


def _scaled(value: int, step: int, names: tuple[str, ...]) -> str:
    size, place = abs(value), 0
    scaled = float(size)
    # What is decided by is what will be read: 999,999 B is 1.00 MB and not 1000 kB.
    while place < len(names) - 1 and round(scaled) >= step:
        scaled /= step
        place += 1
    sign = "-" if value < 0 else ""
    if place == 0:
        return f"{sign}{size} {names[0]}"
    digits = 2 if round(scaled, 2) < 10 else 1 if round(scaled, 1) < 100 else 0
    return f"{sign}{scaled:.{digits}f} {names[place]}"
