"""Users' own rules: files beside the site and those that are named, and what they say of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidRules
from regplan.plan.check import with_findings
from regplan.plan.rules.own import check_own, problem_of
from regplan.plan.rules.table import RULES
from regplan.profile.own_rules import parse_own_rules
from regplan.profile.read import NamedText
from regplan.report.document import plan_document
from regplan.store.files import read_text, user_path
from regplan.values import dataclass
from regplan.verbs.inputs import digest_of_texts
from regplan.verbs.sites import read_site, rules_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from regplan.model.finding import Finding
    from regplan.model.own_rule import OwnRule
    from regplan.model.plan import Study
    from regplan.model.site import Site
    from regplan.profile.own_rules import Place

__all__ = ["OwnRules", "own_findings", "own_rule_ids", "read_own_rules"]

_ENDINGS: Final = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class OwnRules:
    """Rules of the user's own, and the texts that they were read from."""

    rules: tuple[OwnRule, ...] = ()
    texts: tuple[NamedText, ...] = ()

    def judge(self, study: Study) -> Study:
        """Put what the rules say of a study's plan among its findings, so that they count like any other."""
        if not self.rules:
            return study
        plan = replace(with_findings(study.plan, own_findings(study, self.rules)), own_rules=self.rules)
        digest = digest_of_texts(self.texts, [plan.inputs_digest])
        return replace(study, plan=replace(plan, inputs_digest=digest))


def read_own_rules(site: Site, named: Sequence[str] = ()) -> OwnRules:
    """Read the rules in the folder `rules/` beside the site file, and the files and folders that are named.

    Raises `InputError` for a path that is not there, and `InvalidRules`, naming file, line and key.
    """
    beside = rules_folder(site)
    files = list(_listed(beside)) if beside is not None else []
    for each in named:
        path = user_path(each)
        if not path.exists():
            raise InputError(f"{each}: no such file or folder of rules")
        files += _listed(path) if path.is_dir() else [path]
    texts = {path.resolve(): NamedText(str(path), read_text(path)) for path in files}
    places = [(text.file, place) for path, text in texts.items() for place in _places(text, path.name)]
    _refuse_twice(places)
    return OwnRules(tuple(place.rule for _, place in places), tuple(texts.values()))


def own_findings(study: Study, rules: tuple[OwnRule, ...]) -> tuple[Finding, ...]:
    """Tell what users' own rules say of a study's plan."""
    return check_own(rules, plan_document(study))


def own_rule_ids(site: str | Path, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Tell the ids of the rules that hold for a site file; raises the same as reading both."""
    return tuple(rule.id for rule in read_own_rules(read_site(site), named).rules)


def _listed(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and path.is_file())


def _places(text: NamedText, name: str) -> tuple[Place, ...]:
    return parse_own_rules(text.text, text.file, name, problem_of)


def _refuse_twice(places: Iterable[tuple[str, Place]]) -> None:
    """Refuse an id that regplan has, or that stands twice."""
    taken = {rule.id: "is a rule of regplan's" for rule in RULES}
    for file, place in places:
        rule = place.rule
        if rule.id in taken:
            line = dict(place.lines).get("id")
            where = f"line {line}: " if line else ""
            raise InvalidRules(f"{file}: {where}rules[{place.number}].id: {rule.id} {taken[rule.id]}; take another id")
        taken[rule.id] = f"stands in {file} already"
