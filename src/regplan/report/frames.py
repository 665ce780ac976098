"""Values as pandas data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import MissingExtra
from regplan.model.image import Inventory
from regplan.report.layer_rows import LAYER_COLUMNS
from regplan.report.records import in_words, records

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame"]


def frame(value: object, *, readable: bool = False) -> pd.DataFrame:
    """Make a data frame of anything that has rows: a study (its findings), sizes, hosts, terms, scenarios, packs, families.

    An inventory has a row for each (image, layer), with the same columns also where there is none.

    Sizes stay integers of bytes, also where some are unknown; a `readable` frame is for looking at, with sizes and times
    as texts for people. Raises `MissingExtra` where pandas is not installed, and `InputError` for what has no rows.
    """
    rows = records(value)
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtra("a data frame", "report") from error
    if isinstance(value, Inventory) and not readable:
        return pd.DataFrame(rows, columns=list(LAYER_COLUMNS)).astype(LAYER_COLUMNS)
    return pd.DataFrame(in_words(rows) if readable else rows).convert_dtypes()
