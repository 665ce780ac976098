from __future__ import annotations

import pytest

from regplan.plan.patterns import matches_pattern


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("**", "docker.io/library/nginx", True),
        ("*", "nginx", True),
        ("*", "library/nginx", False),
        ("docker.io/*/nginx", "docker.io/library/nginx", True),
        ("docker.io/**/nginx", "docker.io/a/b/nginx", True),
        ("docker.io/**/nginx", "docker.io/nginx", True),
        ("docker.io/**", "quay.io/nginx", False),
        ("v?.1", "v2.1", True),
        ("v?.1", "v22.1", False),
        ("v[0-2]*", "v2.1", True),
        ("v[^0-2]*", "v2.1", False),
        ("{stable,v*}", "v2", True),
        ("{stable,v*}", "edge", False),
        ("a,b", "a,b", True),
        ("1.2", "1x2", False),
        (r"\*", "*", True),
        ("{", "{", False),
        ("[z-a]", "z", False),
        ("", "", True),
    ],
)
def test_a_pattern_of_harbor_fits_whole_names(pattern: str, name: str, fits: bool) -> None:
    assert matches_pattern(pattern, name) is fits
