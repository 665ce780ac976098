from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from regplan.errors import InvalidSite
from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Scenario, Site, SiteFrom
from regplan.profile.kinds import is_site
from regplan.profile.site import parse_site
from support.columns import without_columns
from unit.profile.texts import export, listing, pack

DEMO = Path(__file__).parents[3] / "data" / "demo"
# The contract's own example, "The site file".
CONTRACT = """\
name: store-0421
profiles: [profiles/edge-infra.json, profiles/retail.yaml]   # paths relative to this file, or Palette ids
images: []                       # extra references, optional
deployment: appliance            # appliance | agent
management: local                # local | central
internet: thin                   # none (airgap) | thin (only planned transfers) | full (connected)
edition: palette                 # palette | vertex
from: [recording:rec/]           # where images are resolved; default: their own registries
versions: {palette: 4.7.2, agent: 4.7.2}
declared_sizes: {}               # REFERENCE: 1.2GB
timezone: Europe/Berlin
variables: {}                    # profile variables
content: {palette_images: unknown, compliance: false}   # core | all | none | unknown
registry:
  kind: zot                      # zot | harbor | other (custom)
  address: 10.0.0.5:30003        # one or a list of nodes of one registry
  project: spectro-images
  storage: 300GB                 # the PVC: what the claim offers
  storage_class: piraeus
  replicas: 2                    # of the storage class behind it
  retention: none                # none | keep N versions, by whatever deletes
  gc: default
  sync: true
hosts:
  - {name: node-1, role: control-plane, cpu: 8, memory: 16GiB, storage: 512GB, arch: amd64}
  - {name: node-2, role: worker, cpu: 8, memory: 16GiB, storage: 512GB, arch: amd64, count: 2}
links:
  internet: {rate: 20Mbit/s, latency: 60ms}     # latency is the round trip
  lan: {rate: 1Gbit/s, latency: 1ms}
upgrade_to: [profiles/retail-next.yaml]      # optional
assumptions: {versions_kept: 2, growth_per_year: 15%, free_space: 15%}
scenario: {years: 3, node_adds: 1, reimages_per_node_year: 0.5, upgrades_per_year: 4}   # optional
"""
HEAD = "name: s\nprofiles: [a.json]\n"


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidSite) as caught:
        parse_site(text, "site.yaml")
    assert caught.value.exit_code == 2
    return caught.value.problems or (str(caught.value),)


def test_the_contracts_example_means_what_it_says() -> None:
    worker = Host("node-2-1", "worker", 8000, 16 * 2**30, 512 * 10**9)
    assert parse_site(CONTRACT, "site.yaml") == Site(
        name="store-0421",
        inputs=SiteFrom(
            profiles=("profiles/edge-infra.json", "profiles/retail.yaml"),
            sources=("recording:rec/",),
            upgrade_to=("profiles/retail-next.yaml",),
        ),
        hosts=(
            Host("node-1", "control-plane", 8000, 16 * 2**30, 512 * 10**9, "amd64"),
            worker,
            Host("node-2-2", "worker", 8000, 16 * 2**30, 512 * 10**9),
        ),
        registry=RegistrySpec(
            "zot", ("10.0.0.5:30003",), "spectro-images", 300 * 10**9, "piraeus", 2, None, "default", sync=True
        ),
        internet_link=Link(20_000_000, 0.06),
        lan_link=Link(10**9, 0.001),
        deployment="appliance",
        management="local",
        internet="thin",
        palette_version="4.7.2",
        agent_version="4.7.2",
        timezone="Europe/Berlin",
        assumptions=Assumptions(growth_per_year=0.15),
        scenario=Scenario(3, 1, 0.5, 4),
        defaulted=(
            "mirrors",
            "upgrade_from",
            "registry.on_demand",
            "assumptions.releases_per_year",
            "assumptions.filesystem_overhead",
            "assumptions.version_delta",
            "assumptions.warn_share",
            "assumptions.media_overhead",
            "assumptions.parallel_uploads",
            "assumptions.abandoned_uploads",
            "assumptions.gc_delay_hours",
            "assumptions.gc_interval_hours",
            "assumptions.gc_window_hours",
            "assumptions.metadata_bytes_per_link",
            "assumptions.hosts_per_image",
            "assumptions.unpacked_ratio",
            "assumptions.reserve_cpu_milli",
            "assumptions.reserve_cpu",
            "assumptions.reserve_memory_bytes",
            "assumptions.reserve_memory",
            "assumptions.eviction_memory_bytes",
            "assumptions.container_cpu_milli",
            "assumptions.container_memory_bytes",
            "assumptions.headroom_cpu",
            "assumptions.headroom_memory",
            "assumptions.longhorn_cpu",
            "assumptions.surge",
            "assumptions.image_gc_low",
            "assumptions.image_gc_high",
            "assumptions.eviction_drive",
            "assumptions.bundle_copies",
            "assumptions.system_partitions_bytes",
            "assumptions.image_p50_bytes",
            "assumptions.image_p90_bytes",
            "scenario.reschedules_per_year",
            "scenario.registry_outages_per_year",
            "scenario.registry_outage",
            "scenario.internet_outages_per_year",
            "scenario.internet_outage",
            "scenario.fallback",
            "scenario.cache",
            "scenario.asking",
            "scenario.peer_extra",
            "scenario.missing_images",
            "scenario.internet_spread",
            "scenario.unpack_spread",
            "pulls",
        ),
        file="site.yaml",
    )


def test_json_and_yaml_are_the_same_site() -> None:
    as_json = json.dumps(
        {
            "name": "s",
            "profiles": "a.json",
            "registry": {"storage": "300Gi", "sync": False, "replicas": 3, "retention": "keep 2 versions"},
            "hosts": {"name": "n", "cpu": 1.5, "memory": "8Gi", "arch": "aarch64"},
            "assumptions": {"free_space": 0.2},
        }
    )
    as_yaml = (
        "name: s\nprofiles: a.json\nregistry: {storage: 300Gi, sync: no, replicas: 3, retention: keep 2 versions}\n"
        "hosts: {name: n, cpu: 1500m, memory: 8Gi, arch: arm64}\nassumptions: {free_space: 20%}\n"
    )
    site = parse_site(as_json, "s")
    assert site == parse_site(as_yaml, "s")
    assert site.hosts == (Host("n", "control-plane", 1500, 8 * 2**30, None, "arm64"),)
    assert site.registry == RegistrySpec(storage_bytes=300 * 2**30, sync=False, replicas=3, keep_versions=2)


def test_the_smallest_site_takes_every_default_and_names_it() -> None:
    site = parse_site("name: s\nimages: nginx:1.27\n", "s.yaml")
    assert site == Site("s", SiteFrom(images=("nginx:1.27",)), defaulted=site.defaulted, file="s.yaml")
    assert site.defaulted[:10] == (
        "profiles",
        "deployment",
        "management",
        "internet",
        "edition",
        "from",
        "mirrors",
        "declared_sizes",
        "timezone",
        "variables",
    )
    whole = {"registry", "hosts", "links.internet", "links.lan", "scenario", "pulls", "upgrade_to"}
    parts = {"versions.palette", "versions.agent", "content.palette_images", "content.compliance"}
    assert set(site.defaulted) >= whole | parts | {f"assumptions.{name}" for name in Assumptions.__slots__}


def test_keys_of_a_section_that_is_there_are_named_one_by_one() -> None:
    site = parse_site(f"{HEAD}registry: {{}}\nhosts: [{{name: a, role: worker}}, {{name: b, cpu: 4}}]\n", "s.yaml")
    named = [key for key in site.defaulted if key.startswith(("registry", "hosts"))]
    assert named == [
        *(f"registry.{name}" for name in ("kind", "address", "project", "storage", "storage_class")),
        *(f"registry.{name}" for name in ("replicas", "retention", "gc", "sync", "on_demand")),
        *(f"hosts.{name}" for name in ("cpu", "memory", "storage", "arch", "role")),
    ]
    assert site.registry == RegistrySpec()


def test_a_key_with_nothing_behind_it_is_left_out() -> None:
    site = parse_site(f"{HEAD}timezone:\nregistry:\nhosts: ~\n", "s.yaml")
    assert (site.timezone, site.registry, site.hosts) == ("UTC", None, ())
    assert {"timezone", "registry", "hosts"} <= set(site.defaulted)


def test_custom_is_another_word_for_other_and_airgap_for_none() -> None:
    site = parse_site(f"{HEAD}internet: airgap\nregistry: {{kind: custom, address: [A:1, '[::1]:5']}}\n", "s.yaml")
    assert site.internet == "none"
    assert site.registry is not None
    assert (site.registry.kind, site.registry.addresses) == ("other", ("a:1", "[::1]:5"))


def test_versions_variables_and_declared_sizes_are_kept_as_written() -> None:
    text = f"{HEAD}versions: {{palette: v4.10}}\nvariables: {{Tag: 1.10, Empty: }}\ndeclared_sizes: {{nginx: 1.5kB}}\n"
    site = parse_site(text, "s.yaml")
    assert site.palette_version == "4.10"
    assert site.inputs.variables == (("Tag", "1.10"), ("Empty", ""))
    assert site.inputs.declared_sizes == (("docker.io/library/nginx:latest", 1500),)


def test_paths_become_relative_to_the_caller() -> None:
    text = """\
name: s
profiles: [a.json, ../b, /c.yaml]
images: [nginx:1.27, ./list]
from: [recording:rec/, oci:tree:tag, docker://mirror:5000, origin, bundle:b.tar.zst, ./x]
upgrade_to: next.json
"""
    inputs = parse_site(text, "fleet/one/site.yaml").inputs
    assert inputs.profiles == ("fleet/one/a.json", "./fleet/one/../b", "/c.yaml")
    assert inputs.images == ("nginx:1.27", "./fleet/one/list")
    assert inputs.sources == (
        "recording:fleet/one/rec/",
        "oci:fleet/one/tree:tag",
        "docker://mirror:5000",
        "origin",
        "bundle:fleet/one/b.tar.zst",
        "./fleet/one/x",
    )
    assert inputs.upgrade_to == ("fleet/one/next.json",)


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
def test_the_demo_sites_are_read_and_their_files_are_there(name: str) -> None:
    path = DEMO / name
    site = parse_site(path.read_text(encoding="utf-8"), str(path))
    assert all(Path(each).is_file() for each in (*site.inputs.profiles, *site.inputs.upgrade_to))
    assert all(Path(each.removeprefix("recording:")).is_dir() for each in site.inputs.sources)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("registry: {storge: 300GB}", "line 3: registry.storge: unknown key; did you mean storage?"),
        ("profile: a", "line 3: profile: unknown key; did you mean profiles?"),
        ("storage: 300GB", "line 3: storage: unknown key; did you mean registry.storage?"),
        ("scenario: {rate: 1}", "line 3: scenario.rate: unknown key; did you mean links.internet.rate?"),
        ("zzz: 1", "line 3: zzz: unknown key; known are name, profiles, images, "),
        ("registry: {storage: 300}", "line 3: registry.storage: '300' is not a size; write it with its unit"),
        ("registry: {storage: 0GB}", "line 3: registry.storage: '0GB' must be more than 0"),
        ("registry: {kind: harbour}", "registry.kind: 'harbour' is none of zot, harbor, other; did you mean harbor?"),
        ("registry: {retention: forever}", "'forever' is not a retention; write none, or keep 2 versions"),
        ("registry: {replicas: 0}", "registry.replicas: '0' is not a whole number from 1 to 10,000"),
        ("registry: {sync: 'no'}", "registry.sync: 'no' is a text in quotes; write true or false without them"),
        (
            "registry: {certificate_expires: soon}",
            "registry.certificate_expires: 'soon' is not a date such as 2027-01-31",
        ),
        ("registry: {certificate_expires: 2027-02-29}", "'2027-02-29' is not a date"),
        ("registry: {certificate_expires: 2027-W05-1}", "'2027-W05-1' is not a date"),
        (
            "content: {uploader: edgecli}",
            "content.uploader: 'edgecli' is none of palette-cli, local-ui, regplan, edge-cli; did",
        ),
        ('content: {compliance: "true"}', "content.compliance: 'true' is a text in quotes"),
        ("upgrade_to: [nginx:1.28]", "upgrade_to: 'nginx:1.28' is no file; name images and layouts under `images`"),
        ("registry: {sync: maybe}", "registry.sync: 'maybe' is neither true nor false"),
        ("registry: {address: 'https://10.0.0.5/x'}", "'https://10.0.0.5/x' is not an address; write HOST:PORT"),
        ("registry: {address: 'a:99999'}", "'a:99999' is not an address"),
        ("registry: {address: 'user@host:1'}", "registry.address: 'host:1' is not an address"),
        ("registry: {project: [a]}", "registry.project: one value is expected, and here is a list"),
        ("registry: {project: ''}", "registry.project: a value is expected, and here is an empty text"),
        ("registry: on", "line 3: registry: a mapping is expected, and here is text"),
        ("hosts: [{cpu: 4}]", "line 3: hosts[0].name: this key is needed"),
        ("hosts: [text]", "line 3: hosts[0]: a mapping is expected, and here is text"),
        ("hosts: [{name: a, cpu: fast}]", "hosts[0].cpu: 'fast' is not a Kubernetes quantity"),
        ("hosts: [{name: a, arch: sparc}]", "hosts[0].arch: 'sparc' is none of amd64, arm64"),
        ("hosts: [{name: a, role: master}]", "hosts[0].role: 'master' is none of control-plane, worker"),
        ("hosts: [{name: a, count: 1000000}]", "hosts[0].count: '1000000' is not a whole number"),
        ("hosts: [{name: a}, {name: a}]", "hosts (a): the host a stands twice"),
        ("hosts: [{name: a-2}, {name: a, count: 3}]", "hosts (a-2): the host a-2 stands twice"),
        ("links: {internet: {latency: 1ms}}", "line 3: links.internet.rate: this key is needed"),
        ("links: {lan: {rate: 20}}", "links.lan.rate: '20' is not a rate"),
        ("links: {lan: {rate: 1Mbit/s, latency: 5}}", "links.lan.latency: '5' is not a duration"),
        ("versions: {agent: latest}", "versions.agent: 'latest' is not a version such as 4.7.2"),
        ("timezone: Europe/Berln", "timezone: 'Europe/Berln' is not a time zone such as Europe/Berlin; did you mean"),
        ("timezone: ../../etc/passwd", "is not a time zone"),
        ("variables: [a]", "variables: a mapping is expected, and here is a list"),
        ("variables: {a: [b]}", "variables: at a: one value is expected, and here is a list"),
        ("declared_sizes: {'Not One': 1GB}", "declared_sizes: at Not One: 'Not One' is not an image reference"),
        ("declared_sizes: {nginx: 5}", "declared_sizes: at nginx: '5' is not a size"),
        ("assumptions: {free_space: 15}", "assumptions.free_space: '15' is not a share; write a percentage such as"),
        ("assumptions: {free_space: 100%}", "assumptions.free_space: '100%' leaves nothing; it must be below 100%"),
        ("assumptions: {version_delta: 101%}", "assumptions.version_delta: '101%' is more than all of it"),
        ("assumptions: {growth_per_year: fast}", "assumptions.growth_per_year: 'fast' is not a share"),
        ("assumptions: {metadata_bytes_per_link: 20000}", "'20000' is not a size"),
        ("scenario: {years: -1}", "scenario.years: '-1' is negative; a number must be 0 or more, such as 0.5 or 4"),
        (
            "scenario: {upgrades_per_year: -0.5}",
            "scenario.upgrades_per_year: '-0.5' is negative; a number must be 0 or more",
        ),
        ("scenario: {price_per_GB: \u22123}", "scenario.price_per_GB: '\u22123' is negative; a number must be"),
        (
            "scenario: {internet_spread: -30%}",
            "scenario.internet_spread: '-30%' is negative; a share must be 0% or more",
        ),
        (
            "scenario: {internet_outage: -1h}",
            "scenario.internet_outage: '-1h' is negative; a duration must be 0 or more",
        ),
        (
            "scenario: {window_rate: -5Mbit/s}",
            "scenario.window_rate: '-5Mbit/s' is negative; a rate must be more than 0",
        ),
        ("scenario: {years: long}", "scenario.years: 'long' is not a number such as 0.5 or 4"),
        ("upgrade_to: {a: b}", "upgrade_to: one value is expected, and here is a mapping"),
        ("upgrade_from: {a: b}", "upgrade_from: one value is expected, and here is a mapping"),
        ("upgrade_from: [[nginx:1.28]]", "upgrade_from: 'nginx:1.28' is no file; name images and layouts under"),
        ("upgrade_from: [[[a.json]]]", "upgrade_from: one value is expected, and here is a list"),
        ("registry: {gc: dayly}", "registry.gc: 'dayly' is no schedule; write default, none, hourly, daily, weekly"),
        ("registry: {gc: dayly}", "did you mean daily?"),
        ("registry: {gc: every night}", "registry.gc: 'night' is not a duration"),
        ("registry: {gc: every 0h}", "registry.gc: 'every 0h' is no schedule: a duration of more than 0 is expected"),
        ("registry: {on_demand: maybe}", "registry.on_demand: 'maybe' is neither true nor false"),
        ("content: {packs_size: 5}", "content.packs_size: '5' is not a size"),
        ("assumptions: {releases_per_year: often}", "assumptions.releases_per_year: 'often' is not a number"),
        ("assumptions: {abandoned_uploads: 0.5}", "assumptions.abandoned_uploads: '0.5' is not a whole number from 0"),
    ],
)
def test_a_problem_names_line_key_and_what_was_expected(line: str, problem: str) -> None:
    (told,) = problems(f"{HEAD}{line}\n")
    assert problem in without_columns(told, f"{HEAD}{line}\n")


@pytest.mark.parametrize("character", ["x", ":", "/"])
def test_a_problem_repeats_no_long_text_and_says_what_to_do(character: str) -> None:
    (told,) = problems(f"{HEAD}timezone: '//{character * 4_000}'\n")
    assert len(told) < 1_000
    assert told.endswith("is not a time zone such as Europe/Berlin")


def test_growth_beyond_all_of_it_and_a_large_ratio_are_allowed() -> None:
    site = parse_site(f"{HEAD}assumptions: {{growth_per_year: 150%, unpacked_ratio: 3.5, version_delta: 100%}}\n", "s")
    assert (site.assumptions.growth_per_year, site.assumptions.unpacked_ratio) == (1.5, 3.5)
    assert site.assumptions.version_delta == 1


def test_all_problems_are_told_at_once_in_the_files_order() -> None:
    with pytest.raises(InvalidSite) as caught:
        parse_site("registry: {kind: x}\nhosts: 5\nzzz: 1\nzzy: 2\n", "fleet/site.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "fleet/site.yaml: 6 problems:"
    assert [line.partition(": ")[0] for line in lines[1:]] == [
        "  - line 1, column 1",
        "  - line 1, column 12",
        "  - line 2, column 1",
        "  - line 3, column 1",
        "  - line 4, column 1",
        "  - profiles",
    ]


def test_a_single_problem_is_one_sentence_with_the_file() -> None:
    with pytest.raises(InvalidSite, match=r"^site.yaml: line 3, column 1: zzz: unknown key; known are") as caught:
        parse_site(f"{HEAD}zzz: 1\n", "site.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "registry: {password: hunter2}",
        "registry: {token: hunter2}",
        "auth: {Secret_Key: {value: hunter2}}",
        "hosts: [{name: a, apiKey: hunter2}]",
        "variables: {RegistryPassword: hunter2}",
        "from: ['docker://admin:hunter2@mirror:5000']",
        "registry: {address: 'https://admin:hunter2@mirror:5000'}",
        "from: 'docker://admin:hunter2@mirror:5000'",
        "upgrade_from: ['https://admin:hunter2@mirror/x']",
    ],
)
def test_a_secret_is_refused_and_never_shown(line: str) -> None:
    told = "\n".join(problems(f"{HEAD}{line}\n"))
    assert "a site file holds no secrets" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "line",
    ["profiles: ['https://me:hunter2@h/x']", "upgrade_to: 'https://me:hunt/er2@h/x'", "images: ['//me:hunter2@h']"],
)
def test_a_password_in_an_address_is_told_once_and_by_no_message(line: str) -> None:
    told = [each for each in problems(f"name: s\n{line}\n") if line.partition(":")[0] in each]
    assert len(told) == 1
    assert "hunter2" not in told[0]
    assert "er2" not in told[0]


def test_a_reference_with_a_secrets_name_in_it_may_have_a_declared_size() -> None:
    site = parse_site(f"{HEAD}declared_sizes: {{quay.io/a/token-service:1: 1GB}}\n", "s.yaml")
    assert site.inputs.declared_sizes == (("quay.io/a/token-service:1", 10**9),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "site.yaml: this is not a site file: it is empty"),
        ("a: 1\n---\nb: 2\n", "site.yaml: this is not a site file: it holds several documents"),
        ("[a]", "site.yaml: this is not a site file: it is a list, where keys are expected"),
        ("name: [", "site.yaml: line 2, column 1: did not find expected node content"),
        ('{"name": "s"', "site.yaml: line 1, column 13: Expecting ',' delimiter"),
        ("name: a\nname: b\n", "site.yaml: line 2: the key 'name' stands twice, first in line 1"),
        (export(pack("web", listing("a:1"))), "site.yaml: this is a cluster profile; name it under `profiles`"),
    ],
)
def test_what_is_no_site_file_is_one_clear_sentence(text: str, message: str) -> None:
    with pytest.raises(InvalidSite) as caught:
        parse_site(text, "site.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CONTRACT, True),
        ("profiles: [a.json]", True),
        ("name: s\nimages: [nginx]\nzzz: 1", True),
        ("name: s", False),
        (listing("a:1"), False),
        ("name: x\nregistry: {a: b}\ncharts: {web: {}}", False),
        (export(pack("web", listing("a:1"))), False),
        ("nginx:1.27\n", False),
        ("", False),
        ("a: [", False),
        ("name: s\nprofiles: a\n---\nx: y", False),
    ],
)
def test_a_site_file_is_told_from_a_profile(text: str, told: Any) -> None:
    assert is_site(text) is told


@pytest.mark.parametrize(
    "entry", ["oci://registry.test/charts/web:1.2.3", "docker://registry.test/bundle-definition:b"]
)
def test_what_is_in_a_registry_stays_as_it_is_among_the_profiles(entry: str) -> None:
    assert parse_site(f"name: s\nprofiles: ['{entry}']\n", "sites/s.yaml").inputs.profiles == (entry,)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("nginx:1.27", "'nginx:1.27' is no file; name images and layouts under `images`"),
        ("container://nginx", "'container://nginx' is no file"),
        ("oci:images/", "'oci:images/' is no file"),
        ("https://portal.test/profile.json", "is no file"),
    ],
)
def test_what_is_no_file_is_refused_among_the_profiles(entry: str, problem: str) -> None:
    (told,) = problems(f"name: s\nprofiles: [a.json, '{entry}']\n")
    assert told.startswith("line 2, column 1: profiles: ")
    assert problem in told


def test_what_a_running_cluster_knows_is_told_by_dotted_names() -> None:
    text = "{name: s, images: [a], system: {cluster.name: shop, kubernetes.version: 1.30, cluster.uid: null}}"
    assert parse_site(text, "s.yaml").inputs.system == (
        ("cluster.name", "shop"),
        ("kubernetes.version", "1.30"),
        ("cluster.uid", ""),
    )


def test_what_a_running_cluster_knows_is_one_value_each() -> None:
    with pytest.raises(InvalidSite) as caught:
        parse_site("name: s\nimages: [a]\nsystem: {cluster: {name: shop}}", "s.yaml")
    assert (
        caught.value.message
        == "s.yaml: line 3, column 1: system: at cluster: one value is expected, and here is a mapping"
    )


@pytest.mark.parametrize("entry", ["65a1b2c3d4e5f60718293a4b", "palette:infra", "palette:infra@1.0.0"])
def test_a_name_or_an_id_in_palette_stays_as_it_is(entry: str) -> None:
    assert parse_site(f"{{name: s, profiles: ['{entry}']}}", "sites/s.yaml").inputs.profiles == (entry,)


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("a.json", (("f/a.json",),)),
        ("[a.json, b.json]", (("f/a.json", "f/b.json"),)),
        ("[[a.json, b.json], [c.json]]", (("f/a.json", "f/b.json"), ("f/c.json",))),
        ("[[a.json], b.json]", (("f/a.json",), ("f/b.json",))),
        ("[]", ()),
        ("[[]]", ()),
    ],
)
def test_older_versions_are_one_list_of_profiles_or_a_list_of_them_newest_first(
    text: str, versions: tuple[tuple[str, ...], ...]
) -> None:
    assert parse_site(f"{HEAD}upgrade_from: {text}\n", "f/site.yaml").inputs.upgrade_from == versions


@pytest.mark.parametrize(
    ("text", "gc"), [("Daily", "daily"), ("none", "none"), ("every 6h", "every 6h"), ("EVERY  2d", "every 2d")]
)
def test_a_schedule_of_garbage_collection_is_read(text: str, gc: str) -> None:
    site = parse_site(f"{HEAD}registry: {{gc: {text}, on_demand: true}}\ncontent: {{packs_size: 2GB}}\n", "s")
    assert site.registry is not None
    assert (site.registry.gc, site.registry.on_demand, site.packs_bytes) == (gc, True, 2_000_000_000)


def test_how_often_versions_come_and_uploads_break_is_assumed_as_the_file_says() -> None:
    site = parse_site(f"{HEAD}assumptions: {{releases_per_year: 0.5, abandoned_uploads: 0, gc_delay_hours: 24}}\n", "s")
    told = site.assumptions
    assert (told.releases_per_year, told.abandoned_uploads, told.gc_delay_hours) == (0.5, 0, 24.0)
