from __future__ import annotations

import re

import pytest

from regplan.patterns import pattern


def test_a_late_pattern_does_what_a_compiled_one_does() -> None:
    late, soon = pattern(r"(?P<word>[a-z]+)-?", re.IGNORECASE), re.compile(r"(?P<word>[a-z]+)-?", re.IGNORECASE)

    for text in ("Ab-cd", "", "1"):
        assert bool(late.fullmatch(text)) is bool(soon.fullmatch(text))
        assert late.findall(text) == soon.findall(text)
        assert late.sub("<\\g<word>>", text) == soon.sub("<\\g<word>>", text)
    assert (late.pattern, late.flags, late.groups, dict(late.groupindex)) == (
        soon.pattern, soon.flags, soon.groups, dict(soon.groupindex),
    )  # fmt: skip
    assert repr(late) == repr(soon)


def test_nothing_is_compiled_before_it_is_used_and_then_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compiled = re.compile

    def counted(text: str, flags: re.RegexFlag) -> re.Pattern[str]:
        made.append(text)
        return compiled(text, flags)

    monkeypatch.setattr(re, "compile", counted)

    late = pattern("[a-z]+")
    assert not hasattr(late, "__wrapped__")
    assert made == []

    assert late.fullmatch("a") is not None
    assert (late.fullmatch("1"), late.search("1")) == (None, None)
    assert made == ["[a-z]+"]


def test_what_a_pattern_does_not_have_a_late_one_has_not_either() -> None:
    with pytest.raises(AttributeError, match="macth"):
        pattern("a").macth  # type: ignore[attr-defined]  # noqa: B018
