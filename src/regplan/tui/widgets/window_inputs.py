"""What the window planner is told: the rate that may be taken of the link, and the hours; changed with the arrow keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from regplan.units import format_rate
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.site import Site

__all__ = ["WindowInputs", "WindowPlan", "WindowPlanned", "stepped", "window_plan", "window_words"]

_NIGHT: Final = (22 * 3600, 6 * 3600)
_DAY_S: Final = 86_400
_HALF_HOUR_S: Final = 1800
_MBPS: Final = 1_000_000
_RATES: Final = tuple(
    tenths * _MBPS // 10
    for tenths in (
        1,
        2,
        5,
        10,
        15,
        20,
        30,
        50,
        80,
        100,
        150,
        200,
        300,
        500,
        800,
        1000,
        1500,
        2000,
        3000,
        5000,
        8000,
        10_000,
    )
)
_FIELDS: Final = ("RATE", "OPENS", "SHUTS")


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """At most so many bits per second (None: all that the link has), from one second of the day until another."""

    rate_bps: int | None
    window: tuple[int, int]
    link_bps: int | None = None

    @property
    def hours(self) -> float:
        """How long the window is."""
        from regplan.sim.chance.counted import window_s

        return window_s(self.window) / 3600


def window_plan(site: Site) -> WindowPlan:
    """Tell what a site's scenario says of its window, else a night at the link's rate."""
    scenario, link = site.scenario, site.internet_link
    window = _NIGHT if scenario is None or scenario.window is None else scenario.window
    rate_bps = None if scenario is None else scenario.window_bps
    return WindowPlan(rate_bps, (window[0], window[1] % _DAY_S), None if link is None else link.rate_bps)


def stepped(plan: WindowPlan, field: int, steps: int) -> WindowPlan:
    """Change a field: the rate to the next round one below the link's, which itself is the last; a time by half an hour.

    >>> stepped(WindowPlan(None, (0, 3600), 20_000_000), 0, -1).rate_bps, stepped(WindowPlan(15_000_000, (0, 3600), 20_000_000), 0, 1)
    (15000000, WindowPlan(rate_bps=None, window=(0, 3600), link_bps=20000000))
    """
    opens, shuts = plan.window
    if field == 0:
        return WindowPlan(_next_rate(plan, steps), plan.window, plan.link_bps)
    moved = [opens, shuts]
    moved[field - 1] = (moved[field - 1] + steps * _HALF_HOUR_S) % _DAY_S
    return WindowPlan(plan.rate_bps, (moved[0], moved[1]), plan.link_bps)


def _next_rate(plan: WindowPlan, steps: int) -> int | None:
    rates = [rate for rate in _RATES if plan.link_bps is None or rate < plan.link_bps]
    now = plan.rate_bps
    if not rates:
        return None
    if now is None:
        return None if steps > 0 else rates[-1]
    place = bisect_right(rates, now) if steps > 0 else bisect_left(rates, now) - 1
    return None if place >= len(rates) else rates[max(place, 0)]


def window_words(plan: WindowPlan, field: int) -> Text:
    """Write the fields, the one that the arrow keys change between marks."""
    rate = "all of the link" if plan.rate_bps is None else format_rate(plan.rate_bps)
    values = (rate, *(f"{second // 3600:02}:{second % 3600 // 60:02}" for second in plan.window))
    text = Text()
    for place, (name, value) in enumerate(zip(_FIELDS, values, strict=True)):
        here = place == field
        text.append(f"{name} ").append(f"◂ {value} ▸" if here else f"  {value}  ", "reverse" if here else "bold")
        text.append("  ")
    link = "" if plan.link_bps is None else f", the link has {format_rate(plan.link_bps)}"
    return text.append(f"{plan.hours:g} h a night{link}")


@dataclass
class WindowPlanned(Message):
    """The user plans with another window or another rate."""

    plan: WindowPlan


class WindowInputs(Static, can_focus=True):
    """Holds the rate and the hours, and changes them by keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left", "step(-1)", "Less", key_display="← →", tooltip="Less of it: a lower rate, or half an hour earlier."
        ),
        Binding("right", "step(1)", "More", show=False, tooltip="More of it: a higher rate, or half an hour later."),
        Binding("up", "field(-1)", "Field before", show=False, tooltip="The field before."),
        Binding("down", "field(1)", "Next field", show=False, tooltip="The next field: rate, opens, shuts."),
    ]

    def __init__(self) -> None:
        """Start with a night at the link's rate."""
        super().__init__(markup=False, id="window-inputs")
        self.plan = WindowPlan(None, _NIGHT)
        self.field = 0

    def show(self, plan: WindowPlan) -> None:
        """Show what is planned with."""
        self.plan = plan
        self.update(window_words(plan, self.field))

    def action_step(self, steps: int) -> None:
        """Change the field."""
        self.show(stepped(self.plan, self.field, steps))
        self.post_message(WindowPlanned(self.plan))

    def action_field(self, fields: int) -> None:
        """Go to another field."""
        self.field = (self.field + fields) % len(_FIELDS)
        self.show(self.plan)
