"""A study that can be shown to others: names of hosts, network addresses and registries replaced in all of it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.reference import Reference
from regplan.report.portable import walked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from regplan.model.plan import Study

__all__ = ["REDACTIONS", "read_redactions", "redacted"]

REDACTIONS: Final = ("hosts", "addresses", "registries")
# What may be an address, with a port or a prefix that stays; whether it is one `ipaddress` tells.
_MAYBE_4: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|-\w)")
_MAYBE_6: Final = re.compile(r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_REMOTE: Final = re.compile(r"^[a-z][a-z-]*://([^/@\s]+)")


def read_redactions(text: str) -> tuple[str, ...]:
    """Read what is to be replaced: a list with commas; raises `InputError` for a word that names nothing of that.

    >>> read_redactions("hosts, addresses")
    ('hosts', 'addresses')
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in REDACTIONS]
    if unknown or not words:
        raise InputError(f"--redact {text}: it is one or more of {', '.join(REDACTIONS)}, with commas between them")
    return tuple(dict.fromkeys(words))


def redacted(study: Study, what: Collection[str]) -> Study:
    """Tell a study in which hosts are host-1, addresses address-1 and registries registry-1, the same name for the same thing.

    Digests, sizes, repositories and tags stay: whoever has the images recognises them by these.
    """
    if "registries" in what:
        study = _in_texts(study, _named(_registries(study), "registry"), _registry_in)
    if "hosts" in what:
        study = _in_texts(study, _named((host.name for host in study.plan.site.hosts), "host"), _host_in)
    if "addresses" in what:
        study = walked(study, _Addresses().replaced, into_references=True)
    return study


def _named(names: Iterable[str], kind: str) -> dict[str, str]:
    return {name: f"{kind}-{number}" for number, name in enumerate(dict.fromkeys(names), 1) if name}


def _in_texts(study: Study, names: dict[str, str], bounded: Callable[[str], str]) -> Study:
    if not names:
        return study
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(bounded(re.escape(name)) for name in longest_first))
    return walked(study, lambda text: pattern.sub(lambda found: names[found[0]], text), into_references=True)


def _host_in(name: str) -> str:
    return rf"(?<![\w-]){name}(?![\w-]|\.\w)"


def _registry_in(name: str) -> str:
    return rf"(?<![\w.-]){name}(?![\w-]|\.\w)"


def _registries(study: Study) -> Iterator[str]:
    """Name every registry that a study speaks of, as references and sources write it."""
    yield from (entry.reference.registry for entry in study.inventory.entries)
    yield from (image.reference.registry for image in study.inventory.declared)
    yield from (use.reference.registry for use in study.declarations.uses if use.reference is not None)
    for text in (each.reference for each in study.inventory.unresolved):
        try:
            yield Reference.parse(text).registry
        except InputError:
            continue
    for source in study.plan.site.inputs.sources:
        if found := _REMOTE.match(source):
            yield found[1]


class _Addresses:
    """Gives each network address a name, in the order in which they come."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def replaced(self, text: str) -> str:
        """Replace the addresses in a text."""
        return _MAYBE_6.sub(self._name, _MAYBE_4.sub(self._name, text)) if "." in text or ":" in text else text

    def _name(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]
        return self._names.setdefault(str(address), f"address-{len(self._names) + 1}")
