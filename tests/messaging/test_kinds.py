"""Every kind of every app renders: what a teacher would read is complete in text and in HTML."""

import re

import pytest

from mastery_hub.messaging.kinds import EmailKind, all_kinds, kind_named, register
from mastery_hub.messaging.rendering import email_render
from mastery_hub.messaging.sealing import PLACEHOLDER, placeholder


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_kind_renders_its_sample(kind: EmailKind) -> None:
    rendered = email_render(kind, kind.sample(), kind.secrets)

    assert rendered.subject.strip() == rendered.subject != ""
    assert set(PLACEHOLDER.findall(rendered.text)) == set(PLACEHOLDER.findall(rendered.html)) == set(kind.secrets)
    for markup in ("{{", "{%", "**", "](", "None"):
        assert markup not in rendered.text
        assert markup not in rendered.html.partition("</head>")[2]


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_kind_shows_each_link_of_its_html_in_its_text(kind: EmailKind) -> None:
    rendered = email_render(kind, kind.sample(), kind.secrets)

    links = re.findall(r'href="([^"]+)"', rendered.html)
    assert [link for link in links if link.removeprefix("mailto:") not in rendered.text] == []


def test_kinds_have_one_name_each() -> None:
    kind = kind_named("sign_in_code")

    with pytest.raises(ValueError, match="sign_in_code"):
        register(kind)


def test_missing_value_is_an_error_in_tests() -> None:
    with pytest.raises(pytest.fail.Exception, match="inviter"):
        email_render(kind_named("invitation"), {"first_name": "Rosa"}, ("link",))


def test_secret_stands_as_a_placeholder() -> None:
    rendered = email_render(kind_named("sign_in_code"), {}, ("code",))

    assert placeholder("code") in rendered.text
    assert placeholder("code") in rendered.html
