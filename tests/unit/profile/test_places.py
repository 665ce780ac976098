from __future__ import annotations

import pytest

from regplan.profile.places import line_in_profile, line_in_site

SITE = """\
name: store
hosts:
  - name: node-1
    cpu: 4
  - {name: worker, count: 2}
registry:
  storage: 300GB
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("registry.storage", 7),
        ("registry.retention", 6),
        ("registry", 6),
        ("hosts", 2),
        ("node-1", 3),
        ("worker-2", 5),
        ("versions.agent", 1),
        ("", 1),
        ("name", 1),
    ],
)
def test_a_finding_points_at_its_key_its_host_or_the_section_that_lacks_it(where: str, line: int) -> None:
    assert line_in_site(SITE, where) == line


def test_what_is_no_site_file_has_one_line() -> None:
    assert [line_in_site(text, "registry") for text in ("", "a: [", "- a", "hosts: 3")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "where", ["registry.storage", "node-1", "profiles", "a.yaml > web", "a.yaml:0 > web", "a:b > c", ""]
)
def test_what_names_no_line_points_at_none(where: str) -> None:
    assert line_in_profile(where) is None


def test_a_windows_path_keeps_its_drive() -> None:
    assert line_in_profile("C:\\profiles\\a.yaml:12 > web > images[0]") == ("C:\\profiles\\a.yaml", 12)
