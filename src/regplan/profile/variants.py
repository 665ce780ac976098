"""What the names of images tell: Windows, another architecture, and variants of one kernel module.

Only names are looked at, so that all of this is a hint: nobody here has seen the image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.oci.platform import Platform
from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.oci.reference import Reference

__all__ = ["architecture_of", "is_windows", "kernel_family", "kernel_variants"]

_WINDOWS = pattern(r"(?:^|[-_./])(?:windows|nanoserver|servercore|windowsservercore|ltsc20\d\d)(?:$|[-_.])")
_ARCHITECTURE = pattern(
    r"(?:^|[-_.])(amd64|x86_64|x86-64|arm64v8|arm64|aarch64|arm32v[67]|armv[67]l?|armhf|ppc64le|s390x|riscv64)(?=$|[-_.])"
)
_SAME: Final = {"arm64v8": "arm64"} | dict.fromkeys(("arm32v6", "arm32v7", "armv6", "armv6l", "armv7", "armv7l"), "arm")
# What kernel modules are built for: distributions and the names of their releases.
_SYSTEMS: Final = (
    "almalinux|alma|amazonlinux|amzn|azurelinux|bionic|bookworm|bullseye|buster|centos|cos|debian|fedora|flatcar|focal|"
    "jammy|mariner|noble|opensuse|oraclelinux|photon|resolute|rhel|rocky|rockylinux|sles|trixie|ubuntu|xenial"
)
_SYSTEM = pattern(rf"[-_.](?:{_SYSTEMS})[0-9]*(?:[._][0-9]+)*(?=$|-)")
_KERNEL = pattern(r"drbd|driver|doca|kernel|kmod|mofed|module|nvidia|zfs", re.IGNORECASE)


def is_windows(reference: Reference) -> bool:
    """Tell whether an image is most likely for Windows, by its tag or the last part of its repository.

    >>> from regplan.oci.reference import Reference
    >>> is_windows(Reference.parse("appd/agent:1.0-nanoserver-ltsc2019")), is_windows(Reference.parse("nginx:1.27"))
    (True, False)
    """
    last = reference.repository.rpartition("/")[2]
    return any(_WINDOWS.search(each.lower()) is not None for each in (last, reference.tag or ""))


def architecture_of(reference: Reference) -> str | None:
    """Tell the architecture that a tag, or else the repository, names; None where it names none or several.

    >>> from regplan.oci.reference import Reference
    >>> architecture_of(Reference.parse("a/b:1.0-aarch64")), architecture_of(Reference.parse("a/b:1.0"))
    ('arm64', None)
    """
    for text in (reference.tag or "", reference.repository.rpartition("/")[2]):
        named = {_SAME.get(each, each) for each in _ARCHITECTURE.findall(text.lower())}
        if named:
            found = {Platform.of("linux", each).architecture for each in named}
            return found.pop() if len(found) == 1 else None
    return None


def kernel_family(reference: Reference) -> str:
    """Tell what an image of a kernel module is called without the distribution that it is for; "" for any other image.

    >>> from regplan.oci.reference import Reference
    >>> kernel_family(Reference.parse("quay.io/x/drbd9-jammy:v9.2")), kernel_family(Reference.parse("postgres:17-jammy"))
    ('quay.io/x/drbd9:v9.2', '')
    """
    if _KERNEL.search(reference.repository.rpartition("/")[2]) is None:
        return ""
    name, in_name = _SYSTEM.subn("", reference.name)
    tag, in_tag = _SYSTEM.subn("", f"-{reference.tag or ''}")
    return f"{name}:{tag.removeprefix('-')}" if in_name + in_tag else ""


def kernel_variants(references: Iterable[Reference]) -> Mapping[str, Sequence[Reference]]:
    """Group the images that differ in their distribution alone, two and more, by what they have in common."""
    families: dict[str, list[Reference]] = {}
    for reference in references:
        family = kernel_family(reference)
        if family:
            families.setdefault(family, []).append(reference)
    return {family: tuple(each) for family, each in families.items() if len(each) > 1}
