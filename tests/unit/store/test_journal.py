"""The journal's file: what is added is there after any end, and what is not whole is not believed."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.store.journal import ForeignJournal, Journal, JournalBusy, read_lines

if TYPE_CHECKING:
    from pathlib import Path

RUN: dict[str, Any] = {"v": 1, "event": "run", "site": "store-1"}
SENT: list[dict[str, Any]] = [
    {"event": "sent", "repository": f"p/{number}", "digest": f"sha256:{number:064x}"} for number in range(20)
]


def written(path: Path, *records: dict[str, Any]) -> bytes:
    journal = Journal(path)
    for record in records:
        journal.add(record)
    journal.close()
    return path.read_bytes()


def line_of(record: dict[str, Any]) -> bytes:
    """The format as it is documented, written by hand: JSON, and the CRC-32 of it as the last key."""
    text = json.dumps(record, separators=(",", ":"))
    return f'{text[:-1]},"sum":"{zlib.crc32(text.encode()):08x}"}}\n'.encode()


def held(path: Path) -> list[dict[str, Any]]:
    journal = Journal(path)
    records = [dict(record) for record in journal.records()]
    journal.close()
    return records


def test_what_is_added_is_read_again_in_order_and_every_line_is_json(tmp_path: Path) -> None:
    data = written(tmp_path / "j", RUN, *SENT)
    assert data == b"".join(line_of(record) for record in (RUN, *SENT))
    assert [json.loads(line)["event"] for line in data.splitlines()] == ["run", *["sent"] * 20]
    assert held(tmp_path / "j") == [RUN, *SENT]
    assert [dict(record) for record in read_lines(tmp_path / "j")] == [RUN, *SENT]


def test_a_journal_is_for_its_owner_alone_whatever_the_mask_and_the_mode_before(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        written(tmp_path / "new" / "j", RUN)
    finally:
        os.umask(before)
    (tmp_path / "new" / "j").chmod(0o644)
    written(tmp_path / "new" / "j", RUN)
    assert stat.S_IMODE((tmp_path / "new" / "j").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_of_a_journal_cut_off_anywhere_the_whole_lines_are_held_and_more_can_be_added(tmp_path: Path) -> None:
    whole = written(tmp_path / "j", RUN, *SENT[:2])
    for size in range(0, len(whole), 3):
        path = tmp_path / "cut"
        path.write_bytes(whole[:size])
        journal = Journal(path)
        records = [dict(record) for record in journal.records()]
        assert records == [RUN, *SENT[:2]][: whole[:size].count(b"\n")]
        assert journal.note == ""
        journal.add(SENT[9])
        journal.close()
        if records:
            assert held(path) == [*records, SENT[9]]


@pytest.mark.parametrize("place", [3, 60, 130, 300])
def test_a_byte_that_was_changed_ends_what_is_believed_and_is_told(tmp_path: Path, place: int) -> None:
    data = bytearray(written(tmp_path / "j", RUN, *SENT[:5]))
    start = data.index(b"\n") + 1 + place
    data[start] ^= 1
    (tmp_path / "j").write_bytes(data)
    journal = Journal(tmp_path / "j")
    records = [dict(record) for record in journal.records()]
    journal.close()
    line = bytes(data[:start]).count(b"\n")
    assert records == [RUN, *SENT[:5]][:line]
    assert journal.note == f"{tmp_path / 'j'}: line {line + 1} is damaged, and what follows is not believed"


@pytest.mark.parametrize(
    "left", [b"", b"\0" * 4096, b'{"v":1,"event":"ru', b"{", line_of(RUN)[:-1], b'{"v":1,"event":"run"}\n' * 3]
)
def test_a_beginning_that_a_power_cut_has_spoilt_is_an_empty_journal(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "j").write_bytes(left)
    assert held(tmp_path / "j") == []
    assert written(tmp_path / "j", RUN) == line_of(RUN)


@pytest.mark.parametrize(
    "content",
    [b"name: store-0421\nprofiles: []\n", b'{"kind": "plan"}', b"\x89PNG\r\n", b"a" * 10**6, line_of(SENT[0]), b" \n"],
)
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "site.yaml").write_bytes(content)
    with pytest.raises(ForeignJournal, match=r"site\.yaml is no journal of regplan, and is left as it is"):
        Journal(tmp_path / "site.yaml")
    with pytest.raises(ForeignJournal):
        read_lines(tmp_path / "site.yaml")
    assert (tmp_path / "site.yaml").read_bytes() == content


def test_a_newer_versions_journal_is_left_as_it_is_even_where_it_only_goes_on_in_it(tmp_path: Path) -> None:
    content = line_of(RUN) + line_of(SENT[0]) + line_of({**RUN, "v": 2})
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(ForeignJournal, match="newer version"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == content


def test_a_huge_journal_is_not_read_and_begins_anew(tmp_path: Path) -> None:
    written(tmp_path / "j", RUN)
    with (tmp_path / "j").open("r+b") as file:
        file.truncate(200 * 10**6)
    journal = Journal(tmp_path / "j")
    assert list(journal.records()) == []
    assert "200,000,000 bytes is not read; it begins anew" in journal.note
    journal.close()
    assert (tmp_path / "j").stat().st_size == 0


def test_a_folder_a_pipe_and_a_place_that_cannot_be_made_are_refused_in_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ForeignJournal, match="pipe is no file that a journal can be kept in"):
        Journal(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"the journal cannot be written \(Is a directory\)"):
        Journal(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"the journal cannot be written \(Not a directory\)|File exists"):
        Journal(tmp_path / "file" / "j")


def test_a_second_writer_is_refused_in_this_process_and_in_another_until_the_first_has_closed(tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = Journal(path)
    first.add(RUN)
    program = (
        "import sys, pathlib\nfrom regplan.store.journal import Journal, JournalBusy\n"
        "try:\n  Journal(pathlib.Path(sys.argv[1])).close()\nexcept JournalBusy as error:\n  print(error)\n"
    )
    with pytest.raises(JournalBusy, match="another seeding writes to this journal"):
        Journal(path)
    other = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})  # fmt: skip
    assert other.stdout.strip() == f"{path}: another seeding writes to this journal"
    # Whoever only reads it may.
    assert [dict(record) for record in read_lines(path)] == [RUN]
    first.add(SENT[0])
    first.close()
    assert held(path) == [RUN, SENT[0]]


def test_a_disk_that_is_full_ends_the_journal_once_and_leaves_whole_lines(tmp_path: Path) -> None:
    told: list[str] = []
    journal = Journal(tmp_path / "j", told.append)
    journal.add(RUN)
    journal._file = _Full(journal._file)  # type: ignore[arg-type]
    for record in SENT:
        journal.add(record)
    journal.close()
    assert told == [
        f"{tmp_path / 'j'}: the journal cannot be written (No space left on device); the run goes on without it"
    ]
    records = held(tmp_path / "j")
    assert records == [RUN, *SENT][: len(records)]
    assert len(records) == 3


def test_a_journal_that_is_forgotten_is_empty_and_goes_on(tmp_path: Path) -> None:
    written(tmp_path / "j", RUN, *SENT)
    journal = Journal(tmp_path / "j")
    journal.restart()
    journal.add(RUN)
    journal.close()
    journal.close()
    journal.add(SENT[0])
    assert held(tmp_path / "j") == [RUN]


class _Full(io.FileIO):
    """A file on a disk that takes two lines and a half."""

    def __init__(self, file: io.FileIO) -> None:
        super().__init__(os.dup(file.fileno()), "r+b")
        file.close()
        self._left = int(2.5 * len(line_of(SENT[0])))

    def write(self, data: Any) -> int:
        if not self._left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        size = super().write(bytes(data)[: self._left])
        self._left -= size
        return size
