"""`dataclass` as everywhere, whose methods are written when they are first called (ADR 0024).

The standard library writes and compiles six methods for each class while a module loads, most of which a run never
calls: half of what `regplan plan` took before it did anything. Type checkers see the standard library's own decorator.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, FrozenInstanceError, dataclass
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature

    from _typeshed import DataclassInstance

__all__ = ["dataclass"]

# So many values are filled field by field before `__init__` is written, which takes as long as ten of them; of every
# third class a run makes no more.
_FILLED: Final = 4


def _dataclass(
    plain: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> type | Callable[[type], type]:
    """Make a class of values, as `dataclasses.dataclass` does; one with an order is left to it altogether."""

    def make(plain: type) -> type:
        if order:
            return dataclasses.dataclass(frozen=frozen, slots=slots, order=True)(plain)
        return _with_methods(plain, frozen=frozen, slots=slots, eq=eq)

    return make if plain is None else make(plain)


if not TYPE_CHECKING:
    dataclass = _dataclass


class _Signed:
    """What `inspect.signature` and notebooks show of a class whose `__init__` is not written yet."""

    def __get__(self, instance: object, owner: type) -> Signature:
        from inspect import signature

        told = signature(_initialiser(owner))
        return told.replace(parameters=tuple(told.parameters.values())[1:])


def _with_methods(plain: type, *, frozen: bool, slots: bool, eq: bool) -> type:
    if plain.__doc__ is None:
        # The standard library would ask for the signature, and so for the written `__init__`.
        plain.__doc__ = f"{plain.__name__}({', '.join(plain.__annotations__)})"
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(plain)
    own = plain.__dict__
    if "__init__" not in own:
        made.__init__, made.__signature__ = _first_inits(made), _Signed()
    if "__repr__" not in own:
        made.__repr__ = _repr
    if eq and "__eq__" not in own:
        made.__eq__ = _late(made, "__eq__", _equality)
        if "__hash__" not in own:
            made.__hash__ = _late(made, "__hash__", _hashing) if frozen else None
    if frozen:
        made.__setattr__, made.__delattr__ = _refuse_setting, _refuse_deleting
        made.__getstate__, made.__setstate__ = _state, _restore
    return made  # type: ignore[no-any-return]


def _late(made: type, name: str, write: Callable[[type], Callable[..., Any]]) -> Callable[..., Any]:
    """Make a method that puts the written one in its own place, and calls it."""

    def first(self: object, *arguments: object) -> object:
        method = write(made)
        setattr(made, name, method)
        return method(self, *arguments)

    return _named(first, made, name)


def _named(method: Callable[..., Any], made: type, name: str) -> Callable[..., Any]:
    method.__name__, method.__qualname__, method.__module__ = name, f"{made.__qualname__}.{name}", made.__module__
    return method


def _first_inits(made: type) -> Callable[..., None]:
    """Make an `__init__` that fills the first values field by field, and then is written."""
    left = _FILLED

    def first(self: object, *arguments: object, **named: object) -> None:
        nonlocal left
        left -= 1
        if left >= 0 and _is_filled(self, arguments, named):
            return
        method = _initialiser(made)
        made.__init__ = method  # type: ignore[misc]
        method(self, *arguments, **named)

    return _named(first, made, "__init__")


def _is_filled(self: Any, arguments: tuple[object, ...], named: dict[str, object]) -> bool:  # noqa: ANN401
    """Fill a value as its written `__init__` does; False, and nothing done, where that would refuse the arguments."""
    fields = dataclasses.fields(self)
    names = [each.name for each in fields if each.init]
    told = dict(zip(names, arguments, strict=False))
    if len(arguments) > len(names) or not told.keys().isdisjoint(named) or not named.keys() <= set(names):
        return False
    told |= named
    needed = (each for each in fields if each.init and each.default is MISSING and each.default_factory is MISSING)
    if not all(each.name in told for each in needed):
        return False
    for each in fields:
        name = each.name
        if name in told:
            value = told[name]
        else:
            value = each.default if each.default_factory is MISSING else each.default_factory()
        object.__setattr__(self, name, value)
    if hasattr(self, "__post_init__"):
        self.__post_init__()
    return True


def _initialiser(made: type) -> Callable[..., None]:
    # Through object, since a frozen class refuses to be set.
    known: dict[str, object] = {"_set": object.__setattr__, "_MISSING": MISSING}
    parameters, lines = ["self"], []
    for each in dataclasses.fields(made):
        name, value = each.name, each.name
        if not each.init:
            known[f"_of_{name}"] = each.default if each.default_factory is MISSING else each.default_factory
            value = f"_of_{name}" + ("" if each.default_factory is MISSING else "()")
        elif each.default is not MISSING:
            known[f"_of_{name}"] = each.default
            parameters.append(f"{name}=_of_{name}")
        elif each.default_factory is not MISSING:
            known[f"_of_{name}"] = each.default_factory
            parameters.append(f"{name}=_MISSING")
            value = f"_of_{name}() if {name} is _MISSING else {name}"
        else:
            parameters.append(name)
        lines.append(f"_set(self, {name!r}, {value})")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    return _written(made, "__init__", ", ".join(parameters), lines or ["pass"], known)


def _equality(made: type) -> Callable[..., Any]:
    lines = ["if other.__class__ is not self.__class__:", " return NotImplemented"]
    lines.append(f"return {_compared(made, 'self')} == {_compared(made, 'other')}")
    return _written(made, "__eq__", "self, other", lines, {})


def _hashing(made: type) -> Callable[..., Any]:
    return _written(made, "__hash__", "self", [f"return hash({_compared(made, 'self')})"], {})


def _compared(made: type, of: str) -> str:
    return "(" + "".join(f"{of}.{each.name}," for each in dataclasses.fields(made) if each.compare) + ")"


def _written(made: type, name: str, parameters: str, lines: list[str], known: dict[str, object]) -> Callable[..., Any]:
    source = "\n ".join([f"def {name}({parameters}):", *lines])
    # Names and texts of this module alone, as the standard library's own decorator does it.
    exec(source, known)  # noqa: S102
    method: Any = known[name]
    method.__qualname__, method.__module__ = f"{made.__qualname__}.{name}", made.__module__
    return method  # type: ignore[no-any-return]


@recursive_repr()
def _repr(self: DataclassInstance) -> str:
    told = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(told)})"


def _refuse_setting(_: object, name: str, value: object) -> None:
    del value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: DataclassInstance) -> list[object]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: DataclassInstance, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
