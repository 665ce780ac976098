from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, MissingExtra
from regplan.report.render import KINDS, kind_of, render

if TYPE_CHECKING:
    from regplan.model.plan import Study


TEXTS = [kind for kind in KINDS if kind in {"html", "json", "md"}]


@pytest.mark.parametrize("kind", TEXTS)
def test_every_kind_of_text_is_written_as_utf8(study: Study, kind: str) -> None:
    text = render(study, kind).decode("utf-8")
    assert "store-0421" in text
    assert text.endswith("\n") or kind == "html"


def test_the_same_study_gives_the_same_bytes(study: Study) -> None:
    for kind in KINDS:
        assert render(study, kind) == render(study, kind)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.html", "html"), ("out/b.MD", "md"), ("c.x.json", "json"), ("C:\\d.v1\\e.html", "html")]
)
def test_the_ending_tells_the_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", ["plan", "plan.txt", "dir.html/plan", ""])
def test_an_unknown_ending_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(InputError, match=r"\.html, \.pdf, \.xlsx, \.docx, \.md or \.json"):
        kind_of(name)


def test_an_unknown_kind_is_refused(study: Study) -> None:
    with pytest.raises(InputError, match="'tex'"):
        render(study, "tex")


@pytest.mark.parametrize("missing", ["plotly", "jinja2"])
def test_html_without_its_extra_names_the_pip_line(study: Study, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from regplan.report import html, plotlyjs

    html._environment.cache_clear()
    plotlyjs.offline_plotly_js.cache_clear()
    for name in [each for each in sys.modules if each.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"pip install 'regplan\[report\]'"):
        render(study, "html")
    assert json.loads(render(study, "json"))["kind"] == "plan"
    assert render(study, "md").startswith(b"# ")


def test_markdown_and_json_load_neither_pandas_nor_plotly_nor_jinja2() -> None:
    script = (
        "import sys; from unit.report.samples import make_study; from regplan.report.render import render;"
        "study = make_study(); render(study, 'md'); render(study, 'json');"
        "print([name for name in ('pandas', 'plotly', 'jinja2', 'numpy') if name in sys.modules])"
    )
    env = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"
