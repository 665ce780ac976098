"""What can be shown to others: names of hosts, network addresses and registries replaced in all of a study, fleet or seeding."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.oci.reference import Reference
from regplan.report.portable import walked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from regplan.model.fleet import Fleet
    from regplan.model.plan import Study
    from regplan.model.site import Site

__all__ = ["REDACTIONS", "read_redactions", "redacted", "redacted_document", "redacted_fleet", "site_registries"]

REDACTIONS: Final = ("hosts", "addresses", "registries")
# What may be an address, with a port or a prefix that stays; whether it is one `ipaddress` tells.
_MAYBE_4: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|-\w)")
_MAYBE_6: Final = re.compile(r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
# The registry of a reference inside a text: a host with a dot, a repository, and a tag or a digest; not the host of a URL.
_IN_TEXT: Final = re.compile(
    r"(?<![\w./-])((?:[A-Za-z0-9][\w-]*(?:\.[\w-]+)+|localhost)(?::\d+)?)/[a-z0-9][a-z0-9._/-]*(?::\w|@sha)"
)
_REMOTE: Final = re.compile(r"^[a-z][a-z-]*://([^/@\s]+)")
_QUOTED: Final = re.compile(r"'[^']*'")


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
    hosts = [host.name for host in study.plan.site.hosts]
    return walked(study, _change(what, hosts, _registries(study)), into_references=True)


def redacted_fleet(fleet: Fleet, what: Collection[str]) -> Fleet:
    """Tell a fleet with the same replaced, by the same name at every site; sites keep theirs.

    A row that is no site may quote any host of it, so that what stands between quotes in such a sentence is left out.
    """
    hosts = (name for site in fleet.sites for name in site.hosts_named)
    registries = (name for site in fleet.sites for name in site.registries_named)
    if "hosts" in what:
        problems = tuple(replace(each, problem=_QUOTED.sub("'…'", each.problem)) for each in fleet.problems)
        fleet = replace(fleet, problems=problems)
    return walked(fleet, _change(what, hosts, (*registries, *_mentioned(_texts(fleet)))))


def redacted_document(document: Mapping[str, Any], what: Collection[str], site: Site | None = None) -> dict[str, Any]:
    """Tell a document of plain values, such as a seeding's, with the same replaced; `site` is whose hosts it may name."""
    texts = list(_plain_texts(document))
    remote = [found[1] for text in texts if (found := _REMOTE.match(text)) and not _MAYBE_4.search(found[1])]
    remote += [host for host, port, _ in (each.rpartition(":") for each in remote) if port]
    registries = (*(() if site is None else site_registries(site)), *remote, *_mentioned(texts))
    hosts = () if site is None else (host.name for host in site.hosts)
    changed: dict[str, Any] = _walk_plain(document, _change(what, hosts, registries))
    return changed


def _change(what: Collection[str], hosts: Iterable[str], registries: Iterable[str]) -> Callable[[str], str]:
    """Make what replaces in a text what is to be replaced, registries first: a host may be called as a part of one."""
    if unknown := [word for word in what if word not in REDACTIONS]:
        raise InputError(
            f"nothing that can be replaced is called {unknown[0]!r}: name one or more of {', '.join(REDACTIONS)}"
        )
    steps = []
    if "registries" in what:
        steps.append(_replacing(_named(registries, "registry"), _registry_in))
    if "hosts" in what:
        steps.append(_replacing(_named(hosts, "host"), _host_in))
    if "addresses" in what:
        steps.append(_Addresses().replaced)

    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _walk_plain(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  JSON's own values
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _walk_plain(each, change) for key, each in value.items()}
    return [_walk_plain(each, change) for each in value] if isinstance(value, list | tuple) else value


def _plain_texts(value: Any) -> Iterator[str]:  # noqa: ANN401  JSON's own values
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from (text for each in value.values() for text in _plain_texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _plain_texts(each))


def _named(names: Iterable[str], kind: str) -> dict[str, str]:
    return {name: f"{kind}-{number}" for number, name in enumerate(dict.fromkeys(names), 1) if name}


def _replacing(names: dict[str, str], bounded: Callable[[str], str]) -> Callable[[str], str]:
    if not names:
        return str
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(bounded(re.escape(name)) for name in longest_first))
    return lambda text: pattern.sub(lambda found: names[found[0]], text)


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
    yield from _of_texts(each.reference for each in study.inventory.unresolved)
    yield from site_registries(study.plan.site)
    yield from _mentioned(_texts(study))


def site_registries(site: Site) -> Iterator[str]:
    """Name the registries that a site file names: of images, sources and mirrors, and the site's own."""
    inputs = site.inputs
    yield from _of_texts((*(name for name, _ in inputs.declared_sizes), *inputs.images))
    for source in inputs.sources:
        if found := _REMOTE.match(source):
            yield found[1]
    for host, mirrors in inputs.mirrors:
        yield host
        yield from (mirror.partition("/")[0] for mirror in mirrors)
    # What is an address in numbers is replaced as an address is.
    addresses = () if site.registry is None else site.registry.addresses
    yield from (each for each in addresses if not _MAYBE_4.search(each) and not each.startswith("["))


def _of_texts(references: Iterable[str]) -> Iterator[str]:
    for text in references:
        try:
            yield Reference.parse(text).registry
        except InputError:
            continue


def _mentioned(texts: Iterable[str]) -> Iterator[str]:
    """Name the registries of references anywhere in texts, such as those that only another version's images are from."""
    for text in texts:
        yield from _IN_TEXT.findall(text)


def _texts(value: object) -> list[str]:
    """List every text of a value."""
    texts: list[str] = []

    def heard(text: str) -> str:
        texts.append(text)
        return text

    walked(value, heard)
    return texts


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
