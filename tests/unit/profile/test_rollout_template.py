"""The rollout file to start from is one, as it stands and with every example taken."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from regplan.profile.rollout import parse_rollout
from regplan.profile.rollout_keys import ROLLOUT_KEYS
from regplan.profile.rollout_template import rollout_template

START = date(2026, 12, 1)
TEXT = rollout_template(START)


def test_the_template_is_a_rollout_file_that_says_what_must_be_said() -> None:
    told = parse_rollout(TEXT, "r.yaml", lambda _: START)

    assert (told.rules.start, told.rules.uplink_bps) == (START, 100_000_000)
    assert (told.waves, told.groups, told.rules.hub) == ((), (), None)


def test_every_example_can_be_taken() -> None:
    # What stands behind the head, with no mark in front; the column of waves is another way to say them.
    lines = [line for line in TEXT.splitlines()[3:] if "wave_column" not in line]
    whole = "\n".join(re.sub(r"^(\s*)# ", r"\1", line) for line in lines)
    told = parse_rollout(whole, "r.yaml", lambda _: START)

    assert told.defaulted == ("wave_column",)
    assert told.rules.hub is not None
    assert [(wave.name, wave.count, wave.wait_days) for wave in told.waves] == [("pilot", 5, 7)]
    assert [(group.sites, group.windows, group.way) for group in told.groups] == [
        (("ship-*",), ("01:00-04:00",), "bundle")
    ]


def test_every_key_stands_in_it_once_with_its_meaning() -> None:
    for key in ROLLOUT_KEYS:
        shown = [
            line for line in TEXT.splitlines() if re.match(rf"[# -]*{key.name}: .*# ", line) and key.meaning in line
        ]
        assert len(shown) == 1, key.path


def test_the_page_has_every_key_and_its_example_is_a_rollout_file() -> None:
    page = (Path(__file__).parents[3] / "docs" / "fleet.md").read_text(encoding="utf-8")
    chapter = page.split("## A rollout, night by night")[1].split("\n## ")[0]
    example = re.search(r"```yaml\n(.*?)```", chapter, re.DOTALL)

    assert [key.path for key in ROLLOUT_KEYS if not re.search(rf"`{key.path}`|`{key.name}`|{key.name}:", chapter)] == []
    assert example is not None
    assert [wave.name for wave in parse_rollout(example[1], "r.yaml", lambda _: START).waves] == ["pilot", "labs"]
