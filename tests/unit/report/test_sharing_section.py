"""Who needs the bytes, as a report tells it: what is a lower bound is called one, and long lists are cut short."""

from __future__ import annotations

from dataclasses import replace

from regplan.model.sharing import Alignment, Analysis, Family, GroupSize
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.report.render import render
from unit.report.samples import make_study

AMD64 = Platform("linux", "amd64")


def pack(name: str, *, unresolved: int = 0, unknown: int = 0) -> GroupSize:
    return GroupSize("retail", name, "addon", "1.0", 3, 3, unresolved, 5_000_000, 4_000_000, 3_000_000, 10**6, unknown)


def told(analysis: Analysis) -> list[str]:
    study = make_study()
    text = render(replace(study, plan=replace(study.plan, analysis=analysis)), "md").decode()
    return text[text.index("## Who needs the bytes") :].splitlines()


def test_only_the_packs_with_something_unknown_are_lower_bounds() -> None:
    packs = (pack("known"), pack("sizeless", unknown=2), pack("absent", unresolved=1))

    known, sizeless, absent = (line for line in told(Analysis(packs=packs)) if line.startswith("| retail"))

    assert known == "| retail | known 1.0 | 3 | 3 | 5.00 MB | 4.00 MB (4,000,000 B) | 1.00 MB | 3.00 MB |"
    for line in (sizeless, absent):
        assert "| at least 5.00 MB | at least 4.00 MB (4,000,000 B) |" in line


def test_long_lists_of_images_and_families_are_cut_short() -> None:
    layers = (Digest("sha256", "a" * 64),)
    families = tuple(
        Family(key, None, AMD64, layers, 3, 3 * count, tuple(f"r.io/app:{number}" for number in range(count)))
        for key, count in (("few", 10), ("many", 12))
    )
    alignment = Alignment("repository", "r.io/app:#", AMD64, tuple("abcde"), "a", 3_000_000)

    lines = told(Analysis(families=families, alignments=(alignment, replace(alignment, families=("a", "b")))))

    few, many = (next(line for line in lines if f"`{key}`" in line) for key in ("few", "many"))
    assert "r.io/app:9 |" in few
    assert "r.io/app:9 and 2 more |" in many
    assert (
        "One base for the families `a`, `b`, `c` and 2 more would free 3.00 MB (assumed; repository `r.io/app:#`)."
        in lines
    )
    assert "One base for the families `a`, `b` would free 3.00 MB (assumed; repository `r.io/app:#`)." in lines


def test_exact_bytes_stay_on_one_line_of_a_narrow_page() -> None:
    study = make_study()
    page = render(study, "html").decode()

    unique = f"{study.plan.layers.unique_bytes:,} B"
    assert f'<span class="exact">({unique})</span>' in page
    assert ".exact { white-space: nowrap; }" in page
