"""A commented rollout file to start from, made of the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.rollout_keys import LISTS, ROLLOUT_KEYS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from regplan.profile.site_key import Key

__all__ = ["rollout_template"]

_HEAD: Final = """\
# A rollout file of regplan: which night each site of a table gets its images.
# Everything but `start` and `uplink.rate` may be left out; lines with # in front show what that means, or an example.
# Nights are named by the day on which they begin, by head office's clock.
"""
_MEANINGS: Final = {
    "uplink": "what all sites share",
    "sites": "when sites may be sent to, and how many",
    "hub": "how often Docker Hub may be asked; left out: as often as one likes",
    "waves": "one after the other; left out: one wave",
    "groups": "what holds for some sites; the first that fits holds",
}
_COLUMN: Final = 42


def rollout_template(start: date) -> str:
    """Write a commented rollout file; `parse_rollout` reads it as it is.

    >>> from datetime import date
    >>> rollout_template(date(2026, 12, 1)).splitlines()[3].split("#")[0].strip()
    'start: 2026-12-01'
    """
    lines = [_line(key, "", start.isoformat()) for key in _keys("")]
    for name in (*SECTIONS, *LISTS):
        lines += ["", *_section(name)]
    return _HEAD + "\n".join(lines) + "\n"


def _keys(section: str) -> Iterator[Key]:
    return (key for key in ROLLOUT_KEYS if key.section == section)


def _section(name: str) -> Iterator[str]:
    """Write a section, as a comment where nothing in it is needed."""
    is_shown = name == "uplink"
    yield _commented(f"{'' if is_shown else '# '}{name}:", _MEANINGS[name])
    for place, key in enumerate(_keys(name)):
        if name in LISTS:
            yield _commented(f"#   {'  ' if place else '- '}{key.name}: {key.example or key.default}", _meaning(key))
        else:
            yield _line(key, "  ")


def _line(key: Key, indent: str, value: str = "") -> str:
    mark = "" if key.is_required and key.section in {"", "uplink"} else "# "
    return _commented(
        f"{indent}{mark}{key.name}: {value if key.name == 'start' else key.example or key.default}", _meaning(key)
    )


def _meaning(key: Key) -> str:
    """Tell what a key means, which words it takes, and what it is where it is left out."""
    words = f"{key.kind.name}; " if "|" in key.kind.name else ""
    if key.default:
        return f"{words}{key.meaning} (default: {key.default})"
    return f"{words}{key.meaning}" + (f" (left out: {key.otherwise})" if key.otherwise else "")


def _commented(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}} # {comment}"
