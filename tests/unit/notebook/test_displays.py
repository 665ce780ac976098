from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from regplan import showing
from regplan.model.image import Inventory
from regplan.notebook import unload_ipython_extension
from regplan.notebook.displays import bundle, show_long_texts
from regplan.notebook.views import FINDING_TYPE, LAYERS_TYPE, PLAN_TYPE, view
from regplan.report.document import json_text, plan_document
from regplan.report.frames import frame
from regplan.verbs.demo import demo_fleet, demo_options
from regplan.verbs.fleet import plan_fleet
from unit.report.samples import make_study

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def shown(shell: InteractiveShell, value: object) -> dict[str, Any]:
    data, _ = shell.display_formatter.format(value)  # type: ignore[union-attr]
    return dict(data)


def test_a_study_shows_its_verdict_in_every_form(shell: InteractiveShell) -> None:
    study = make_study()
    data = shown(shell, study)
    assert data["text/plain"].startswith("? INCOMPLETE store-0421: ")
    assert "What binds: image.unresolved." in data["text/plain"]
    assert "! MARGINAL host.memory node-3: node-3 has 7.8 GB of memory" in data["text/plain"]
    assert "PASS" not in data["text/plain"]
    assert "| ! MARGINAL | `host.memory`<br><sub>node-3</sub> |" in data["text/markdown"]
    assert '<span class="verdict incomplete">? INCOMPLETE</span>' in data["text/html"]
    assert data[PLAN_TYPE] == plan_document(study)
    json_text(data[PLAN_TYPE])


def test_a_plan_alone_shows_the_same(shell: InteractiveShell) -> None:
    study = make_study()
    of_plan, of_study = shown(shell, study.plan), shown(shell, study)
    for form in ("text/plain", "text/markdown", "text/html"):
        assert of_plan[form] == of_study[form]
    assert of_plan[PLAN_TYPE]["storage"] == of_study[PLAN_TYPE]["storage"]


def test_an_inventory_shows_its_sizes_and_what_is_unresolved(shell: InteractiveShell) -> None:
    data = shown(shell, make_study().inventory)
    assert data["text/plain"].startswith("<Inventory 4 references, 4 images, 1 unresolved>")
    assert "(274,320,045 B)" in data["text/plain"]
    assert "gcr.io/absent/thing:1.0" in data["text/html"]
    assert data[LAYERS_TYPE]["unique_bytes"] == 274_320_045
    assert "unresolved" not in shown(shell, Inventory(make_study().inventory.entries))["text/html"]


def test_sizes_show_the_sums_and_the_images(shell: InteractiveShell) -> None:
    data = shown(shell, make_study().plan.layers)
    assert "<code>docker.io/library/postgres:17</code>" in data["text/html"]
    assert "every blob and manifest once (unique): at least 274 MB (274,320,045 B)" in data["text/plain"]
    assert data[LAYERS_TYPE]["kind"] == "layers"


def test_a_finding_shows_what_to_do_and_who_says_so(shell: InteractiveShell) -> None:
    finding = make_study().plan.findings[4]
    data = shown(shell, finding)
    assert data["text/plain"] == "! MARGINAL host.memory node-3: node-3 has 7.8 GB of memory"
    assert "What to do: add memory, or take another host." in data["text/markdown"]
    assert "Source: Palette docs" in data["text/markdown"]
    [told] = [
        each for each in json.loads(json_text(plan_document(make_study())))["findings"] if each["where"] == "node-3"
    ]
    assert {key: each for key, each in data[FINDING_TYPE].items() if each != told[key]} == {}


def test_nothing_shown_runs_or_loads_anything() -> None:
    study = make_study(name="<script>alert(1)</script>")
    for value in (study, study.plan, study.inventory, study.plan.layers, study.plan.findings[0]):
        fragment = bundle(value)["text/html"]
        assert "<script" not in fragment
        assert "http" not in fragment


def test_plain_json_is_not_offered_because_jupyterlab_would_show_it_instead_of_the_table(
    shell: InteractiveShell,
) -> None:
    assert "application/json" not in shown(shell, make_study())


def test_a_frame_shows_its_texts_in_full(shell: InteractiveShell) -> None:
    study = make_study()
    data = shown(shell, frame(study.plan.findings, readable=True))
    assert "Palette docs, Deploy Cluster with a Primary Registry, Prerequisites" in data["text/html"]


def test_without_pandas_there_is_nothing_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    show_long_texts()


def test_key_figures_come_before_the_findings(shell: InteractiveShell) -> None:
    page = shown(shell, make_study())["text/html"]
    assert page.index("<dt>The PVC offers</dt>") < page.index("<caption>2 findings to act on, worst first</caption>")


def test_other_values_show_as_before(shell: InteractiveShell) -> None:
    assert shown(shell, 7) == {"text/plain": "7"}
    with pytest.raises(TypeError, match="int"):
        view(7)


def test_a_study_shows_itself_where_nobody_loaded_the_extension(shell: InteractiveShell) -> None:
    unload_ipython_extension(shell)
    unload_ipython_extension(shell)
    study = make_study()
    assert shown(shell, study) == study._repr_mimebundle_() == bundle(study)
    assert {"text/plain", "text/html", "text/markdown", PLAN_TYPE} == set(shown(shell, study))


def test_every_value_that_has_a_display_shows_itself_and_loads_nothing_before() -> None:
    known = set(view.registry) - {object}
    assert {each.__name__ for each in known} >= {
        "Plan",
        "Inventory",
        "Finding",
        "Simulation",
        "SeedPlan",
        "Upgrade",
        "Fleet",
    }
    assert {each for each in known if getattr(each, "_repr_mimebundle_", None) is not showing.shown} == set()
    code = "import sys, regplan; regplan.Study; sys.exit('regplan.notebook.displays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_jinja2_markdown_still_shows_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    from regplan.report import html

    html._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    data = bundle(make_study())
    assert "text/html" not in data
    assert "text/markdown" in data


def test_every_display_can_be_kept_in_a_notebook_file() -> None:
    study = make_study()
    fleet = plan_fleet(demo_fleet(), options=demo_options())
    values = (study, study.plan, study.inventory, study.plan.findings[0], study.plan.layers, fleet)
    for value in values:
        made = bundle(value)
        json.dumps(made, allow_nan=False)
        [kind] = set(made) - {"text/plain", "text/markdown", "text/html"}
        assert kind.startswith("application/vnd.regplan."), value
