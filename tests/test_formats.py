"""The page of formats is run: each example is written to a file, and gives the images that the page tells of it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.running import regplan
from regplan.model.profile import FoundBy, UseStatus
from support import images
from support.archives import tar_of
from support.bundles import layout_files, packed, saved_tar
from support.helm import helm_folder

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^regplan (.*)$", PAGE.partition("## Images in files")[2], re.MULTILINE)
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


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the page's commands name, in the folder where they run."""
    monkeypatch.chdir(tmp_path)
    web = images.image([images.layer(40_000, 1), images.layer(20_000, 2)])
    files = layout_files(tmp_path / "layout", {"quay.io/edge/web:1": web})
    bundle = packed(tar_of({f"bundle-pkg/{name}": data for name, data in files.items()}), "zstd")
    Path("app.tar").write_bytes(tar_of(files))
    Path("saved.tar").write_bytes(saved_tar([(web, ["web:1"])]))
    Path("core.tar.zst").write_bytes(bundle)
    Path("parts").mkdir()
    for number in range(3):
        start, end = (len(bundle) * place // 3 for place in (number, number + 1))
        Path(f"parts/core.tar.zst_part0{number}").write_bytes(bundle[start:end])


@pytest.mark.usefixtures("archives", "home")
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_on_images_in_files_does_what_it_shows(command: str) -> None:
    said = regplan(*shlex.split(command))

    assert said.code == 0, said.err
    assert "web:1" in said.out or "1 manifest" in said.out or "seeded" in said.out + said.err


def test_there_are_commands_on_images_in_files() -> None:
    assert len(COMMANDS) >= 6
