"""Seeding into a Harbor, verifying, pruning and reading from it: against the double, whose answers are sourced."""

from __future__ import annotations

import base64
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.running import Said, regplan
from faults.scene import build
from support import http, images
from support.harbor import ADMIN, PASSWORD, Harbor, HarborOptions, Store
from support.harbor_access import DEVELOPER, MAINTAINER, ROBOT, Account, Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.certificates import Authority
    from support.double import Question, Reply

    Built = Mapping[tuple[str, str], images.Tree]

NAME: Final = "spectro-images"
HOST: Final = "quay.io"
ROBOT_NAME: Final = f"robot${NAME}+seeder"


@dataclass(frozen=True)
class Seeder:
    """Whoever seeds what was built from a layout on the disk, as a user would; the password goes in by standard input."""

    layout: Path
    built: Built
    monkeypatch: pytest.MonkeyPatch
    user: str = ADMIN
    password: str = PASSWORD

    def as_(self, user: str, password: str) -> Seeder:
        """The same as somebody else."""
        return Seeder(self.layout, self.built, self.monkeypatch, user, password)

    def run(self, verb: str, harbor: Harbor, *more: str, project: str = NAME) -> Said:
        """Run a verb on all the images."""
        place = f"docker://{harbor.address}/{project}"
        how = ["--to", place, "--yes"] if verb == "seed" else ["--at", place]
        references = [f"{HOST}/{repository}:{tag}" for repository, tag in self.built]
        reach = () if "https" in harbor.url else (f"--plain-http={harbor.address}",)
        login = ["--username", self.user, "--password-stdin"]
        self.monkeypatch.setattr("sys.stdin", io.StringIO(f"{self.password}\n"))
        return regplan(
            verb, *references, "--from", f"oci:{self.layout}", *how, *login, *reach, "--all-platforms", "-o", "json", *more
        )  # fmt: skip

    def seed(self, harbor: Harbor, *more: str) -> Said:
        """Seed."""
        return self.run("seed", harbor, *more)


@pytest.fixture(scope="session")
def built() -> Built:
    return build()


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory, built: Built) -> Path:
    trees = {f"{HOST}/{repository}:{tag}": tree for (repository, tag), tree in built.items()}
    folder = tmp_path_factory.mktemp("harbor") / "layout"
    images.write_layout(folder, trees)
    return folder


@pytest.fixture
def seeder(layout: Path, built: Built, monkeypatch: pytest.MonkeyPatch) -> Seeder:
    return Seeder(layout, built, monkeypatch)


def findings(said: Said, rule: str) -> list[tuple[str, str]]:
    """(verdict, message with its fix) of what a rule found."""
    found = [each for each in said.document["findings"] if each["rule"] == rule]
    return [(each["verdict"], f"{each['message']} {each['fix']}") for each in found]


def counted(built: Built) -> tuple[int, int, int, int]:
    """Unique blobs, (repository, blob) pairs, (repository, manifest) pairs, tags beyond one each: from the bytes alone."""
    unique = {blob.digest for tree in built.values() for blob in tree.blobs()}
    pairs = {(repository, blob.digest) for (repository, _), tree in built.items() for blob in tree.blobs()}
    puts = {(repository, blob.digest) for (repository, _), tree in built.items() for blob in tree.manifests()}
    tops = {(repository, tree.manifest.digest) for (repository, _), tree in built.items()}
    return len(unique), len(pairs), len(puts), len(built) - len(tops)


def quota_needed(built: Built) -> int:
    """What Harbor charges a project: blobs and manifests, each once."""
    charged = [blob for tree in built.values() for blob in (*tree.blobs(), *tree.manifests())]
    return sum({blob.digest: blob.size for blob in charged}.values())


def writes(harbor: Harbor) -> list[tuple[str, str, int]]:
    """What was asked that could have changed something."""
    return [each for each in harbor.asked() if each[0] not in {"GET", "HEAD"}]


def useful(asked: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """What did something: no tokens, no 401s."""
    return [each for each in asked if each[2] != 401 and "/service/token" not in each[1]]


def assert_all_there(harbor: Harbor, built: Built) -> None:
    """Every tag is right, and all that it needs is in its repository with the bytes of its digest."""
    for (repository, tag), tree in built.items():
        kept = harbor.repositories[f"{NAME}/{HOST}/{repository}"]
        assert kept.tags[tag] == tree.manifest.digest
        assert {blob.digest for blob in tree.manifests()} <= set(kept.manifests)
        assert {blob.digest for blob in tree.blobs()} <= kept.blobs
        assert all(harbor.data[blob.digest] == blob.data for blob in tree.blobs())


def test_harbor_is_seeded_at_the_minimum_verified_to_the_last_byte_and_asked_for_each_tag_alone_the_second_time(
    seeder: Seeder, built: Built
) -> None:
    unique, pairs, puts, tags = counted(built)
    with Harbor().running(Project(NAME)) as harbor:
        said = seeder.seed(harbor)
        first = useful(harbor.asked())
        assert_all_there(harbor, built)
        verified = seeder.run("verify", harbor, "--level", "deep")
        before = len(harbor.asked())
        again = seeder.seed(harbor)
        second = useful(harbor.asked()[before:])

    assert (said.code, said.document["verified"]) == (0, True), said.err
    # Two tags tell that the project is new; three pages are Harbor's own: summary, immutable tags, volumes.
    assert len(first) <= 2 * unique + (pairs - unique) + puts + tags + 2 + 3
    assert said.document["done"]["requests"] == len(first)
    assert said.document["plan"]["requests_min"] + said.document["plan"]["requests_probe"] == len(first)
    least = 2 * unique + (pairs - unique) + puts + tags
    assert f"at minimum {least} requests and " in said.err
    assert (verified.code, verified.document["complete"]) == (0, True), verified.err
    assert (again.code, again.document["done"]["uploaded_blobs"]) == (0, 0)
    assert again.document["done"]["requests"] == again.document["plan"]["requests_probe"] == len(second)
    assert Counter(method for method, _, _ in second) == {"HEAD": len(built), "GET": 3}


def test_no_cookie_is_sent_back_so_that_no_request_needs_a_token_against_forgery(seeder: Seeder) -> None:
    with Harbor().running(Project(NAME)) as harbor:
        assert seeder.seed(harbor).code == 0
        assert not [each for each in harbor.questions if "cookie" in each.headers]
        basic = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Cookie": "sid=1"}
        refused = http.request("POST", f"{harbor.url}/v2/{NAME}/a/blobs/uploads/", body=b"", headers=headers)
    assert (refused.status, json.loads(refused.body)["errors"][0]["code"]) == (403, "FORBIDDEN")


def test_a_project_that_is_not_there_is_found_by_harbors_odd_401_and_stops_the_seeding_with_the_call_that_makes_it(
    seeder: Seeder,
) -> None:
    with Harbor().running() as harbor:
        said = seeder.seed(harbor)

        assert said.code == 1
        [(verdict, told)] = findings(said, "seed.project")
        assert verdict == "FAIL"
        assert f"has no project {NAME}" in told
        assert f"curl -u USER -X POST {harbor.url}/api/v2.0/projects " in told
        assert "--create-project" in told
        assert writes(harbor) == []


def test_a_project_is_made_private_when_it_is_wanted_and_seeded_at_once(seeder: Seeder, built: Built) -> None:
    with Harbor().running() as harbor:
        said = seeder.seed(harbor, "--create-project")

        assert (said.code, said.document["verified"]) == (0, True), said.err
        assert harbor.access.projects[NAME].is_public is False
        assert_all_there(harbor, built)


@pytest.mark.parametrize(
    ("grants", "code", "verdict"),
    [(ROBOT, 0, "PASS"), (DEVELOPER, 0, "PASS"), (frozenset({"pull", "read"}), 1, "FAIL")],
)
def test_a_dry_run_tells_by_harbors_token_whether_the_login_may_push(
    seeder: Seeder, grants: frozenset[str], code: int, verdict: str
) -> None:
    with Harbor().running(Project(NAME)) as harbor:
        harbor.access.accounts[ROBOT_NAME] = Account("r0bot", {NAME: grants})
        said = seeder.as_(ROBOT_NAME, "r0bot").seed(harbor, "--dry-run")

        assert said.code == code, said.err
        assert [found for found, _ in findings(said, "seed.rights")] == [verdict]
        assert writes(harbor) == []


def test_the_quota_that_a_new_project_gets_by_default_is_looked_at_before_a_byte_is_sent(
    seeder: Seeder, built: Built
) -> None:
    options = HarborOptions(default_quota_bytes=quota_needed(built) - 1)
    with Harbor(options).running() as harbor:
        said = seeder.seed(harbor, "--create-project")

        assert said.code == 1
        assert [verdict for verdict, _ in findings(said, "seed.quota")] == ["FAIL"]
        assert [path for _, path, _ in writes(harbor)] == ["/api/v2.0/projects"]


@pytest.mark.parametrize("name", ["dev", ROBOT_NAME])
def test_who_may_make_no_project_is_told_so_with_the_call_for_somebody_who_may(seeder: Seeder, name: str) -> None:
    with Harbor().running() as harbor:
        harbor.access.accounts[name] = Account("d3v", {NAME: ROBOT})
        said = seeder.as_(name, "d3v").seed(harbor, "--create-project")

        assert said.code == 1
        [(verdict, told)] = findings(said, "seed.project")
        assert verdict == "FAIL"
        assert "can create project" in told
        assert f"curl -u USER -X POST {harbor.url}/api/v2.0/projects " in told


def test_a_name_that_harbor_takes_for_no_project_is_refused_in_its_own_words(seeder: Seeder) -> None:
    with Harbor().running() as harbor:
        said = seeder.run("seed", harbor, "--create-project", project="a__b")

        assert said.code == 1
        assert "illegal characters" in findings(said, "seed.project")[0][1]


def test_a_project_whose_name_is_a_number_is_not_taken_for_the_project_of_that_number(seeder: Seeder) -> None:
    with Harbor().running(Project("2026")) as harbor:
        said = seeder.run("seed", harbor, project="2026")

    assert (said.code, said.document["verified"]) == (0, True), said.err
    assert findings(said, "seed.project")[0][0] == "PASS"


@pytest.mark.parametrize(("short", "code"), [(0, 0), (1, 1)])
def test_a_quota_counts_manifests_too_and_one_byte_too_little_is_found_before_a_byte_is_sent(
    seeder: Seeder, built: Built, short: int, code: int
) -> None:
    with Harbor().running(Project(NAME, quota_bytes=quota_needed(built) - short)) as harbor:
        said = seeder.seed(harbor)

        assert said.code == code, said.err
        assert bool(writes(harbor)) is (code == 0)
        assert [verdict for verdict, _ in findings(said, "seed.quota")] == [["PASS", "FAIL"][code]]
        if code:
            assert "Raise it by 1 B" in findings(said, "seed.quota")[0][1]


@pytest.mark.parametrize(("short", "code"), [(0, 0), (1, 1)])
def test_what_is_in_a_repository_of_the_project_that_is_not_seeded_is_charged_no_second_time(
    seeder: Seeder, built: Built, short: int, code: int
) -> None:
    place = ("multi/platform", "4")
    part = {place: built[place]}
    with Harbor().running(Project(NAME, quota_bytes=quota_needed(built) - short)) as harbor:
        assert Seeder(seeder.layout, part, seeder.monkeypatch).seed(harbor, "--no-journal").code == 0
        harbor.repositories[f"{NAME}/old/name"] = harbor.repositories.pop(f"{NAME}/{HOST}/{place[0]}")
        before = len(harbor.asked())
        said = seeder.seed(harbor, "--no-journal")

        assert said.code == code, said.err
        [(verdict, _)] = findings(said, "seed.quota")
        assert verdict == ["PASS", "FAIL"][code]
        if code == 0:
            assert_all_there(harbor, built)
            mounts = [path for method, path, _ in harbor.asked()[before:] if method == "POST" and "mount=" in path]
            assert {blob.digest for blob in built[place].blobs()} <= {
                parse_qs(urlsplit(path).query)["mount"][0]
                for path in mounts
                if parse_qs(urlsplit(path).query)["from"] == [f"{NAME}/old/name"]
            }


@pytest.mark.parametrize("is_broken_off", [False, True], ids=["an image is there", "its blobs alone are there"])
@pytest.mark.parametrize(("short", "code"), [(0, 0), (1, 1)])
def test_no_quota_is_too_small_because_of_what_was_only_taken_to_be_absent(
    seeder: Seeder, built: Built, *, is_broken_off: bool, short: int, code: int
) -> None:
    """The first two images that are asked for are absent, and no journal tells of the third."""
    place = ("multi/platform", "4")
    part = {place: built[place]}
    with Harbor().running(Project(NAME, quota_bytes=quota_needed(built) - short)) as harbor:
        assert Seeder(seeder.layout, part, seeder.monkeypatch).seed(harbor, "--no-journal").code == 0
        if is_broken_off:
            kept = harbor.repositories[f"{NAME}/{HOST}/{place[0]}"]
            for digest in kept.manifests:
                del harbor.access.projects[NAME].held[digest]
            kept.manifests.clear()
            kept.tags.clear()
        before = len(harbor.asked())
        said = seeder.seed(harbor, "--no-journal")

        assert said.code == code, said.err
        [(verdict, told)] = findings(said, "seed.quota")
        assert verdict == ["PASS", "FAIL"][code]
        if code:
            assert "Raise it by 1 B" in told
            assert all(method in {"GET", "HEAD"} for method, _, _ in harbor.asked()[before:])
        else:
            assert_all_there(harbor, built)


def test_a_robot_that_only_pushes_learns_that_its_project_is_there_and_seeds_it(seeder: Seeder, built: Built) -> None:
    with Harbor().running(Project(NAME)) as harbor:
        harbor.access.accounts[ROBOT_NAME] = Account("r0bot", {NAME: ROBOT})
        said = seeder.as_(ROBOT_NAME, "r0bot").seed(harbor)

        assert (said.code, said.document["verified"]) == (0, True), said.err
        assert findings(said, "seed.project")[0][0] == "PASS"
        assert "not told to this login" in findings(said, "seed.quota")[0][1]
        assert_all_there(harbor, built)


def test_a_quota_that_is_used_up_on_the_way_ends_the_run_with_one_message_and_what_is_done_stays(
    seeder: Seeder, built: Built
) -> None:
    """A robot is told no quota, so that it is met by the PUT of a blob, whose body Harbor does not read."""
    with Harbor().running(Project(NAME, quota_bytes=1_000_000)) as harbor:
        harbor.access.accounts[ROBOT_NAME] = Account("r0bot", {NAME: ROBOT})
        robot = seeder.as_(ROBOT_NAME, "r0bot")
        said = robot.seed(harbor)

        assert said.code == 5, said.err
        assert said.document["verified"] is False
        [why] = said.document["failed"]
        assert "will exceed the configured upper limit" in why
        assert "raise its quota" in why
        assert "Traceback" not in said.err
        there = set(harbor.lengths)
        assert there
        for name, kept in harbor.repositories.items():
            assert not [tag for tag, digest in kept.tags.items() if harbor.lacking(name, kept.manifests[digest][1])]

        harbor.access.projects[NAME].quota_bytes = -1
        before = len(harbor.asked())
        again = robot.seed(harbor)
        sent = [path for method, path, _ in harbor.asked()[before:] if method == "PUT" and "/uploads/" in path]

        assert (again.code, again.document["verified"]) == (0, True), again.err
        assert not [path for path in sent if path.rpartition("digest=")[2].replace("%3A", ":") in there]
        assert_all_there(harbor, built)


def moved(built: Built) -> Built:
    """The same names, one of them with another image."""
    return {**built, ("tools/side", "3"): images.image([images.layer(3_000, 99)], label="other")}


def immutable(repositories: str, tags: str) -> list[dict[str, object]]:
    """Rules as Harbor's screens write them."""
    scope = {"kind": "doublestar", "decoration": "repoMatches", "pattern": repositories}
    tag = {"kind": "doublestar", "decoration": "matches", "pattern": tags}
    return [
        {"action": "immutable", "disabled": False, "scope_selectors": {"repository": [scope]}, "tag_selectors": [tag]}
    ]


@pytest.mark.parametrize(("repositories", "code"), [("**", 1), ("quay.io/*/side", 1), ("*", 0)])
def test_a_tag_that_must_move_and_is_immutable_stops_the_seeding_before_a_byte_is_sent(
    seeder: Seeder, built: Built, tmp_path: Path, repositories: str, code: int
) -> None:
    """A star stops at a slash, as in Harbor: `*` is no repository of ours."""
    with Harbor().running(Project(NAME)) as harbor:
        assert seeder.seed(harbor).code == 0
        harbor.access.projects[NAME].rules = immutable(repositories, "3")
        before = len(writes(harbor))
        other = _other(seeder, moved(built), tmp_path)
        said = other.seed(harbor)

        assert said.code == code, said.err
        assert (len(writes(harbor)) > before) is (code == 0)
        told = findings(said, "seed.immutable")
        # Where no rule is for it the journal's answers were enough, and that the tag was not asked for is told.
        assert [verdict for verdict, _ in told] == [["INFO"], ["FAIL"]][code]
        wanted = [("Not asked for", "1 tag."), ("1 tags", "tools/side:3")][code]
        assert all(word in told[0][1] for word in wanted)


def test_an_immutable_tag_that_nobody_told_of_fails_alone_and_the_rest_is_seeded(
    seeder: Seeder, built: Built, tmp_path: Path
) -> None:
    """A developer may not list the rules."""
    with Harbor().running(Project(NAME)) as harbor:
        assert seeder.run("seed", harbor).code == 0
        harbor.access.projects[NAME].rules = immutable("**", "**")
        harbor.access.accounts["dev"] = Account("d3v", {NAME: DEVELOPER})
        more = {**moved(built), ("new/image", "1"): images.image([images.layer(4_000, 98)], label="new")}
        said = _other(seeder, more, tmp_path).as_("dev", "d3v").seed(harbor)

        assert said.code == 5, said.err
        [why] = said.document["failed"]
        assert "tools/side" in why
        assert "configured as immutable" in why
        assert "1" in harbor.repositories[f"{NAME}/{HOST}/new/image"].tags
        assert harbor.repositories[f"{NAME}/{HOST}/tools/side"].tags["3"] == built["tools/side", "3"].manifest.digest


def _other(seeder: Seeder, built: Built, folder: Path) -> Seeder:
    trees = {f"{HOST}/{repository}:{tag}": tree for (repository, tag), tree in built.items()}
    images.write_layout(folder / "other", trees)
    return Seeder(folder / "other", built, seeder.monkeypatch)


@pytest.mark.parametrize(
    ("user", "password"), [(ADMIN, "wr0ng-word"), ("nobody", "wr0ng-word"), (ROBOT_NAME, "wr0ng-word")]
)
def test_a_login_that_is_refused_is_told_once_and_never_shown(seeder: Seeder, user: str, password: str) -> None:
    """Harbor gives a token to a wrong password, which then lets nobody in."""
    with Harbor().running(Project(NAME)) as harbor:
        said = seeder.as_(user, password).seed(harbor)

        assert said.code == 3
        assert "refuses the login from the command line" in said.err
        assert "wrong user, password or rights" in said.err
        assert password not in said.out + said.err
        assert base64.b64encode(f"{user}:{password}".encode()).decode() not in said.out + said.err
        assert writes(harbor) == []


def test_who_may_pull_and_not_push_is_told_by_the_first_upload_before_a_byte_is_sent(seeder: Seeder) -> None:
    with Harbor().running(Project(NAME)) as harbor:
        harbor.access.accounts["guest"] = Account("gu3st", {NAME: frozenset({"pull", "read"})})
        said = seeder.as_("guest", "gu3st").seed(harbor)

        assert said.code == 3
        assert "wrong user, password or rights" in said.err
        assert {status for _, _, status in writes(harbor)} == {401}
        assert harbor.data == {}


def test_tokens_that_are_taken_back_on_the_way_are_asked_for_anew_and_the_password_goes_to_no_request_for_content(
    seeder: Seeder, built: Built
) -> None:
    """Harbor asks for HTTP Basic where a token will not do; a new token does."""

    class Forgetful(Harbor):
        """Takes no token any more that it gave before the first manifest came; twice in a row would be a wrong login."""

        has_forgotten = False

        def put_manifest(self, question: Question, name: str, reference: str) -> Reply:
            reply = super().put_manifest(question, name, reference)
            with self.lock:
                if not self.has_forgotten:
                    self.has_forgotten = True
                    self.access.revoke()
            return reply

    with Forgetful().running(Project(NAME)) as harbor:
        said = seeder.seed(harbor)
        basic = {
            each.path
            for each in harbor.questions
            if each.headers.get("authorization", "").startswith("Basic") and each.path.startswith("/v2/")
        }

        assert (said.code, said.document["verified"]) == (0, True), said.err
        assert [status for _, _, status in harbor.asked()].count(401) > 1
        assert basic == set()
        assert_all_there(harbor, built)


def test_a_proxy_cache_takes_no_push_which_is_told_before_one_is_tried(seeder: Seeder) -> None:
    with Harbor().running(Project(NAME, is_proxy=True)) as harbor:
        said = seeder.seed(harbor)

        assert said.code == 1
        assert "proxy cache" in findings(said, "seed.project")[0][1]
        assert writes(harbor) == []


def test_a_harbor_that_is_read_only_is_told_in_its_words_before_a_byte_is_sent(seeder: Seeder) -> None:
    with Harbor(HarborOptions(read_only=True)).running(Project(NAME)) as harbor:
        said = seeder.seed(harbor)

        assert said.code == 3
        assert "read only mode" in said.err
        assert harbor.data == {}


def test_locations_with_http_behind_tls_are_taken_for_the_registry_that_they_are(
    seeder: Seeder, built: Built, authority: Authority
) -> None:
    options = HarborOptions(plain_locations=True)
    with Harbor(options, authority.good().server_context()).running(Project(NAME)) as harbor:
        said = seeder.seed(harbor, f"--ca-cert={harbor.address}={authority.ca_file}")

        assert (said.code, said.document["verified"]) == (0, True), said.err
        assert_all_there(harbor, built)


@pytest.mark.parametrize("level", ["tags", "blobs"])
def test_a_truncated_blob_whose_old_length_redis_remembers_is_found_by_its_last_byte_and_mended(
    seeder: Seeder, built: Built, level: str
) -> None:
    hurt = max((blob for tree in built.values() for blob in tree.blobs()), key=lambda blob: blob.size)
    with Harbor().running(Project(NAME)) as harbor:
        assert seeder.seed(harbor).code == 0
        harbor.truncate(hurt.digest, 1_000)
        found = seeder.run("verify", harbor, "--level", level)

        assert found.code == (0 if level == "tags" else 1)
        assert (hurt.digest in found.out) is (level != "tags")


def test_blobs_are_read_from_where_harbor_sends_us_and_that_host_gets_no_login(
    seeder: Seeder, built: Built, tmp_path: Path
) -> None:
    """With S3 or the like behind it Harbor redirects each reader of a blob."""
    with Harbor().running(Project(NAME)) as harbor:
        assert seeder.seed(harbor).code == 0
        with Store(harbor).running() as store:
            harbor.options = HarborOptions(storage=store.url)
            _log_in(seeder.monkeypatch, tmp_path, harbor)
            references = [f"{HOST}/{repository}:{tag}" for repository, tag in built]
            ways = ["--from", f"docker://{harbor.address}/{NAME}", "--to", f"oci:{tmp_path / 'usb'}", "--yes"]
            plain = [f"--plain-http={each.address}" for each in (harbor, store)]
            said = regplan("seed", *references, *ways, *plain, "--all-platforms", "-o", "json")

            assert (said.code, said.document["verified"]) == (0, True), said.err + said.out
            read = [each for each in store.questions if each.status in {200, 206}]
            assert {each.path.removeprefix("/") for each in read} == {
                blob.digest for tree in built.values() for blob in tree.blobs()
            }
            assert not [each for each in store.questions if "authorization" in each.headers]
            assert PASSWORD not in said.out + said.err
            assert "5ecret" not in said.out + said.err


def _log_in(monkeypatch: pytest.MonkeyPatch, folder: Path, harbor: Harbor) -> None:
    """Keep a login where people keep them."""
    file = folder / "auth.json"
    pair = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
    file.write_text(json.dumps({"auths": {harbor.address: {"auth": pair}}}), "utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))


SITE: Final = """
name: store
profiles: [now.txt]
upgrade_from: [[before.txt]]
from: [oci:{layout}]
registry: {{kind: harbor, address: {address}, project: {project}}}
"""


@pytest.mark.parametrize(
    ("grants", "rules", "code"), [(MAINTAINER, "none", 0), (DEVELOPER, "none", 3), (MAINTAINER, "**", 3)]
)
def test_a_member_prunes_a_project_without_the_catalogue_and_an_index_takes_its_images_with_it(
    tmp_path: Path, built: Built, monkeypatch: pytest.MonkeyPatch, grants: frozenset[str], rules: str, code: int
) -> None:
    """Harbor gives its catalogue to administrators alone, deletes by digest, and nothing under an immutable tag."""
    app, whole = built["library/app", "1.0"], built["multi/platform", "4"]
    trees: Built = {("edge/app", "1"): whole, ("edge/app", "2"): app}
    images.write_layout(tmp_path / "layout", {f"{HOST}/{name}:{tag}": tree for (name, tag), tree in trees.items()})
    (tmp_path / "before.txt").write_text(f"{HOST}/edge/app:1\n")
    (tmp_path / "now.txt").write_text(f"{HOST}/edge/app:2\n")
    with Harbor().running(Project(NAME)) as harbor:
        assert Seeder(tmp_path / "layout", trees, monkeypatch).seed(harbor).code == 0
        text = SITE.format(layout=tmp_path / "layout", address=harbor.address, project=NAME)
        (tmp_path / "site.yaml").write_text(text)
        harbor.access.accounts["clerk"] = Account("cl3rk", {NAME: grants})
        harbor.access.projects[NAME].rules = immutable("**", rules)
        monkeypatch.setattr("sys.stdin", io.StringIO("cl3rk\n"))
        login = ["--username", "clerk", "--password-stdin", f"--plain-http={harbor.address}"]
        how = ["--at", f"docker://{harbor.address}/{NAME}", "--keep", "1", "--yes", "--all-platforms", "-o", "json"]
        said = regplan("prune", str(tmp_path / "site.yaml"), *login, *how)

        assert said.code == code, said.err + said.out
        kept = harbor.repositories[f"{NAME}/{HOST}/edge/app"]
        assert kept.tags == {"2": app.manifest.digest} | ({"1": whole.manifest.digest} if code else {})
        left = {blob.digest for blob in (*app.manifests(), *(whole.manifests() if code else ()))}
        assert set(kept.manifests) == left
