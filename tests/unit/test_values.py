"""Our `dataclass` beside the standard library's: whatever one does, the other does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field, replace
from typing import ClassVar

import pytest

from regplan.values import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A value with every kind of field."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default_factory=tuple)
    secret: str = field(default="", repr=False)
    seen: str = field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The same, made by the standard library."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default_factory=tuple)
    secret: str = field(default="", repr=False)
    seen: str = field(default="", compare=False)


@dataclass(slots=True)
class Counter:
    """Something that changes."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Count what it begins with."""
        self.count += len(self.names)


@dataclass(frozen=True, slots=True)
class Own:
    """A value with methods of its own."""

    name: str

    def __eq__(self, other: object) -> bool:
        """Compare names, whatever their case."""
        return isinstance(other, Own) and self.name.lower() == other.name.lower()

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self.name.lower())

    def __repr__(self) -> str:
        """Tell the name alone."""
        return f"<{self.name}>"


@dataclass(frozen=True, slots=True)
class Keeping:
    """A value that keeps what was reckoned from it, and says nothing of that."""

    name: str
    number: int = field(default=7, init=False)
    kept: list[int] = field(default_factory=list, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """A value that is compared by what it is, and not by what it holds."""

    name: str


class Further(Point):
    """A point with more than its fields."""


@dataclass(frozen=True, slots=True)
class Deep(Point):
    """A point with a field more."""

    depth: int = 0


@dataclass(frozen=True)
class Open:
    """A value that has room for more than its fields."""

    a: int
    b: int = 2
    c: int = 3
    d: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, order=True)
class Ranked:
    """A value with an order."""

    rank: int


ARGUMENTS: list[tuple[tuple[object, ...], dict[str, object]]] = [
    ((1,), {}),
    ((1, 3), {"tags": ("a",), "secret": "s", "seen": "now"}),
    ((), {"x": 0}),
]


@pytest.mark.parametrize(("given", "named"), ARGUMENTS)
def test_a_value_is_made_shown_compared_and_hashed_as_the_standard_library_s(
    given: tuple[object, ...], named: dict[str, object]
) -> None:
    ours, theirs = Point(*given, **named), Standard(*given, **named)  # type: ignore[arg-type]

    assert repr(ours) == repr(theirs).replace("Standard", "Point")
    assert dataclasses.astuple(ours) == dataclasses.astuple(theirs)
    assert hash(ours) == hash(theirs)
    assert ours == Point(*given, **named)  # type: ignore[arg-type]
    assert ours == replace(ours, seen="later")
    assert ours != replace(ours, y=99)
    assert ours != object()


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), ((1, 2, (), "", "", 6), {}), ((1,), {"z": 1}), ((1,), {"x": 1})]
)
def test_wrong_arguments_are_told_in_the_same_words(given: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError) as theirs:
        Standard(*given, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError) as ours:
        Point(*given, **named)  # type: ignore[arg-type]

    assert str(ours.value) == str(theirs.value).replace("Standard", "Point")


def test_what_is_frozen_refuses_to_be_changed_and_what_is_not_does_not() -> None:
    point, counter = Point(1), Counter(names=["a"])

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    counter.count += 1
    assert counter == Counter(1, ["a"])
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


@pytest.mark.parametrize("kind", [Point, Further, Deep, Open])
def test_a_value_is_of_its_class_and_frozen_however_many_were_made(kind: type) -> None:
    many = [kind(1) for _ in range(210)]

    assert {type(each) for each in many} == {kind}
    assert len(set(map(repr, many))) == 1
    assert all(each == many[0] for each in many)
    for each in many:
        with pytest.raises(FrozenInstanceError):
            setattr(each, dataclasses.fields(kind)[0].name, 2)


def test_a_class_that_inherits_fields_has_them_filled_too() -> None:
    deep = [Deep(1, tags=("a",), depth=number) for number in range(210)]

    assert [each.depth for each in deep] == list(range(210))
    assert {(each.x, each.y, each.tags) for each in deep} == {(1, 2, ("a",))}
    assert Further(3, secret="s").secret == "s"


def test_two_of_one_class_share_no_default() -> None:
    first, second = Counter(), Counter()
    first.names.append("a")

    assert second.names == []


def test_methods_of_its_own_stay() -> None:
    assert (Own("a"), repr(Own("a")), hash(Own("A"))) == (Own("A"), "<a>", hash(Own("a")))


def test_a_field_that_nobody_gives_is_made_anew_for_each_value() -> None:
    first, second = Keeping("a"), Keeping("a")
    first.kept.append(1)

    assert (first, repr(second), second.kept) == (second, "Keeping(name='a', number=7)", [])
    assert replace(first, name="b").kept == []
    with pytest.raises(TypeError, match="unexpected keyword argument 'kept'"):
        Keeping("a", kept=[])  # type: ignore[call-arg]


def test_without_equality_each_is_itself_alone() -> None:
    first = Single("a")

    assert first != Single("a")
    assert len({first, Single("a"), first}) == 2


def test_an_order_is_the_standard_library_s() -> None:
    assert sorted([Ranked(2), Ranked(1)]) == [Ranked(1), Ranked(2)]


def test_values_are_pickled_and_copied_whole() -> None:
    point = Point(1, tags=("a",), seen="now")

    for other in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):  # noqa: S301  our own bytes
        assert (other, other.seen) == (point, "now")


def test_a_class_shows_its_fields_slots_and_signature() -> None:
    names = [each.name for each in dataclasses.fields(Point)]

    assert names == [each.name for each in dataclasses.fields(Standard)]
    assert Point.__slots__ == Standard.__slots__
    assert Point.__match_args__ == Standard.__match_args__
    assert list(inspect.signature(Point).parameters) == names
    assert not hasattr(Point(1), "__dict__")


def test_a_class_that_nobody_described_is_told_by_its_fields_and_makes_no_method_for_it() -> None:
    @dataclass(frozen=True, slots=True)
    class _Bare:
        name: str
        number: int = 7

    assert _Bare.__doc__ == "_Bare(name, number)"
    assert not _is_made(_Bare)
    assert _Bare("a").number == 7
    assert _is_made(_Bare)


def test_what_nobody_gives_is_filled_in_before_what_comes_after() -> None:
    @dataclass(frozen=True, slots=True)
    class Late:
        name: str
        number: int = 7
        kept: list[int] = field(default_factory=list)
        unseen: str = field(default="x", init=False)
        seen: list[str] = field(default_factory=list, compare=False)

        def __post_init__(self) -> None:
            self.seen.append(self.name)

    made = Late("a", kept=[1])
    assert (made.name, made.number, made.kept, made.unseen, made.seen) == ("a", 7, [1], "x", ["a"])
    assert Late("a").kept is not Late("a").kept


@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"z": 2}), ((), {"y": 1})],
)
def test_a_class_inside_a_function_refuses_what_the_standard_library_s_does(
    given: tuple[object, ...], named: dict[str, object]
) -> None:
    @dataclass(frozen=True, slots=True)
    class Late:
        x: int
        y: int = 0

    @dataclasses.dataclass(frozen=True, slots=True)
    class Plain:
        x: int
        y: int = 0

    with pytest.raises(TypeError) as told:
        Late(*given, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError) as expected:
        Plain(*given, **named)  # type: ignore[arg-type]
    assert str(told.value) == str(expected.value).replace("Plain", "Late")


def test_a_class_that_nobody_used_yet_is_known_to_the_standard_library() -> None:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        name: str
        kept: list[int] = field(default_factory=list, compare=False, metadata={"unit": "bytes"})

    assert dataclasses.is_dataclass(Fresh)
    told = {each.name: each for each in dataclasses.fields(Fresh)}
    assert [(each.type, each.kw_only) for each in told.values()] == [("str", False), ("list[int]", False)]
    assert (told["kept"].compare, dict(told["kept"].metadata)) == (False, {"unit": "bytes"})

    @dataclasses.dataclass(frozen=True)
    class Derived(Fresh):
        number: int = 0

    # What is given for the new field is appended, as it is to fields of the standard library's own.
    assert repr(Derived("a", [1], 2)).endswith("Derived(name='a', kept=[1], number=2)")
    with pytest.raises(TypeError, match="non-frozen dataclass from a frozen one"):
        dataclasses.dataclass(type("Loose", (Fresh,), {}))


def test_a_class_that_is_no_plain_one_is_left_to_the_standard_library() -> None:
    @dataclass(frozen=True, slots=True)
    class Counted:
        made: ClassVar[int] = 3
        name: str = "a"

    @dataclass(frozen=True)
    class Loose:
        name: str

    assert (Counted(), Counted.made) == (Counted("a"), 3)
    assert [each.name for each in dataclasses.fields(Counted)] == ["name"]
    assert Loose("a").__dict__ == {"name": "a"}


def test_classes_with_as_many_fields_share_what_is_written_and_keep_their_own_names() -> None:
    @dataclass(frozen=True, slots=True)
    class Left:
        a: int
        b: int = 1
        c: int = 2
        d: int = 3

    @dataclass(frozen=True, slots=True)
    class Right:
        d: int
        c: int
        made: int
        turn: int = 4

    left, right = Left(0, d=5), Right(c=2, made=3, d=1)

    assert (left.a, left.b, left.c, left.d) == (0, 1, 2, 5)
    assert (right.d, right.c, right.made, right.turn) == (1, 2, 3, 4)
    with pytest.raises(TypeError, match="unexpected keyword argument 'a'"):
        Right(1, 2, 3, a=4)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'c' and 'made'"):
        Right(1)  # type: ignore[call-arg]


def test_what_inherits_is_filled_under_whatever_names_its_fields_have() -> None:
    @dataclass(frozen=True, slots=True)
    class Above:
        values: int
        made: int
        locals: int = 3
        through: list[int] = field(default_factory=list)

    class Below(Above):
        __slots__ = ("more",)

    first, below = Above(1, 2), Below(made=5, values=4)

    assert (first.values, first.made, first.locals, first.through) == (1, 2, 3, [])
    assert (type(below), below.values, below.made, below.locals, below.through) == (Below, 4, 5, 3, [])
    with pytest.raises(FrozenInstanceError):
        below.values = 5  # type: ignore[misc]


def _is_made(kind: type) -> bool:
    return inspect.isfunction(vars(kind)["__init__"])
