from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.io as pio
import pytest

from regplan.notebook.renderer import DEFAULT, use_offline_charts
from regplan.report.charts import storage_waterfall
from unit.report.samples import make_study

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    before = pio.renderers.default, pio.templates.default
    yield
    # A test may have taken plotly away, which its templates look for.
    monkeypatch.undo()
    pio.renderers.default, pio.templates.default = before


def shown() -> dict[str, Any]:
    figure = storage_waterfall(make_study())
    return dict(pio.renderers._build_mime_bundle(figure.to_dict()))


def test_a_chart_is_kept_for_headless_exports_and_for_jupyterlab(capsys: pytest.CaptureFixture[str]) -> None:
    assert use_offline_charts()
    assert pio.renderers.default == DEFAULT
    assert set(shown()) >= {"text/html", "application/vnd.plotly.v1+json"}
    capsys.readouterr()


def test_a_chart_in_a_notebook_loads_nothing_and_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    use_offline_charts()
    bundle = shown()
    assert not re.search(r"""(src|href)=["'](?!#)""", bundle["text/html"])
    assert "mathjax" not in bundle["text/html"].lower().replace("mathjaxconfig", "")
    assert not re.search(r"https?://(?!www\.w3\.org)", bundle["text/html"])
    assert re.search(r'"showSendToCloud":\s*false', bundle["text/html"])
    assert bundle["application/vnd.plotly.v1+json"]["config"]["showSendToCloud"] is False
    assert bundle["application/vnd.plotly.v1+json"]["config"]["displaylogo"] is False
    capsys.readouterr()


def test_a_chart_tells_its_finding_to_who_does_not_see_it(capsys: pytest.CaptureFixture[str]) -> None:
    use_offline_charts()
    figure = storage_waterfall(make_study())
    assert f'role="group" aria-label="{figure.layout.title.text}"' in shown()["text/html"]
    figure.update_layout(title_text='2 &lt;b&gt; "sites"<br><sub>a source</sub>')
    told = pio.renderers._build_mime_bundle(figure.to_dict())["text/html"]
    assert 'aria-label="2 &lt;b&gt; &quot;sites&quot; a source"' in told
    capsys.readouterr()


def test_bars_that_pandas_draws_look_like_the_reports_unless_another_template_was_chosen() -> None:
    bars = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    pio.templates.default = "plotly"
    use_offline_charts()
    layout = bars.plot.barh(backend="plotly").layout.template.layout
    assert layout.colorway[:2] == ("#0072B2", "#009E73")
    assert layout.plot_bgcolor == "rgba(0,0,0,0)"
    pio.templates.default = "ggplot2"
    use_offline_charts()
    assert pio.templates.default == "ggplot2"


def test_plotly_comes_with_the_first_chart_and_knows_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    shown_html: list[str] = []
    monkeypatch.setattr("IPython.display.display_html", lambda text, *, raw: shown_html.append(text) if raw else None)
    use_offline_charts()
    pio.renderers["notebook"].activate()
    (script,) = shown_html
    assert len(script) > 1_000_000
    assert "cloud.plotly.com" not in script


def test_no_renderer_has_the_button_that_sends_to_a_cloud() -> None:
    use_offline_charts()
    for name in pio.renderers:
        renderer = pio.renderers[name]
        if hasattr(renderer, "config"):
            assert renderer.config["showSendToCloud"] is False, name


def test_a_renderer_that_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLOTLY_RENDERER", "json")
    pio.renderers.default = "json"
    use_offline_charts()
    assert pio.renderers.default == "json"


def test_without_plotly_there_is_nothing_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.io", None)
    assert not use_offline_charts()
