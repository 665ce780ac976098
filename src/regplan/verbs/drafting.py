"""A site edited in place: its file's text with edits in it is planned from what was resolved, and written where one says."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError
from regplan.loops import aside
from regplan.profile.site_edit import changes_of, edit_site
from regplan.profile.site_inputs import inputs_in
from regplan.profile.site_moved import moved_site
from regplan.store.files import read_text, user_path, write_atomic
from regplan.values import dataclass
from regplan.verbs.fleet_sets import SetKeys
from regplan.verbs.sites import rules_folder, site_of_text, site_text, with_options
from regplan.verbs.sources import open_sources
from regplan.verbs.study import own_rules_of, planned_study, prepare_site, study_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.model.site_input import SiteInput
    from regplan.profile.site_edit import SiteChange, SiteEdit
    from regplan.verbs.options import Options
    from regplan.verbs.own_rules import OwnRules
    from regplan.verbs.replanning import Ready

__all__ = [
    "Base",
    "Standing",
    "differences",
    "open_base",
    "plan_draft",
    "save_draft",
    "site_inputs_of",
    "site_of_draft",
    "standing_at",
]


@dataclass(frozen=True, slots=True)
class Base:
    """A site file as it was read, and what was resolved of it: drafts of it are planned from that."""

    file: str
    text: str = field(repr=False)
    options: Options
    site: Site = field(repr=False)
    own: OwnRules | None = field(default=None, repr=False)
    keys: SetKeys = field(default_factory=SetKeys, repr=False)
    known: dict[tuple[Any, ...], Ready] = field(default_factory=dict, repr=False)

    def knows(self, site: Site, ready: Ready) -> None:
        """Keep what was resolved, for every draft that names the same."""
        self.keys.learn(site, self.options, ready)
        self.known[self.keys.whole(site, self.options)] = ready


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at a path where something is to be written: its text, and what one should know of it before, in words that follow its name."""

    text: str = field(repr=False)
    words: str


async def open_base(file: str | Path, options: Options, report: Report | None = None) -> tuple[Study, Base]:
    """Plan a site file, and keep what its drafts are planned from; raises what `plan_site` raises."""
    text = await aside(site_text, file)
    site = await aside(site_of_text, text, str(file))
    kept: list[tuple[Site, Ready]] = []
    study = await study_site(site, options, report, lambda told, ready, _: kept.append((told, ready)))
    told, ready = kept[0]
    base = Base(str(file), text, options, told, await aside(own_rules_of, told, options))
    base.knows(told, ready)
    return study, base


async def plan_draft(base: Base, edits: Sequence[SiteEdit], report: Report | None = None) -> Study:
    """Plan a site file with edits in its text, as it would be planned once it is saved.

    What the file named before is not resolved again; an edit that names something else is. Raises `InputError` for what
    cannot be read or planned.
    """
    site = await aside(site_of_draft, base, edits)
    ready = base.known.get(base.keys.whole(site, base.options))
    if ready is None:
        ready = await prepare_site(site, base.options, open_sources, report)
        base.knows(site, ready)
    return await aside(planned_study, site, ready, base.own, base.options)


def site_of_draft(base: Base, edits: Sequence[SiteEdit]) -> Site:
    """Read the site that a file with edits in its text describes; raises `InputError`."""
    return with_options(site_of_text(edit_site(base.text, edits, base.file), base.file), base.options)


def site_inputs_of(base: Base, edits: Sequence[SiteEdit], study: Study) -> tuple[SiteInput, ...]:
    """List what can be set in a site file with its edits; the PVC is the one that the profiles claim where the file has none."""
    claimed = study.plan.storage.claimed_bytes
    known = {} if claimed is None else {"registry.storage": f"{claimed}B"}
    now = inputs_in(edit_site(base.text, edits, base.file), base.file, known)
    if not edits:
        return now
    before = {each.name: each.value for each in inputs_in(base.text, base.file, {})}
    # What a host brings that was added is new; what nobody edited is as it was.
    touched = {edit.name for edit in edits} | {each.name for each in now if each.name not in before}

    def told(each: SiteInput) -> SiteInput:
        was = before.get(each.name, "")
        return replace(each, before=was or "nothing") if each.name in touched and each.value != was else each

    return tuple(map(told, now))


def differences(base: Base, edits: Sequence[SiteEdit]) -> tuple[SiteChange, ...]:
    """Tell what edits change of the file, key by key."""
    return changes_of(base.text, edits, base.file)


def standing_at(base: Base, path: str) -> Standing | None:
    """Tell what stands where a draft is to be saved, None where nothing does; raises `InputError` for what is no text file."""
    target = user_path(path)
    if not target.exists():
        return None
    text = read_text(target)
    if not _is_file(base, target):
        return Standing(text, "is there already")
    if text != base.text:
        return Standing(text, "has changed since it was read (r reads it again, and the edits stay)")
    return Standing(text, "is the file that is open")


def save_draft(base: Base, edits: Sequence[SiteEdit], path: str, agreed: Standing | None) -> tuple[Base, str]:
    """Write a draft, whole or not at all; tell the base that is then open, and what one should know, "" for nothing.

    Paths in it name in another folder what they did. Raises `InputError` where something else stands there than was agreed
    to be replaced, and where it cannot be written.
    """
    if standing_at(base, path) != agreed:
        raise InputError(f"{path} is not as it was when you were asked: nothing was written")
    target, text = user_path(path), edit_site(base.text, edits, base.file)
    if _is_file(base, target):
        write_atomic(target.resolve(), text.encode())
        return replace(base, text=text), ""
    folders = [str(each.absolute().parent) for each in (user_path(base.file), target)]
    if folders[0] != folders[1]:
        text = moved_site(text, *folders)
    write_atomic(target, text.encode())
    rules = rules_folder(base.site)
    is_apart = rules is not None and folders[0] != folders[1]
    return base, f"your own rules in {rules} are not beside it" if is_apart else ""


def _is_file(base: Base, target: Path) -> bool:
    """Tell whether a path is the file that is open."""
    mine = user_path(base.file)
    return mine.exists() and target.exists() and target.samefile(mine)
