from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.wiring import RewriteRules
from regplan.oci.reference import Reference
from regplan.plan.mapping import target_repository
from regplan.plan.shapes import choose_probes, known_shapes, without_clashes
from unit.seed.samples import entry, inventory, make_image

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = [f"quay.io/team/app-{number}:1" for number in range(9)]


def references(texts: Sequence[str]) -> list[Reference]:
    return [Reference.parse(text) for text in texts]


def test_the_documented_shape_is_tried_first_and_the_profiles_rules_before_what_hands_do() -> None:
    rules = RewriteRules(replaced=(("quay.io", "mirror.corp"),))

    assert [shape.name for shape in known_shapes(None)] == ["host", "plain", "last"]
    assert [shape.name for shape in known_shapes(rules)] == ["host", "profile", "plain", "last"]


def test_the_last_component_is_what_skopeo_sync_keeps() -> None:
    assert target_repository(Reference.parse("quay.io/a/b/c:1"), "p", "last") == "p/c"
    with pytest.raises(InputError, match="host or plain or last"):
        target_repository(Reference.parse("a"), "p", "other")


def test_probes_are_spread_over_the_list_and_few() -> None:
    probes = choose_probes(references(NAMES), "p", known_shapes(None))

    assert [probe.repository for probe in probes] == ["team/app-0", "team/app-2", "team/app-5", "team/app-8"]
    assert choose_probes([], "p", known_shapes(None)) == ()


def test_images_whose_names_tell_shapes_apart_are_asked_for_before_those_whose_do_not() -> None:
    mixed = references(["quay.io/flat:1", *NAMES[:2], "quay.io/flat-too:1"])

    assert choose_probes(mixed, "p", known_shapes(None)) == tuple(mixed[1:3])
    assert choose_probes(references(["quay.io/flat:1"]), "p", known_shapes(None)) == tuple(mixed[:1])


def test_of_two_images_with_one_name_the_second_is_left_out_and_told_with_the_first() -> None:
    one, _ = make_image([b"a"], "one")
    two, _ = make_image([b"b"], "two")
    listed = inventory(entry("quay.io/a/app:1", one), entry("ghcr.io/b/app:1", two), entry("ghcr.io/c/app:1", one))

    kept, clashing = without_clashes(listed, "p", "last")

    assert [str(each.reference) for each in kept.entries] == ["quay.io/a/app:1", "ghcr.io/c/app:1"]
    assert [(str(lost), str(first)) for lost, first in clashing] == [("ghcr.io/b/app:1", "quay.io/a/app:1")]
    assert without_clashes(listed, "p", "host") == (listed, ())
