"""helm is run apart from everything: fakes that hang, flood, fail and look around; and a real one where there is one."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regplan.profile.charts import read_chart
from regplan.store.helm import Limits, find_renderer
from support.helm import helm_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.profile.parts import RawChart, Renderer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

_ABOUT = "{apiVersion: v2, name: web, version: 1.0.0}"
_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, so that a test sees what is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def chart(**texts: str) -> RawChart:
    return read_chart("web", {"Chart.yaml": _ABOUT} | {path.replace("__", "/"): text for path, text in texts.items()})


def fake(tmp_path: Path, script: str, limits: Limits | None = None, more: Mapping[str, str] | None = None) -> Renderer:
    """A renderer whose helm is a shell script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "helm").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    (folder / "helm").chmod(0o755)
    renderer = find_renderer({"PATH": str(folder), **(more or {})}, limits=limits)
    assert renderer is not None
    return renderer


def test_there_is_no_renderer_where_there_is_no_helm(tmp_path: Path) -> None:
    assert find_renderer({"PATH": str(tmp_path)}) is None


def test_helm_is_given_the_chart_the_values_and_the_namespace(tmp_path: Path, folder: Path) -> None:
    script = 'echo "$@"; shift 2; cat "$1/templates/a.yaml" values.json "$3"'
    rendered = fake(tmp_path, script)(chart(templates__a="x", **{"templates/a.yaml": "a: b\n"}), '{"a": 1}', "shop")
    assert rendered.problem == ""
    first, *rest = (rendered.text or "").splitlines()
    words = first.split()
    assert words[:2] == ["template", "web"]
    assert words[3:] == ["-f", words[4], "--namespace", "shop", "--include-crds"]
    assert rest == ["a: b", '{"a": 1}{"a": 1}']
    assert list(folder.iterdir()) == []


def test_helm_sees_nothing_of_the_machine(tmp_path: Path, folder: Path) -> None:
    secrets = {
        "KUBECONFIG": "/k", "HELM_REGISTRY_CONFIG": "/r", "HELM_KUBETOKEN": "t", "HTTPS_PROXY": "p", "AWS_SECRET_ACCESS_KEY": "s",
    }  # fmt: skip
    rendered = fake(tmp_path, "env; umask", more=secrets)(chart(), "{}", "default")
    seen = dict(line.split("=", 1) for line in (rendered.text or "").splitlines() if "=" in line)
    assert seen.keys().isdisjoint(secrets)
    homes = {name for name in seen if name.startswith(("HELM_", "XDG_")) or name in {"HOME", "TMPDIR"}}
    assert {"HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "HOME"} <= homes
    assert all(seen[name].startswith(str(folder)) for name in homes)


def test_nobody_else_can_look_into_the_folder(tmp_path: Path) -> None:
    rendered = fake(tmp_path, "ls -ld .")(chart(), "{}", "default")
    assert (rendered.text or "").startswith("drwx------")


@pytest.mark.parametrize(("asked", "known", "given"), [("1.31.2", "", "1.31.2"), ("", "v1.30", "v1.30"), ("", "", "")])
def test_helm_is_told_the_version_of_kubernetes_where_one_is_known(
    tmp_path: Path, asked: str, known: str, given: str
) -> None:
    fake(tmp_path, 'echo "$@"')
    renderer = find_renderer({"PATH": str(tmp_path / "bin")}, known)
    assert renderer is not None
    text = renderer(chart(), "{}", "default", asked).text or ""
    assert (f"--kube-version {given}" in text) is bool(given)
    assert ("--kube-version" in text) is bool(given)


def test_a_chart_that_needs_a_newer_kubernetes_is_rendered_for_one(tmp_path: Path) -> None:
    script = (
        'case "$*" in *--kube-version*) echo "$@";; *) echo "Error: chart requires kubeVersion: >=1.25.0-0 which is '
        'incompatible with Kubernetes v1.20.0" >&2; exit 1;; esac'
    )
    assert "--kube-version 1.25.0" in (fake(tmp_path, script)(chart(), "{}", "default").text or "")


@pytest.mark.parametrize("name", ["-x", "A B", "web;rm", "x" * 99, ""])
def test_names_that_are_no_options_and_no_shell_are_passed(tmp_path: Path, name: str) -> None:
    made = replace(chart(), name=name)
    words = (fake(tmp_path, 'echo "$@"')(made, "{}", "-n --post-renderer=x").text or "").split()
    assert words[0] == "template"
    assert words[1].replace("-", "").isalnum()
    assert not words[1].startswith("-")
    assert words[words.index("--namespace") + 1] == "default"


def test_a_helm_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, folder: Path) -> None:
    child = tmp_path / "child"
    rendered = fake(tmp_path, f"sleep 600 &\necho $! > {child}\nsleep 600", Limits(seconds=0.5))(
        chart(), "{}", "default"
    )
    assert (rendered.text, rendered.problem) == (None, "helm did not end within 0.5 s")
    assert list(folder.iterdir()) == []
    assert _is_gone(int(child.read_text()))


def _is_gone(process: int) -> bool:
    for _ in range(500):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{process}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("where", ["", " >&2"])
def test_a_helm_that_floods_is_ended(tmp_path: Path, folder: Path, where: str) -> None:
    script = f"while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{where}; done"
    rendered = fake(tmp_path, script, Limits(output_bytes=100_000))(chart(), "{}", "default")
    assert rendered.text is None
    assert rendered.problem == "helm wrote more than 100,000 bytes"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            "Error: execution error at (web/templates/a.yaml:1:2): no",
            "execution error at (web/templates/a.yaml:1:2): no",
        ),
        ("level=WARN x\nError: one\nmore", "one"),
        ("Error: values do not fit:\nweb:\n- at: missing", "values do not fit: web: at: missing"),
        ("", "helm failed and did not say why"),
        ("Error: $PWD/chart/templates/a.yaml is bad", "chart/templates/a.yaml is bad"),
    ],
)
def test_a_helm_that_fails_is_quoted_in_one_line_without_its_folder(tmp_path: Path, said: str, problem: str) -> None:
    rendered = fake(tmp_path, f'printf "%s\\n" "{said}" >&2; exit 1')(chart(), "{}", "default")
    assert (rendered.text, rendered.problem) == (None, problem)


def test_what_is_no_text_is_a_problem(tmp_path: Path) -> None:
    assert fake(tmp_path, "printf '\\377\\376'")(chart(), "{}", "default").problem == "what helm wrote is no UTF-8"


def test_a_helm_that_cannot_be_started_is_a_problem(tmp_path: Path) -> None:
    renderer = fake(tmp_path, "exit 0")
    (tmp_path / "bin" / "helm").write_text("#!/none/such\n")
    rendered = renderer(chart(), "{}", "default")
    assert rendered.text is None
    assert rendered.problem.startswith("helm could not be started")


@pytest.mark.parametrize("path", ["../evil", "templates/../../evil", "/evil", "a\\b", "c:x", "templates/\0"])
def test_a_chart_never_writes_outside_its_folder(tmp_path: Path, folder: Path, path: str) -> None:
    made = replace(chart(), texts={"Chart.yaml": _ABOUT, path: "x"})
    rendered = fake(tmp_path, "echo started")(made, "{}", "default")
    assert rendered.text is None
    assert "outside" in rendered.problem
    assert list(folder.iterdir()) == []
    assert not any(found.name == "evil" for found in tmp_path.rglob("*"))


def test_a_file_and_a_folder_of_one_name_are_a_problem(tmp_path: Path, folder: Path) -> None:
    made = replace(chart(), texts={"Chart.yaml": _ABOUT, "templates": "x", "templates/a.yaml": "x"})
    assert fake(tmp_path, "echo started")(made, "{}", "default").text is None
    assert list(folder.iterdir()) == []


def test_archives_that_were_taken_apart_are_written_as_folders_and_schemas_are_not(tmp_path: Path) -> None:
    texts = {
        "Chart.yaml": _ABOUT,
        "charts/sub-1.0.tgz/sub/Chart.yaml": "{name: sub}",
        "charts/sub-1.0.tgz/sub/templates/a.yaml": "x",
        "charts/flat.tgz/Chart.yaml": "{name: flat}",
        "values.schema.json": '{"$ref": "https://schemas.example/x"}',
    }
    text = fake(tmp_path, 'cd "$3"; find . -type f')(replace(chart(), texts=texts), "{}", "default").text or ""
    assert sorted(text.split()) == [
        "./Chart.yaml", "./charts/flat/Chart.yaml", "./charts/sub-1.0/Chart.yaml", "./charts/sub-1.0/templates/a.yaml",
    ]  # fmt: skip


def test_values_are_in_no_repr(tmp_path: Path) -> None:
    assert "TOKEN" not in repr(fake(tmp_path, "exit 0", more={"LANG": "TOKEN"}))


def _real() -> Renderer:
    renderer = find_renderer({"PATH": helm_folder()}, "1.31.0")
    assert renderer is not None
    return renderer


def test_a_real_helm_renders_and_leaves_nothing(folder: Path) -> None:
    renderer = _real()
    made = chart(**{"templates/a.yaml": _MAP + "data: {v: '{{ .Values.v }}-{{ .Release.Namespace }}'}\n"})
    assert "v: '1-shop'" in (renderer(made, '{"v": 1}', "shop").text or "")
    assert list(folder.iterdir()) == []


def test_a_real_helm_says_what_it_misses_and_fetches_nothing(folder: Path) -> None:
    renderer = _real()
    about = f"{_ABOUT[:-1]}, dependencies: [{{name: sub, version: 1.0.0, repository: 'https://charts.example'}}]}}"
    rendered = renderer(replace(chart(), texts={"Chart.yaml": about}), "{}", "default")
    assert rendered.text is None
    assert "sub" in rendered.problem
    assert str(folder) not in rendered.problem
    assert os.sep + "tmp" not in rendered.problem
