from __future__ import annotations

import copy
import inspect
import pickle
import typing

import pytest

from regplan.values import NamedTuple


class Ours(NamedTuple):
    """A place."""

    name: str
    size: int = 3
    unit: str = "B"

    @property
    def text(self) -> str:
        """Name and size."""
        return f"{self.name}:{self.size}"


class Theirs(typing.NamedTuple):
    """A place."""

    name: str
    size: int = 3
    unit: str = "B"


class Single(NamedTuple):
    only: int


def test_a_named_tuple_is_made_and_shown_as_the_standard_library_s() -> None:
    ours, theirs = Ours("a", unit="kB"), Theirs("a", unit="kB")

    assert tuple(ours) == tuple(theirs) == ("a", 3, "kB")
    assert ours == ("a", 3, "kB")
    assert hash(ours) == hash(theirs) == hash(("a", 3, "kB"))
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert (ours.name, ours.size, ours.unit, ours.text) == ("a", 3, "kB", "a:3")
    assert ours._asdict() == theirs._asdict()
    assert tuple(ours._replace(size=9)) == tuple(theirs._replace(size=9))
    assert (type(ours._replace(size=9)), Ours._make("abc")) == (Ours, Ours("a", "b", "c"))  # type: ignore[arg-type]
    assert (tuple(Single(1)), repr(Single(1))) == ((1,), "Single(only=1)")


def test_a_class_of_named_tuples_tells_its_fields_as_the_standard_library_s() -> None:
    for name in ("_fields", "_field_defaults", "__match_args__", "__slots__", "__doc__", "__bases__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert Single.__doc__ == "Single(only)"
    assert list(inspect.signature(Ours).parameters) == list(inspect.signature(Theirs).parameters)
    assert Ours.__annotations__.keys() == Theirs.__annotations__.keys()


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), (("a", 1, "b", 4), {}), (("a",), {"name": "b"}), (("a",), {"height": 2})]
)
def test_wrong_arguments_are_told_in_the_standard_library_s_words(
    given: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError) as theirs:
        Theirs(*given, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError) as ours:
        Ours(*given, **named)  # type: ignore[arg-type]

    assert str(ours.value) == str(theirs.value).replace("Theirs", "Ours")


def test_what_a_named_tuple_does_not_have_is_refused() -> None:
    with pytest.raises(AttributeError):
        Ours("a").name = "b"  # type: ignore[misc]
    with pytest.raises((TypeError, ValueError), match="unexpected field names"):
        Ours("a")._replace(height=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Expected 3 arguments, got 2"):
        Ours._make(["a", 1])


def test_named_tuples_are_pickled_and_copied_whole() -> None:
    ours = Ours("a", 5)

    for other in (pickle.loads(pickle.dumps(ours)), copy.copy(ours), copy.deepcopy(ours)):  # noqa: S301  our own bytes
        assert (type(other), other) == (Ours, ours)
