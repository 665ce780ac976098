"""`probe`: a link and a disk measured on the spot, and written into a site file as what was measured."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.clock import Pulling
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.profile.site import parse_site
from regplan.profile.site_change import change_site
from regplan.registry.credentials import Credentials
from regplan.store.files import read_text, user_path, write_atomic
from regplan.values import dataclass
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from regplan.model.probe import LinkFound, UnpackFound

__all__ = ["Measuring", "Probed", "check_site", "measure", "write_measured"]

_KEPT_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Measuring:
    """How much is done: seconds for each number of connections, bytes in all, and the folder on the disk in question.

    `folder` is "" for the system's temporary one, None where nothing is to be unpacked.
    """

    seconds: float = 5.0
    most_bytes: int = 500_000_000
    folder: str | None = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found out: of the link, and of the disk, None where nothing was unpacked."""

    link: LinkFound
    unpacked: UnpackFound | None

    def changes(self, link: str) -> Mapping[str, str]:
        """Tell what stands in a site file then, by the paths of its keys; rates there are the link's, with headers."""
        found = self.link
        round_trip_s = found.answer_s if found.connect_s is None else found.connect_s
        told = {f"links.{link}.rate": _rate(found.rate_bps), f"links.{link}.latency": f"{round_trip_s * 1e3:.2f}ms"}
        if found.connection_bps is not None:
            told[f"links.{link}.connection_rate"] = _rate(found.connection_bps)
        if self.unpacked is not None:
            inflate, write = self.unpacked.inflate_bytes_per_s, self.unpacked.write_bytes_per_s
            # Where both are known, a layer's compressed bytes count by one, and its unpacked bytes by the other.
            told["pulls.unpacked_each_second"] = f"{(write or self.unpacked.bytes_per_s) / 1e6:.4g}MB"
            told["pulls.inflated_each_second"] = f"{inflate / 1e6:.4g}MB" if inflate else "0B"
        return told


def measure(target: str, options: Options | None = None, measuring: Measuring | None = None) -> Probed:
    """Measure the way to the registry of an image, and how fast its largest layer unpacks, blocking.

    Raises `InputError` for what names no image, has no layer that a rate can be told by, or cannot be unpacked where it was
    asked for; `RegistryError` where the registry does not serve it.
    """
    told, how = options or Options(), measuring or Measuring()
    reference = Reference.parse(target.removeprefix("docker://"))
    if told.connection.offline:
        raise InputError("being offline allows no connection, and a link can only be measured by one")
    folder = None if how.folder is None else _folder(how.folder)
    with tempfile.TemporaryDirectory(prefix="regplan-probe-", dir=folder) as place:
        kept = Path(place) / "layer"
        with kept.open("wb") as file:
            link = run_blocking(lambda: _measure_link(reference, told, how, file))
        return Probed(link, None if folder is None else _unpack(kept, folder))


def check_site(file: str, link: str) -> None:
    """See that a site file can be read and changed, before anything is measured for it.

    `link` is internet or lan. Raises `InputError` where it cannot be read, is no site file, or keeps the link elsewhere.
    """
    _changed(file, {f"links.{link}.{key}": "1Mbit/s" if key == "rate" else "1ms" for key in ("rate", "latency")})


def write_measured(file: str, link: str, found: Probed, day: str) -> Mapping[str, str]:
    """Write what was found into a site file, and tell the keys; all else in it stays as it is.

    `link` is internet or lan, `day` the date of the measurement. Raises `InputError` like `check_site`, and for a
    file that cannot be written.
    """
    changes = {**found.changes(link), f"links.{link}.measured": day}
    if found.unpacked is not None:
        changes["pulls.measured"] = day
    write_atomic(user_path(file), _changed(file, changes).encode())
    return changes


def _changed(file: str, changes: Mapping[str, str]) -> str:
    before = read_text(user_path(file))
    parse_site(before, file)
    after = change_site(before, changes, file)
    parse_site(after, file)
    return after


async def _measure_link(reference: Reference, options: Options, how: Measuring, kept: BinaryIO) -> LinkFound:
    from regplan.registry.client import RegistryClient
    from regplan.registry.measuring import Effort, measure_link

    def keep(chunk: bytes) -> None:
        if kept.tell() < _KEPT_BYTES:
            kept.write(chunk)

    platform = options.platforms[0] if options.platforms else Platform.parse("linux/amd64")
    credentials = Credentials(options.connection, options.environment)
    async with RegistryClient(options.connection, credentials) as client:
        return await measure_link(client, reference, platform, Effort(how.seconds, how.most_bytes, keep))


def _folder(text: str) -> Path:
    folder = user_path(text or tempfile.gettempdir())
    if not folder.is_dir():
        raise InputError(f"{text}: there is no such folder; --folder names one on the disk that is to be measured")
    return folder


def _unpack(layer: Path, folder: Path) -> UnpackFound | None:
    from regplan.store.unpacking import measure_unpacking

    return measure_unpacking(layer, folder)


def _rate(content_bps: int) -> str:
    """Write a rate of content as a site file takes that of a link: with the headers of packets, to four figures.

    >>> _rate(19_312_345), _rate(965_000_000)
    ('20.01Mbit/s', '999.7Mbit/s')
    """
    rate_bps = content_bps * Pulling().wire_ratio
    return f"{rate_bps / 1e6:.4g}Mbit/s" if rate_bps < 10**9 else f"{rate_bps / 1e6:.0f}Mbit/s"
