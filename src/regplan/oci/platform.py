"""Platforms: operating system, architecture and variant (image specification, image-index.md, "platform")."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.patterns import pattern
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Platform"]

_SYSTEMS: Final = {"": "unknown", "macos": "darwin"}
_ARCHITECTURES: Final = {
    "": "unknown",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armel": "arm",
    "i386": "386",
}
# What the old names of an architecture say of its variant, whatever stands beside them.
_IMPLIED: Final = {"armhf": "v7", "armel": "v6", "i386": ""}
_VARIANTS: Final = {
    "amd64": {"v1": ""},
    "arm": {"": "v7", "5": "v5", "6": "v6", "7": "v7", "8": "v8"},
    "arm64": {"8": "", "v8": "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9"},
}
_PART = pattern(r"[a-z0-9_.-]+")
_PARTS: Final = (2, 3)
_NUMBERED = pattern(r"v([0-9]{1,2})(?:\.([0-9]{1,2}))?")


class Platform(NamedTuple):
    """What an image runs on; `os_version` matters for Windows only."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read "linux/amd64" or "linux/arm64/v8"; raises `InputError`.

        >>> Platform.parse("linux/x86_64")
        Platform(os='linux', architecture='amd64', variant='', os_version='')
        """
        parts = text.strip().lower().split("/")
        if len(parts) not in _PARTS or not all(_PART.fullmatch(part) for part in parts):
            raise InputError(f"{text!r} is not a platform; write OS/ARCHITECTURE, such as linux/amd64")
        return cls.of(parts[0], parts[1], parts[2] if len(parts) > 2 else "")

    @classmethod
    def of(cls, os: str, architecture: str, variant: str = "", os_version: str = "") -> Platform:
        """Make a platform with each part's names made one, as containerd does (platforms, `Normalize`).

        arm64/v8 is arm64, amd64/v1 is amd64, and arm is arm/v7. What is not said at all is unknown.

        >>> str(Platform.of("linux", "aarch64", "v8")), str(Platform.of("linux", "arm")), str(Platform.of("", ""))
        ('linux/arm64', 'linux/arm/v7', 'unknown/unknown')
        """
        return _normalized(os, architecture, variant, os_version)

    @property
    def is_known(self) -> bool:
        """Whether this names a machine; attestations stand in an index as unknown/unknown."""
        return self.os != "unknown" and self.architecture != "unknown"

    def serves(self, wanted: Platform) -> bool:
        """Tell whether this is the platform `wanted`, and not only one that runs there; no OS version asked is any."""
        same = (self.os, self.architecture, self.variant) == (wanted.os, wanted.architecture, wanted.variant)
        return same and wanted.os_version in {"", self.os_version}

    def choose(self, offered: Iterable[Platform]) -> Platform | None:
        """Find the best of `offered` for a host of this platform, the first of equals; None where none runs there.

        Decides as containerd does (platforms, `Only`): an older variant serves a newer host, 386 serves amd64, and arm
        serves arm64; an image for amd64/v2 does not serve a host of which only amd64 is known.

        >>> amd64, newer = Platform.parse("linux/amd64"), Platform.parse("linux/amd64/v2")
        >>> amd64.choose([newer]), newer.choose([amd64]) == amd64
        (None, True)
        """
        machines = tuple(_machines(self.architecture, self.variant))
        fits = [
            each
            for each in offered
            if each.os == self.os
            and (each.architecture, each.variant) in machines
            and self.os_version in {"", each.os_version}
        ]
        return min(fits, key=lambda each: machines.index((each.architecture, each.variant)), default=None)

    def __str__(self) -> str:
        """The platform as `--platform` takes it."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def _machines(architecture: str, variant: str) -> Iterator[tuple[str, str]]:
    """Yield what a machine runs, as (architecture, variant), best first."""
    normal = Platform.of("linux", architecture, variant)
    architecture, variant = normal.architecture, normal.variant
    yield architecture, variant
    number = _NUMBERED.fullmatch(variant or {"amd64": "v1", "arm64": "v8"}.get(architecture, ""))
    major, minor = (int(number[1]), int(number[2] or 0)) if number else (0, 0)
    if architecture == "amd64":
        yield from (("amd64", f"v{older}" if older > 1 else "") for older in range(major - 1, 0, -1))
        yield "386", ""
    if architecture == "arm":
        yield from (("arm", f"v{older}") for older in range(major - 1, 4, -1))
    if architecture == "arm64" and major in {8, 9}:
        yield from (("arm64", _arm64(major, older)) for older in range(minor - 1, -1, -1))
        if major == 9:
            # Armv9.x has all of Armv8.(x+5); containerd knows 8.9 as the last of those.
            yield from (("arm64", _arm64(8, older)) for older in range(min(minor + 5, 9), -1, -1))
        yield from (("arm", f"v{older}") for older in range(8, 4, -1))


def _arm64(major: int, minor: int) -> str:
    return Platform.of("linux", "arm64", f"v{major}.{minor}" if minor else f"v{major}").variant


# The hosts of a fleet, and the images of a set, have a handful of platforms between them.
@lru_cache(maxsize=1_000)
def _normalized(os: str, architecture: str, variant: str, os_version: str) -> Platform:
    system, given, said = os.lower(), architecture.lower(), variant.lower()
    name = _ARCHITECTURES.get(given, given)
    said = _IMPLIED.get(given, said)
    return Platform(_SYSTEMS.get(system, system), name, _VARIANTS.get(name, {}).get(said, said), os_version)
