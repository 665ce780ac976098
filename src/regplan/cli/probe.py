"""`probe`: how fast a link and a disk are, measured on the spot."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.shown import size
from regplan.units import format_rate, parse_bytes, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.verbs.measuring import Probed
    from regplan.verbs.options import Options

__all__ = ["probe_command"]


@verb(
    "probe",
    "regplan probe 10.0.0.5:30003/spectro-images/docker.io/library/nginx:1.27",
    "regplan probe docker.io/library/python:3.12 --write site.yaml",
    "regplan probe 10.0.0.5:30003/edge/app:1 --write site.yaml --link lan --folder /var/lib/containerd",
)
@click.argument("things", nargs=1, metavar="IMAGE")
@click.option("--write", "file", default="", metavar="SITE", help="Write what was measured into this site file.")
@click.option("--link", type=click.Choice(["internet", "lan"]), default="internet", help="Which link of it that was.")
@click.option("--seconds", default="5s", metavar="DURATION", help="For each number of connections: 1, 4 and 16.")
@click.option("--most", default="500MB", metavar="SIZE", help="Download no more than this in all.")
@click.option("--folder", default="", metavar="DIR", help="On the disk where layers unpack; default: temporary files'.")
@click.option("--no-unpack", is_flag=True, help="Measure the link alone.")
@common
@resolving
def probe_command(things: str, common: Common, options: Options, **given: Any) -> int:  # noqa: ANN401  click hands over what it declares
    """Measure the link to an image's registry, and how fast this machine unpacks the image's largest layer.

    The layer is downloaded by one connection, by four and by sixteen, as long as more of them bring more; no other host is
    asked than a download asks. Unpacking is done below --folder and removed. Ends with 3 where the registry cannot be used.
    """
    from regplan.verbs.measuring import Measuring, check_site, measure, write_measured

    if given["file"] and common.read_only:
        raise click.UsageError("read-only: --write writes; leave one of them out")
    if options.sources or options.mirrors:
        raise click.UsageError(
            "the way to the image's own registry is measured: name a mirror's image to measure that one"
        )
    seconds, most_bytes = parse_duration(given["seconds"]), parse_bytes(given["most"])
    if not seconds or not most_bytes:
        raise click.UsageError("--seconds and --most are above zero")
    if given["file"]:
        check_site(given["file"], given["link"])
    folder = None if given["no_unpack"] else given["folder"]
    found = measure(things, options, Measuring(seconds, most_bytes, folder))
    written = write_measured(given["file"], given["link"], found, _today()) if given["file"] else {}
    document = _document(things, found, given["file"], written)
    columns = (Column("what", "WHAT"), Column("found", "MEASURED"), Column("how", "HOW"))
    below = (f"Written into {given['file']}: {', '.join(written)}.",) if written else ()
    emit(Answer(document, (Table(columns, tuple(_rows(found))),), (), below), common.output)
    return ExitCode.DONE


def _today() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def _document(target: str, found: Probed, file: str, written: Mapping[str, str]) -> dict[str, Any]:
    link, unpacked = found.link, found.unpacked
    return {
        "kind": "probe",
        "target": target,
        **{key: value for key, value in asdict(link).items() if key != "rates"},
        "rates": [{**asdict(each), "rate_bps": each.rate_bps} for each in link.rates],
        "rate_bps": link.rate_bps,
        "connection_bps": link.connection_bps,
        "unpack": unpacked
        and {
            **asdict(unpacked),
            "bytes_per_s": unpacked.bytes_per_s,
            "inflate_bytes_per_s": unpacked.inflate_bytes_per_s,
            "write_bytes_per_s": unpacked.write_bytes_per_s,
        },
        "written": {"file": file, "keys": dict(written)} if written else None,
    }


def _rows(found: Probed) -> Iterator[dict[str, str]]:
    link, unpacked = found.link, found.unpacked
    if link.connect_s is not None:
        yield _row("round trip", f"{link.connect_s * 1e3:.2f} ms", "least of ten connections to it")
    yield _row("answer", f"{link.answer_s * 1e3:.2f} ms", "least of three HEADs of the manifest")
    for each in link.rates:
        number = "1 connection" if each.connections == 1 else f"{each.connections} connections"
        yield _row(number, format_rate(each.rate_bps), f"{size(each.got_bytes)} in {each.seconds:.1f} s")
    capped = "each connection is capped" if link.connection_bps is not None else "one connection fills it"
    yield _row("link", format_rate(link.rate_bps), f"of content; {capped}")
    if unpacked is not None:
        how = f"{size(unpacked.packed_bytes)} compressed in {unpacked.seconds:.1f} s, below {unpacked.folder}"
        yield _row("unpacking", f"{size(unpacked.bytes_per_s)}/s", how)
        inflate, write = unpacked.inflate_bytes_per_s, unpacked.write_bytes_per_s
        if inflate and write:
            yield _row("inflating", f"{size(inflate)}/s", "compressed bytes, with nothing written")
            yield _row("writing", f"{size(write)}/s", "unpacked bytes, in the time that inflating leaves")


def _row(what: str, found: str, how: str) -> dict[str, str]:
    return {"what": what, "found": found, "how": how}
