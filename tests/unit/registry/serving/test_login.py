from __future__ import annotations

import base64

import bcrypt
import pytest

from regplan.errors import InputError
from regplan.registry.options import Secret
from regplan.registry.serving.login import parse_htpasswd, single_account


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()


def test_one_user_gets_in_with_the_password_and_nobody_else() -> None:
    accounts = single_account("ada", Secret("pässword: with colon"))

    assert accounts.allow(basic("ada", "pässword: with colon"))
    assert accounts.allow(basic("ada", "pässword: with colon").replace("Basic", "basic"))
    for wrong in (basic("ada", "x"), basic("bob", "pässword: with colon"), basic("ada", ""), "", "Basic", "Basic !!", "Bearer x"):  # fmt: skip
        assert not accounts.allow(wrong)
    assert not accounts.allow("Basic " + base64.b64encode(b"no colon").decode())
    assert not accounts.allow("Basic " + "A" * 10_000)


def test_users_of_an_htpasswd_file_get_in() -> None:
    text = f"# who\n\nada:{hashed('one')}\nbob:{hashed('two').replace('$2b$', '$2y$')}\n"
    accounts = parse_htpasswd(text, "users")

    for _ in range(2):  # the second time without the cost of bcrypt
        assert accounts.allow(basic("ada", "one"))
        assert accounts.allow(basic("bob", "two"))
        assert not accounts.allow(basic("ada", "two"))
        assert not accounts.allow(basic("eve", "one"))
    assert not accounts.allow(basic("ada", "x" * 100))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ada", "line 1 is not USER:PASSWORD"),
        ("# x\nada:{SHA}abc", "line 2: the password of ada is not of bcrypt"),
        ("ada:$2y$05$short", "line 1: the password is no whole hash"),
        ("# nobody", "names no user"),
    ],
)
def test_a_file_that_does_not_serve_is_named_with_its_line(text: str, why: str) -> None:
    with pytest.raises(InputError, match=f"users: .*{why}|users: {why}"):
        parse_htpasswd(text, "users")


@pytest.mark.parametrize("user", ["", "a:b"])
def test_a_name_that_basic_authentication_cannot_carry_is_refused(user: str) -> None:
    with pytest.raises(InputError, match="holds no colon"):
        single_account(user, Secret("x"))
