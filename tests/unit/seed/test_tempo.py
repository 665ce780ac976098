from __future__ import annotations

import pytest

from regplan.seed.tempo import Tempo

MIB = 2**20


def test_nothing_is_slow_before_anything_is_known() -> None:
    tempo = Tempo(30.0, None, lambda: 4)

    assert tempo.stream_bps is None
    assert not tempo.is_slow(10**12)
    assert tempo.chunk_bytes() == 64 * MIB


def test_what_one_stream_had_alone_is_shared_by_all() -> None:
    tempo = Tempo(30.0, None, lambda: 4)

    tempo.gauged(5_000_000, 2.0)

    # 20 Mbit/s, a quarter of it for each.
    assert tempo.is_slow(18_750_001)
    assert not tempo.is_slow(18_750_000)


def test_a_link_is_shared_by_the_streams_until_one_of_them_was_measured() -> None:
    tempo = Tempo(30.0, 20_000_000, lambda: 4)

    # 5 Mbit/s for each: 18.75 MB in 30 s, and half of that in a chunk.
    assert tempo.is_slow(18_750_001)
    assert not tempo.is_slow(18_750_000)
    assert tempo.chunk_bytes() == 9_375_000

    tempo.took(100_000_000, 40.0)

    assert tempo.stream_bps == 20_000_000
    assert not tempo.is_slow(75_000_000)
    assert tempo.chunk_bytes() == 37_500_000


def test_small_bodies_tell_nothing_and_one_odd_measure_decides_nothing() -> None:
    tempo = Tempo(30.0, None, lambda: 1)
    tempo.took(100_000, 10.0)

    assert tempo.stream_bps is None

    for taken_s in (1.0, 1.0, 50.0, 1.0, 1.0):
        tempo.took(100_000_000, taken_s)

    assert tempo.stream_bps == 800_000_000


@pytest.mark.parametrize(("after_s", "chunk_bytes"), [(60.0, 15_000_000), (25.0, 6_250_000)])
def test_what_broke_after_long_is_the_measure_from_then_on(after_s: float, chunk_bytes: int) -> None:
    tempo = Tempo(30.0, None, lambda: 1)

    # 8 Mbit/s; chunks take half of 30 s, or half of half of the time after which it broke.
    assert tempo.broke(int(after_s * 1_000_000), after_s)
    assert tempo.is_slow(int(after_s * 1_000_000))
    assert tempo.chunk_bytes() == chunk_bytes


def test_what_broke_soon_broke_for_another_reason() -> None:
    tempo = Tempo(30.0, None, lambda: 1)

    assert not tempo.broke(5_000_000, 19.0)
    assert tempo.stream_bps is None


def test_chunks_have_a_least_and_a_largest_size() -> None:
    assert Tempo(30.0, 1_000, lambda: 4).chunk_bytes() == MIB
    assert Tempo(30.0, 10**11, lambda: 4).chunk_bytes() == 64 * MIB


def test_breaks_again_and_again_leave_a_second() -> None:
    tempo = Tempo(30.0, None, lambda: 1)
    for after_s in (25.0, 10.0, 5.0, 2.0, 2.0, 1.0, 0.8):
        tempo.broke(int(after_s * 10**8), after_s)

    # 800 Mbit/s and one second: chunks of half a second.
    assert tempo.chunk_bytes() == 50_000_000
