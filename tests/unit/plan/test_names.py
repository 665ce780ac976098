"""Names at the registry: how rules rewrite them, and which references then share one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.profile import RegistrySettings
from regplan.model.wiring import RewriteRules, Wiring
from regplan.oci.reference import Reference
from regplan.plan.mapping import rewrite, target_name, target_repository
from regplan.plan.names import clashes, known_digests, moved, profile_mapping, target_names
from unit.plan.builders import SHOP, TILL, digest, entry, index, inventory

D1, D2 = (str(digest(name)) for name in ("one", "two"))


def rules(*mapped: tuple[str, str], replaced: tuple[tuple[str, str], ...] = ()) -> RewriteRules:
    return RewriteRules(mapped, replaced, "r.yaml")


def references(*texts: str) -> list[Reference]:
    return [Reference.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        # "All matched portion on the source URL will be replaced with the mapped value, any unmatched path is preserved."
        (
            "somedomain.com/somepath/example-repo/alpine:latest",
            "targetdomain.com/other/path/example-repo/alpine:latest",
        ),
        ("somedomain.com/somepath:1", "targetdomain.com/other/path:1"),
        # Only whole components match.
        ("somedomain.com/somepath-dev/alpine:1", "somedomain.com/somepath-dev/alpine:1"),
        ("somedomain.com.evil/somepath/alpine:1", "somedomain.com.evil/somepath/alpine:1"),
        # A port is part of the host, a tag and a digest both stay.
        ("harbor.corp:8443/team/app:1.2", "mirror.corp:5000/x/app:1.2"),
        (f"harbor.corp:8443/team/app:1.2@{D1}", f"mirror.corp:5000/x/app:1.2@{D1}"),
        (f"harbor.corp:8443/team/app@{D1}", f"mirror.corp:5000/x/app@{D1}"),
        ("harbor.corp/team/app:1.2", "harbor.corp/team/app:1.2"),
        ("nginx:1.27", "mirror.corp/hub/library/nginx:1.27"),
    ],
)
def test_a_matching_prefix_is_replaced_and_the_rest_kept(reference: str, expected: str) -> None:
    renaming = rules(
        ("somedomain.com/somepath", "targetdomain.com/other/path"),
        ("harbor.corp:8443/team", "mirror.corp:5000/x"),
        ("docker.io", "mirror.corp/hub"),
    )
    assert str(rewrite(Reference.parse(reference), renaming)) == expected


def test_the_longest_prefix_wins_in_any_order() -> None:
    pairs = (("gcr.io", "a.io"), ("gcr.io/spectro/x", "c.io"), ("gcr.io/spectro", "b.io/s"))

    for order in (pairs, pairs[::-1]):
        assert str(rewrite(Reference.parse("gcr.io/spectro/x/y:1"), rules(*order))) == "c.io/y:1"
        assert str(rewrite(Reference.parse("gcr.io/spectro/z:1"), rules(*order))) == "b.io/s/z:1"


def test_of_two_rules_as_long_the_replacement_rule_wins_and_all_is_the_shortest() -> None:
    renaming = rules(("gcr.io", "mapped.io"), replaced=(("gcr.io", "replaced.io"), ("", "all.io/images")))

    assert str(rewrite(Reference.parse("gcr.io/a:1"), renaming)) == "replaced.io/a:1"
    assert str(rewrite(Reference.parse("quay.io/a:1"), renaming)) == "all.io/images/quay.io/a:1"


HOSTS = st.sampled_from(["a.io", "b.io:5000", "docker.io", "localhost:1"])
PATHS = st.lists(st.sampled_from(["x", "y", "x-y", "x.y"]), min_size=1, max_size=3).map("/".join)
PREFIXES = st.builds(lambda host, path: f"{host}/{path}", HOSTS, PATHS) | HOSTS
ENDINGS = st.sampled_from(["", ":1", f"@{D1}", f":1@{D2}"])


@pytest.mark.property
@given(HOSTS, PATHS, ENDINGS, st.lists(st.tuples(PREFIXES, PREFIXES), max_size=4))
def test_tag_digest_and_the_unmatched_path_survive_any_rules(
    host: str, path: str, ending: str, pairs: list[tuple[str, str]]
) -> None:
    reference = Reference.parse(f"{host}/{path}{ending}")
    matching = [pair for pair in pairs if f"{reference.name}/".startswith(f"{pair[0]}/")]
    try:
        told = rewrite(reference, rules(*pairs))
    except InputError:
        assert any(prefix == reference.name and "/" not in target for prefix, target in matching)
        return

    assert (told.tag, told.digest) == (reference.tag, reference.digest)
    if not matching:
        assert told == reference
    else:
        longest = max(len(prefix) for prefix, _ in matching)
        rest = reference.name[longest:]
        assert told.name in {target + rest for prefix, target in matching if len(prefix) == longest}


def test_one_rule_is_applied_once() -> None:
    renaming = rules(("a.io", "b.io"), ("b.io", "c.io"))

    assert str(rewrite(Reference.parse("a.io/x:1"), renaming)) == "b.io/x:1"


def test_a_port_that_comes_to_stand_in_a_path_becomes_an_underscore() -> None:
    renaming = rules(replaced=(("", "example.registry.com/internal-images"),))
    told = rewrite(Reference.parse(f"harbor.corp:8443/app:1@{D1}"), renaming)

    assert str(told) == f"example.registry.com/internal-images/harbor.corp_8443/app:1@{D1}"
    assert Reference.parse(str(told)) == told


def test_a_rule_that_leaves_no_repository_is_refused() -> None:
    with pytest.raises(InputError, match="leaves no repository"):
        rewrite(Reference.parse("gcr.io/a:1"), rules(("gcr.io/a", "b.io")))


def test_a_rewritten_name_stands_below_the_project_with_its_new_host() -> None:
    renaming = rules(("us-docker.pkg.dev/palette-images", "example.registry.com/palette-images"))

    assert target_name(Reference.parse("us-docker.pkg.dev/palette-images/x:1"), "spectro-images", renaming) == (
        "spectro-images/example.registry.com/palette-images/x:1"
    )
    assert target_name(Reference.parse(f"quay.io:443/y@{D1}"), "spectro-images", renaming) == (
        f"spectro-images/quay.io_443/y@{D1}"
    )
    assert target_repository(Reference.parse("us-docker.pkg.dev/palette-images/x"), "", renaming) == (
        "example.registry.com/palette-images/x"
    )


def test_what_is_rewritten_to_the_registry_itself_names_the_whole_path() -> None:
    # The shape of the page on air-gapped Longhorn: the host swapped, and no project put before.
    renaming = dataclasses.replace(
        rules(("gcr.io", "10.10.137.220:30003/spectro-images-public")), own=("10.10.137.220:30003",)
    )

    assert target_repository(Reference.parse("gcr.io/packs/csi-longhorn/x:1"), "spectro-images", renaming) == (
        "spectro-images-public/packs/csi-longhorn/x"
    )
    elsewhere = dataclasses.replace(renaming, own=())
    assert target_repository(Reference.parse("gcr.io/x:1"), "p", elsewhere) == (
        "p/10.10.137.220_30003/spectro-images-public/x"
    )


def test_names_that_no_registry_takes_are_told_beside_those_that_it_takes() -> None:
    names, problems = target_names(references("nginx:1", "[::1]:5000/a:1"), "p", "host")

    assert list(names.values()) == ["p/docker.io/library/nginx:1"]
    assert len(problems) == 1
    assert "[::1]:5000/a:1" in problems[0]


@pytest.mark.parametrize(
    ("texts", "mapping", "verdict"),
    [
        (["a.io/x:1", "b.io/x:1"], "plain", Verdict.FAIL),
        (["a.io/x:1", "b.io/x:1"], "host", None),
        (["a.io/x:1", "b.io/x:2"], "plain", None),
        ([f"a.io/x@{D1}", f"b.io/x@{D2}"], "plain", None),
        ([f"a.io/x:1@{D1}", f"b.io/x:1@{D1}"], "plain", Verdict.INFO),
        ([f"a.io/x:1@{D1}", f"b.io/x:1@{D2}"], "plain", Verdict.FAIL),
        ([f"a.io/x:1@{D1}", "b.io/x:1"], "plain", Verdict.FAIL),
        ([f"a.io/x:1@{D1}", "a.io/x:1"], "host", Verdict.INFO),
        ([f"a.io/x:1@{D1}", f"a.io/x:1@{D2}"], "host", Verdict.FAIL),
        (["a.io/x:1", "a.io/x:1"], "plain", None),
    ],
)
def test_one_tag_for_two_images_is_a_clash(texts: list[str], mapping: str, verdict: Verdict | None) -> None:
    found = clashes(references(*texts), "p", mapping, {})

    assert [each.verdict for each in found] == ([] if verdict is None else [verdict])


def test_rules_that_lead_two_sources_to_one_name_clash() -> None:
    renaming = rules(("gcr.io/one", "m.io/all"), ("gcr.io/two", "m.io/all"))
    (found,) = clashes(references("gcr.io/one/x:1", "gcr.io/two/x:1"), "p", renaming, {})

    assert found.name == "p/m.io/all/x:1"
    assert (found.verdict, found.is_known) == (Verdict.FAIL, False)


def test_known_digests_decide_and_an_index_serves_its_own_image() -> None:
    kept = index("shop", 9, (SHOP,))
    whole = entry("b.io/x:1", SHOP, indexes=(kept,))
    whole = dataclasses.replace(whole, digest=kept.digest)
    same = known_digests(inventory(entry("a.io/x:1", SHOP), whole))
    other = known_digests(inventory(entry("a.io/x:1", TILL), whole))
    named = references("a.io/x:1", "b.io/x:1")

    assert [each.verdict for each in clashes(named, "p", "plain", same)] == [Verdict.INFO]
    assert [(each.verdict, each.is_known) for each in clashes(named, "p", "plain", other)] == [(Verdict.FAIL, True)]


def test_what_another_mapping_moves_is_listed() -> None:
    named = references("gcr.io/a:1", "quay.io/b:1")

    assert moved(named, "p", rules(("gcr.io", "m.io"))) == (named[0],)
    assert moved(named, "p", rules()) == ()


def test_with_registry_connect_only_replacement_rules_rename() -> None:
    both = rules(("gcr.io", "m.io"), replaced=(("quay.io", "n.io"),))
    tied, untied = (RegistrySettings(has_connect=has, wiring=Wiring(rules=both)) for has in (True, False))

    assert (profile_mapping(tied).mapped, profile_mapping(tied).replaced) == ((), both.replaced)
    assert profile_mapping(untied) == both
