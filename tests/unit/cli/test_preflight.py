"""What was seen before a seeding, laid out for terminals of any width and for pipes."""

from __future__ import annotations

import pytest

from regplan.cli import output, preflight
from regplan.cli.output import text_table

NAMES = [f"registry.example/a-rather-long-name/of-an-image-{number:02}:1.0.0" for number in range(10)]
MESSAGE = f"31 images cannot be seeded: {', '.join(NAMES)} and 21 more: only its sizes are known."
PHASES = [
    {"number": 0, "title": "before the registry", "how": "content bundle on each host", "state": "done",
     "references": ["a", "b"], "size_bytes": 147_000_000, "hosts": 3},
    {"number": 1, "title": "the registry comes up", "how": "on the hosts, from what phase 0 brought", "state": "now",
     "references": [], "size_bytes": 0, "hosts": 1},
]  # fmt: skip
DOCUMENT = {
    "phases": PHASES,
    "findings": [{"rule": "seed.source", "verdict": "FAIL", "message": MESSAGE, "fix": "Name a source with --from."}],
}


def drawn(monkeypatch: pytest.MonkeyPatch, width: int | None) -> list[str]:
    for module in (output, preflight):
        monkeypatch.setattr(module, "terminal_width", lambda: width)
    return "".join(text_table(table, width) for table in preflight.preflight_tables(DOCUMENT)).splitlines()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_no_word_and_no_name_is_cut_and_every_line_fits(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = drawn(monkeypatch, width)

    assert all(len(line) <= max(width, 4 + len(NAMES[0]) + 1) for line in lines)
    assert "…" not in "".join(lines)
    text = " ".join(" ".join(lines).split())
    for words in (*NAMES, "content bundle on each host", "on the hosts, from what phase 0 brought", "147 MB x 3 hosts"):
        assert words in text
    assert "and 21 more" in text


def test_in_a_pipe_a_long_list_is_no_line_of_a_thousand_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, None)

    assert max(map(len, lines)) <= 120
    assert all(any(name in line for line in lines) for name in NAMES)


def test_no_phase_is_said_to_bring_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = [line for line in drawn(monkeypatch, None) if "comes up" in line]

    assert " 0 " not in line.replace("phase 0", "")


def test_in_other_forms_a_finding_is_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "terminal_width", lambda: None)
    _, findings = preflight.preflight_tables(DOCUMENT, "md")

    assert [column.text(findings.records[0]) for column in findings.columns][2] == MESSAGE
