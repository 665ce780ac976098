"""The page of formats is run: each example is written to a file, and gives the images that the page tells of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.running import regplan
from regplan.model.profile import FoundBy, UseStatus
from support.helm import helm_folder

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- images: (.*?) -->\n((?:```\w+\n.*?```\n)+)", PAGE, re.DOTALL)
NAMES = [re.search(r"file: (\S+)", blocks)[1] for _, blocks in EXAMPLES]  # type: ignore[index]  # each has one


def listed(folder: Path, blocks: str) -> set[str]:
    """Write the files of an example and tell what `regplan images` says of each image."""
    tops = set()
    for block in re.findall(r"```\w+\n(.*?)```\n", blocks, re.DOTALL):
        first, _, text = block.partition("\n")
        name = first.partition("file: ")[2]
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # JSON has no comments, so that the line with the file's name is not a part of it.
        (folder / name).write_text(text, encoding="utf-8")
        tops.add(str(folder / name.split("/")[0]) + ("/" if "/" in name else ""))
    said = regplan("images", *sorted(tops), "-o", "json")
    assert said.code in {0, 1}, said.err
    return {f"{image['normalized']} {image['status']}" for image in said.document["images"]}


@pytest.mark.parametrize(("told", "blocks"), EXAMPLES, ids=NAMES)
def test_each_example_gives_the_images_that_the_page_tells(
    told: str, blocks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert listed(tmp_path, blocks) == set(told.split("; "))


@pytest.mark.parametrize(("told", "blocks"), EXAMPLES, ids=NAMES)
def test_each_example_gives_the_same_images_with_helm(
    told: str, blocks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", helm_folder())

    assert listed(tmp_path, blocks) == set(told.split("; "))


def test_every_way_of_finding_and_every_status_stands_on_the_page() -> None:
    assert [each.value for each in (*FoundBy, *UseStatus) if f"| `{each.value}` |" not in PAGE] == []
