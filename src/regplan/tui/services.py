"""What screens ask the verbs for, as functions that the app is given: tests give their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    """How registries are reached, and one function for each long work; every one is awaited in a thread of its own.

    A function stands here under the verb's name, with one of this module that calls the verb as its default; verbs are
    imported inside, so that the app's first picture waits for none of them.
    """

    options: Options | None = None
