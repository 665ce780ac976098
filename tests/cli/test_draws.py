"""`regplan simulate --draws`: held against arithmetic over numpy's own streams, the same for any workers, and bad input."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

np = pytest.importorskip("numpy")

MB = 1_000_000
SITE = """name: store
images: ["registry.example/shop/app:1"]
declared_sizes: {{"registry.example/shop/app:1": {size}}}
content: {{palette_images: none}}
hosts:
  - {{name: node, role: worker, count: {hosts}}}
links: {{internet: {{rate: 20Mbit/s}}, lan: {{rate: 1Gbit/s}}}}
assumptions: {{hosts_per_image: {placed}}}
"""
FAILING = "scenario: {years: 2, reimages_per_node_year: 2, price_per_GB: 0.5, price_per_visit: 120}\n"
# Student's t at 95 % with 199 degrees of freedom, from a table.
T_199 = 1.97196


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., str]:
    def write(more: str, size: str = "100MB", hosts: int = 3, placed: int = 3) -> str:
        path = tmp_path / "site.yaml"
        path.write_text(SITE.format(size=size, hosts=hosts, placed=placed) + more, encoding="utf-8")
        return str(path)

    return write


def drawn(path: str, *more: str) -> Any:
    found = regplan("simulate", path, "--offline", "-o", "json", *more)
    assert found.code == 0, found.err
    return found.document["chance"]


def way(told: Any, name: str) -> Any:
    return next(each for each in told["ways"] if each["name"] == name)


def failures_by_hand(seed: int, lives: int, rate: float, years: float, hosts: int) -> list[list[float]]:
    """When hosts fail in each life, as ADR 35 says: blocks of 50 with seeds of their own, and in each a stream for each kind."""
    found = []
    for block in range(math.ceil(lives / 50)):
        streams = np.random.SeedSequence(seed, spawn_key=(block,)).spawn(9)
        stream = np.random.default_rng(streams[1])
        for _ in range(min(50, lives - 50 * block)):
            times = stream.random(stream.poisson(rate * hosts * years)) * years
            if len(times):
                stream.integers(hosts, size=len(times))
            found.append(times.tolist())
    return found


def test_bytes_savings_and_costs_are_those_of_the_failures_that_numpy_draws(site: Callable[..., str]) -> None:
    told = drawn(site(FAILING), "--draws", "200", "--seed", "5")
    failures = failures_by_hand(5, 200, 2, 2, 3)
    direct = np.array([100 * MB * (3 + len(times)) for times in failures])
    saved = direct - 100 * MB
    half = T_199 * direct.std(ddof=1) / math.sqrt(200)

    found = way(told, "direct")["wan_bytes"]
    assert (told["seed"], told["draws"], told["is_enough"]) == (5, 200, False)
    assert found["mean"] == round(direct.mean())
    assert (found["mean_low"], found["mean_high"]) == pytest.approx(
        (direct.mean() - half, direct.mean() + half), rel=1e-6
    )
    # Percentiles are known to half a hundredth, their ends to one.
    ordered = np.sort(direct)
    assert found["p50"] == pytest.approx(ordered[99], rel=0.006)
    assert found["p95"] == pytest.approx(ordered[189], rel=0.006)
    assert found["max"] == direct.max()
    # Of 200 values the median is between the 86th and the 115th with 95 % (binomial tails below 2.5 %).
    assert (found["p50_low"], found["p50_high"]) == pytest.approx((ordered[85], ordered[114]), rel=0.011)
    primary = way(told, "primary")
    assert primary["wan_bytes"]["max"] == 100 * MB
    assert primary["saved_bytes"]["mean"] == round(saved.mean())
    assert primary["saved_ratio"] == pytest.approx(1 - 100 * MB / direct.mean())
    # The delta method: what a constant over a mean that varies is known to.
    apart = half / direct.mean() * 100 * MB / direct.mean()
    assert primary["saved_high_ratio"] - primary["saved_ratio"] == pytest.approx(apart, rel=1e-3)
    assert way(told, "direct")["cost"]["mean"] == pytest.approx(direct.mean() / 1e9 * 0.5)
    assert way(told, "bundle")["cost"]["max"] == 120
    assert way(told, "bundle")["visits"]["mean"] == 1


def test_each_month_has_what_falls_into_it(site: Callable[..., str]) -> None:
    told = drawn(site(FAILING), "--draws", "60", "--seed", "5")
    months = np.zeros((60, 24))
    months[:, 0] = 300 * MB
    for life, times in enumerate(failures_by_hand(5, 60, 2, 2, 3)):
        for at in times:
            months[life, int(at * 12)] += 100 * MB

    found = [each["mean"] for each in way(told, "direct")["wan_month_bytes"]]
    assert found == [round(each) for each in months.mean(axis=0)]
    assert [each["max"] for each in way(told, "direct")["wan_month_bytes"]] == months.max(axis=0).tolist()


def test_cf8_pods_that_move_have_been_on_as_many_hosts_as_the_closed_form_says(site: Callable[..., str]) -> None:
    told = drawn(site("scenario: {reschedules_per_year: 8}\n", hosts=5, placed=1), "--draws", "400", "--seed", "1")
    found = way(told, "direct")["wan_bytes"]
    # Poisson moves: each of the other four hosts is missed with exp(-8 / 5).
    exact = 100 * MB * (1 + 4 * (1 - math.exp(-8 / 5)))

    assert abs(found["mean"] - exact) < 1.5 * (found["mean_high"] - found["mean"])
    assert way(told, "primary")["wan_bytes"]["max"] == 100 * MB


def test_cf12_hosts_wait_for_the_share_of_the_time_that_the_internet_is_away(site: Callable[..., str]) -> None:
    away = "scenario: {years: 5, reimages_per_node_year: 2, internet_outages_per_year: 10, internet_outage: 24h}\n"
    found = way(drawn(site(away), "--draws", "300", "--seed", "3"), "direct")["blocked_minutes"]
    share = 10 / 365 / (1 + 10 / 365)
    # Three hosts at the beginning and ten times later; what is left of an outage is as long as all of it, and then the
    # kubelet tries again after 150 s on average.
    exact = 3 * 11 * share * (24 * 60 + 2.5)

    assert abs(found["mean"] - exact) < 1.5 * (found["mean_high"] - found["mean"])
    assert found["p95"] > found["mean"]


def test_the_same_seed_tells_the_same_for_any_workers_whose_processes_are_named(site: Callable[..., str]) -> None:
    path = site(FAILING)
    one, two = (drawn(path, "--draws", "250", "--seed", "5", "--workers", count) for count in ("1", "2"))

    assert one.pop("workers") == [os.getpid()]
    assert os.getpid() not in (others := two.pop("workers"))
    assert 1 <= len(others) <= 2
    assert one == two
    assert drawn(path, "--draws", "250", "--seed", "6")["ways"] != one["ways"]


def test_a_seed_that_nobody_named_is_drawn_and_told(site: Callable[..., str]) -> None:
    path = site(FAILING)
    first = regplan("simulate", path, "--offline", "--draws", "60")
    (seed,) = set(re.findall(r"seed (\d+)", first.out))
    again = regplan("simulate", path, "--offline", "--draws", "60", "--seed", seed)

    assert again.out == first.out
    assert re.search(r"seed (\d+)", regplan("simulate", path, "--offline", "--draws", "60").out) != seed


def test_draws_end_when_all_is_known_to_two_per_cent(site: Callable[..., str]) -> None:
    told = drawn(site("scenario: {years: 5, reimages_per_node_year: 8}\n"), "--draws", "100000", "--seed", "1")
    direct = way(told, "direct")["wan_bytes"]

    assert (told["is_enough"], told["most_draws"]) == (True, 100_000)
    assert told["draws"] < 1_000
    assert direct["mean_high"] - direct["mean"] <= 0.02 * direct["mean"]


def test_one_life_tells_nothing_of_how_sure_it_is(site: Callable[..., str]) -> None:
    told = drawn(site(FAILING), "--draws", "1", "--seed", "1")
    direct = way(told, "direct")["wan_bytes"]

    assert (told["draws"], direct["mean_low"], direct["mean_high"]) == (1, None, None)
    assert direct["mean"] == direct["p50"] == direct["max"]


def test_times_to_be_ready_without_any_chance_are_those_of_tier_1(site: Callable[..., str]) -> None:
    path = site(FAILING + "pulls: {unpacked_each_second: 20MB, one_image_at_a_time: true}\n")
    tier_1 = regplan("simulate", path, "--offline", "--tier", "1", "-o", "json").document["scenarios"]
    told = drawn(path, "--draws", "60", "--seed", "1")

    assert len(tier_1) == 5
    for each in tier_1:
        for key in ("p50", "p95", "max"):
            assert way(told, each["name"])["ready_s"][key] == pytest.approx(each["ready_s"]["max"], abs=0.002)
        assert way(told, each["name"])["peak_bps"]["max"] == (0 if each["name"] == "bundle" else 20 * MB)


def test_what_varies_shows_in_the_times_and_the_rates(site: Callable[..., str]) -> None:
    more = "scenario: {internet_rates: [10Mbit/s, 40Mbit/s], missing_images: 50%}\n"
    told = drawn(site(more), "--draws", "200", "--seed", "1")
    direct, primary = way(told, "direct"), way(told, "primary")

    assert (direct["peak_bps"]["p95"], direct["peak_bps"]["max"]) == (pytest.approx(40 * MB, rel=0.006), 40 * MB)
    # 300 MB with packets' heads at 10 Mbit/s, then 205 MB unpacked and half a second besides.
    assert direct["ready_s"]["max"] == pytest.approx(300 * 8 * 1.036 / 10 + 250 / 185.5 + 0.52, rel=0.01)
    assert direct["ready_s"]["mean"] == pytest.approx(300 * 8 * 1.036 * (1 / 10 + 1 / 40) / 2, rel=0.15)
    # An image that the registry lacks comes past it, to each of three hosts.
    assert primary["wan_bytes"]["max"] == 300 * MB
    assert primary["wan_bytes"]["mean"] == pytest.approx(200 * MB, rel=0.1)
    assert {each["key"]: each["value"] for each in told["drawn_from"]}["missing_images"] == "0.5"


def test_three_nights_at_15_mbit_s(site: Callable[..., str]) -> None:
    more = 'scenario: {window: "22:00-05:00", window_rate: 15Mbit/s}\n'
    path = site(more, size="43GB")
    told = drawn(path, "--draws", "60", "--seed", "1")

    # 43 GB with packets' heads in seven hours at 15 Mbit/s: one registry takes a third of three hosts.
    nights = 43e9 * 8 * 1.036 / (15e6 * 7 * 3600)
    assert way(told, "direct")["boot_nights"]["p50"] == math.ceil(3 * nights) == 3
    assert way(told, "primary")["boot_nights"]["max"] == math.ceil(nights) == 1
    assert (
        "direct: the bootstrap takes 3 nights of 22:00-05:00 at 15.0 Mbit/s"
        in regplan("simulate", path, "--offline", "--draws", "60").out
    )


def test_parts_stand_alone_in_every_form(site: Callable[..., str]) -> None:
    path = site(FAILING)
    asked = ("--offline", "--draws", "60", "--seed", "5")
    told = drawn(path, "--draws", "60", "--seed", "5")

    rows = list(csv.DictReader(io.StringIO(regplan("simulate", path, *asked, "--part", "drawn", "-o", "csv").out)))
    assert [row["name"] for row in rows] == ["direct", "primary", "bundle", "pull-through", "peer-to-peer"]
    assert (rows[0]["seed"], rows[0]["draws"]) == ("5", "60")
    assert (
        regplan("simulate", path, *asked, "-o", "csv").out
        == regplan("simulate", path, *asked, "--part", "drawn", "-o", "csv").out
    )
    assert int(rows[0]["wan_mean_high_bytes"]) == way(told, "direct")["wan_bytes"]["mean_high"]
    assert float(rows[2]["cost_max"]) == 120
    months = regplan("simulate", path, *asked, "--part", "drawn-months", "-o", "csv").out
    assert len(months.splitlines()) == 1 + 5 * 24
    assert "| direct |" in regplan("simulate", path, *asked, "--part", "drawn-times", "-o", "md").out
    assert "reimages_per_node_year" in regplan("simulate", path, *asked, "--part", "drawn-from").out
    for part in ("drawn", "drawn-times", "drawn-months", "drawn-from"):
        assert "with seed 5" in regplan("simulate", path, *asked, "--part", part).out
        text = regplan("simulate", path, *asked, "--part", part, "-o", "csv").out
        assert {row["seed"] for row in csv.DictReader(io.StringIO(text))} == {"5"}
    lines = regplan("simulate", path, *asked, "-o", "jsonl").out.splitlines()
    assert {json.loads(line)["seed"] for line in lines} == {5}
    refused = regplan("simulate", path, "--offline", "--part", "drawn")
    assert refused.code == 2
    assert "--part drawn: nothing was drawn: say how many lives with --draws" in refused.err


ASKED = ("--offline", "--draws", "60", "--seed", "5")


@pytest.fixture
def means(site: Callable[..., str]) -> Callable[[str], tuple[str, str]]:
    """What direct pulls carry on average, and what a registry saves of it, by hand, of an image of this size."""

    def of(size: str) -> tuple[str, str]:
        site(FAILING, size=size)
        pulls = sum(3 + len(times) for times in failures_by_hand(5, 60, 2, 2, 3)) / 60
        size_bytes = int(size.removesuffix("MB")) * MB
        return f"{pulls * size_bytes / 1e9:.2f} GB", f"{(pulls - 1) * size_bytes / 1e9:.2f} GB"

    return of


@pytest.mark.parametrize("size", ["100MB", "160MB"])
@pytest.mark.parametrize("face", ["table", "md", "report.md", "report.html", "explain"])
def test_a_larger_image_shows_in_every_face(
    means: Callable[[str], tuple[str, str]], tmp_path: Path, size: str, face: str
) -> None:
    carried, saved = means(size)
    path, out = str(tmp_path / "site.yaml"), tmp_path / face
    if face in {"table", "md"}:
        text = regplan("simulate", path, *ASKED, "--part", "drawn", "-o", face).out
    elif face == "explain":
        keys = ("chance.ways.direct.wan_bytes.mean", "chance.ways.primary.saved_bytes.mean")
        text = "".join(regplan("explain", path, key, *ASKED).out for key in keys)
    else:
        regplan("report", path, *ASKED, "-O", str(out), "--quiet")
        text = out.read_text(encoding="utf-8")
        text = text[text.index("lives of 2 years were drawn with seed 5") :]

    assert carried in text
    assert saved in text


def test_a_file_has_what_its_ending_says_whole_and_beside_standard_output(
    site: Callable[..., str], tmp_path: Path
) -> None:
    path = site(FAILING)
    for ending in ("csv", "json", "md", "jsonl"):
        out = tmp_path / f"drawn.{ending}"
        found = regplan("simulate", path, *ASKED, "--part", "drawn", "-O", str(out))
        assert (found.code, found.err) == (0, f"{out} written\n")
        assert found.out == regplan("simulate", path, *ASKED, "--part", "drawn").out
        alone = regplan("simulate", path, *ASKED, "--part", "drawn", "-o", ending)
        assert out.read_text(encoding="utf-8") == alone.out


@pytest.mark.parametrize("part", [[], ["--part", "events"]])
def test_a_spreadsheet_beside_a_table_holds_what_standard_output_would(
    site: Callable[..., str], tmp_path: Path, part: list[str]
) -> None:
    path, out = site(FAILING), tmp_path / "all.csv"
    assert regplan("simulate", path, *ASKED, *part, "-O", str(out)).code == 0

    text = out.read_text(encoding="utf-8")
    assert text == regplan("simulate", path, *ASKED, *part, "-o", "csv").out
    assert ("seed" if not part else "wan_low_bytes") in text.splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("out", "more", "problem"),
    [
        ("drawn.html", [], "drawn.html: is written as .csv, .json, .jsonl, .md; `regplan report` writes HTML"),
        ("nowhere/drawn.csv", [], "there is no folder"),
        ("drawn.csv", ["--read-only"], "read-only: -O writes a file"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_drawn(
    site: Callable[..., str], tmp_path: Path, out: str, more: list[str], problem: str
) -> None:
    found = regplan("simulate", site(FAILING), *ASKED, *more, "-O", str(tmp_path / out))

    assert (found.code, found.out) == (2, "")
    assert problem in found.err
    assert [each.name for each in tmp_path.iterdir()] == ["site.yaml"]


def test_a_plan_document_keeps_what_was_drawn_and_explains_it(site: Callable[..., str], tmp_path: Path) -> None:
    path, out = site(FAILING), tmp_path / "plan.json"
    regplan("report", path, *ASKED, "-O", str(out), "--quiet")
    told = json.loads(out.read_text(encoding="utf-8"))["chance"]

    assert told == drawn(path, "--draws", "60", "--seed", "5")
    text = regplan("explain", str(out), "chance.ways.primary.saved_ratio").out
    assert "saved_ratio = 1 - wan_bytes / direct_bytes" in text
    assert repr(way(told, "primary")["saved_ratio"]) in text
    for arguments, problem in (
        ((path, "chance.seed"), "chance.seed is of drawn lives: say how many with --draws"),
        ((str(out), "chance.seed", "--draws", "9"), "a plan in a registry or in a file has its own, or none"),
    ):
        refused = regplan("explain", *arguments, "--offline")
        assert refused.code == 2
        assert problem in refused.err


@pytest.mark.parametrize(
    ("more", "options", "problem"),
    [
        (FAILING, ["--draws", "0"], "'--draws': 0 is not in the range"),
        (FAILING, ["--draws", "-5"], "'--draws': -5 is not in the range"),
        (FAILING, ["--draws", "9", "--seed", "-1"], "'--seed': -1 is not in the range"),
        (FAILING, ["--draws", "9", "--workers", "0"], "'--workers': 0 is not in the range"),
        (FAILING, ["--seed", "3"], "--seed draws nothing by itself: say how many lives with --draws"),
        (FAILING, ["--workers", "2"], "--workers draws nothing by itself"),
        (FAILING, ["--draws", "9", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "name one of them"),
        ("", ["--draws", "9"], "site.yaml: lives are drawn of a scenario, and the site has none: add one, such as `scenario:"),
        ("scenario: {years: 0}\n", ["--draws", "9"], "line 9, column 12: scenario.years: a scenario of 0 years"),
        (
            "scenario: {upgrades_per_year: 2}\n",
            ["--draws", "9"],
            "line 9, column 12: scenario.upgrades_per_year: 2 upgrades in 1 year, and the site names no version",
        ),
        (
            "scenario: {window_rate: 1Mbit/s}\n",
            ["--draws", "9"],
            "line 9, column 12: scenario.window_rate: the site names no window in which that holds",
        ),
        ("scenario: {reimages_per_node_year: -1}\n", ["--draws", "9"], "scenario.reimages_per_node_year: '-1' is negative; a number must be 0 or more"),
        ("scenario: {missing_images: 120%}\n", [], "scenario.missing_images: '120%' is more than all of it"),
        ("scenario: {internet_spread: 300%}\n", [], "scenario.internet_spread: '300%' is more than all of it"),
        ("scenario: {internet_rates: [20Mbit/s, 0Mbit/s]}\n", [], "scenario.internet_rates: '0Mbit/s' is a rate of zero"),
        ("scenario: {internet_rates: []}\n", [], "scenario.internet_rates: at least one rate is expected"),
        ("scenario: {window: '05:00-05:00'}\n", [], "scenario.window: '05:00-05:00' is a window that never opens"),
        ("scenario: {window: '5 to 6'}\n", [], "scenario.window: '5 to 6' is not a window"),
        ("scenario: {window: '22:00-25:00'}\n", [], "scenario.window: '22:00-25:00': a day has no 25:00"),
        ("scenario: {window_rate: -1Mbit/s}\n", [], "scenario.window_rate: '-1Mbit/s'"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_clear_error(
    site: Callable[..., str], more: str, options: list[str], problem: str
) -> None:
    found = regplan("simulate", site(more), "--offline", *options)

    assert found.code == 2
    assert found.out == ""
    assert problem in found.err
    assert "Traceback" not in found.err


def test_a_site_without_hosts_or_without_the_link_that_was_seen_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    bare = "name: store\nimages: []\nprofiles: []\nscenario: {internet_rates: 1Mbit/s}\n"
    path.write_text(
        bare.replace("images: []\n", 'images: ["a.example/b:1"]\ndeclared_sizes: {"a.example/b:1": 1MB}\n'),
        encoding="utf-8",
    )
    found = regplan("simulate", str(path), "--offline", "--draws", "9")
    assert (found.code, "the site names no hosts" in found.err) == (2, True)

    path.write_text(f"{path.read_text(encoding='utf-8')}hosts: [{{name: node}}]\n", encoding="utf-8")
    found = regplan("simulate", str(path), "--offline", "--draws", "9")
    assert (found.code, "scenario.internet_rates: the site names no link" in found.err) == (2, True)


def test_a_scheduler_that_nobody_answers_at_is_unusable(
    site: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("regplan.verbs.executors._CONNECT_S", 0.2)
    found = regplan("simulate", site(FAILING), "--offline", "--draws", "9", "--scheduler", "tcp://127.0.0.1:9")

    assert found.code == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in found.err
