"""No text, folder or archive breaks a reader: it is read, or refused with one of regplan's own errors, and soon."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from fuzz.cases import Case, Kind, case, corpus_texts, corpus_trees, kind_of
from fuzz.running import Limits, Tally, attempt, fuzz, shrunk
from fuzz.structures import mutated, parse, parses, written
from fuzz.telling import kept, summary

if TYPE_CHECKING:
    from pathlib import Path

# Wide, since a busy machine is no fault of a reader; scripts/fuzz holds them to two seconds.
_SLOW_MACHINE = Limits(seconds=10, processes=1)


@pytest.mark.parametrize("name", corpus_texts())
def test_every_text_that_mutations_begin_with_is_read_or_refused(name: str) -> None:
    assert attempt(Case(kind_of(name), {name: corpus_texts()[name]}), 10)[0] in {"read", "refused"}


@pytest.mark.parametrize("name", corpus_trees())
def test_every_folder_that_mutations_begin_with_is_read(name: str) -> None:
    assert attempt(Case(Kind.MEMBERS, corpus_trees()[name]), 10)[0] == "read"


@pytest.mark.parametrize("seed", ["2026", "edge"])
def test_nothing_that_is_mutated_breaks_a_reader(seed: str, tmp_path: Path) -> None:
    tally = fuzz(seed, 750, _SLOW_MACHINE)

    assert tally.failures == [], "\n".join(kept(tally, seed, tmp_path))
    assert tally.structured >= tally.cases / 2, summary(tally)
    assert min(tally.read, tally.refused) > tally.cases / 10, summary(tally)
    assert set(tally.kinds) == set(Kind)


def test_a_seed_makes_the_same_cases_again_and_another_seed_makes_others() -> None:
    assert [case("a", number) for number in range(50)] == [case("a", number) for number in range(50)]
    assert [case("a", number) for number in range(50)] != [case("b", number) for number in range(50)]


def test_structures_parse_however_they_are_changed() -> None:
    rng = Random(5)
    documents = [found for text in corpus_texts().values() if (found := parse(text)) is not None]
    texts = [written(mutated(rng.choice(documents), rng, documents), rng) for _ in range(300)]

    assert sum(map(parses, texts)) >= 295
    assert len(set(texts)) >= 290


def test_a_crash_is_found_and_made_smaller_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(things: list[object], _: Case) -> None:
        for thing in things:
            if "busybox" in str(getattr(thing, "text", "")):
                raise KeyError("busybox")

    monkeypatch.setattr("fuzz.running._read", broken)
    given = Case(Kind.TEXTS, {"manifests.yaml": corpus_texts()["manifests.yaml"], "list.txt": "nginx\n"})
    monkeypatch.setattr("fuzz.telling.case", lambda *_: given)
    failure = attempt(given, 2)
    tally = Tally(cases=1)
    tally.add(fuzz_one(failure))

    assert failure[0] == "KeyError"
    assert shrunk(given).files == {"manifests.yaml": "busybox"}
    said = "\n".join(kept(tally, "s", tmp_path))
    assert "KeyError" in said
    assert "--only 7 s" in said
    assert (tmp_path / "s-7" / "0-manifests.yaml").read_text() == "busybox"


def fuzz_one(failure: tuple[str, str, str]) -> Tally:
    from fuzz.running import Failure

    return Tally(failures=[Failure(7, *failure)])


def test_what_never_ends_is_stopped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr("fuzz.running._read", endless)

    assert attempt(Case(Kind.TEXTS, {"a": json.dumps([])}), 0.1)[0] == "takes too long"
