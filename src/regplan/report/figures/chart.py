"""A chart as values: a title that states the finding, axes with units, and marks with what each says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from regplan.report.words import tidy
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Axis",
    "Bar",
    "Bars",
    "Chart",
    "Colour",
    "Dots",
    "Line",
    "Panel",
    "Rule",
    "Series",
    "Tile",
    "Tiles",
    "distinct",
    "elided",
    "marks_of",
    "reach",
]

Colour = Literal["blue", "green", "orange", "purple", "sky", "vermillion"]


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured along one side, with its unit; `categories` are names in reading order, none where it is numbers.

    `low` and `high` are the ends of what is shown, None where the marks decide; `ticks` are places that have words of
    their own. An axis that is `bare` shows neither ticks nor words.
    """

    title: str
    categories: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar along the row of a category, from `start` to `end`; `low` and `high` are the range that its end may have.

    `label` stands beside it, and `says` is the same to the byte.
    """

    at: str
    start: float
    end: float
    says: str
    label: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one meaning."""

    name: str
    colour: Colour
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined by a line, and each in words; a `stepped` one keeps its height up to the next point."""

    name: str
    colour: Colour
    points: tuple[tuple[float, float], ...]
    says: tuple[str, ...]
    stepped: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Points, and each in words; y is the row of a category where that axis has categories, counted from 0."""

    name: str
    colour: Colour
    points: tuple[tuple[float, float], ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle from (`left`, `top`) to (`right`, `bottom`) in the axes' numbers; `shade` goes from 0 (light) to 1."""

    left: float
    top: float
    right: float
    bottom: float
    shade: float
    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """Rectangles of one meaning; `light` and `dark` say what the ends of the shades mean."""

    name: str
    tiles: tuple[Tile, ...]
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line right across, at a place of the x axis or of the y axis."""

    at: float
    label: str
    colour: Colour
    of: Literal["x", "y"] = "x"


Series = Bars | Line | Dots | Tiles


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes with what is drawn on them; panels of a chart stand below each other.

    A panel with categories on its y axis reads from the top down, and so does one with tiles unless they are `rising`.
    """

    x: Axis
    y: Axis
    series: tuple[Series, ...]
    rules: tuple[Rule, ...] = ()
    rows: int = 10
    rising: bool = False

    @property
    def downward(self) -> bool:
        """Whether y grows towards the bottom."""
        return bool(self.y.categories) or (not self.rising and self.tiled)

    @property
    def tiled(self) -> bool:
        """Whether it has tiles."""
        return any(isinstance(each, Tiles) for each in self.series)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: the finding in one sentence with its numbers, what it shows for whoever cannot see it, and its panels.

    One without panels says why in its title.
    """

    key: str
    title: str
    alt: str
    panels: tuple[Panel, ...]


def marks_of(chart: Chart) -> int:
    """Count what is drawn one by one: bars, tiles, dots and lines."""
    return sum(_marks(each) for panel in chart.panels for each in panel.series)


def reach(panel: Panel) -> Iterator[tuple[float, float]]:
    """Tell the corners of all that a panel's numbers reach, as (x, y); y of a bar is its row."""
    rows = {name: place for place, name in enumerate(panel.y.categories)}
    for each in panel.series:
        match each:
            case Bars():
                for bar in each.bars:
                    ends = (bar.start, bar.end, bar.low, bar.high)
                    yield from ((end, rows[bar.at]) for end in ends if end is not None)
            case Tiles():
                yield from ((tile.left, tile.top) for tile in each.tiles)
                yield from ((tile.right, tile.bottom) for tile in each.tiles)
            case _:
                yield from each.points


def elided(text: str, most: int = 46) -> str:
    """Make a name one harmless line of at most `most` characters, its middle left out where it is longer.

    >>> elided("registry.example/a/very/long/name:1.0", 20)
    'registry.e…/name:1.0'
    """
    shown = tidy(text)
    if len(shown) <= most:
        return shown
    return f"{shown[: most // 2]}…{shown[len(shown) - (most // 2 - 1) :]}"


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Make names that stand on one axis short and different from each other.

    >>> distinct(["a", "b", "a"])
    ('a', 'b', 'a (2)')
    """
    taken: dict[str, None] = {}
    for name in names:
        short, count = elided(name), 1
        shown = short
        while shown in taken:
            count += 1
            shown = f"{short} ({count})"
        taken[shown] = None
    return tuple(taken)


def _marks(series: Series) -> int:
    match series:
        case Bars():
            return len(series.bars)
        case Tiles():
            return len(series.tiles)
        case Dots():
            return len(series.points)
        case Line():
            return 1
