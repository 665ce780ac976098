"""PyYAML, loaded without compiling patterns that a run does not use (ADR 0024).

Its reader, resolver and constructor in Python compile theirs while they load. One of the reader's takes as long as all
patterns of ours together, and where libyaml reads, none is used.
"""

from __future__ import annotations

import builtins
import re
import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder, SourceFileLoader
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["events", "yaml"]

_COMPILING: Final = frozenset({"yaml.reader", "yaml.resolver", "yaml.constructor"})


class _Loader(SourceFileLoader):
    """Loads a module whose `import re` gives it an `re` of its own; what the process knows as `re` stays as it is."""

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
        super().exec_module(module)


class _Finder:
    """Finds the modules that compile, and leaves all others to those who find them otherwise."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path, target) if name in _COMPILING else None
        # What does not come from a file of source is loaded as ever.
        if found is None or type(found.loader) is not SourceFileLoader:
            return None
        found.loader = _Loader(name, found.loader.path)
        return found


def _import(name: str, *given: Any, **named: Any) -> object:  # noqa: ANN401
    module = builtins.__import__(name, *given, **named)
    return SimpleNamespace(**{**vars(re), "compile": pattern}) if module is re else module


@contextmanager
def _compiling_late() -> Iterator[None]:
    finder: Any = _Finder
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


# Where somebody has loaded PyYAML before, it is used as it is.
with _compiling_late():
    import yaml
    from yaml import events
