"""One step up or down from a value of the site file: the next count, the next word, the next figure of a size."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.patterns import pattern

if TYPE_CHECKING:
    from regplan.profile.site_key import Key

__all__ = ["step_of"]

_NUMBER = pattern(r"([0-9]+(?:\.[0-9]+)?)(\s*)(.*)")
_KEPT = pattern(r"keep\s+([0-9]+).*")
_WHOLE: Final = frozenset({"%", ""})
_TRUTH: Final = ("false", "true")


def step_of(key: Key, text: str, *, up: bool) -> str:
    """Tell the value next to one, as a site file writes it; the same where there is none that the key can have.

    Counts and percentages go by 1, sizes, rates and durations by 1 in their second figure, words by their order.
    """
    for stepped in _candidates(key, text, up=up):
        try:
            key.kind.read(stepped)
        except InputError:
            continue
        return stepped
    return text


def _candidates(key: Key, text: str, *, up: bool) -> list[str]:
    if key.path == "registry.retention":
        return [_retention(text, up=up)]
    words = _TRUTH if key.kind.name == " | ".join(reversed(_TRUTH)) else tuple(key.kind.name.split(" | "))
    if text in words:
        place = words.index(text) + (1 if up else -1)
        return [words[place]] if 0 <= place < len(words) else []
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return []
    number, space, unit = found.groups()
    value = Decimal(number)
    step = _step(value, unit, key.kind.name, up=up)
    told = value + step if up else value - step
    return [f"{_plain(told)}{space}{unit}"] if told >= 0 else []


def _step(value: Decimal, unit: str, kind: str, *, up: bool) -> Decimal:
    """Tell how far the next value is."""
    if kind.startswith("factor"):
        return Decimal("0.1")
    if unit in _WHOLE and kind != "processors":
        return Decimal(1)
    if value == 0 or (not up and value <= 1):
        return Decimal("0.1") if value and unit else Decimal(1)
    figures = (value if up else value - Decimal("1e-9")).adjusted()
    return Decimal(1).scaleb(figures - 1) if figures > 0 else Decimal(1) if kind == "processors" else Decimal("0.1")


def _plain(value: Decimal) -> str:
    """Write a number without an exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _retention(text: str, *, up: bool) -> str:
    """Step through none, keep 1 version, keep 2 versions and so on."""
    kept = _KEPT.fullmatch(text.strip().lower())
    count = max((int(kept[1]) if kept else 0) + (1 if up else -1), 0)
    return f"keep {count} version{'s' if count > 1 else ''}" if count else "none"
