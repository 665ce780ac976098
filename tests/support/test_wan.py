"""The link's own arithmetic: when a packet has passed, and which one is dropped."""

from __future__ import annotations

import pytest

from support.wan import Direction, Shape

HEADER = bytes([0x45]) + bytes(11)


def packet(flow: bytes, size: int = 1_000) -> bytes:
    return (HEADER + flow * 12)[:24] + bytes(size - 24)


def test_packets_pass_one_after_the_other_at_the_rate_of_the_link() -> None:
    way = Direction(-1, -1, Shape(8_000_000, 0.02))
    for _ in range(3):
        way.take(packet(b"a"), 10.0)

    assert [at for at, _, _ in way.passed] == pytest.approx([10.001, 10.002, 10.003])
    assert [at for at, _ in way.waiting] == pytest.approx([10.011, 10.012, 10.013])


def test_a_packet_is_dropped_where_the_queue_is_full() -> None:
    way = Direction(-1, -1, Shape(8_000_000, 0.0, queue_bytes=2_000))
    for _ in range(3):
        way.take(packet(b"a"), 10.0)

    assert (len(way.passed), way.dropped) == (2, 1)


def test_each_connection_has_a_rate_of_its_own_where_connections_are_capped() -> None:
    way = Direction(-1, -1, Shape(80_000_000, 0.0, flow_bps=8_000_000))
    for _ in range(2):
        way.take(packet(b"a"), 10.0)
        way.take(packet(b"b"), 10.0)
    way.deliver(9.0)

    assert way.passed == []

    way.target = 1_000_000  # nobody is there to take them
    way.deliver(10.1)

    assert [round(at, 4) for at, _, _ in way.passed] == [10.0011, 10.0012, 10.0021, 10.0022]
