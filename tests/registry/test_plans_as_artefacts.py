"""`report --push` and `plan docker://...` against real registries: what was pushed is shown elsewhere as it was made."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import regplan
from cli.running import regplan as run
from regplan.errors import InputError
from support import http, images
from support.artefacts import push_chart

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.slow]

TYPE = "application/vnd.regplan.plan.v1+json"
DOCUMENT_TYPE = "application/vnd.regplan.plan.document.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_MADE = re.compile(r'"generated_at": "[^"]*"')


def log_in(home: Path, registry: Registry) -> None:
    """Keep the registry's login where docker keeps it."""
    if registry.needs_login:
        pair = base64.b64encode(f"{registry.user}:{registry.password}".encode()).decode()
        (home / ".docker").mkdir(exist_ok=True)
        (home / ".docker" / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": pair}}}))


def reach(registry: Registry) -> tuple[str, ...]:
    """The options that reach a registry."""
    if registry.ca_file is None:
        return (f"--plain-http={registry.address}",)
    return ("--ca-cert", f"{registry.address}={registry.ca_file}")


def site() -> str:
    """The demo's site file."""
    return str(regplan.demo_site())


def _push(registry: Registry, name: str, *more: str) -> Said:
    return run("report", site(), "--push", f"docker://{registry.address}/{name}", *reach(registry), *more)


@pytest.mark.parametrize("kind", ["open_registry", "basic_registry", "token_registry"])
def test_a_plan_that_was_pushed_is_shown_elsewhere_to_the_byte(
    kind: str, request: pytest.FixtureRequest, home: Path, tmp_path: Path
) -> None:
    registry: Registry = request.getfixturevalue(kind)
    log_in(home, registry)
    # What is pushed is what a report tells: what a plan tells with the sensitivity, and what events carry, and when.
    here, table = run("plan", site(), "--sensitivity", "-o", "json"), run("plan", site(), "--sensitivity")
    run("report", site(), "-O", str(tmp_path / "report.json"))

    pushed = _push(registry, "plans/demo:latest")
    name = f"docker://{registry.address}/plans/demo:latest"
    there = run("plan", name, "-o", "json", *reach(registry))
    shown = run("plan", name, *reach(registry))

    assert (pushed.code, there.code, shown.code) == (here.code,) * 3
    assert _MADE.sub("", there.out) == _MADE.sub("", (tmp_path / "report.json").read_text())
    told = there.document
    more = {key: told.pop(key) for key in ("life", "clock")}
    formulas = {key: each for key, each in told["formulas"].items() if not key.startswith("life.")}
    assert {**told, "formulas": formulas, "generated_at": ""} == {**here.document, "generated_at": ""}
    assert all(more.values())
    assert shown.out == table.out
    assert re.fullmatch(
        rf"{re.escape(name)}@sha256:[0-9a-f]{{64}}: made by regplan \S+, \d{{4}}-\d\d-\d\dT\S+\n", there.err
    )
    assert pushed.out.strip() == there.err.partition(": made")[0]
    assert there.document["fixes"]
    assert there.document["sensitivity"]
    assert "Cheapest fixes, each alone:" in shown.out
    assert "What each assumption moves by itself" in shown.out


def test_what_is_pushed_is_one_document_with_its_own_types_and_no_trace_of_this_machine(
    open_registry: Registry, tmp_path: Path
) -> None:
    file = tmp_path / "store.yaml"
    file.write_text(f"name: store\nimages: ['{open_registry.address}/none/x:1']\nregistry: {{storage: 300GB}}\n")
    name = f"docker://{open_registry.address}/plans/types:1"

    said = run("report", str(file), "--push", name, "-o", "json", *reach(open_registry))

    url = f"{open_registry.url}/v2/plans/types"
    raw = http.request("GET", f"{url}/manifests/1", headers={"Accept": MANIFEST}).body
    manifest: dict[str, Any] = json.loads(raw)
    (layer,) = manifest["layers"]
    body = http.request("GET", f"{url}/blobs/{layer['digest']}").body
    assert manifest["config"]["mediaType"] == TYPE
    assert layer["mediaType"] == DOCUMENT_TYPE
    assert layer["annotations"] == {"org.opencontainers.image.title": "plan.json"}
    assert said.document["digest"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert json.loads(body)["kind"] == "plan"
    assert manifest["annotations"] == {
        "org.opencontainers.image.title": "Primary registry plan: store",
        "org.opencontainers.image.description": f"{said.document['verdict']}, bound by {json.loads(body)['binding_constraint']}",
        "org.opencontainers.image.created": json.loads(body)["generated_at"],
    }
    assert str(tmp_path).encode() not in raw + body


def test_the_exit_code_is_the_verdicts_after_a_push_and_after_a_pull(open_registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "store.yaml"
    hosts = "hosts: [{name: a, role: control-plane, cpu: 1, memory: 1GiB, storage: 1TB}]\n"
    file.write_text(f"name: store\nimages: ['{open_registry.address}/none/x:1']\n{hosts}")
    failing = f"docker://{open_registry.address}/plans/failing:1"

    assert run("plan", str(file), *reach(open_registry)).code == 1
    assert run("report", str(file), "--push", failing, *reach(open_registry)).code == 1
    assert run("plan", failing, *reach(open_registry)).code == 1


@pytest.mark.parametrize("ending", ["html", "md"])
def test_a_report_from_a_pulled_plan_is_the_report_of_the_study(
    ending: str, open_registry: Registry, tmp_path: Path
) -> None:
    name = f"docker://{open_registry.address}/plans/report-{ending}:1"
    made, pulled = tmp_path / f"made.{ending}", tmp_path / f"pulled.{ending}"

    assert _push(open_registry, f"plans/report-{ending}:1", "-O", str(made)).code == 0
    assert run("report", name, "-O", str(pulled), *reach(open_registry)).code == 0

    assert pulled.read_text() == made.read_text()


def test_a_pulled_plan_is_pushed_on_as_it_came(open_registry: Registry, tmp_path: Path) -> None:
    first = f"docker://{open_registry.address}/plans/first:1"
    one = _push(open_registry, "plans/first:1", "-o", "json").document
    two = run(
        "report", first, "--push", f"docker://{open_registry.address}/plans/second:1", "-o", "json",
        "-O", str(tmp_path / "plan.json"), *reach(open_registry),
    ).document  # fmt: skip

    assert two["digest"] == one["digest"]
    assert json.loads((tmp_path / "plan.json").read_text())["kind"] == "plan"


def test_simulate_reads_the_wire_of_a_pulled_plan(open_registry: Registry) -> None:
    _push(open_registry, "plans/wire:1")
    here = run("simulate", site(), "-o", "json")

    there = run("simulate", f"docker://{open_registry.address}/plans/wire:1", "-o", "json", *reach(open_registry))

    assert (there.code, there.document) == (here.code, here.document)
    assert there.document["scenarios"][0]["ready_s"]["max"] > 0
    again = run("simulate", f"docker://{open_registry.address}/plans/wire:1", "--tier", "1", *reach(open_registry))
    assert (again.code, "has its own" in again.err) == (2, True)


def test_simulate_shows_what_was_drawn_for_a_plan_that_was_pushed(open_registry: Registry) -> None:
    drawn = ("--draws", "60", "--seed", "4")
    _push(open_registry, "plans/drawn:1", *drawn)
    here = run("simulate", site(), "-o", "json", *drawn)
    where = f"docker://{open_registry.address}/plans/drawn:1"

    there = run("simulate", where, "-o", "json", *reach(open_registry))

    assert (there.code, there.document) == (here.code, here.document)
    assert there.document["chance"]["seed"] == 4
    assert "60 lives of 3 years, drawn with seed 4" in run("simulate", where, *reach(open_registry)).out
    again = run("simulate", where, *drawn, *reach(open_registry))
    assert (again.code, "a plan in a registry or in a file has its own, or none" in again.err) == (2, True)


def test_an_image_an_index_and_a_chart_are_told_apart_from_a_plan(open_registry: Registry) -> None:
    images.push(
        open_registry, "plans/image", images.image([images.layer(700, seed=7), images.layer(700, seed=8)]), ["1"]
    )
    images.push(open_registry, "plans/index", images.multi_platform(seed=77), ["1"])
    push_chart(open_registry, "plans/chart", {"c/Chart.yaml": "name: c\nversion: 1.0.0\n"}, ["1"])

    told = {name: run("plan", f"docker://{open_registry.address}/plans/{name}:1", *reach(open_registry)) for name in ("image", "index", "chart")}  # fmt: skip

    assert {said.code for said in told.values()} == {2}
    assert "is an image of 2 layers, and no plan" in told["image"].err
    assert "is an index of 4 manifests" in told["index"].err
    assert "is a Helm chart, and no plan" in told["chart"].err


def test_a_plan_that_is_not_there_and_a_registry_that_refuses_end_with_three(
    open_registry: Registry, basic_registry: Registry, home: Path
) -> None:
    absent = run("plan", f"docker://{open_registry.address}/plans/none:1", *reach(open_registry))
    (home / ".docker").mkdir()
    pair = base64.b64encode(f"{basic_registry.user}:hunter2".encode()).decode()
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": {basic_registry.address: {"auth": pair}}}))
    refused = _push(basic_registry, "plans/demo:1")

    assert absent.code == 3
    assert "plans/none" in absent.err
    assert refused.code == 3
    assert f"{basic_registry.address} refuses the login" in refused.err
    assert "hunter2" not in refused.err
    assert pair not in refused.err


def test_an_unknown_ca_is_told_as_everywhere(basic_registry: Registry) -> None:
    said = run("plan", f"docker://{basic_registry.address}/plans/demo:1")

    assert said.code == 3
    assert f"the certificate of {basic_registry.address} is signed by an unknown CA" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--push", "docker://127.0.0.1:1/a:1", "--read-only"), "read-only"),
        ((), "name a file with -O, a registry with --push"),
        (("--push", "127.0.0.1:1/a:1"), "an artefact is named docker://HOST"),
        (("--push", "docker://me:hunter2@127.0.0.1:1/a:1"), "user and password"),
        (("--push", "docker://127.0.0.1:1/A B"), "is not an image reference"),
    ],
)
def test_a_push_that_cannot_be_is_refused_before_anything_is_done(arguments: tuple[str, ...], message: str) -> None:
    said = run("report", "no-such-site.yaml", *arguments)

    assert said.code == 2
    assert message in said.err
    assert "hunter2" not in said.err


def test_offline_means_offline(open_registry: Registry) -> None:
    said = run("plan", f"docker://{open_registry.address}/plans/demo:latest", "--offline", *reach(open_registry))

    assert said.code == 3
    assert "being offline allows no connection" in said.err


def test_what_is_no_plan_and_no_file_is_told() -> None:
    said = run("plan", "oci://registry.example/charts/web:1.2.3")

    assert said.code == 2
    assert "oci://registry.example/charts/web:1.2.3: a site is a file" in said.err


def test_a_mapping_names_images_of_a_site_and_of_no_plan() -> None:
    said = run("plan", "docker://127.0.0.1:1/plans/demo:1", "--mapping", "plain")

    assert said.code == 2
    assert "--mapping" in said.err


def test_the_public_functions_push_and_pull(start_registry: StartRegistry) -> None:
    registry = start_registry()
    options = regplan.Options(
        connection=regplan.ConnectionOptions({registry.address: regplan.HostOptions(plain_http=True)})
    )
    offline = regplan.Options(connection=regplan.ConnectionOptions(offline=True))
    study = regplan.plan_site(regplan.demo_site(), offline)

    pushed = regplan.push_plan(study, f"docker://{registry.address}/plans/python:1", options)
    pulled = regplan.pull_plan(f"docker://{registry.address}/plans/python@{pushed.digest}", options)

    assert str(pushed) == f"{registry.address}/plans/python:1@{pushed.digest}"
    assert pulled.document["inputs_digest"] == study.plan.inputs_digest
    assert regplan.frame(pulled.study).equals(regplan.frame(study))
    assert repr(pulled) == f"<PulledPlan {registry.address}/plans/python@{pushed.digest}: {study.plan!r}>"
    with pytest.raises(InputError, match="read-only"):
        regplan.push_plan(study, f"docker://{registry.address}/plans/python:1", regplan.Options(read_only=True))
