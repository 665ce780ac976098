from __future__ import annotations

import pytest

from regplan.profile.parts import Problems
from regplan.profile.presets import enabled_presets, read_presets
from regplan.profile.tree import parse_documents

PRESETS = """
- name: zot-registry-preset
  displayName: Zot Internal Registry
  group: Registry
  remove: ["charts.a.b", 5]
  add: |
    charts:
      a: {c: 1}
- name: harbor
  group: Registry
  add: {x: y}
- name: bare
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# spectrocloud.com/enabled-presets: A:b, C:d e,\npack:", ("A:b", "C:d e")),
        ("\n# a comment\n---\n#spectrocloud.com/enabled-presets:A:b\npack:", ("A:b",)),
        ("pack:\n# spectrocloud.com/enabled-presets: A:b\n", ()),
        ("# spectrocloud.com/enabled-presets:\npack:", ()),
        ("", ()),
    ],
)
def test_enabled_presets_stand_in_a_comment_above_the_first_key(text: str, names: tuple[str, ...]) -> None:
    assert enabled_presets(text) == names


def test_presets_tell_what_they_add_and_remove_and_whether_they_are_on() -> None:
    problems = Problems()
    found = read_presets(parse_documents(PRESETS)[0], ["Registry:zot-registry-preset"], ("f", "k"), problems)
    zot, harbor, bare = found
    assert (zot.name, zot.group, zot.remove, zot.is_on) == (
        "zot-registry-preset",
        "Registry",
        ("charts.a.b", "5"),
        True,
    )
    assert zot.add == {"charts": {"a": {"c": "1"}}}
    assert (harbor.add, harbor.is_on, bare.add, bare.group) == ({"x": "y"}, False, {}, "")
    assert problems.found == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{a: b}", "f: k: a list of presets is expected, and it is a mapping"),
        ("[{group: A}]", "f: k[0]: this preset has no name"),
        ("[{name: a, add: [x]}]", "f: k[0] (a).add: values are expected, and here is a list"),
        ("[{name: a, add: '- x'}]", "f: k[0] (a).add: values are expected, and here is a list"),
    ],
)
def test_what_is_no_preset_is_told_with_its_place(text: str, problem: str) -> None:
    problems = Problems()
    read_presets(parse_documents(text)[0], (), ("f", "k"), problems)
    assert problems.found == [problem]
