"""`dataclass` and `NamedTuple` as everywhere, whose methods are made when they are first called (ADR 0024).

While a module loads, the standard library looks at every field with regular expressions, and writes and compiles six
methods for each class, most of which a run never calls: half of what `regplan plan` took before it did anything. Type
checkers see the standard library's own decorator.
"""

from __future__ import annotations

import dataclasses
from collections import _tuplegetter  # type: ignore[attr-defined]
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import NamedTuple

    from _typeshed import DataclassInstance

__all__ = ["NamedTuple", "dataclass", "fields_of"]

# Fewer fields are filled as quickly one by one.
_FEW: Final = 4


def _dataclass(
    plain: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> type | Callable[[type], type]:
    """Make a class of values, as `dataclasses.dataclass` does; any but a plain one with slots is left to it altogether."""

    def make(plain: type) -> type:
        if order or not slots or not _is_plain(plain):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq, order=order)(plain)
        return _with_slots(plain, frozen=frozen, eq=eq)

    return make if plain is None else make(plain)


class _Named(type):
    """Makes a class of named tuples of each class that derives from `NamedTuple`.

    The standard library writes and compiles a `__new__` for each of them while its module loads, and compiles every
    annotation. Here what is written for a number of fields gets their names.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], own: dict[str, Any]) -> Any:  # noqa: ANN401
        if not bases:
            return super().__new__(cls, name, bases, own)
        names = tuple(own.get("__annotations__", ()))
        given = {each: own.pop(each) for each in names if each in own}
        code = _written_new(len(names)).replace(co_varnames=("_cls", *names))
        new = FunctionType(code, {"new": tuple.__new__}, "__new__", tuple(given.values()))
        told = {each: _tuplegetter(place, f"Alias for field number {place}") for place, each in enumerate(names)}
        told |= {"__slots__": (), "__match_args__": names, "_fields": names, "_field_defaults": given}
        told |= {"__doc__": f"{name}({', '.join(names)})", "__new__": new, **_OF_TUPLES}
        made = type(name, (tuple,), {**told, **own})
        _named(new, made, "__new__")
        return made


@cache
def _written_new(count: int) -> CodeType:
    names = ", ".join(_placeholders(count))
    new = eval(f"lambda cls, {names}: new(cls, ({names},))")  # noqa: S307  a text of this module alone
    code: CodeType = new.__code__
    return code


def _make(cls: Any, values: Iterable[object]) -> Any:  # noqa: ANN401
    """Make a tuple of this class of as many values as it has fields."""
    made = tuple.__new__(cls, values)
    if len(made) != len(cls._fields):
        raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
    return made


def _replace(self: Any, /, **changes: object) -> Any:  # noqa: ANN401
    """Make the same tuple with other values for some fields."""
    made = self._make(map(changes.pop, self._fields, self))
    if changes:
        raise ValueError(f"Got unexpected field names: {list(changes)!r}")
    return made


def _as_dict(self: Any) -> dict[str, object]:  # noqa: ANN401
    """Tell the fields by their names."""
    return dict(zip(self._fields, self, strict=True))


def _plain(self: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(self)


def _repr_of_tuple(self: Any) -> str:  # noqa: ANN401
    told = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"{self.__class__.__name__}({', '.join(told)})"


_OF_TUPLES: Final[dict[str, object]] = {
    "__getnewargs__": _plain,
    "__replace__": _replace,
    "__repr__": _repr_of_tuple,
    "_asdict": _as_dict,
    "_make": classmethod(_make),
    "_replace": _replace,
}

if not TYPE_CHECKING:
    NamedTuple = _Named("NamedTuple", (), {})
    dataclass = _dataclass


def fields_of(value: object) -> dict[str, Any]:
    """Tell what a value is made of, by the names of its fields, as it is; `dataclasses.asdict` takes that apart in its turn.

    >>> @dataclass(frozen=True, slots=True)
    ... class Point:
    ...     x: int
    ...     y: int = 2
    >>> fields_of(Point(1))
    {'x': 1, 'y': 2}
    """
    return {each: getattr(value, each) for each in type(value).__match_args__}  # type: ignore[attr-defined]


def _is_plain(plain: type) -> bool:
    if plain.__bases__ != (object,) or type(plain) is not type:
        return False
    types = " ".join(map(str, plain.__annotations__.values()))
    return not ("ClassVar" in types or "InitVar" in types or "KW_ONLY" in types)


def _with_slots(plain: type, *, frozen: bool, eq: bool) -> type:
    """Make the class again, since slots cannot be added to one; what it does not define itself is made when it is asked for."""
    own = {**_LATE, **(_FROZEN if frozen else {}), **plain.__dict__}
    # What stands among the attributes of a class that has no slots yet.
    del own["__dict__"], own["__weakref__"]
    given = {name: own.pop(name, MISSING) for name in plain.__annotations__}
    if eq:
        own.setdefault("__eq__", _EQ)
        if own.setdefault("__hash__", None) is None and frozen:
            own["__hash__"] = _HASH
    own["__given__"] = given
    own["__slots__"] = tuple(given)
    own["__match_args__"] = tuple([name for name, value in given.items() if type(value) is not Field or value.init])
    own["__qualname__"] = plain.__qualname__
    # The standard library would ask for the signature, and so for the written `__init__`.
    own["__doc__"] = plain.__doc__ or f"{plain.__name__}({', '.join(given)})"
    return type(plain.__name__, (), own)


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
    """Tell what a field holds that nobody gave, `MISSING` where it must be given or is made for each value."""
    return given.default if isinstance(given, Field) else given


def _factory(given: object) -> Callable[[], object] | None:
    found = given.default_factory if isinstance(given, Field) else MISSING
    return None if found is MISSING else found


def _initialiser(made: Any) -> Callable[..., None]:  # noqa: ANN401
    """Make `__init__`: what is written for a number of fields, under the names of these."""
    names: list[str] = []
    defaults = []
    for name, given in _given(made).items():
        if _is_taken(given):
            names.append(name)
            # `MISSING` stands for what is made for each value, until that is made.
            if _default(given) is not MISSING or _factory(given) is not None:
                defaults.append(_default(given))
    code = _written(len(names))
    called = dict(zip(code.co_varnames, ["self", *names], strict=True))
    code = code.replace(
        co_varnames=tuple(called.values()), co_names=tuple([called.get(name, name) for name in code.co_names])
    )
    known = {"complete": _completing(made), **_filling(made, names)}
    return _named(FunctionType(code, known, "__init__", tuple(defaults)), made, "__init__")


@cache
def _written(count: int) -> CodeType:
    """Write and compile an `__init__` of so many fields, once for all classes that have as many.

    A frozen class refuses to be set, and filling it through its slots takes a quarter of a call for each field, while a
    plan of a site makes thousands of values. So one of more than a few fields is, while it is filled, of a double with
    the same slots, which may be set. What inherits from the class may have slots of its own, and is filled through them.
    """
    names = _placeholders(count)
    lines = [f"put_{name}(self, {name})" for name in names]
    if count >= _FEW:
        inside = ["turn(self, double)", *(f"self.{name} = {name}" for name in names), "self.__class__ = made"]
        lines = ["if self.__class__ is made:", *(f" {line}" for line in inside), "else: through(locals())"]
    known: dict[str, Any] = {}
    # Texts of this module alone, as the standard library's own decorator does it.
    exec("\n ".join([f"def __init__({', '.join(['self', *names])}):", *lines, "complete(self)"]), known)  # noqa: S102
    code: CodeType = known["__init__"].__code__
    return code


def _placeholders(count: int) -> list[str]:
    return [f"field_{number}" for number in range(count)]


def _filling(made: Any, names: Sequence[str]) -> dict[str, object]:  # noqa: ANN401
    """Tell what an `__init__` of these fields knows beside its arguments."""
    if len(names) < _FEW:
        return {f"put_field_{place}": made.__dict__[name].__set__ for place, name in enumerate(names)}

    def through(values: dict[str, object]) -> None:
        for name in names:
            made.__dict__[name].__set__(values["self"], values[name])

    double = type(made.__name__, (), {"__slots__": made.__slots__}) if _is_frozen(made) else made
    return {"made": made, "double": double, "through": through, "turn": vars(object)["__class__"].__set__}


def _is_frozen(made: Any) -> bool:  # noqa: ANN401
    return made.__setattr__ is not object.__setattr__


def _completing(made: Any) -> Callable[[object], object]:  # noqa: ANN401
    """Make what fills the fields that nobody gave, and calls `__post_init__`; where there is nothing to do, what does nothing."""
    after = getattr(made, "__post_init__", None)
    unfinished = [(name, given) for name, given in _given(made).items() if isinstance(given, Field)]
    fixed = [(made.__dict__[name], _default(given)) for name, given in unfinished if not given.init]
    makers = [(made.__dict__[name], make) for name, given in unfinished if (make := _factory(given)) is not None]
    if after is None and not fixed and not makers:
        return id

    def complete(self: object) -> None:
        for slot, value in fixed:
            slot.__set__(self, value)
        for slot, make in makers:
            if slot.__get__(self) is MISSING:
                slot.__set__(self, make())
        if after is not None:
            after(self)

    return complete


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
    return _telling([name for name, given in _given(made).items() if not isinstance(given, Field) or given.compare])


def _telling(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    """Make what tells some fields of a value."""
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


def _stating(made: Any) -> Callable[[Any], tuple[object, ...]]:  # noqa: ANN401
    """Make `__getstate__`, which tells all fields, whatever `__init__` takes."""
    told = _telling(tuple(_given(made)))

    def state(self: object) -> tuple[object, ...]:
        return told(self)

    return _named(state, made, "__getstate__")


def _restoring(made: Any) -> Callable[[Any, Sequence[object]], None]:  # noqa: ANN401
    """Make `__setstate__`, which fills the slots of a frozen value."""
    fill = [made.__dict__[name].__set__ for name in _given(made)]

    def restore(self: object, state: Sequence[object]) -> None:
        for put, value in zip(fill, state, strict=True):
            put(self, value)

    return _named(restore, made, "__setstate__")


_LATE: Final[dict[str, object]] = {
    "__init__": _Late("__init__", _initialiser),
    "__repr__": _repr,
    "__dataclass_fields__": _Late("__dataclass_fields__", _fields),
    "__dataclass_params__": _Late("__dataclass_params__", _parameters),
}
_EQ: Final = _Late("__eq__", _equality)
_HASH: Final = _Late("__hash__", _hashing)
_FROZEN: Final[dict[str, object]] = {
    "__setattr__": _refuse_setting,
    "__delattr__": _refuse_deleting,
    "__getstate__": _Late("__getstate__", _stating),
    "__setstate__": _Late("__setstate__", _restoring),
}
