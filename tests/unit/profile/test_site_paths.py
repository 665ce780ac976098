from __future__ import annotations

import pytest

from regplan.profile.site_paths import beside, source_beside


@pytest.mark.parametrize(
    ("file", "text", "path"),
    [
        ("site.yaml", "a.json", "a.json"),
        ("site.yaml", "infra", "./infra"),
        ("site.yaml", "packs/zot/", "./packs/zot/"),
        ("./site.yaml", "./a.json", "./a.json"),
        ("sites/site.yaml", "a.json", "sites/a.json"),
        ("sites/site.yaml", "./infra", "./sites/infra"),
        ("sites/site.yaml", "../a.json", "sites/../a.json"),
        ("/etc/site.yaml", "infra", "/etc/infra"),
        ("../site.yaml", "infra", "../infra"),
        ("/site.yaml", "a.json", "/a.json"),
        ("sites/site.yaml", "/a", "/a"),
        ("sites/site.yaml", "~/a", "~/a"),
        ("sites/site.yaml", "C:\\a", "C:\\a"),
        ("sites/site.yaml", "oci:/abs:tag", "oci:/abs:tag"),
        ("sites/site.yaml", "docker://host/a:1", "docker://host/a:1"),
        ("sites/site.yaml", "0123456789abcdef01234567", "0123456789abcdef01234567"),
    ],
)
def test_a_path_is_relative_to_the_file_that_names_it(file: str, text: str, path: str) -> None:
    assert beside(file, text) == path


@pytest.mark.parametrize("text", ["origin", "nginx:1.27", "mirror.corp:5000/a", "docker://mirror:5000", "oci:"])
def test_what_lies_on_no_disk_stays_as_it_is(text: str) -> None:
    assert source_beside("sites/site.yaml", text) == text
