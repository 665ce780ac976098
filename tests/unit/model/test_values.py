from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import regplan.model
import regplan.oci

MODULES = [
    importlib.import_module(f"{package.__name__}.{module.name}")
    for package in (regplan.oci, regplan.model)
    for module in pkgutil.iter_modules(package.__path__)
]
VALUES = [
    value
    for module in MODULES
    for _, value in inspect.getmembers(module, dataclasses.is_dataclass)
    if inspect.isclass(value) and value.__module__ == module.__name__
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{value.__module__}.{value.__qualname__}")
def test_a_value_cannot_be_changed_and_has_no_room_for_more(value: type) -> None:
    blank: object = object.__new__(value)

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(blank, dataclasses.fields(value)[0].name, None)
    assert not hasattr(blank, "__dict__")


def test_there_are_values_to_look_at() -> None:
    assert len(VALUES) > 30
