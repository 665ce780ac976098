"""Findings about what is written: keys, references, macros, drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Finding, Verdict
from regplan.profile.lint.sources import API, MACROS, OWN, PACKS, TAGS
from regplan.profile.parts import Draft

if TYPE_CHECKING:
    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference

__all__ = [
    "alias_key",
    "is_mutable",
    "misspelt_key",
    "mutable_tag",
    "not_understood",
    "unpublished_draft",
    "unresolved_macro",
]


def misspelt_key(where: str, wrong: str, right: str) -> Finding:
    """Tell of a key that Palette does not read, so that what stands behind it is lost."""
    message = f"{where}: `{wrong}` is not `{right}`, so Palette does not see what it names; here it is counted."
    fix = f"Write `{right}` instead of `{wrong}`."
    return Finding("profile.misspelt-key", Verdict.FAIL, message, where=where, fix=fix, source=PACKS)


def alias_key(where: str, written: str, right: str) -> Finding:
    """Tell of a form that is read here although the packs' own form is another one."""
    message = f"{where}: images stand as {written}, where packs have {right}; they are read here, Palette may not."
    return Finding(
        "profile.misspelt-key", Verdict.INFO, message, where=where, fix=f"Write {right} instead.", source=PACKS
    )


def mutable_tag(reference: Reference, where: str) -> Finding:
    """Tell of a reference whose tag is made to be moved."""
    message = f"{reference} may be another image tomorrow: what is planned now and what is pulled then can differ."
    fix = "Name a version, or pin the image with @sha256:."
    return Finding("image.mutable-tag", Verdict.INFO, message, where=where, fix=fix, source=TAGS)


def is_mutable(reference: Reference) -> bool:
    """Tell whether a reference is made to move: no digest, and a tag that is latest or has no digit.

    >>> from regplan.oci.reference import Reference
    >>> [is_mutable(Reference.parse(text)) for text in ("nginx", "redis:alpine", "redis:7-alpine")]
    [True, True, False]
    """
    return reference.digest is None and not any(each.isdigit() for each in str(reference.tag))


def not_understood(use: ImageUse) -> Finding:
    """Tell of a text that should have been a reference."""
    where, text = str(use.provenance), use.text.strip()
    problem = use.problem or "this is not an image reference"
    message = f"{where}: {problem}." if text in problem else f"{where}: {text}: {problem}."
    fix = "Mend the reference."
    return Finding("image.unresolved", Verdict.INCOMPLETE, message, where=where, fix=fix, source=OWN)


def unresolved_macro(use: ImageUse) -> Finding:
    """Tell of an image whose macro nobody here can fill in."""
    where = str(use.provenance)
    message = f"{where}: {use.text.strip()} stays unknown: {use.problem}."
    fix = "Give the macro a value, or name the image without it."
    return Finding("profile.unresolved-macro", Verdict.INCOMPLETE, message, where=where, fix=fix, source=MACROS)


def unpublished_draft(profile: str, draft: Draft) -> Finding:
    """Tell of a draft that is not what is published."""
    message = f"{profile} has a draft that differs from what is published; what is published is planned about."
    if draft is Draft.ONLY:
        message = f"{profile} is a draft that was never published; the draft is planned about."
    fix = "Publish the draft, or plan about its export."
    return Finding("profile.unpublished-draft", Verdict.INFO, message, where=profile, fix=fix, source=API)
