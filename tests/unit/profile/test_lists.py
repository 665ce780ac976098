from __future__ import annotations

import pytest

from regplan.errors import InvalidProfile
from regplan.profile.lists import looks_like_list, parse_list


def test_comments_bullets_and_empty_lines_are_no_images() -> None:
    text = "\ufeff# for the mirror\n\nnginx:1.27   # web\n- redis:7\n* quay.io/a/b:1\n   #end\n"
    uses = parse_list(text, "images.txt")
    assert [(str(use.reference), str(use.provenance)) for use in uses] == [
        ("docker.io/library/nginx:1.27", "images.txt > line 3"),
        ("docker.io/library/redis:7", "images.txt > line 4"),
        ("quay.io/a/b:1", "images.txt > line 5"),
    ]


def test_a_line_that_is_no_reference_keeps_its_place_among_good_ones() -> None:
    uses = parse_list("nginx\nNot One\n", "images.txt")
    assert [use.reference is None for use in uses] == [False, True]
    assert "'Not One' is not an image reference" in uses[1].problem


@pytest.mark.parametrize("text", ["", "# nothing\n", "Not One\n<html>"])
def test_a_text_without_a_reference_is_no_list(text: str) -> None:
    with pytest.raises(InvalidProfile, match=r"images\.txt holds no image reference"):
        parse_list(text, "images.txt")


def test_most_lines_decide_whether_a_text_is_a_list() -> None:
    assert looks_like_list("nginx\nredis\nNot One")
    assert looks_like_list("a/b:{{.spectro.var.Tag}}")
    assert not looks_like_list("nginx\nNot One")
    assert not looks_like_list("")
