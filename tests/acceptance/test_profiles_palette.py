"""Profiles in a live Palette, from the list of images to the verdict: every number reckoned here once more.

The server on loopback speaks the public API; what it holds is written from the documented shapes alone.
"""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import regplan as library
from cli.running import Said, regplan
from regplan.notebook.displays import bundle
from regplan.tui.app import RegplanApp
from regplan.verbs.options import Options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from support.palette import KEY, Palette, Reply, serve_palette
from support.palette_documents import (
    PROJECT,
    cluster,
    cluster_variables,
    edge_host,
    machine_pools,
    manifests_answer,
    pack,
    profile,
    uid,
)
from tui.driving import press, run_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = pytest.mark.slow

# Layers that images share, in bytes; an image is a base, a layer of its own, a config and a manifest.
BASE_BYTES = 30_000_000
OWN_BYTES = {"etcd": 11_000_001, "web-1": 7_000_003, "web-2": 8_000_005, "agent": 5_000_007, "ui": 3_000_009}
CONFIG_BYTES, MANIFEST_BYTES = 1_500, 500
SECRETS = {name: f"s3cr3t-{name}-0123456789" for name in ("zot", "variable", "pull", "login", "env", "chart", "url")}


def listing(*references: str) -> dict[str, Any]:
    return {"pack": {"content": {"images": [{"image": each} for each in references]}}}


def values(*parts: dict[str, Any]) -> str:
    return yaml.safe_dump({key: value for part in parts for key, value in part.items()}, sort_keys=False)


def secret(text: str) -> str:
    return b64encode(text.encode()).decode()


MANIFEST = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: pull, labels: {{spectrocloud.com/registry: "true"}}}}
data: {{url: {secret("https://registry.corp")}, username: {secret("me")}, password: {secret(SECRETS["pull"])}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: ui}}
spec:
  replicas: 2
  template:
    spec:
      imagePullSecrets: [{{name: pull}}]
      containers:
        - name: ui
          image: registry.corp/ui:1.0
          env:
            - {{name: DATABASE, value: "postgres://me:{SECRETS["env"]}@db.corp/x:1"}}
"""
CONNECT = {
    "content": {"sync": {"enable": True, "projects": {"images": "spectro-images"}}},
    "registry": {"credentials": [{"domain": "10.10.10.10", "username": "admin", "password": SECRETS["login"]}]},
}
WEB = values(
    listing(
        "registry.corp/web:{{.spectro.var.Tag}}",
        "container://{{ .spectro.pack.web.agent.uri }}",
        "registry.corp/{{.spectro.var.Hidden}}:1",
    ),
    {
        "agent": {"uri": "registry.corp/agent:1.0"},
        "auth": {"password": SECRETS["chart"], "image": f"https://me:{SECRETS['url']}@registry.corp/own:1"},
    },
)


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def facts(reference: str, own: str) -> dict[str, Any]:
    """What a recording says of an image."""
    layers = [{"digest": digest("base"), "size": BASE_BYTES}, {"digest": digest(own), "size": OWN_BYTES[own]}]
    return {
        "reference": reference,
        "platform": "linux/amd64",
        "manifest": {"digest": digest(f"{own} manifest"), "size": MANIFEST_BYTES},
        "config": {"digest": digest(f"{own} config"), "size": CONFIG_BYTES},
        "layers": layers,
        "source": "test",
    }


def unique_bytes(*names: str) -> int:
    """What the images take together: the shared base once."""
    return BASE_BYTES + sum(OWN_BYTES[name] + CONFIG_BYTES + MANIFEST_BYTES for name in names)


def with_preset(text: str) -> str:
    return f"# spectrocloud.com/enabled-presets: Registry:zot-registry-preset-cert\n{text}"


@contextmanager
def palette_with(tag: str = "1", password: str = SECRETS["zot"]) -> Iterator[Palette]:
    """A project with an infrastructure profile, an add-on with a manifest and variables, and a cluster of both."""
    zot = {"charts": {"zot": {"registry": {"password": password}}}}
    infra = profile(
        "infra",
        1,
        pack("edge-k3s", values({"cluster": {"config": "kube-apiserver-arg: []\n"}}), layer="k8s", tag="1.30.5"),
        pack("etcd", values(listing("registry.corp/etcd:3")), layer="csi"),
        pack("zot", values(zot)),
        pack("registry-connect", with_preset(values({"charts": {"registry-connect": {"config": CONNECT}}}))),
    )
    referred = [{"kind": "manifest", "name": "ui", "uid": uid(900)}]
    retail = profile("retail", 2, pack("web", WEB, manifests=referred), version="2.1.0")
    with serve_palette(Palette()) as running:
        running.add(infra)
        running.add(
            retail,
            variables=[
                {"name": "Tag", "defaultValue": tag},
                {"name": "Hidden", "defaultValue": SECRETS["variable"], "isSensitive": True},
            ],
            manifests=manifests_answer("retail", 2, {"web": {"ui": MANIFEST}}),
            resolved={
                "web": WEB.replace("{{.spectro.var.Tag}}", tag).replace("{{.spectro.var.Hidden}}", SECRETS["variable"])
            },
        )
        running.hosts = [edge_host(f"node-{number}", 20 + number, cpu={"cores": 8}) for number in (1, 2, 3)]
        running.clusters[uid(50)] = cluster("store-7", 50, infra, retail)
        running.cluster_hosts[uid(50)] = [each["metadata"]["uid"] for each in running.hosts]
        running.pools[uid(51)] = machine_pools(running.hosts[:1], running.hosts[1:])
        running.cluster_variables[uid(50)] = cluster_variables(
            2, {"name": "Hidden", "value": SECRETS["variable"], "isSensitive": True}
        )
        yield running


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site file that names the profiles as Palette does, and a recording of every image but the sensitive one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rec").mkdir()
    known = [
        facts("registry.corp/etcd:3", "etcd"),
        facts("registry.corp/web:1", "web-1"),
        facts("registry.corp/web:2", "web-2"),
        facts("registry.corp/agent:1.0", "agent"),
        facts("registry.corp/ui:1.0", "ui"),
    ]
    (tmp_path / "rec" / "facts.jsonl").write_text("\n".join(map(json.dumps, known)))
    (tmp_path / "site.yaml").write_text(
        "name: store-7\nprofiles: [palette:infra, palette:retail@2.1.0]\nfrom: ['recording:rec']\n"
        "content: {palette_images: none}\nregistry: {kind: zot, storage: 300GB}\n"
        "hosts: [{name: node, role: control-plane, cpu: 8, memory: 16GiB, storage: 512GB, count: 3}]\n"
    )
    return tmp_path / "site.yaml"


def use(palette: Palette, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the address, key and project into the environment; the key as `echo` writes it into a secret."""
    monkeypatch.setenv("PALETTE_HOST", palette.url)
    monkeypatch.setenv("PALETTE_API_KEY", f"{KEY}\n")
    monkeypatch.setenv("PALETTE_PROJECT_UID", PROJECT)


@pytest.fixture
def palette(monkeypatch: pytest.MonkeyPatch) -> Iterator[Palette]:
    with palette_with() as running:
        use(running, monkeypatch)
        yield running


def shown(text: str) -> list[str]:
    """The secrets that a text shows, plain or as a Kubernetes Secret holds them."""
    hidden = [KEY, *SECRETS.values()]
    return [each for each in hidden if each in text or secret(each) in text]


@pytest.mark.usefixtures("palette")
def test_every_image_of_two_profiles_is_told_with_its_pack_and_how_it_stands() -> None:
    found = {
        each["normalized"] or each["reference"]: (
            each["status"],
            {(mention["profile"], mention["pack"], mention["found_by"]) for mention in each["mentions"]},
        )
        for each in regplan("images", "palette:infra", "palette:retail", "-o", "json").document["images"]
    }

    assert found == {
        "registry.corp/etcd:3": ("listed", {("infra", "etcd", "list")}),
        "registry.corp/web:1": ("listed", {("retail", "web", "list")}),
        "registry.corp/agent:1.0": ("listed", {("retail", "web", "list")}),
        "registry.corp/{{.spectro.var.Hidden}}:1": ("listed", {("retail", "web", "list")}),
        "registry.corp/ui:1.0": ("missing", {("retail", "web", "workload")}),
    }


@pytest.mark.usefixtures("palette")
def test_the_verdict_on_a_site_in_palette_counts_each_blob_once_and_what_is_hidden_as_unknown(site: Path) -> None:
    said = regplan("plan", str(site), "-o", "json")
    plan = said.document

    assert said.code == 4, said.err
    assert plan["verdict"] == "INCOMPLETE"
    assert plan["storage"]["unique_bytes"] == unique_bytes("etcd", "web-1", "agent", "ui")
    counted = {key: plan["images"][key] for key in ("declared", "unique", "resolved")}
    assert counted == {"declared": 5, "unique": 4, "resolved": 4}
    assert [each["reference"] for each in plan["images"]["unresolved"]] == ["registry.corp/{{.spectro.var.Hidden}}:1"]
    assert [each["verdict"] for each in plan["findings"] if each["rule"] == "registry.connect"] == ["PASS"]


def test_a_site_file_made_of_the_cluster_is_planned_with_its_hosts(palette: Palette, site: Path) -> None:
    made = regplan("init", "made.yaml", "--from-palette", "--cluster", "store-7")
    said = regplan("plan", "made.yaml", "-o", "json", "--recording", "rec")

    assert made.code == 0, made.err
    hosts = {each["name"]: (each["cpu_milli"], each["memory_bytes"]) for each in said.document["hosts"]}
    assert hosts == {f"node-{number}": (8_000, 7_930 * 2**20) for number in (1, 2, 3)}
    assert said.document["storage"]["unique_bytes"] == unique_bytes("etcd", "web-1", "agent", "ui")
    assert shown((site.parent / "made.yaml").read_text()) == []
    assert {each.headers.get("apikey") for each in palette.asked} == {KEY}


FORMS = ("table", "json", "csv", "md", "html", "terminal", "notebook")


async def faces(site: Path) -> dict[str, str]:
    """What every face says of a site: the command line in each form, the report, the terminal app, the notebook."""
    told = {form: regplan("plan", str(site), "-o", form).out for form in FORMS[:4]}
    regplan("report", str(site), "-O", str(site.parent / "plan.html"), "--quiet")
    told["html"] = (site.parent / "plan.html").read_text(encoding="utf-8")
    study = await study_site(read_site(str(site)), Options(), lambda _: None)
    told["notebook"] = "\n".join(str(each) for each in bundle(study).values())
    async with run_app(_load, str(site), size=(160, 50)) as pilot:
        assert isinstance(pilot.app, RegplanApp)
        told["terminal"] = "\n".join([await press(pilot, "1"), await press(pilot, "2")])
    return told


async def _load(target: str, report: Report) -> Study:
    return await study_site(read_site(target), Options(), report)


def _written(size_bytes: int, form: str) -> tuple[str, ...]:
    return (str(size_bytes), f"{size_bytes:,}") if form != "terminal" else (f"{size_bytes:,}",)


@pytest.mark.anyio
async def test_what_is_changed_in_palette_shows_in_every_face(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tag, password in (("1", SECRETS["zot"]), ("2", "")):
        with palette_with(tag, password) as running:
            use(running, monkeypatch)
            told = await faces(site)
        now = unique_bytes("etcd", f"web-{tag}", "agent", "ui")
        other = unique_bytes("etcd", f"web-{3 - int(tag)}", "agent", "ui")
        for form in FORMS:
            assert ("password is empty" in " ".join(told[form].split())) is (not password), (form, tag)
            if form != "csv":  # which has the findings alone
                assert any(each in told[form] for each in _written(now, form)), (form, tag)
                assert not any(each in told[form] for each in _written(other, form)), (form, tag)


@pytest.mark.anyio
@pytest.mark.usefixtures("palette")
async def test_no_secret_shows_in_any_face(site: Path) -> None:
    told = await faces(site)
    for form in ("table", "json", "jsonl", "csv", "md"):
        for arguments in (
            ("images", str(site)),
            ("images", "palette:retail", "--patch"),
            ("layers", "palette:retail", "--recording", "rec"),
        ):
            said = regplan(*arguments, "-o", form, "-vv")
            told[" ".join((*arguments, form))] = said.out + said.err
    told["study"] = repr(await study_site(read_site(str(site)), Options(), lambda _: None))
    told["declarations"] = repr(library.list_images(["palette:retail", "palette:infra"]))
    told["options"] = repr(Options())

    assert {face: shown(text) for face, text in told.items() if shown(text)} == {}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(palette: Palette, status: int) -> None:
    with serve_palette(Palette()) as elsewhere:
        headers = {"Location": f"{elsewhere.url}/v1/clusterprofiles/{uid(1)}"}
        palette.instead[f"/v1/clusterprofiles/{uid(1)}"] = [Reply(status, b"", headers)]
        said = regplan("images", uid(1))

    assert said.code == 3
    assert "where the API key does not go" in said.err
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b'{"code":"InvalidKey","message":"no"}'), "refuses the API key"),
        (Reply(403, b"{}"), "denies"),
        (Reply(400, b'{"code":"X","message":"your key %b is bad"}' % KEY.encode()), "HTTP 400"),
        (Reply(200, b"<!doctype html><html>log in"), "answers with a web page"),
        (Reply(200, b'{"items": [{"metadata": {"na'), "no JSON"),
        (Reply(200, b""), "no JSON"),
        (Reply(200, b"[]"), "a list, where one object is expected"),
        (Reply(200, b"null"), "something else than was asked for"),
        (Reply(429, b"{}", {"Retry-After": "3600"}), "asks to wait 3600 s"),
    ],
    ids=["401", "403", "400 with the key", "login page", "half", "nothing", "a list", "null", "429"],
)
@pytest.mark.parametrize(
    "arguments", [("images", "palette:infra"), ("plan", "site.yaml"), ("palette", "profiles")], ids=lambda each: each[0]
)
def test_a_palette_that_answers_badly_ends_with_3_and_one_sentence(
    palette: Palette, site: Path, arguments: tuple[str, ...], reply: Reply, words: str
) -> None:
    del site
    palette.instead["/v1/dashboard/clusterprofiles"] = [reply]
    said = regplan(*arguments)

    assert (said.code, said.out) == (3, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert shown(said.err) == []


@pytest.mark.parametrize("verb", ["plan", "images", "simulate"])
def test_offline_nobody_is_asked(palette: Palette, site: Path, verb: str) -> None:
    said = regplan(verb, str(site), "--offline")

    assert (said.code, palette.asked) == (3, [])
    assert "being offline allows no connection" in said.err


def test_of_thousands_of_profiles_the_one_that_is_named_is_found_at_once(palette: Palette) -> None:
    for number in range(1_000, 2_200):
        palette.add(profile(f"p-{number}", number, pack("a", values(listing(f"registry.corp/a:{number}")))))
    palette.asked.clear()
    said = regplan("images", "palette:p-2145", "-o", "json")
    asked = len(palette.asked)
    listed = regplan("palette", "profiles", "-o", "json").document["profiles"]

    assert [each["normalized"] for each in said.document["images"]] == ["registry.corp/a:2145"]
    assert asked <= 4
    assert [each["name"] for each in listed] == sorted(
        ["infra", "retail", *(f"p-{number}" for number in range(1_000, 2_200))]
    )


def test_every_documented_shape_of_a_name_at_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["gcr.io/spectro-images-public/kube-vip/kube-vip:v0.6.3", "nginx:1.27", "harbor.corp:8443/a:1"]
    (tmp_path / "list.txt").write_text("\n".join(names))
    files = {
        "user-data.yaml": "#cloud-config\nstylus:\n  externalRegistries:\n    registryMappingRules:\n"
        "      gcr.io/spectro-images-public: mirror.corp:5000/palette\n",
        "connect.yaml": values(
            {
                "charts": {
                    "registry-connect": {"config": {"registry": {"imageReplacementRules": '"all": "own.corp/all"\n'}}}
                }
            }
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    def targets(mapping: str) -> list[str]:
        said: Said = regplan("images", "list.txt", "--mapping", mapping, "-o", "json")
        assert said.code == 0, said.err
        return [each["target"].removeprefix("spectro-images/") for each in said.document["images"]]

    vip = "spectro-images-public/kube-vip/kube-vip:v0.6.3"
    assert targets("host") == [f"gcr.io/{vip}", "docker.io/library/nginx:1.27", "harbor.corp_8443/a:1"]
    assert targets("plain") == [vip, "library/nginx:1.27", "a:1"]
    assert targets("user-data.yaml") == [
        "mirror.corp_5000/palette/kube-vip/kube-vip:v0.6.3",
        "docker.io/library/nginx:1.27",
        "harbor.corp_8443/a:1",
    ]
    assert targets("connect.yaml") == [
        f"own.corp/all/gcr.io/{vip}",
        "own.corp/all/docker.io/library/nginx:1.27",
        "own.corp/all/harbor.corp_8443/a:1",
    ]


def test_a_notebook_names_its_palette_by_hand_and_the_key_stays_hidden(
    palette: Palette, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PALETTE_HOST", "PALETTE_API_KEY", "PALETTE_PROJECT_UID"):
        monkeypatch.delenv(name)
    asked = library.PaletteAsked(palette.url, PROJECT, library.Secret(KEY))
    options = library.Options(palette=asked)
    declarations = library.list_images(["palette:infra"], options)

    assert [str(use.reference) for use in declarations.uses] == ["registry.corp/etcd:3"]
    assert shown(repr(options)) == []
