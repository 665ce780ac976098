from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.plan.seeding import plan_seed
from regplan.seed.machine import Known
from regplan.seed.steps import CopyBlob, Event, Outcome
from regplan.seed.telling import Telling
from unit.seed.samples import digest_of, entry, inventory, make_image

if TYPE_CHECKING:
    from regplan.model.progress import Progress

BASE = bytes(9 * 2**20)
IMAGE, _ = make_image([BASE])
PLAN = plan_seed(inventory(entry("app:1", IMAGE)), "t", "p")
COPY = CopyBlob(digest_of(BASE), "p/docker.io/library/app", "p/docker.io/library/app", "docker.io/library/app")
AGAIN = replace(COPY, attempt=1)


def test_what_a_failed_attempt_had_sent_is_taken_back_and_what_is_there_is_not_on_its_way() -> None:
    told: list[Progress] = []
    telling = Telling(told.append)
    telling.begin(PLAN, Known())

    telling.moving(COPY, 8 * 2**20)
    telling.retried(COPY, "the connection broke", 0.5)
    telling.started(AGAIN)
    telling.moving(AGAIN, 5 * 2**20)
    telling.heard(Event(AGAIN, Outcome.SENT, sent_bytes=len(BASE)))

    assert [(each.done, each.moving) for each in told] == [
        (0, 0),
        (0, 8 * 2**20),
        (0, 0),
        (0, 5 * 2**20),
        (len(BASE), 0),
    ]


def test_bytes_on_their_way_are_told_now_and_then_and_not_as_done() -> None:
    told: list[Progress] = []
    telling = Telling(told.append)
    telling.begin(PLAN, Known())
    told.clear()

    for mebibytes in range(1, 10):
        telling.moving(COPY, mebibytes * 2**20)

    assert [(each.done, each.moving) for each in told] == [(0, 4 * 2**20), (0, 8 * 2**20)]
    assert [each.what.split(": ")[1] for each in told] == ["4.19 MB of 9.44 MB sent", "8.39 MB of 9.44 MB sent"]


def test_a_blob_that_is_placed_counts_once() -> None:
    told: list[Progress] = []
    telling = Telling(told.append)

    telling.begin(PLAN, Known(places={COPY.digest: (COPY.repository,)}))
    telling.heard(Event(COPY, Outcome.MOUNTED))
    telling.heard(Event(COPY, Outcome.FAILED))

    assert [each.done for each in told] == [len(BASE), len(BASE)]
