from __future__ import annotations

import base64
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.registry.options import Secret
from regplan.registry.redact import redact_headers, redact_text, redact_url

# Long and odd enough to stand nowhere else in a message.
SECRETS = st.text(st.sampled_from("ABCDEFGHJKMNPQRTUVWXYZ23456789"), min_size=12, max_size=40)


@pytest.mark.property
@given(SECRETS, st.sampled_from(["_state", "X-Amz-Signature", "token", "sig", "Policy", "account", "anything"]))
def test_no_query_value_shows_that_the_specification_does_not_know(secret: str, name: str) -> None:
    url = f"https://registry.example/v2/a/blobs/uploads/1?digest=sha256:00&{urlencode({name: secret})}"

    assert secret not in redact_url(url)
    assert "digest=sha256:00" in redact_url(url)


@pytest.mark.property
@given(SECRETS, SECRETS)
def test_no_userinfo_shows(user: str, password: str) -> None:
    shown = redact_url(f"https://{user}:{password}@registry.example/v2/#{password}")

    assert user not in shown
    assert password not in shown


@pytest.mark.property
@given(SECRETS)
def test_no_authorization_shows_in_text_or_headers(secret: str) -> None:
    basic = base64.b64encode(f"me:{secret}".encode()).decode()
    texts = [f"Authorization: Basic {basic}", f"bearer {secret}", f'{{"token": "{secret}"}}', f"password={secret}&x=1"]
    headers = {
        "Authorization": f"Bearer {secret}",
        "Set-Cookie": f"sid={secret}",
        "Location": f"https://a/?_state={secret}",
    }

    for text in texts:
        assert secret not in redact_text(text)
        assert basic not in redact_text(text)
    assert secret not in str(redact_headers(headers))


@pytest.mark.property
@given(st.text(min_size=6), st.text(), st.text())
def test_what_is_known_to_be_secret_shows_in_no_text(secret: str, before: str, after: str) -> None:
    shown = redact_text(f"{before}{secret}{after}", [Secret(secret)])

    # The stars themselves may make up what was hidden.
    assert secret not in shown or set(secret) <= set("* ")


@pytest.mark.property
@given(st.text())
def test_a_text_is_one_line_without_control_characters(text: str) -> None:
    assert all(character.isprintable() or character == " " or ord(character) > 159 for character in redact_text(text))
    assert len(redact_text(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a/v2/_catalog?n=10&last=x", "https://a/v2/_catalog?n=10&last=x"),
        (
            "https://a/v2/x/blobs/uploads/?mount=sha256%3A00&from=b%2Fc",
            "https://a/v2/x/blobs/uploads/?mount=sha256:00&from=b/c",
        ),
        ("https://a/p?abc", "https://a/p?abc=***"),
        ("https://[", "***"),
    ],
)
def test_urls_stay_readable(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_a_url_inside_a_text_is_redacted_too() -> None:
    secret = quote("s/e+cret")

    assert redact_text(f'see "https://a.example/x?sig={secret}" now') == 'see "https://a.example/x?sig=***" now'


def test_a_challenge_stays_readable() -> None:
    header = 'Bearer realm="https://auth.example/token",service="registry"'

    assert redact_text(header) == header
