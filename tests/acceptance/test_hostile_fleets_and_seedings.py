"""Hostile texts in a table of sites, in what came of a seeding and in a registry's answers: harmless in each format, and whole."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from acceptance.test_hostile_names import ACTIVE, HARMLESS, TAKEN, WORST, front, numbered, shown
from cli.running import regplan
from regplan.model.preflight import Nodes, Phase
from regplan.model.verifying import Damage
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.verbs.reports import write_fleet_report
from regplan.verbs.seed_reports import seeding_document, write_reports
from regplan.verbs.seeding import Seeding
from support import images
from support.fleets import COLUMNS, sites, write_fleet, write_table
from support.hostile import HOSTILE, leaves, site_files, with_leaf, write_site
from support.raw import Conversation, RawServer, answer
from support.reports import KINDS, read
from unit.report.test_fleet import FLEET
from unit.report.test_seed_run import PROSPECT, RECORD, RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

FORMS: Final = ("table", "json", "jsonl", "csv", "md")
LOOKED: Final = replace(
    PROSPECT,
    phases=(
        Phase(
            0,
            "before the registry",
            "content bundle on each host",
            "done",
            (Reference.parse("docker.io/a/b:1"),),
            5_000,
            3,
        ),
    ),
    nodes=Nodes("10.0.0.6:30003", ("10.0.0.5:30003 is passed over: no way there",)),
    damage=Damage(missing=frozenset({("p/web", Digest.of(b"y"))}), wrong=frozenset({("p/till", Digest.of(b"x"))})),
)
# Lists, which end at a comma or a semicolon: of these a part stands where a whole text stood.
LISTS: Final = {"profiles", "from"}
# Of a text that is longer than any quantity the beginning is told, and just that.
QUANTITIES: Final = {
    "registry.storage", "hosts.cpu", "hosts.memory", "hosts.storage", "hosts.worker.cpu", "hosts.worker.memory",
    "hosts.worker.storage", "links.internet.rate", "links.lan.rate",
}  # fmt: skip
# What a page, sheet or paper of these reports has with harmless texts, each made once.
PLAIN: Final[dict[tuple[str, str], bytes]] = {}


def compared(
    what: str, kind: str, name: str, made: Callable[[str], bytes], spared: frozenset[str] = frozenset()
) -> None:
    """Hold a report with hostile texts to the same report with harmless ones: nothing lost but what is `spared`, nothing that acts."""
    if (what, kind) not in PLAIN:
        PLAIN[what, kind] = made("plain")
    plain, hostile = PLAIN[what, kind], made(HOSTILE[name])
    expected = shown(kind, plain, "plain")
    assert len(expected) >= 10
    # What is no value where it stands is told as Python writes it, with its quotes and escapes.
    texts = [HOSTILE[name], repr(HOSTILE[name])[1:-1]]
    # Why a row is no site is told without the folders of whoever planned it.
    texts += [HOSTILE[name].replace("/etc/passwd", "passwd")] if what != "seeding" else []
    # On paper the next page's head stands inside a name that goes on there.
    texts += [HOSTILE[name][-60:]] if kind == "pdf" and name == "long" else []
    lost = expected.difference(spared, *(shown(kind, hostile, text) for text in texts))
    assert lost == set()
    HARMLESS[kind](plain, hostile)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_each_text_of_a_fleet_stands_whole_and_harmless_in_its_report(tmp_path: Path, name: str, kind: str) -> None:
    def made(text: str) -> bytes:
        fleet = numbered(FLEET, text)
        return write_fleet_report(fleet, "sites.csv", tmp_path / f"r.{kind}", front(text)).read_bytes()

    compared("fleet", kind, name, made)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_each_text_of_a_seeding_stands_whole_and_harmless_in_its_report(tmp_path: Path, name: str, kind: str) -> None:
    def made(text: str) -> bytes:
        prospect, result, record, lost = numbered((LOOKED, RESULT, RECORD, ("quay.io/x/y:1: 401",)), text)
        document = seeding_document(Seeding(prospect, lost, result), record)
        write_reports([str(tmp_path / f"r.{kind}")], document, front(text))
        return (tmp_path / f"r.{kind}").read_bytes()

    compared("seeding", kind, name, made)


def hostile_table(folder: Path, text: str) -> None:
    """Write a fleet of a row for each column, which has a text there; what stands in the other columns is good."""
    if not folder.exists():
        write_fleet(folder, 1)
    rows = list(sites(len(COLUMNS)))
    for place, column in enumerate(COLUMNS):
        rows[place][column] = text if column in LISTS else f"{text} q{place:04d}z"
    write_table(folder / "sites.csv", iter(rows))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_in_any_column_of_a_table_stands_whole_and_harmless_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    hostile_table(tmp_path / "f", "plain")
    monkeypatch.chdir(tmp_path / "f")

    def made(text: str) -> bytes:
        hostile_table(tmp_path / "f", text)
        said = regplan("report", "sites.csv", "-O", f"r.{kind}")
        assert said.code == 2  # rows that are none
        assert ACTIVE.findall(said.out + said.err) == []
        return (tmp_path / "f" / f"r.{kind}").read_bytes()

    cut = QUANTITIES if len(HOSTILE[name]) > 80 else set()
    spared = frozenset(f"{place:04d}" for place, column in enumerate(COLUMNS) if column in cut)
    compared("table", kind, name, made, spared)


@pytest.mark.parametrize("form", FORMS)
def test_what_the_command_line_writes_of_a_hostile_table_acts_on_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    hostile_table(tmp_path / "f", WORST)
    monkeypatch.chdir(tmp_path / "f")

    said = regplan("fleet", "sites.csv", "-o", form)

    assert said.code == 2
    assert "internal error" not in said.err
    harmless(said.out, said.err, form)


def harmless(out: str, err: str, form: str) -> None:
    assert ACTIVE.findall(out + err) == []
    if form == "csv":
        assert [line for line in out.splitlines() if line.startswith(("=", "+", "@"))] == []


@contextmanager
def refusing_registry(words: str) -> Iterator[str]:
    """Start a registry that has nothing and takes nothing, and says so in these words."""
    body = json.dumps({"errors": [{"code": f"DENIED {words}", "message": words, "detail": words}]}).encode()

    def refuse(asked: Conversation) -> None:
        if asked.path == "/v2/":
            asked.send(answer(200, b"{}"))
        elif asked.method == "HEAD":
            asked.send(answer(404))
        else:
            asked.send(answer(404 if asked.method == "GET" else 400, body, content_type="application/json"))

    with RawServer(refuse) as server:
        yield server.address


REFERENCES: Final = ("registry.example/shop/web:1.0", "registry.example/shop/till:1.0")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = images.layer(20_000, 5)
    trees = {name: images.image([base, images.layer(9_000, n)], label=name) for n, name in enumerate(REFERENCES)}
    images.write_layout(tmp_path / "source", trees)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("source")
def test_what_a_registry_says_acts_on_nobody_in_the_reports_of_a_seeding(tmp_path: Path) -> None:
    for name, words in (("plain", "no way"), ("hostile", WORST)):
        reports = [part for kind in KINDS for part in ("--report", f"{name}.{kind}")]
        with refusing_registry(words) as address:
            to = ("--from", "oci:source", "--to", f"docker://{address}/p", "--plain-http", "--yes")
            said = regplan("seed", *REFERENCES, *to, "-o", "json", *reports)
        assert said.code == 3, said.err
        harmless(said.out, said.err, "json")

    for kind in KINDS:
        plain, hostile = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("plain", "hostile"))
        assert "DENIED" in read(kind, hostile)
        HARMLESS[kind](plain, hostile)


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("form", FORMS)
def test_what_verify_writes_of_a_hostile_registry_and_site_acts_on_no_terminal(tmp_path: Path, form: str) -> None:
    files = site_files()
    for place, way in enumerate(leaves(files)):
        if " ".join(map(str, way)) in TAKEN:
            files = with_leaf(files, way, f"{WORST} {place}")
    site = write_site(tmp_path / "site", files)
    (tmp_path / "disk").mkdir()
    with refusing_registry(WORST) as address:
        spoken = regplan(
            "verify", *REFERENCES, "--from", "oci:source", "--at", f"docker://{address}/p", "--plain-http", "-o", form
        )
    said = regplan("verify", str(site), "--offline", "--at", "oci:disk", "-o", form)

    assert spoken.code == 1, spoken.err
    assert said.code in {1, 4}, said.err
    harmless(spoken.out, spoken.err, form)
    harmless(said.out, said.err, form)
