"""The site file: text in, `Site` out, by the table of keys that its schema and template are made of too."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InvalidSite
from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Scenario, Site, SiteFrom
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.palette import is_profile
from regplan.profile.site_keys import SECTIONS
from regplan.profile.site_paths import beside, source_beside
from regplan.profile.site_read import Reading, find_secrets, read_section
from regplan.profile.spots import at, columns_of
from regplan.profile.tree import describe, parse_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.clock import Pulling
    from regplan.profile.composer import Tree
    from regplan.profile.site_read import Values

__all__ = ["key_at", "named_at", "parse_site", "site_of"]

_INPUTS: Final = frozenset(each.name for each in fields(SiteFrom))


def parse_site(text: str, file: str) -> Site:
    """Read a site file, YAML or JSON; its relative paths become relative to where `file` is named from.

    >>> parse_site("{name: store, profiles: infra.json}", "sites/store.yaml").inputs.profiles
    ('sites/infra.json',)

    Raises `InvalidSite` with every problem, each with its line, column and key.
    """
    return site_of(_document(text, file), Reading(file, columns_of(text)))


def site_of(tree: Map, reading: Reading) -> Site:
    """Read a site from the tree of a site file; raises `InvalidSite`, and leaves every problem in `reading`."""
    find_secrets(tree, reading)
    values = read_section(tree, SECTIONS[0], "", reading)
    if not any(values.fields.get(key, True) for key in ("profiles", "images") if key in tree):
        line = min((tree.lines[key] for key in ("profiles", "images") if key in tree.lines), default=None)
        reading.add(line, "profiles", "a site needs `profiles` or `images`")
    hosts = _hosts(values, _host_lines(tree), reading)
    reading.finish()
    return _site(values, hosts, reading)


def named_at(text: str, file: str, path: str) -> str:
    r"""Tell where a site file names a path that is the caller's, as "line 2, column 13: profiles[0]"; "" where it does not.

    >>> named_at("{name: store,\n profiles: [infra.json]}", "sites/store.yaml", "sites/infra.json")
    'line 2, column 13: profiles[0]'
    """
    tree = _document(text, file)
    for key in ("profiles", "upgrade_to", "upgrade_from", "images"):
        for label, line, told in _places(tree.get(key), key, tree.lines.get(key)):
            if path in {beside(file, told), source_beside(file, told)}:
                column = columns_of(text)(line, label) if line else None
                return ": ".join(filter(None, (at(line, column), label)))
    return ""


def key_at(text: str, file: str, key: str) -> str:
    r"""Tell where a site file has a key of a section, as "line 2, column 12"; "" where it has not.

    >>> key_at("name: store\nscenario: {years: 0}", "site.yaml", "scenario.years")
    'line 2, column 12'
    """
    section, _, name = key.rpartition(".")
    inner = _document(text, file).get(section)
    line = inner.lines.get(name) if isinstance(inner, Map) else None
    return at(line, columns_of(text)(line, key)) if line else ""


def _places(tree: Tree, label: str, line: int | None) -> Iterator[tuple[str, int | None, str]]:
    """Yield every text below a key, with how it is named and its line."""
    if isinstance(tree, Seq):
        for place, item in enumerate(tree):
            own = tree.lines[place] if place < len(tree.lines) else line
            yield from _places(item, f"{label}[{place}]", own)
    elif isinstance(tree, str):
        yield label, line, tree.strip()


def _document(text: str, file: str) -> Map:
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax as error:
        raise InvalidSite(f"{file}: {'; '.join(error.problems)}") from error
    if len(documents) != 1:
        what = "it holds several documents" if documents else "it is empty"
        raise InvalidSite(f"{file}: this is not a site file: {what}")
    document = documents[0]
    if is_profile(document):
        raise InvalidSite(f"{file}: this is a cluster profile; name it under `profiles` in a site file (regplan init)")
    if not isinstance(document, Map):
        raise InvalidSite(f"{file}: this is not a site file: it is {describe(document)}, where keys are expected")
    return document


def _host_lines(tree: Map) -> list[int | None]:
    """Tell the line of each host that `read_section` makes a section of, where it is known."""
    given = tree.get("hosts")
    if not isinstance(given, Seq):
        return [tree.lines.get("hosts")]
    lines = (given.lines[place] if place < len(given.lines) else None for place in range(len(given)))
    return [line for line, item in zip(lines, given, strict=True) if isinstance(item, Map)]


def _hosts(values: Values, lines: Sequence[int | None], reading: Reading) -> tuple[Host, ...]:
    """Make the hosts; one with a count becomes NAME-1, NAME-2 and so on; a name stands once."""
    found: dict[str, Host] = {}
    first: dict[str, int | None] = {}
    for each, line in zip(values.sections["hosts"], lines, strict=False):
        given: dict[str, Any] = dict(each.fields)
        count = given.pop("count", None)
        name = given.get("name")
        if name is None:
            continue
        for told in [name] if count is None else [f"{name}-{number + 1}" for number in range(count)]:
            if told in found:
                where = f", first in line {first[told]}" if first[told] else ""
                reading.add(line, f"hosts ({told})", f"the host {told} stands twice{where}")
                break
            found[told], first[told] = Host(**{**given, "name": told}), line
    return tuple(found.values())


def _site(values: Values, hosts: tuple[Host, ...], reading: Reading) -> Site:
    given: dict[str, Any] = dict(values.fields)
    for section in ("versions", "content"):
        given |= _only(values, section)
    links = values.sections["links"][0]
    return Site(
        inputs=_inputs(given, reading.file),
        hosts=hosts,
        registry=_registry(values),
        internet_link=_link(links, "links.internet"),
        lan_link=_link(links, "links.lan"),
        assumptions=Assumptions(**_only(values, "assumptions")),
        scenario=Scenario(**_only(values, "scenario")) if values.sections["scenario"] else None,
        pulls=_pulls(values),
        defaulted=tuple(reading.defaulted),
        file=reading.file,
        **given,
    )


def _only(values: Values, section: str) -> dict[str, Any]:
    found = values.sections[section]
    return dict(found[0].fields) if found else {}


def _pulls(values: Values) -> Pulling | None:
    if not values.sections["pulls"]:
        return None
    # Only who asks for times needs it, and a plan starts the quicker without.
    from regplan.model.clock import Pulling

    return Pulling(**_only(values, "pulls"))


def _registry(values: Values) -> RegistrySpec | None:
    return RegistrySpec(**_only(values, "registry")) if values.sections["registry"] else None


def _link(links: Values, section: str) -> Link | None:
    found = links.sections[section]
    fields: dict[str, Any] = dict(found[0].fields) if found else {}
    return Link(**fields) if fields else None


def _inputs(given: dict[str, Any], file: str) -> SiteFrom:
    """Take the inputs out of what was given, and make their paths the caller's."""
    told = {name: given.pop(name) for name in _INPUTS if name in given}
    if isinstance(told.get("declared_sizes"), str):
        told["declared_sizes_file"] = beside(file, told.pop("declared_sizes"))
    inputs = SiteFrom(**told)
    return replace(
        inputs,
        profiles=tuple(beside(file, text) for text in inputs.profiles),
        images=tuple(source_beside(file, text) for text in inputs.images),
        sources=tuple(source_beside(file, text) for text in inputs.sources),
        upgrade_to=tuple(beside(file, text) for text in inputs.upgrade_to),
        upgrade_from=tuple(tuple(beside(file, text) for text in each) for each in inputs.upgrade_from),
    )
