"""A shell that has loaded the extension, and nothing of it left behind: other tests of the process run without a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from regplan.notebook import load_ipython_extension, unload_ipython_extension

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def shell() -> Iterator[Any]:
    # Without a history, which would be written into the home of whoever runs the tests.
    made = InteractiveShell(config=Config(HistoryManager={"enabled": False}))  # type: ignore[no-untyped-call]
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
