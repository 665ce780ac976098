"""Hosts that pull layers over shared lines, by simpy and another way to share: an oracle that imports nothing of regplan.

A host pulls images one by one or all at once. Each image asks three times (HEAD, manifest, config), one after the other,
then fetches its layers, so many at once as the limit allows, and unpacks them in order. A layer or a chain that another
image of the host is at is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Case", "ready_times"]

ENDS = 1e-6


@dataclass
class Case:
    """What is simulated; rates in bytes a second. `images` of a host are lists of (key, size, unpacked)."""

    hosts: list[list[list[tuple[str, int, int]]]]
    line: float
    port: float
    connection: float
    slots: int
    per_node: bool
    at_once: bool
    disk: float
    answer_s: float
    starts: list[float] = field(default_factory=list)


class Sharing:
    """Flows with a cap each over the line and the port of a host, or over a host's disk alone."""

    def __init__(self, env: simpy.Environment, case: Case) -> None:
        self.env, self.case = env, case
        self.flows: dict[int, list[Any]] = {}
        self.number = 0
        self.last = 0.0
        self.turn = 0

    def send(self, size: float, resources: tuple[str, ...]) -> simpy.Event:
        done = self.env.event()
        if size <= 0:
            return done.succeed()
        self._pass()
        self.number += 1
        self.flows[self.number] = [float(size), 0.0, resources, done]
        self._again()
        return done

    def _limit(self, resource: str) -> float:
        if resource == "line":
            return self.case.line
        return self.case.port if resource.startswith("port") else self.case.disk

    def _pass(self) -> None:
        passed = self.env.now - self.last
        for flow in self.flows.values():
            flow[0] -= flow[1] * passed
        self.last = self.env.now

    def _rates(self) -> None:
        """Give every flow the least of what its resources and its cap leave it, the tightest first."""
        open_flows = dict(self.flows)
        room = {name: self._limit(name) for flow in open_flows.values() for name in flow[2]}
        while open_flows:
            users: dict[str, int] = {}
            for flow in open_flows.values():
                for name in flow[2]:
                    users[name] = users.get(name, 0) + 1
            even = {name: room[name] / count for name, count in users.items()}
            caps = {
                key: float("inf") if flow[2][0].startswith("disk") else self.case.connection
                for key, flow in open_flows.items()
            }
            offers = {key: min(caps[key], *(even[name] for name in flow[2])) for key, flow in open_flows.items()}
            least = min(offers.values())
            for key in [key for key, offer in offers.items() if offer <= least * (1 + 1e-13)]:
                flow = open_flows.pop(key)
                flow[1] = least
                for name in flow[2]:
                    room[name] -= least

    def _again(self) -> None:
        self._rates()
        self.turn += 1
        if self.flows:
            wait = min(flow[0] / flow[1] for flow in self.flows.values())
            self.env.process(self._wake(max(wait, 0.0), self.turn))

    def _wake(self, wait: float, turn: int) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(wait)
        if turn != self.turn:
            return
        self._pass()
        for key in [key for key, flow in self.flows.items() if flow[0] <= 0.5]:
            self.flows.pop(key)[3].succeed()
        self._again()


class Node:
    """A host."""

    def __init__(self, env: simpy.Environment, sharing: Sharing, case: Case, number: int) -> None:
        self.env, self.sharing, self.case, self.number = env, sharing, case, number
        self.node_slots = simpy.Resource(env, case.slots)
        self.blobs: dict[str, simpy.Event] = {}
        self.chains: dict[tuple[str, ...], simpy.Event] = {}

    def run(self) -> Generator[simpy.Event, Any, None]:
        if self.case.starts:
            yield self.env.timeout(self.case.starts[self.number])
        images = self.case.hosts[self.number]
        if self.case.at_once:
            yield self.env.all_of([self.env.process(self.image(image)) for image in images])
        else:
            for image in images:
                yield self.env.process(self.image(image))

    def image(self, layers: list[tuple[str, int, int]]) -> Generator[simpy.Event, Any, None]:
        slots = self.node_slots if self.case.per_node else simpy.Resource(self.env, self.case.slots)
        yield self.env.timeout(self.case.answer_s)
        for _ in range(2):
            with self.node_slots.request() if self.case.per_node else slots.request() as slot:
                yield slot
                yield self.env.timeout(self.case.answer_s)
        arrived: list[simpy.Event] = [self.env.event() for _ in layers]
        chain: tuple[str, ...] = ()
        begun = False
        for place, (key, _, unpacked) in enumerate(layers):
            chain = (*chain, key)
            if chain in self.chains:
                yield self.chains[chain]
                continue
            made = self.chains[chain] = self.env.event()
            if not begun:
                begun = True
                self.env.process(self.fetch(layers[place:], arrived[place:], slots))
            yield arrived[place]
            yield self.sharing.send(unpacked, (f"disk{self.number}",))
            made.succeed()

    def fetch(
        self, layers: list[tuple[str, int, int]], arrived: list[simpy.Event], slots: simpy.Resource
    ) -> Generator[simpy.Event, Any, None]:
        for layer, event in zip(layers, arrived, strict=True):
            if self.case.per_node:
                self.env.process(self.layer(layer, event, None))
            else:
                slot = slots.request()
                yield slot
                self.env.process(self.layer(layer, event, (slots, slot)))
        yield self.env.timeout(0)

    def layer(self, layer: tuple[str, int, int], event: simpy.Event, held: Any) -> Generator[simpy.Event, Any, None]:
        key, size, _ = layer
        if key in self.blobs:
            yield self.blobs[key]
        else:
            made = self.blobs[key] = self.env.event()
            slot = self.node_slots.request() if held is None else None
            if slot is not None:
                yield slot
            yield self.env.timeout(self.case.answer_s)
            yield self.sharing.send(size, ("line", f"port{self.number}"))
            if slot is not None:
                self.node_slots.release(slot)
            made.succeed()
        if held is not None:
            held[0].release(held[1])
        event.succeed()


def ready_times(case: Case) -> list[float]:
    """Tell when each host has everything, in seconds."""
    env = simpy.Environment()
    sharing = Sharing(env, case)
    ends = [0.0] * len(case.hosts)

    def one(number: int) -> Generator[simpy.Event, Any, None]:
        yield env.process(Node(env, sharing, case, number).run())
        ends[number] = env.now

    for number in range(len(case.hosts)):
        env.process(one(number))
    env.run()
    return ends
