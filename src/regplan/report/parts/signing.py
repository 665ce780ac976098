"""The end of a report: every image with its digest, and room for those who sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Code, Quantity
from regplan.report.sections import Column, Paragraph, Section, Table
from regplan.report.words import counted

if TYPE_CHECKING:
    from regplan.model.plan import Plan

__all__ = ["every_image_section", "signatures_section"]


def every_image_section(plan: Plan) -> Section | None:
    """List every image with its whole digest and its compressed size; None where there is none.

    What is inside images (an SBOM) scanners tell, by these digests.
    """
    if not plan.layers.images:
        return None
    columns = (Column("Image"), Column("Digest"), Column("Platform"), Column("Size", "number"))
    rows = tuple(
        (
            Code(each.reference),
            Code(str(each.digest)),
            str(each.platform),
            Quantity(each.size_bytes, "bytes", at_least=each.sizes_unknown > 0, exact=True),
        )
        for each in sorted(plan.layers.images, key=lambda each: each.reference)
    )
    said = Paragraph(("What is inside an image, as an SBOM lists it, scanners tell by its digest.",))
    return Section("every-image", "Every image", (Table(counted(len(rows), "image"), columns, rows, folded=True), said))


def signatures_section() -> Section:
    """Leave room for those who sign."""
    columns = (Column(""), Column("Name", "prose"), Column("Date"), Column("Signature", "prose"))
    rows = tuple((who, "", "", "") for who in ("Prepared by", "Checked by", "Approved by"))
    return Section(
        "signatures", "Signatures", (Table("What is signed is this revision and its digest of inputs", columns, rows),)
    )
