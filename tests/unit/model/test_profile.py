from __future__ import annotations

import pytest

from regplan.model.profile import Declarations, ImageUse, Provenance, UseStatus
from regplan.oci.reference import Reference

NGINX, REDIS = Reference.parse("nginx:1"), Reference.parse("redis:7")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Provenance("p.yaml"), "p.yaml"),
        (Provenance("p.yaml", key="images"), "p.yaml > images"),
        (Provenance("p.yaml", "retail"), "retail"),
        (Provenance("p.yaml", "retail", "nginx"), "retail > nginx"),
        (Provenance("p.yaml", "retail", "nginx", "addon"), "retail > addon/nginx"),
        (Provenance("p.yaml", "retail", "", "addon", "key"), "retail > key"),
        (Provenance("p.yaml", "", "nginx", "addon", "pack.content"), "p.yaml > addon/nginx > pack.content"),
        (Provenance("p.yaml", "retail", "nginx", "addon", "", "1.0", 7), "retail > addon/nginx"),
        (
            Provenance("p.yaml", "retail", "nginx", "addon", "key", "1.0", 7),
            "p.yaml:7 > retail > addon/nginx 1.0 > key",
        ),
        (Provenance("p.yaml", "retail", "nginx", "addon", "key", "1.0"), "retail > addon/nginx > key"),
        (Provenance("list.txt", key="line 7", line=7), "list.txt:7"),
    ],
)
def test_where_an_image_is_named_is_told_widest_first(where: Provenance, expected: str) -> None:
    assert str(where) == expected


def test_references_are_distinct_and_keep_each_of_their_mentions_in_order() -> None:
    uses = (
        ImageUse("nginx:1", NGINX, Provenance("a.yaml", key="x")),
        ImageUse("redis:7", REDIS, Provenance("a.yaml", key="y")),
        ImageUse("{{ bad }}", None, Provenance("a.yaml", key="z"), problem="a macro"),
        ImageUse("docker.io/library/nginx:1", NGINX, Provenance("b.yaml"), UseStatus.MISSING),
        ImageUse("nginx:1", NGINX, Provenance("a.yaml", key="x")),
    )

    assert list(Declarations(uses=uses).references().items()) == [
        (NGINX, ("a.yaml > x", "b.yaml", "a.yaml > x")),
        (REDIS, ("a.yaml > y",)),
    ]


def test_a_status_is_written_as_the_contract_says() -> None:
    assert [str(status) for status in UseStatus] == ["listed", "missing", "only-if-enabled", "unknown", "unused"]
