"""How the options of `seed`, which stand in a file for each topic, come together as its wishes."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["add_wish", "wishing"]


def wishing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand `wishes` to a verb, whatever the topics' decorators, which stand above this one, have added to them."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:  # noqa: ANN401  click hands over what the verb declares
        add_wish(given)
        return function(**given)

    return wrapped


def add_wish(given: dict[str, Any], **wish: object) -> None:
    """Add fields of `SeedWishes` to what a verb is called with: a topic's decorator calls this with its own field."""
    from regplan.verbs.wishes import SeedWishes

    given["wishes"] = replace(given.get("wishes") or SeedWishes(), **wish)
