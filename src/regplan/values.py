"""`dataclass` as everywhere, whose methods are made when they are first called (ADR 0024).

While a module loads, the standard library looks at every field with regular expressions, and writes and compiles six
methods for each class, most of which a run never calls: half of what `regplan plan` took before it did anything. Type
checkers see the standard library's own decorator.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from inspect import Signature

    from _typeshed import DataclassInstance

__all__ = ["dataclass"]

# So many values of a class are filled field by field before its `__init__` is compiled, which takes as long as these.
_FILLED: Final = 200
# Fewer fields are filled as quickly one by one.
_FEW: Final = 4
# What an annotation may be beside a field's type.
_MARKS: Final = ("ClassVar", "InitVar", "KW_ONLY")
# What stands among the attributes of a class that has no slots yet.
_WITHOUT_SLOTS: Final = frozenset({"__dict__", "__weakref__"})


def _dataclass(
    plain: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> type | Callable[[type], type]:
    """Make a class of values, as `dataclasses.dataclass` does; any but a plain one with slots is left to it altogether."""

    def make(plain: type) -> type:
        if order or not slots or not _is_plain(plain):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq, order=order)(plain)
        return _with_slots(plain, frozen=frozen, eq=eq)

    return make if plain is None else make(plain)


if not TYPE_CHECKING:
    dataclass = _dataclass


def _is_plain(plain: type) -> bool:
    told = " ".join(map(str, plain.__annotations__.values()))
    return plain.__bases__ == (object,) and type(plain) is type and not any(mark in told for mark in _MARKS)


def _with_slots(plain: type, *, frozen: bool, eq: bool) -> type:
    """Make the class again, since slots cannot be added to one; what it does not define itself is made when it is asked for."""
    own = {key: value for key, value in plain.__dict__.items() if key not in _WITHOUT_SLOTS}
    given = {name: own.pop(name, MISSING) for name in plain.__annotations__}
    late = dict(_LATE)
    if eq:
        late["__eq__"], late["__hash__"] = _EQ, own.pop("__hash__", None) or (_HASH if frozen else None)
    if frozen:
        late |= _FROZEN
    told = {
        "__given__": given,
        "__slots__": tuple(given),
        "__match_args__": tuple(name for name, value in given.items() if _is_taken(value)),
        "__qualname__": plain.__qualname__,
        # The standard library would ask for the signature, and so for the written `__init__`.
        "__doc__": plain.__doc__ or f"{plain.__name__}({', '.join(given)})",
    }
    return type(plain.__name__, (), {**late, **own, **told})


class _Late:
    """Stands for an attribute of a class until it is first asked for, and puts what it then makes in its own place."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[type], object]) -> None:
        self.name, self.make = name, make

    def __get__(self, instance: object, owner: type) -> object:
        made = next((each for each in owner.__mro__ if each.__dict__.get(self.name) is self), None)
        # None where another thread was quicker.
        if made is not None:
            setattr(made, self.name, self.make(made))
        return getattr(owner if instance is None else instance, self.name)


def _named(method: Callable[..., Any], made: type, name: str) -> Callable[..., Any]:
    method.__name__, method.__qualname__, method.__module__ = name, f"{made.__qualname__}.{name}", made.__module__
    return method


def _fields(made: type) -> dict[str, Field[Any]]:
    """Describe the fields as the standard library does: for `fields`, `replace` and `asdict`."""
    described = {}
    for name, given in _given(made).items():
        each = given if isinstance(given, Field) else dataclasses.field(default=given)
        each.name, each.type, each.kw_only = name, made.__annotations__[name], False
        each._field_type = dataclasses._FIELD  # type: ignore[union-attr, attr-defined]  # noqa: SLF001  what is no ClassVar
        described[name] = each
    return described


def _parameters(made: type) -> object:
    """Tell whoever derives from a class with the standard library's decorator how it was made."""
    is_frozen = made.__dict__.get("__setattr__") is _refuse_setting
    plain: Any = type(made.__name__, (), {"__doc__": made.__doc__})
    plain = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=is_frozen)(plain)
    return plain.__dataclass_params__


def _given(made: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tell what the text of a class gives its fields: a value, a `field()`, or nothing."""
    given: dict[str, Any] = made.__given__
    return given


def _is_taken(given: object) -> bool:
    """Tell whether a field is an argument of `__init__`."""
    return not isinstance(given, Field) or given.init


def _default(given: object) -> object:
    return given.default if isinstance(given, Field) else given


def _factory(given: object) -> Callable[[], object] | None:
    found = given.default_factory if isinstance(given, Field) else MISSING
    return None if found is MISSING else found


def _first_inits(made: type) -> Callable[..., None]:
    """Make an `__init__` that fills the first values field by field, and then is compiled."""
    given = _given(made)
    # Those first that are arguments.
    names = sorted(given, key=lambda name: not _is_taken(given[name]))
    left, completed, after = _FILLED, _completing(names, given), getattr(made, "__post_init__", None)
    puts = [made.__dict__[name].__set__ for name in names]

    def first(self: object, *arguments: object, **named: object) -> None:
        nonlocal left
        left -= 1
        values = completed(arguments, named) if left else None
        if values is None:
            method = _initialiser(made)
            made.__init__ = method  # type: ignore[misc]
            method(self, *arguments, **named)
            return
        for put, value in zip(puts, values, strict=True):
            put(self, value)
        if after is not None:
            after(self)

    return _named(first, made, "__init__")


def _completing(
    names: Sequence[str], given: Mapping[str, object]
) -> Callable[[tuple[object, ...], dict[str, object]], Sequence[object] | None]:
    """Make what tells the values of fields in their order; None where the written `__init__` refuses the arguments."""
    defaults = [_default(given[name]) for name in names]
    missing = [(place, _factory(given[names[place]])) for place, each in enumerate(defaults) if each is MISSING]
    places = {name: place for place, name in enumerate(names) if _is_taken(given[name])}
    most, fields = len(places), len(names)

    def completed(arguments: tuple[object, ...], named: dict[str, object]) -> Sequence[object] | None:
        count = len(arguments)
        if count == most == fields and not named:
            return arguments
        values = [*arguments, *defaults[count:]]
        for name, value in named.items():
            place = places.get(name, -1)
            if place < count:
                return None
            values[place] = value
        for place, make in missing:
            if values[place] is MISSING:
                if make is None:
                    return None
                values[place] = make()
        return values if count <= most else None

    return completed


def _initialiser(made: type) -> Callable[..., None]:
    """Write and compile `__init__`."""
    known: dict[str, object] = {"_MISSING": MISSING}
    parameters, values = ["self"], dict[str, str]()
    for name, given in _given(made).items():
        default, factory, value = _default(given), _factory(given), name
        known[f"_of_{name}"] = factory or default
        if not _is_taken(given):
            value = f"_of_{name}" + ("()" if factory else "")
        elif factory:
            parameters.append(f"{name}=_MISSING")
            value = f"_of_{name}() if {name} is _MISSING else {name}"
        else:
            parameters.append(name if default is MISSING else f"{name}=_of_{name}")
        values[name] = value
    lines = _filling(made, values, known)
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    source = "\n ".join([f"def __init__({', '.join(parameters)}):", *lines])
    # Names and texts of this module alone, as the standard library's own decorator does it.
    exec(source, known)  # noqa: S102
    method: Any = known["__init__"]
    return _named(method, made, "__init__")


def _filling(made: Any, values: Mapping[str, str], known: dict[str, object]) -> list[str]:  # noqa: ANN401
    """Write how fields are filled: through the slots, since a frozen class refuses to be set, or by assignment.

    Assigning takes a quarter of a call for each field, and a plan of a site makes hundreds of values. So one of a frozen
    class with more than a few fields is, while it is filled, of a double with the same slots, which may be set.
    """
    assigned = [f"self.{name} = {value}" for name, value in values.items()]
    if made.__setattr__ is object.__setattr__:
        return assigned
    known.update((f"_put_{name}", made.__dict__[name].__set__) for name in values)
    through = [f"_put_{name}(self, {value})" for name, value in values.items()]
    if len(values) < _FEW:
        return through
    double = type(made.__name__, (), {"__slots__": tuple(values)})
    known |= {"_made": made, "_double": double, "_turn": vars(object)["__class__"].__set__}
    inside = ["_turn(self, _double)", *assigned, "self.__class__ = _made"]
    # What inherits from the class may have slots of its own.
    return ["if self.__class__ is _made:", *(f" {line}" for line in inside), "else:", *(f" {line}" for line in through)]


def _signature(made: type) -> Signature:
    """Tell what `inspect.signature` and notebooks show of a class whose `__init__` is not compiled yet."""
    from inspect import signature

    told = signature(_initialiser(made))
    return told.replace(parameters=tuple(told.parameters.values())[1:])


def _equality(made: type) -> Callable[..., Any]:
    compared = _compared(made)

    def equals(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return _named(equals, made, "__eq__")


def _hashing(made: type) -> Callable[..., Any]:
    compared = _compared(made)
    return _named(lambda self: hash(compared(self)), made, "__hash__")


def _compared(made: type) -> Callable[[object], tuple[object, ...]]:
    """Make what tells the fields that are compared."""
    names = [name for name, given in _given(made).items() if not isinstance(given, Field) or given.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


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


_LATE: Final[dict[str, object]] = {
    "__init__": _Late("__init__", _first_inits),
    "__repr__": _repr,
    "__signature__": _Late("__signature__", _signature),
    "__dataclass_fields__": _Late("__dataclass_fields__", _fields),
    "__dataclass_params__": _Late("__dataclass_params__", _parameters),
}
_EQ: Final = _Late("__eq__", _equality)
_HASH: Final = _Late("__hash__", _hashing)
_FROZEN: Final[dict[str, object]] = {
    "__setattr__": _refuse_setting,
    "__delattr__": _refuse_deleting,
    "__getstate__": _state,
    "__setstate__": _restore,
}
