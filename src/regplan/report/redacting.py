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
# The registry of a reference inside a text: a host with a dot, a repository, and a tag or a digest; not the host of a URL.
_IN_TEXT: Final = re.compile(
    r"(?<![\w./-])((?:[A-Za-z0-9][\w-]*(?:\.[\w-]+)+|localhost)(?::\d+)?)/[a-z0-9][a-z0-9._/-]*(?::\w|@sha)"
)
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
    # A key such as hosts.node-1.memory holds a host's name before a dot, and other names before a dot are of other things.
    return rf"(?<![\w-]){name}(?![\w-]|\.\w)|(?<=\bhosts\.){name}(?=\.\w)"


def _registry_in(name: str) -> str:
    return rf"(?<![\w.-]){name}(?![\w-]|\.\w)"


def _registries(study: Study) -> Iterator[str]:
    """Name every registry that a study speaks of, as references and sources write it."""
    yield from (entry.reference.registry for entry in study.inventory.entries)
    yield from (image.reference.registry for image in study.inventory.declared)
    yield from (use.reference.registry for use in study.declarations.uses if use.reference is not None)
    inputs = study.plan.site.inputs
    named = [each.reference for each in study.inventory.unresolved] + [name for name, _ in inputs.declared_sizes]
    named += inputs.images
    for text in named:
        try:
            yield Reference.parse(text).registry
        except InputError:
            continue
    for source in inputs.sources:
        if found := _REMOTE.match(source):
            yield found[1]
    for host, mirrors in inputs.mirrors:
        yield host
        yield from (mirror.partition("/")[0] for mirror in mirrors)
    # What is an address in numbers is replaced as an address is.
    addresses = () if study.plan.site.registry is None else study.plan.site.registry.addresses
    yield from (each for each in addresses if not _MAYBE_4.search(each) and not each.startswith("["))
    yield from _mentioned(study)


def _mentioned(study: Study) -> Iterator[str]:
    """Name the registries of references anywhere in its texts, such as those that only another version's images are from."""
    texts: list[str] = []

    def heard(text: str) -> str:
        texts.append(text)
        return text

    walked(study, heard)
    for text in texts:
        yield from _IN_TEXT.findall(text)


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
