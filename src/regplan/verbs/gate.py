"""`gate`: a site planned, and held against a policy."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from regplan.errors import InputError
from regplan.model.gate import Place, Policy
from regplan.model.plan import Study
from regplan.plan.gate import LIMIT, judge
from regplan.plan.rules.own import row_of
from regplan.plan.rules.table import RULES
from regplan.profile.places import line_in_profile, line_in_site, lines_named
from regplan.profile.policy import parse_policy
from regplan.report.document import plan_document
from regplan.report.explained.paths import at, close_paths, is_number, places
from regplan.store.files import read_text, user_path
from regplan.values import dataclass
from regplan.verbs.sites import read_site
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from regplan.model.comparison import Comparison
    from regplan.model.gate import Judged, Judgement, Limit
    from regplan.model.progress import Report
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.options import Options

__all__ = ["Gated", "gate_site", "gate_study", "read_policy", "rule_texts"]

# Before a number's path: how much more it is than the base's.
_ADDED: Final = "added."
# Findings of the plan's own that are about no line of a file.
_NO_PLACE: Final = frozenset({LIMIT})


@dataclass(frozen=True, slots=True)
class Gated:
    """A judgement with the plan that was judged, the plan that it is compared with, and what that comes to.

    Both of the latter are None where there is nothing to compare with.
    """

    judgement: Judgement
    study: Study
    base: Study | PulledPlan | None = None
    changes: Comparison | None = None


def read_policy(path: str | Path, own_rules: Sequence[str] = ()) -> Policy:
    """Read a policy file; `own_rules` are the ids of the user's. Raises `InputError` naming file, line and key."""
    rules = tuple(rule.id for rule in RULES)
    return parse_policy(read_text(user_path(path)), str(path), (*rules, *own_rules))


def rule_texts(study: Study | None = None) -> dict[str, tuple[str, str]]:
    """Tell the title of every rule, and what it compares; of a study's own rules too."""
    own = map(row_of, study.plan.own_rules) if study is not None else ()
    return {rule.id: (rule.title, rule.compares) for rule in (*RULES, *own)}


def gate_site(
    site: str | Path,
    policy: Policy | None = None,
    options: Options | None = None,
    base: str | Path | Study | PulledPlan | None = None,
    report: Report | None = None,
) -> Gated:
    """Plan a site and hold it against a policy, beside another site or an older state of it where `base` names one.

    What both name is resolved once; a base may be a plan that was made or pushed before, as `docker://HOST/REPO:TAG`.
    Raises what `plan_site` raises, and `InputError` for a limit on what is no number of the plan.
    """
    study, other, changes = _planned(site, base, options, report)
    judgement = gate_study(study, policy or Policy(), other)
    text = read_text(user_path(site)) if user_path(site).is_file() else ""
    return Gated(_placed(judgement, str(site), text, study.plan.site.inputs.profiles), study, other, changes)


def _planned(
    site: str | Path, base: str | Path | Study | PulledPlan | None, options: Options | None, report: Report | None
) -> tuple[Study, Study | PulledPlan | None, Comparison | None]:
    # Before the base is asked for; a gate judges a site, and points at its lines.
    told = read_site(site)
    if base is None:
        return plan_site(told, options, report), None, None
    from regplan.verbs.compare import compare_studies, plan_sites

    other, study = plan_sites([base, told], options, report)
    return cast("Study", study), other, compare_studies([other, study])


def gate_study(study: Study, policy: Policy, base: Study | PulledPlan | None = None) -> Judgement:
    """Hold a plan that is made already against a policy; raises `InputError` for a limit on what is no number of it."""
    document: Mapping[str, Any] = plan_document(study)
    before: Mapping[str, Any] | None = None
    if base is not None:
        before = plan_document(base) if isinstance(base, Study) else base.document
    numbers = {limit.key: _number(limit, policy, document, before) for limit in policy.limits}
    units = {limit.key: _unit(limit.key) for limit in policy.limits}
    return judge(study.plan, policy, numbers, units)


def _number(
    limit: Limit, policy: Policy, document: Mapping[str, Any], before: Mapping[str, Any] | None
) -> float | None:
    key = limit.key.removeprefix(_ADDED)
    value = _at(document, key, limit, policy)
    if key == limit.key:
        return value
    if before is None:
        raise _no_number(limit, policy, "there is nothing to compare with: give --base")
    old = _at(before, key, limit, policy)
    return None if value is None or old is None else value - old


def _at(document: Mapping[str, Any], key: str, limit: Limit, policy: Policy) -> float | None:
    """Tell a number of the plan document, None where it stands there and nobody knows it."""
    place = at(document, key)
    value = None if place is None else place.value
    if place is None or not (value is None or is_number(value)):
        known = [each.path for each in places(document) if is_number(each.value)]
        near = close_paths(key, known)
        meant = f"; did you mean {near[0]}?" if near else "; regplan explain SITE lists them"
        raise _no_number(limit, policy, f"the plan has no number {key!r}{meant}")
    return None if value is None else float(value) if isinstance(value, float) else int(value)


def _no_number(limit: Limit, policy: Policy, problem: str) -> InputError:
    line = f"line {limit.line}: " if limit.line else ""
    return InputError(f"{policy.file or 'policy'}: {line}limits: {limit.key}: {problem}")


def _unit(key: str) -> str:
    endings = (("bytes", "bytes"), ("ratio", "ratio"), ("_milli", "milli"), ("_bps", "bps"), ("_s", "s"))
    return next((unit for ending, unit in endings if key.endswith(ending)), "")


def _placed(judgement: Judgement, site: str, text: str, profiles: Sequence[str]) -> Judgement:
    # Each is read once, and only where a check names a pack or a profile.
    lines = cache(lambda path: lines_named(read_text(user_path(path)) if user_path(path).is_file() else ""))

    def named(where: str) -> Place | None:
        found = ((path, lines(path)(where)) for path in (_beside(each, site) for each in profiles) if where)
        return next((Place(_from_here(path), line) for path, line in found if line is not None), None)

    checks = (replace(each, place=_place(each, site, text, named)) for each in judgement.checks)
    return replace(judgement, checks=tuple(checks))


def _place(judged: Judged, site: str, text: str, named: Callable[[str], Place | None]) -> Place | None:
    """Tell the line that a check points at: of the profile, of the policy, else of the site file."""
    finding = judged.finding
    known = line_in_profile(finding.where) or (line_in_profile(f"{finding.source} > ") if finding.rule in _NO_PLACE else None)  # fmt: skip
    if known is not None:
        file, line = known
        return Place(_from_here(_beside(file, site)), line)
    if not text:
        return None
    line = line_in_site(text, finding.where)
    return (named(finding.where) if line == 1 else None) or Place(_from_here(site), line)


def _beside(file: str, site: str) -> str:
    """Tell where a file is that a plan names as its site file does: in the folder of a site file that was given whole."""
    found = user_path(site).parent / file
    return str(found) if user_path(site).is_absolute() and found.is_file() else file


def _from_here(file: str) -> str:
    """Write a path from the working folder on where it is below that: code hosts know files by their path in a repository.

    So they know no `..` in it either.
    """
    path, here = Path(os.path.normpath(user_path(file))), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_absolute() and path.is_relative_to(here) else path.as_posix()
