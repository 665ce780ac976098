"""Input that is broken, huge or meant to break: exit 2, one clear message, little memory, and an end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support.limits import MB, measure, skip_where_memory_cannot_be_measured

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BYTES = 256 * MB
# A stuck reader is stopped; how long a busy machine takes is not what is tested.
_TIMEOUT_S = 60


def _profile(values: str) -> str:
    return json.dumps({"spec": {"template": {"packs": [{"name": "web", "layer": "addon", "values": values}]}}})


def _aliases(levels: int, *, merged: bool = False) -> str:
    """Billion laughs: each level names the one below ten times."""
    lines = ['l0: &l0 {k: "x/y:1"}']
    for level in range(1, levels):
        ten = ", ".join([f"*l{level - 1}"] * 10)
        lines.append(f"l{level}: &l{level} " + (f"{{<<: [{ten}], k{level}: v}}" if merged else f"[{ten}]"))
    return "\n".join(lines)


def _listing(lines: str) -> str:
    return f"pack:\n  content:\n    images:\n{lines}"


TEXTS: dict[str, tuple[Callable[[], str], str]] = {
    "truncated.json": (lambda: _profile("x: 1")[:-9], "line 1, column"),
    "tabs.yaml": (lambda: "pack:\n\tcontent:\n\t\timages: []\n", "line 2, column 1"),
    "aliases.yaml": (lambda: _aliases(10), "line 6: the aliases expand to more than 50,000 values"),
    "merges.yaml": (lambda: _aliases(10, merged=True), "the aliases expand"),
    "scalars.yaml": (lambda: "- a\n" * (30 * MB // 4), "larger than"),
    "lines.yaml": (lambda: "- a\n" * (16 * MB // 4), "more than 400,000 lines"),
    "documents.yaml": (lambda: "---\n" * 399_000, "line 266668: the text holds more than 800,000 values"),
    "inside.json": (lambda: _profile("x: 1\n" * 1_500_000), "more than 400,000 lines"),
    "tabbed.json": (lambda: "[\n\t" + "{},\n\t" * 300_000 + "{}]", "more than 400,000 lines"),
    "deep.yaml": (lambda: "- " * 100_000, "nested more than 100 levels deep"),
    "deep.json": (lambda: '{"a":\t' * 50_000, "nested more than 100 levels deep"),
    "stairs.yaml": (lambda: "\n".join(f"{' ' * depth}a:" for depth in range(500)), "line 101: this is nested"),
    "string.json": (lambda: _profile("x" * (9 * MB)), "line 1: a text is longer than 8,388,608 characters"),
    "key.json": (lambda: '{"' + "k" * (9 * MB) + '": 1}', "longer than"),
    "twice.yaml": (lambda: "a: 1\n" * 100_000, "line 2: the key 'a' stands twice, first in line 1"),
    "twice.json": (lambda: "{\t" + ",".join(['"a": 1'] * 60_000) + "}", "the key 'a' stands twice"),
    "tags.yaml": (lambda: "".join(f"%TAG !a{n}! b\n" for n in range(100_000)) + "---\na: 1\n", "%TAG"),
    "control.yaml": (lambda: "a: b\x01c\n", "line 1: the character U+0001"),
    "emoji.yaml": (lambda: "a: '" + "x{{y}}" * 60_000 + "\U0001f600" + "x" * (15 * MB) + "'", "longer than"),
    "login.json": (lambda: "<!DOCTYPE html>\n<html><body><form></form></body></html>\n", "web page"),
    "cluster.json": (
        lambda: json.dumps({"kind": "SpectroCluster", "metadata": {"name": "store-7"}, "spec": {"cloudType": "edge-native"}}),
        "cluster",
    ),
    "empty.yaml": (lambda: "", "empty"),
    "blank.yaml": (lambda: "\n# nothing\n---\n", "empty"),
    "images.txt": (lambda: "".join(f"a/b:{number}\n" for number in range(60_000)), "more than 50,000 images"),
    "entries.yaml": (
        lambda: _listing("".join(f"    - image: a/b:{number}\n" for number in range(180_000))),
        "more than 50,000 images",
    ),
    "nameless.json": (lambda: json.dumps({"spec": {"packs": [{"nam": "x"}] * 4_000}}), "and 3,950 more"),
    "packs.json": (lambda: json.dumps({"spec": {"packs": [{"name": "x"}] * 60_000}}), "60,000 packs"),
    "constant.json": (lambda: "1" * (8 * MB), "this is not a cluster profile"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_ends_with_2_and_one_message_in_little_memory(name: str, tmp_path: Path) -> None:
    skip_where_memory_cannot_be_measured()
    make, says = TEXTS[name]
    file = tmp_path / name
    file.write_text(make(), encoding="utf-8")

    said = measure("images", str(file), timeout_s=_TIMEOUT_S)

    assert said.code == 2, said.err[:2_000]
    assert name in said.err
    assert says in said.err, said.err[:2_000]
    assert "Traceback" not in said.err
    assert said.out == ""
    assert len(said.err) < 20_000
    assert said.peak_bytes < _MOST_BYTES


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 400, "not text in UTF-8"),
        ("pack: {}\nname: caf\u00e9\n".encode("latin-1"), "line 2 is not text in UTF-8"),
        (b"\xff\xfea\x00:\x00\x00\xd8", "not text"),
        (b"\xef\xbb\xbf", "empty"),
        (b"a: \xed\xa0\x80\n", "line 1 is not text in UTF-8"),
    ],
    ids=["a program", "latin-1", "half of UTF-16", "only a mark", "half a pair"],
)
def test_bytes_that_are_no_text_end_with_2_and_name_the_file(raw: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_bytes(raw)

    said = regplan("images", str(file))

    assert said.code == 2
    assert "values.yaml" in said.err
    assert says in said.err
    assert "Traceback" not in said.err


def test_a_values_file_of_200_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    skip_where_memory_cannot_be_measured()
    file = tmp_path / "values.yaml"
    with file.open("wb") as out:
        out.write(b"pack:\n  content:\n    images: []\n")
        out.truncate(200 * MB)

    said = measure("images", str(file), timeout_s=_TIMEOUT_S)

    assert said.code == 2
    assert "values.yaml: is larger than the 16,777,216 bytes" in said.err
    assert said.peak_bytes < _MOST_BYTES


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "pack.json").write_text("{}")
    folder.chmod(0)
    try:
        said = regplan("images", f"{folder}/")
    finally:
        folder.chmod(0o700)

    assert said.code == 2
    assert str(folder) in said.err


@pytest.mark.parametrize(
    "token", ["{{", "{{ ", "a:", "a-", "a.", "a/", "{{.spectro.", ".spectro.", " ", '"', "image: ", "x="]
)
def test_long_texts_made_of_one_piece_take_no_longer_than_their_length(token: str, tmp_path: Path) -> None:
    """What would be quadratic takes minutes at this length, and then the test is stopped."""
    text = token * (200_000 // len(token))
    values = {"image": text, "registry": text, "repository": text, "tag": text, "x": f"{{{{{text}"}
    pod = {"containers": [{"name": "c", "image": text, "args": [text], "env": [{"name": "A", "value": text}]}]}
    packs = [
        {"name": "web", "layer": "addon", "values": json.dumps({"pack": {"content": {"images": [{"image": text}]}}, "charts": {"c": values}}),
         "manifests": [{"name": "m", "content": json.dumps({"kind": "Pod", "apiVersion": "v1", "spec": pod})}]},
    ]  # fmt: skip
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text(json.dumps(values))
    (chart / "templates" / "pod.yaml").write_text(
        f"kind: Pod\nspec: {{containers: [{{image: '{{{{ .Values.image }}}}'}}]}}\n# {text}\n"
    )
    (tmp_path / "profile.json").write_text(json.dumps({"spec": {"template": {"packs": packs}}}))

    for argument in (tmp_path / "profile.json", chart):
        done = subprocess.run(
            [sys.executable, "-m", "regplan", "images", str(argument)],
            capture_output=True, text=True, encoding="utf-8", timeout=_TIMEOUT_S, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": ""},
        )  # fmt: skip
        assert done.returncode in {0, 1, 2, 4}, done.stderr
        assert len(done.stdout) + len(done.stderr) < 2 * MB
