"""Edits of a site file: keys set, hosts added and taken away, one after the other, in the file's own text."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import yaml

from regplan.errors import InputError, InvalidSite
from regplan.profile.site_change import place_in, put, root_of, written
from regplan.profile.site_hosts import add_host, host_item, remove_host
from regplan.profile.site_keys import KEYS
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.profile.site_key import Key

__all__ = ["SiteChange", "SiteEdit", "changes_of", "edit_of", "edit_site", "key_named", "value_in"]

_HOSTS: Final = "hosts"


@dataclass(frozen=True, slots=True)
class SiteEdit:
    """One change of a site file.

    `path` is the key's as the table of keys has it ("registry.storage", "hosts.cpu"), `host` the host whose key it is. With the path
    "hosts" alone the host itself is meant: `value` is the host that a new one is like, None takes it away.
    """

    path: str
    value: str | None
    host: str = ""

    @property
    def name(self) -> str:
        """How the key is named: "hosts.node-1.cpu"."""
        if not self.host:
            return self.path
        section, _, key = self.path.partition(".")
        return ".".join(part for part in (section, self.host, key) if part)


@dataclass(frozen=True, slots=True)
class SiteChange:
    """What an edited file has in another way than the one before: the key, and its value in both, "" where it has none."""

    name: str
    before: str
    after: str


def key_named(path: str) -> Key:
    """Find a key of the table; raises `InputError` that names the nearest one."""
    found = next((key for key in KEYS if key.path == path), None)
    if found is not None:
        return found
    near = get_close_matches(path, [key.path for key in KEYS], n=1, cutoff=0.5)
    raise InputError(f"a site file has no key {path}" + (f"; did you mean {near[0]}?" if near else ""))


def edit_of(name: str, value: str) -> SiteEdit:
    """Make an edit that sets a key; raises `InputError` for a key that is none, and for a value that it cannot have.

    >>> edit_of("hosts.node-1.cpu", "8").host, edit_of("registry.storage", "400GB").name
    ('node-1', 'registry.storage')
    """
    section, _, rest = name.partition(".")
    host, _, key = rest.rpartition(".")
    edit = SiteEdit(f"{_HOSTS}.{key}", value, host) if section == _HOSTS and host else SiteEdit(name, value)
    if edit.path.startswith(f"{_HOSTS}.") and not edit.host:
        raise InputError(f"{name}: name the host too, such as hosts.NAME.{edit.path.partition('.')[2]}")
    if edit.path in {"hosts.name", "hosts.count"}:
        raise InputError(f"{name}: add a host under another name, and take this one away")
    try:
        key_named(edit.path).kind.read(value)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    return edit


def edit_site(text: str, edits: Iterable[SiteEdit], file: str = "site file") -> str:
    """Make edits in the text of a site file, YAML or JSON; comments, order and whatever else stands in it stay as they are.

    Raises `InvalidSite` for a key that stands elsewhere in the file, and for a host that is not there.

    >>> edit_site("registry: {storage: 300GB}  # claim", [SiteEdit("registry.storage", "400GB")])
    'registry: {storage: 400GB}  # claim'
    """
    for edit in edits:
        text = _edited(text, edit, file)
    return text


def _edited(text: str, edit: SiteEdit, file: str) -> str:
    if edit.path == _HOSTS:
        return remove_host(text, edit.host, file) if edit.value is None else add_host(text, edit.host, edit.value, file)
    value = written(text, edit.value or "")
    if not edit.host:
        return put(text, place_in(text, root_of(text, file), tuple(edit.path.split(".")), value, file))
    text, item = host_item(text, edit.host, file)
    return put(text, place_in(text, item, (edit.path.partition(".")[2],), value, file))


def value_in(text: str, edit: SiteEdit, file: str = "site file") -> str:
    """Tell the value that a site file has for the key of an edit, as it is written there; "" where it has none."""
    try:
        node: yaml.Node = host_item(text, edit.host, file)[1] if edit.host else root_of(text, file)
    except InvalidSite:
        return ""
    if edit.path == _HOSTS:
        return "there"
    for name in edit.path.split(".")[1:] if edit.host else edit.path.split("."):
        items = node.value if isinstance(node, yaml.MappingNode) else []
        found = next((value for key, value in items if getattr(key, "value", None) == name), None)
        if found is None:
            return ""
        node = found
    return str(node.value) if isinstance(node, yaml.ScalarNode) else text[node.start_mark.index : node.end_mark.index]


def changes_of(before: str, edits: Sequence[SiteEdit], file: str = "site file") -> tuple[SiteChange, ...]:
    """Tell what edits change of a site file's text, key by key in the order in which they were first edited."""
    after = edit_site(before, edits, file)
    edited = {edit.name: edit for edit in edits}
    changes = (
        SiteChange(name, value_in(before, edit, file), value_in(after, edit, file)) for name, edit in edited.items()
    )
    return tuple(change for change in changes if change.before != change.after)
