"""How a run stands, in words: what is there, how many blobs are in which state, and when it should end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from regplan.report.seed_run.sentences import when
from regplan.units import format_bytes, format_duration

if TYPE_CHECKING:
    from regplan.model.run import Forecast
    from regplan.seed.runlog import Snapshot

__all__ = ["counts_words", "eta_words", "share_percent", "standing", "there_words"]

_STATES: Final = ("sent", "mounted", "present", "skipped", "failed")


def eta_words(told: Snapshot, ends: Forecast | None, zone: str | None) -> str:
    """Tell in how long a run should end and when; nothing where nobody knows, or nothing is left."""
    if ends is None or not told.left_bytes:
        return ""
    return f"; done in {format_duration(max(0.0, ends.ends_at_s - time.time()))} ({when(ends.ends_at_s, zone)})"


def share_percent(told: Snapshot) -> int:
    """Tell how much is there or on its way, in whole percent, and all only where all is there; of nothing it is all.

    What is on its way is lost with the attempt that sends it where that fails, so that the share may fall.
    """
    if told.confirmed_bytes >= told.total_bytes:
        return 100
    return min(99, 100 * (told.confirmed_bytes + told.moving_bytes) // told.total_bytes)


def there_words(told: Snapshot) -> str:
    """Tell the bytes that the target has confirmed, of all."""
    return f"{format_bytes(told.confirmed_bytes)} of {format_bytes(told.total_bytes)}"


def counts_words(told: Snapshot) -> str:
    """Tell how many blobs are in which state."""
    counted = [f"{count} {state}" for state in _STATES if (count := told.count(f"blob {state}"))]
    return ", ".join([*counted, *([f"{told.retries} retried"] if told.retries else [])]) or "none yet"


def standing(told: Snapshot) -> int:
    """Tell how many names stand at the target, those included that did before."""
    return sum(told.count(f"manifest {state}") for state in ("put", "present", "skipped"))
