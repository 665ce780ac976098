from __future__ import annotations

from regplan.model.profile import Declarations, ImageUse, Provenance, Spread, Workload
from regplan.model.survival import HostNeeds
from regplan.model.verifying import VerifyResult
from regplan.oci.reference import Reference
from regplan.plan.coverage import VersionImages, cover, narrowed, room_for
from unit.seed.samples import entry, inventory, make_image

APP, _ = make_image([b"base" * 10, b"app"], "app")
NEW, _ = make_image([b"base" * 10, b"new"], "new")
OS, _ = make_image([b"os"], "os")


def uses(*names: str, layer: str = "addon") -> tuple[ImageUse, ...]:
    where = Provenance("profile.json", profile="edge", pack="pack", layer=layer)
    return tuple(ImageUse(name, Reference.parse(name), where) for name in names)


def version(name: str, *pairs: tuple[str, object], more: tuple[ImageUse, ...] = ()) -> VersionImages:
    workload = Workload(
        "Deployment", "shop", "web", Spread.REPLICAS, 1, (Reference.parse("app:1"),), Provenance("profile.json")
    )
    declared = Declarations(uses=(*uses(*(text for text, _ in pairs)), *more), workloads=(workload,))
    needs = {"node-1": HostNeeds(frozenset({"docker.io/library/app:1"}), frozenset({"docker.io/library/new:1"}))}
    return VersionImages(name, declared, inventory(*(entry(text, image) for text, image in pairs)), needs)  # type: ignore[arg-type]


NOW = version("current", ("app:1", APP), more=uses("os:1", layer="os"))
NEXT = version("next", ("app:1", APP), ("new:1", NEW))


def test_each_gap_says_who_needs_it_and_what_it_does() -> None:
    lost = ("docker.io/library/app:1", "docker.io/library/os:1")
    result = VerifyResult("t", 2, missing=lost, wrong=("docker.io/library/new:1",))
    covered = {image.reference: image for image in cover(result, [NOW, NEXT], ["current", "next"], sync=True).images}
    cut_off = {image.reference: image for image in cover(result, [NOW], ["current"], sync=False).images}

    app, new = covered["docker.io/library/app:1"], covered["docker.io/library/new:1"]
    assert (app.state, app.effect, app.versions, app.hosts) == ("missing", "internet", ("current", "next"), ("node-1",))
    assert app.workloads == ("Deployment shop/web",)
    assert (new.state, new.effect, new.hosts, new.maybe_hosts) == ("wrong", "wrong", (), ("node-1",))
    assert covered["docker.io/library/os:1"].effect == "provided"
    assert cut_off["docker.io/library/app:1"].effect == "fails"


def test_a_version_is_complete_when_nothing_of_it_is_missing_or_wrong() -> None:
    result = VerifyResult("t", 2, missing=("docker.io/library/new:1",), equivalent=("docker.io/library/app:1",))
    coverage = cover(result, [NOW, NEXT], ["next"], sync=True)

    assert (coverage.can_start, coverage.rollback, coverage.complete) == (False, True, False)
    assert coverage.version("current").equivalent == ("docker.io/library/app:1",)
    current = cover(result, [NOW], ["current"], sync=True)
    assert (current.can_start, current.rollback, current.complete) == (None, None, True)


def test_only_what_asked_versions_need_decides() -> None:
    result = VerifyResult("t", 2, missing=("docker.io/library/os:1", "p/elsewhere:1"))
    coverage = cover(result, [NOW, NEXT], ["next"], sync=True)

    assert narrowed(result.missing, coverage) == ("p/elsewhere:1",)


def test_what_is_to_come_counts_no_byte_that_another_image_has_brought() -> None:
    result = VerifyResult("t", 2, missing=("docker.io/library/new:1",))
    coverage = cover(result, [NOW, NEXT], ["next"], sync=True)
    room = room_for(coverage, [NOW, NEXT], 900, 1000)

    assert NEW.manifest_size
    assert NEW.config
    assert room.to_come_bytes == NEW.manifest_size + (NEW.config.size or 0) + len(b"new")
    assert room.held_bytes == sum(blob.size or 0 for blob in APP.content())
    assert room.fits
    assert room_for(coverage, [NOW, NEXT], 1001, 1000).fits is False
    assert room_for(coverage, [NOW, NEXT], 1001, None).fits is None
    done = cover(VerifyResult("t", 2), [NOW, NEXT], ["next"], sync=True)
    assert room_for(done, [NOW, NEXT], 5000, 10).fits
