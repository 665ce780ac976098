from __future__ import annotations

import gzip
import io
import os
import socket
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.store.members import read_members
from regplan.store.signs import is_archive
from support.archives import END, header, many_members, tar_of, tgz_of, zeros, zip_of
from support.limits import MB, measure, skip_where_memory_cannot_be_measured

if TYPE_CHECKING:
    from pathlib import Path

CHART = {"web/Chart.yaml": "name: web\n", "web/templates/a.yaml": "kind: Pod\n"}


def put(folder: Path, members: dict[str, bytes | str]) -> Path:
    for name, content in members.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_members(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize("make", [tar_of, tgz_of, zip_of])
@pytest.mark.parametrize("name", ["a.tgz", "a.zip", "a"])
def test_what_an_archive_is_its_first_bytes_tell_and_not_its_name(tmp_path: Path, make: object, name: str) -> None:
    path = written(tmp_path / name, make(CHART))  # type: ignore[operator]

    members = read_members(path)

    assert is_archive(path)
    assert dict(members.texts) == CHART
    assert members.file == str(path)
    assert not members.problems


def test_a_folder_and_the_archives_in_it_are_taken_apart_to_any_kind(tmp_path: Path) -> None:
    inner = tgz_of({"lib/Chart.yaml": "name: lib\n"})
    chart = tgz_of({**CHART, "web/charts/lib-1.0.tgz": inner})
    put(tmp_path, {"pack.json": "{}", "charts/web-1.0.tgz": chart, "charts/plain.tar": tar_of({"x/y.txt": "z"})})

    assert dict(read_members(tmp_path).texts) == {
        "pack.json": "{}",
        "charts/web-1.0.tgz/web/Chart.yaml": "name: web\n",
        "charts/web-1.0.tgz/web/templates/a.yaml": "kind: Pod\n",
        "charts/web-1.0.tgz/web/charts/lib-1.0.tgz/lib/Chart.yaml": "name: lib\n",
        "charts/plain.tar/x/y.txt": "z",
    }


def test_long_names_of_both_dialects_and_what_tar_writes_itself_are_read(tmp_path: Path) -> None:
    name = f"{'deep/' * 60}ü.yaml"
    for number, form in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w", format=form) as archive:
            info = tarfile.TarInfo(f"./{name}")
            info.size = 4
            archive.addfile(info, io.BytesIO(b"a: 1"))

        assert dict(read_members(path).texts) == {name: "a: 1"}


def test_pictures_documentation_and_hidden_files_are_left_out_and_pictures_are_named(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\0\0"
    put(
        tmp_path,
        {
            "pack.json": "{}",
            "logo.png": picture,
            "README.md": "# hi",
            ".git/config": "x",
            "._values.yaml": picture,
            "__MACOSX/values.yaml": picture,
            "chart/.helmignore": "*.bak",
        },
    )

    members = read_members(tmp_path)

    assert sorted(members.texts) == ["chart/.helmignore", "pack.json"]
    assert sorted(members.skipped) == ["README.md is documentation or source code", "logo.png is not text"]
    assert members.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_member_is_read_in_what_its_mark_says(tmp_path: Path, encoding: str) -> None:
    raw = "a: Zürich\n".encode(encoding)
    if encoding == "utf-16-be":
        raw = b"\xfe\xff" + raw
    path = written(tmp_path / "a.tgz", tgz_of({"values.yaml": raw}))

    members = read_members(path)

    if encoding == "utf-16-le":
        assert members.problems == (f"{path}: values.yaml: is not text in UTF-8, nor in UTF-16 with a byte order mark",)
    else:
        assert dict(members.texts) == {"values.yaml": "a: Zürich\n"}


def test_a_wrong_encoding_is_a_problem_with_its_line_where_a_text_is_needed_and_no_matter_elsewhere(
    tmp_path: Path,
) -> None:
    latin = "one\ntwo\nZürich\n".encode("latin-1")
    put(tmp_path, {"values.yaml": latin, "NOTES.txt": latin, "good.yaml": "a: 1"})

    members = read_members(tmp_path)

    assert members.problems == (f"{tmp_path}: values.yaml: line 3 is not text in UTF-8",)
    assert members.skipped == ("NOTES.txt is not text in UTF-8",)
    assert list(members.texts) == ["good.yaml"]


@pytest.mark.parametrize("name", ["../x.yaml", "a/../../x.yaml", "/etc/x.yaml", "..\\x.yaml", "C:\\x.yaml", "c:x.yaml"])
def test_a_member_that_leads_out_of_its_archive_is_refused_by_name(tmp_path: Path, name: str) -> None:
    raw = header(name, 1) + b"a" + b"\0" * 511 + END
    for path in (written(tmp_path / "a.tar", raw), written(tmp_path / "b.tgz", gzip.compress(raw, mtime=0))):
        assert refusal(path).startswith((f"{name}: leads out", f"{name!a}: leads out"))
    nested = written(tmp_path / "c.tgz", tgz_of({"charts/x.tar": raw}))
    assert "leads out of the archive" in refusal(nested)


def test_a_zip_member_that_leads_out_is_refused_too(tmp_path: Path) -> None:
    assert "../x.yaml: leads out" in refusal(written(tmp_path / "a.zip", zip_of({"../x.yaml": "a"})))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "../.."])
def test_a_link_that_leads_out_of_its_archive_is_refused(tmp_path: Path, kind: bytes, target: str) -> None:
    path = written(tmp_path / "a.tgz", tgz_of(CHART, [("web/passwd.yaml", kind, target)]))

    assert refusal(path) == f"web/passwd.yaml: is a link to {target}, which leads out of the archive"


def test_a_link_out_of_an_inner_archive_is_refused_even_where_it_stays_in_the_outer_one(tmp_path: Path) -> None:
    inner = tgz_of({}, [("values.yaml", tarfile.SYMTYPE, "../../secret.yaml")])
    path = written(tmp_path / "a.tgz", tgz_of({"secret.yaml": "a", "charts/x.tgz": inner}))

    assert "leads out of the archive" in refusal(path)


def test_links_inside_an_archive_are_followed_whether_they_stand_before_or_behind(tmp_path: Path) -> None:
    links = [
        ("web/values.yaml", tarfile.SYMTYPE, "../common/values.yaml"),
        ("web/hard.yaml", tarfile.LNKTYPE, "common/values.yaml"),
        ("twin", tarfile.SYMTYPE, "web"),
        ("chain.yaml", tarfile.SYMTYPE, "web/values.yaml"),
        ("lost.yaml", tarfile.SYMTYPE, "nowhere.yaml"),
        ("web/loop", tarfile.SYMTYPE, "../web"),
    ]
    path = written(tmp_path / "a.tgz", tgz_of({"common/values.yaml": "a: 1", "web/b.yaml": "b"}, links))

    members = read_members(path)

    assert members.texts["web/values.yaml"] == members.texts["web/hard.yaml"] == members.texts["chain.yaml"] == "a: 1"
    assert members.texts["twin/b.yaml"] == "b"
    assert set(members.skipped) == {
        "lost.yaml is a link to nowhere.yaml, where no text is",
        "web/loop is a link to web, where no text is",
    }


def test_links_that_multiply_an_archive_are_refused(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {f"d/{number}.yaml": "a" for number in range(400)}
    links = [(f"l{number}", tarfile.SYMTYPE, "d") for number in range(400)]

    assert "holds more than 50,000 members" in refusal(written(tmp_path / "a.tgz", tgz_of(members, links)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes are POSIX")
def test_links_in_a_folder_are_followed_inside_and_refused_outside(tmp_path: Path) -> None:
    top = put(tmp_path / "top", {"common/values.yaml": "a: 1", "web/b.yaml": "b"})
    (top / "web" / "values.yaml").symlink_to("../common/values.yaml")
    (top / "twin").symlink_to("web")
    (top / "web" / "loop").symlink_to("..")
    (top / "lost.yaml").symlink_to("nowhere.yaml")

    members = read_members(top)

    assert members.texts["web/values.yaml"] == members.texts["twin/values.yaml"] == "a: 1"
    assert "lost.yaml is a link to nothing" in members.skipped
    assert "web/loop is a link to a folder that it stands in" in members.skipped

    put(tmp_path, {"secret.yaml": "x"})
    (top / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    assert refusal(top) == "out.yaml: is a link that leads out of the folder"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and sockets are POSIX")
def test_devices_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    links = [
        ("null.yaml", tarfile.CHRTYPE, ""),
        ("disk.yaml", tarfile.BLKTYPE, ""),
        ("pipe.yaml", tarfile.FIFOTYPE, ""),
    ]
    archive = written(tmp_path / "a.tgz", tgz_of({"a.yaml": "a"}, links))
    assert set(read_members(archive).skipped) == {f"{name} is no file" for name, _, _ in links}

    folder = put(tmp_path / "f", {"a.yaml": "a"})
    os.mkfifo(folder / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(folder)
        server.bind("s.yaml")
        assert set(read_members(folder).skipped) == {"pipe.yaml is no file", "s.yaml is no file"}
    assert not is_archive(folder / "pipe.yaml")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_problem(tmp_path: Path) -> None:
    put(tmp_path, {"values.yaml": "a", "b.yaml": "b"})
    (tmp_path / "values.yaml").chmod(0)

    members = read_members(tmp_path)

    assert members.problems == (f"{tmp_path}: values.yaml: cannot be read (Permission denied)",)
    assert list(members.texts) == ["b.yaml"]


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("make", [tar_of, tgz_of, zip_of])
def test_an_archive_that_is_cut_short_is_told_so(tmp_path: Path, make: object, keep: float) -> None:
    raw = make({"a.yaml": os.urandom(3000).hex(), "b.yaml": os.urandom(3000).hex()})  # type: ignore[operator]
    path = written(tmp_path / "a", raw[: int(len(raw) * keep)])

    assert refusal(path).startswith("this archive cannot be read: it is cut short")


def test_a_broken_byte_is_told_also_behind_the_last_member(tmp_path: Path) -> None:
    raw = bytearray(tgz_of({"a.yaml": "a: 1"}))
    raw[-6] ^= 1
    assert "this archive cannot be read: it is damaged (CRC check failed" in refusal(
        written(tmp_path / "a.tgz", bytes(raw))
    )


def test_a_broken_archive_inside_is_a_problem_and_hides_nothing(tmp_path: Path) -> None:
    chart = tgz_of(CHART)
    put(
        tmp_path,
        {"charts/a.tgz": chart[:60], "charts/b.tgz": chart, "charts/c.tgz": gzip.compress(b"a: 1" * 200, mtime=0)},
    )

    members = read_members(tmp_path)

    assert members.problems == (
        f"{tmp_path}: charts/a.tgz: it is cut short",
        f"{tmp_path}: charts/c.tgz: it is damaged, or no tar archive",
    )
    assert "charts/b.tgz/web/Chart.yaml" in members.texts


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("a.tgz", b"a: 1\n", "is no tar archive, with gzip or without, and no zip file"),
        ("a.tar.zst", b"\x28\xb5\x2f\xfd\0\0", "is compressed with zstd, as content bundles are"),
        ("a.tar", b"BZh91AY", "is compressed with bzip2"),
        ("a.tar", b"\xfd7zXZ\0\0", "is compressed with xz"),
        (
            "a.tgz",
            gzip.compress(b"a: 1\n" * 300, mtime=0),
            "this archive cannot be read: it is damaged, or no tar archive",
        ),
    ],
    ids=["text", "zstd", "bzip2", "xz", "gzip of a text"],
)
def test_what_is_no_archive_that_is_read_is_told_as_what_it_is(tmp_path: Path, name: str, raw: bytes, why: str) -> None:
    path = written(tmp_path / name, raw)
    assert is_archive(path)
    assert refusal(path).startswith(why)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.tgz") == "no such file"
    assert not is_archive(tmp_path / "none.tgz")


@pytest.mark.parametrize(
    ("sign", "advice"),
    [
        ("oci-layout", "write oci-archive:{}, or docker-archive:{} where docker save wrote it"),
        (f"blobs/sha256/{'a' * 64}", "write oci-archive:{}, or docker-archive:{} where docker save wrote it"),
        (f"{'a' * 64}/layer.tar", "write docker-archive:{}"),
        (f"{'b' * 64}.json", "write docker-archive:{}"),
        ("bundle-pkg/oci-layout", "write bundle:{}"),
        (f"a/b/blobs/sha256/{'a' * 64}", "write bundle:{}"),
    ],
)
def test_an_image_in_an_archive_is_told_with_the_transport_that_reads_it(
    tmp_path: Path, sign: str, advice: str
) -> None:
    path = written(tmp_path / "a.tar", tar_of({sign: "{}"}))
    assert refusal(path).endswith(advice.replace("{}", str(path)))


def test_a_layout_in_a_folder_is_named_and_one_handed_over_is_told_by_its_transport(tmp_path: Path) -> None:
    put(tmp_path, {"images/oci-layout": "{}", "images/index.json": "{}", "a.yaml": "a"})
    members = read_members(tmp_path)
    assert list(members.texts) == ["a.yaml"]
    assert members.skipped == ("images is an image layout",)
    assert refusal(tmp_path / "images") == f"is an image layout; write oci:{tmp_path / 'images'}"


def test_a_ratio_of_a_thousand_is_refused_where_it_stands(tmp_path: Path) -> None:
    zeros(tmp_path / "a.tgz", "values.yaml", 100)
    assert refusal(tmp_path / "a.tgz") == "unpacks to more than 500 times its size, as no text does"

    outer = written(tmp_path / "b.tgz", tar_of({"charts/a.tgz": (tmp_path / "a.tgz").read_bytes()}))
    assert refusal(outer) == "charts/a.tgz: unpacks to more than 500 times its size, as no text does"

    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("values.yaml", b" " * 12 * 2**20)
    assert "unpacks to more than 500 times" in refusal(written(tmp_path / "c.zip", raw.getvalue()))


def test_an_archive_in_an_archive_in_an_archive_without_end_is_refused(tmp_path: Path) -> None:
    raw = tgz_of({"a.yaml": "a"})
    for _ in range(8):
        raw = tgz_of({"x.tgz": raw})
    assert "is an archive inside 5 others" in refusal(written(tmp_path / "a.tgz", bytes(raw)))


def test_a_text_that_is_too_large_is_refused_by_name_wherever_it_stands(tmp_path: Path) -> None:
    text = "a: 1\n" * (17 * 2**20 // 5)
    why = "big/values.yaml: is larger than the 16,777,216 bytes that a text may have"
    assert refusal(put(tmp_path / "f", {"big/values.yaml": text})) == why
    assert refusal(written(tmp_path / "a.tar", tar_of({"big/values.yaml": text}))) == why


def test_texts_that_are_too_much_together_are_refused_and_the_same_text_counts_once(tmp_path: Path) -> None:
    half = "x" * (15 * 2**20)
    same = written(tmp_path / "a.tar", tar_of({f"{number}.yaml": half for number in range(10)}))
    assert len(read_members(same).texts) == 10
    other = written(tmp_path / "b.tar", tar_of({f"{number}.yaml": f"{number}{half}" for number in range(10)}))
    assert refusal(other).startswith("holds more than 100,663,296 bytes of text")


def test_a_header_that_lies_about_a_length_is_told_and_not_believed(tmp_path: Path) -> None:
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        raw = header("x", 8 * 2**30, kind) + b"a" * 4096
        assert "a header tells a length that cannot be" in refusal(written(tmp_path / "a.tar", raw))
    raw = header("x.yaml", 8 * 2**30) + b"a" * 4096
    assert "is cut short" in refusal(written(tmp_path / "b.tar", raw))


@pytest.mark.parametrize("record", [b"x path=a\n", b"99 path=a\n", b"5 path\n", b"0 path=a\n", b"11 path=a"])
def test_an_extended_header_that_is_none_is_told(tmp_path: Path, record: bytes) -> None:
    raw = header("x", len(record), tarfile.XHDTYPE) + record + b"\0" * (512 - len(record)) + header("a.yaml") + END
    assert "an extended header cannot be read" in refusal(written(tmp_path / "a.tar", raw))


def test_names_that_no_terminal_should_see_are_shown_escaped(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar_of({"../\x1b[31mred.yaml": "a"}))
    assert "\x1b" not in refusal(path)


@pytest.mark.parametrize(
    "what", ["zeros", *(pytest.param(each, marks=pytest.mark.slow) for each in ("members", "index", "folder"))]
)
def test_hostile_archives_end_at_once_in_one_sentence_and_little_memory(tmp_path: Path, what: str) -> None:
    skip_where_memory_cannot_be_measured()
    path = tmp_path / "a.tgz"
    if what == "members":
        many_members(path, 1000)
    elif what == "zeros":
        zeros(path, "values.yaml", 10_000)
    elif what == "index":
        entry = b"PK\x01\x02" + b"\0" * 24 + b"\x01\0" + b"\0" * 16 + b"a"
        end = b"PK\x05\x06" + b"\0" * 4 + b"\xff\xff\xff\xff" + (len(entry) * 10**6).to_bytes(4, "little") + b"\0" * 6
        path.write_bytes(b"PK\x03\x04" + b"\0" * 26 + entry * 10**6 + end)
    else:
        path = tmp_path / "f"
        path.mkdir()
        for number in range(30):
            (path / f"{number}.yaml").write_text(f"{number}" + "é€😀" * 10**6, encoding="utf-8")

    taken = measure("images", f"{path}/" if what == "folder" else str(path))

    assert taken.code == 2, taken
    assert taken.err.startswith(f"regplan: {path}: ")
    assert len(taken.err.splitlines()) == 1
    assert taken.peak_bytes < 256 * MB, taken
    assert taken.seconds < 60
