"""Closed forms CF7, CF8 and CF12, held against counting and against draws."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import pytest

from regplan.sim.carried.expected import break_even_hosts, distinct_hosts, move_bytes, unavailability
from regplan.sim.carried.state import CarriedImage, Held, Library, State, Version


@pytest.mark.parametrize("upgrades", [0, 4])
@pytest.mark.parametrize("pulls", [Fraction(0), Fraction(1, 2), Fraction(3)])
@pytest.mark.parametrize(("content", "host"), [(1_000_000, 1_000_000), (2_400_000, 700_000), (5_000_000, 10_000)])
def test_a_registry_pays_from_the_number_of_hosts_that_counting_finds(
    upgrades: int, pulls: Fraction, content: int, host: int
) -> None:
    share = 1 + upgrades * Fraction(35, 100)
    registry_bytes, host_bytes = content * share, host * (share + pulls)

    counted = next(hosts for hosts in range(1, 10_000) if hosts * host_bytes > registry_bytes)

    found = break_even_hosts(int(registry_bytes), int(host_bytes))
    assert found == counted == math.floor(registry_bytes / host_bytes) + 1


def test_a_registry_never_saves_bytes_on_one_host_that_is_never_set_up_anew() -> None:
    assert break_even_hosts(1_000, 1_000) == 2
    assert break_even_hosts(1_200, 1_000) == 2
    # Where nothing comes from the registry, it never pays.
    assert break_even_hosts(1_000, 500, 500) is None


def test_as_many_hosts_have_had_a_pod_as_draws_find() -> None:
    random = Random(7)
    draws = [len({random.randrange(12) for _ in range(20)}) for _ in range(20_000)]
    mean = sum(draws) / len(draws)
    error = math.sqrt(sum((each - mean) ** 2 for each in draws)) / len(draws)

    assert distinct_hosts(12, 20) == pytest.approx(9.894, abs=0.001)
    assert abs(distinct_hosts(12, 20) - mean) < 4 * error


def test_pods_that_move_pull_as_many_bytes_as_draws_find() -> None:
    sizes = {"base": 1_000, "web": 300, "till": 70, "db": 500}
    images = {"web": {"base", "web"}, "till": {"base", "till"}, "db": {"db"}}
    holds: dict[str, set[str]] = {"a": {"base", "web"}, "b": set(), "c": {"db"}}
    random, total, rounds = Random(11), 0, 20_000
    for _ in range(rounds):
        stores = {host: set(pieces) for host, pieces in holds.items()}
        for _ in range(5):
            new = images[random.choice(sorted(images))] - (store := stores[random.choice(sorted(stores))])
            total += sum(sizes[piece] for piece in new)
            store |= new
    library = Library({name: CarriedImage(frozenset(pieces)) for name, pieces in images.items()}, sizes)
    hosts = {name: Held(frozenset(), frozenset(pieces)) for name, pieces in holds.items()}
    state = State(library, Version(()), hosts, is_up=True)

    assert move_bytes(state, images, 5) == pytest.approx(total / rounds, rel=0.01)


def test_one_image_that_moves_is_on_as_many_hosts_as_the_closed_form_says() -> None:
    library = Library({"app": CarriedImage(frozenset({"app"}))}, {"app": 1})
    hosts = {f"node-{number}": Held(frozenset()) for number in range(12)}

    assert move_bytes(State(library, Version(()), hosts), ["app"], 20) == pytest.approx(distinct_hosts(12, 20))
    assert move_bytes(State(library, Version(()), {}), ["app"], 20) == 0
    assert move_bytes(State(library, Version(()), hosts), [], 20) == 0


def test_what_is_away_for_a_share_of_the_time_is_what_renewals_give() -> None:
    random = Random(3)
    up = sum(random.expovariate(6.0) for _ in range(20_000))
    away = sum(random.expovariate(1 / 0.02) for _ in range(20_000))

    assert unavailability(6, 0.02, year_s=1) == pytest.approx(away / (away + up), rel=0.05)
    assert unavailability(0, 3_600) == 0
