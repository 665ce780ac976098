"""Texts, bytes and paths spoilt at random: cut, doubled, flipped, spliced."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

__all__ = ["archive", "spoil_bytes", "spoil_paths", "spoil_text"]

_PIECES = (
    "\t", "\n", "\r", "\r\n", " ", "  ", "- ", "? ", ": ", ":", "{", "}", "[", "]", ",", "{{", "}}", "{{-", "-}}", "|", ">",
    "|2-\n", "#", "&a ", "*a", "<<: *a\n", "!!binary ", "!", "%TAG ! a\n", "---\n", "...\n", "'", '"', "\\", "\\u0041", "\\ud800",
    "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\ufffe", "\ue000", "\ue0001\ue001", "\U0001f600", "ü", "~", "null", "@",
    "a: &a [*a]\n", "x: &x {k: v}\ny: [*x, *x, *x]\n", "image: ", "images:\n", "pack:\n", "spec:\n", "kind: List\n", "0" * 300,
    "{{ if .Values.x }}", "{{ end }}", "{{ else }}", '{{ include "shop.image" . }}', '{{ define "x" }}', '{{ template "x" }}',
    "{{ range $i, $x := .Values.extra }}", "{{ with .Values.image }}", "{{/* c */}}", "{{ tpl .Values.x . }}", "{{ `a` }}",
    "{{ toYaml . | nindent 4 }}", "{{ .Values.a.b.c | default dict }}", '{{ fail "x" }}', "{{ index .Values 0 }}", "{{ 1e999 }}",
    '{{ repeat 99999999 "a" }}', "{{ until 99999999 }}", '{{ printf "%999999999d" 1 }}', "{{ lookup }}", "{{ $x := . }}{{ $x.a }}",
    '{{ regexReplaceAll "(a+)+$" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" "b" }}', "{{ seq 1 99999999 }}", "{{ (((((( }}",
)  # fmt: skip
_PATHS = ("", "..", ".", "/", "a", "charts", "manifests", "templates", "values.yaml", "pack.json", "Chart.yaml", "presets.yaml",
          "C:", "ü", "a b", "x" * 300, "index.json", "-", "*", "schema.yaml", "README.md")  # fmt: skip


def spoil_text(text: str, rng: Random, others: list[str]) -> str:
    """Change a text in one to five places, whatever it then is."""
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 1, 2, 10, 60, 400)))
        match rng.randrange(9):
            case 0:
                text = text[:start]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:start] + text[start:end] * rng.choice((2, 3, 30)) + text[end:]
            case 3 | 4 | 5:
                text = text[:start] + rng.choice(_PIECES) + text[end:]
            case 6:
                other = rng.choice(others)
                at = rng.randrange(len(other) + 1)
                text = text[:start] + other[at : at + rng.choice((20, 200, 2_000))] + text[end:]
            case 7:
                line = text.find("\n", start) + 1
                text = text[:line] + rng.choice((" ", "  ", "\t", "      ")) * rng.choice((1, 3)) + text[line:]
            case _:
                text = _reordered(text, rng)
        text = text[:20_000]
    return text


def spoil_bytes(raw: bytes, rng: Random) -> bytes:
    """Change bytes in one to five places."""
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        start = rng.randrange(len(changed) + 1)
        end = start + rng.choice((0, 1, 2, 16, 512))
        match rng.randrange(5):
            case 0:
                del changed[start:]
            case 1:
                changed[start:end] = b""
            case 2:
                changed[start:start] = changed[start:end]
            case 3:
                changed[start:end] = rng.randbytes(end - start)
            case _:
                changed[start : start + 1] = rng.choice(
                    (b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x80", b"7", b"g")
                )
    return bytes(changed)


def spoil_paths(texts: Mapping[str, str], rng: Random) -> dict[str, str]:
    """Rename, drop, double and move members."""
    found = dict(texts)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not found:
            return found
        path = rng.choice(list(found))
        parts = path.split("/")
        match rng.randrange(6):
            case 0:
                del found[path]
            case 1:
                parts[rng.randrange(len(parts))] = rng.choice(_PATHS)
                found["/".join(parts)] = found.pop(path)
            case 2:
                parts.insert(rng.randrange(len(parts) + 1), rng.choice(_PATHS))
                found["/".join(parts)] = found[path]
            case 3:
                top = rng.choice(_PATHS)
                found = {f"{top}/{name}": text for name, text in found.items()}
            case 4:
                found = {name.partition("/")[2] or name: text for name, text in found.items()}
            case _:
                found[path] = rng.choice(list(found.values()))
    return found


def archive(texts: Mapping[str, str], rng: Random) -> bytes:
    """Pack texts as a tar archive, with links, empty folders and gzip now and then."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=rng.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))) as tar:
        for path, text in texts.items():
            raw = text.encode("utf-8", "replace")
            member = tarfile.TarInfo(path)
            if rng.random() < 0.05:
                member.type = rng.choice((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE))
                member.linkname = rng.choice(_PATHS)
                raw = b""
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
    whole = out.getvalue()
    return gzip.compress(whole, 1, mtime=0) if rng.random() < 0.7 else whole


def _reordered(text: str, rng: Random) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return text
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)
