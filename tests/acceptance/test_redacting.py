"""What `--redact` replaces is nowhere in a report: not in a member, stream or attachment of any format, nor is a path of the author's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support.hostile import site_files, write_site
from support.reports import KINDS, hidden_in, read, squeezed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

HOSTS = ("edge-alpha", "edge-beta")
ADDRESSES = ("10.0.0.5", "fd00::5")
# Of images that are needed, declared, those of the version before and the next; of mirrors, sources, and the registry itself.
REGISTRIES = (
    "registry.example", "other.example", "lost.example", "old.example", "next.example", "mirror.example", "mirror.corp.example",
    "registry.corp.example",
)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = site_files()
    told = files["site.yaml"]
    told["registry"]["address"] = ["registry.corp.example:30003", "10.0.0.5:30003", "[fd00::5]:30003"]
    told["from"] = ["recording:recording/", "docker://mirror.corp.example/hub"]
    for host, name in zip(told["hosts"], HOSTS, strict=True):
        host["name"] = name
    for name, before, after in (
        ("shop-next.json", "registry.example/shop/web:1.1", "next.example/shop/web:1.1"),
        ("shop-old.json", "other.example/cache:2", "old.example/cache:2"),
    ):
        pack = files[name]["spec"]["template"]["packs"][0]
        assert before in pack["values"]
        pack["values"] = pack["values"].replace(before, after)
    return write_site(tmp_path / "folder-of-the-author", files)


def found(names: tuple[str, ...], site: Path, kind: str, *redact: str) -> set[str]:
    """Report on the site, and tell which names are anywhere in the file."""
    file = site.parent.parent / f"report.{kind}"
    said = regplan("report", str(site), "--offline", "-O", str(file), *redact)
    assert said.code in {0, 1, 4}, said.err
    made = file.read_bytes()
    text = "\n".join((hidden_in(kind, made), read(kind, made), squeezed(read(kind, made))))
    return {name for name in names if name in text}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_what_is_redacted_and_no_path_is_left_in_any_format(site: Path, kind: str) -> None:
    paths = (str(site.parent.parent), site.parent.name)
    every = (*HOSTS, *ADDRESSES, *REGISTRIES, *paths)

    before = found(every, site, kind)

    assert {*HOSTS, "registry.example", "next.example"} <= before or kind == "xlsx"
    assert not set(paths) & before
    assert found(every, site, kind, "--redact", "hosts,addresses,registries") == set()
