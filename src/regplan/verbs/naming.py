"""`--mapping`: what was asked for, read into what images are named by at the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.wiring import RewriteRules
from regplan.plan.mapping import SHAPES
from regplan.plan.names import profile_mapping
from regplan.profile.mapping_rules import read_rules
from regplan.profile.site_paths import looks_like_file
from regplan.store.files import read_text, user_path

if TYPE_CHECKING:
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.plan.mapping import Mapping

__all__ = ["PROJECT", "own_addresses", "project_of", "read_mapping"]

PROJECT: Final = "spectro-images"
_PROFILE: Final = "profile"


def read_mapping(text: str, declarations: Declarations) -> Mapping:
    """Read what `--mapping` says: host, plain, last, profile (the rules of the profiles) or a file of rules.

    Raises `InputError` for anything else, and where there is no rule that renames images.
    """
    if text in SHAPES:
        return text
    if text == _PROFILE:
        return _of_profiles(declarations)
    path = user_path(text)
    if not looks_like_file(text) and not path.is_file():
        raise InputError(f"mapping {text}: it is neither {', '.join(SHAPES)} nor {_PROFILE}, and there is no such file")
    return read_rules(read_text(path), text)


def own_addresses(mapping: Mapping, site: Site | None, *addresses: str) -> Mapping:
    """Tell rules which addresses are the registry's own: those of the site and those given."""
    known = site.registry.addresses if site is not None and site.registry is not None else ()
    return replace(mapping, own=(*known, *addresses)) if isinstance(mapping, RewriteRules) else mapping


def project_of(declarations: Declarations) -> str:
    """Tell the project that profiles alone say images are put into, else Palette's default."""
    return declarations.settings.project or PROJECT


def _of_profiles(declarations: Declarations) -> RewriteRules:
    problems = declarations.settings.wiring.rules.problems
    if problems:
        raise InputError(f"mapping profile: {'; '.join(problems)}")
    if not (rules := profile_mapping(declarations.settings)):
        raise InputError(
            "mapping profile: the profiles have no imageReplacementRules in Registry Connect's values, and no "
            "registryMappingRules without it; name a file of rules"
        )
    return rules
