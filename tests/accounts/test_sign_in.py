"""Signing up and in by emailed code, as a browser does it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from mastery_hub.accounts.models import User
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from tests.factories.accounts import MembershipFactory, UserFactory

SIGN_IN, SIGN_UP, CODE = "/account/sign-in/", "/account/sign-up/", "/account/sign-in/code/"
NEW = {"first_name": "Rosa", "last_name": "Diaz", "email": "Rosa@School.example"}


def errors(response) -> list[str]:
    return [message for messages in response.context["form"].errors.values() for message in messages]


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def signed_in(client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_whoever_has_an_account_goes_from_signing_up_to_signing_in_and_on(client) -> None:
    page = client.get(f"{SIGN_UP}?next=/applications/new/").content.decode()

    assert f'If you already have an account, <a class="govuk-link" href="{SIGN_IN}?next=%2Fapplications%2Fnew%2F">' in (
        " ".join(page.split())
    )


def test_person_signs_up_with_the_code_and_lands_where_they_were_going(client, secret) -> None:
    response = client.post(f"{SIGN_UP}?next=/applications/new/", NEW)
    assert response.url == f"{CODE}?next=%2Fapplications%2Fnew%2F"
    assert client.get(response.url).status_code == 200
    assert signed_in(client) is None

    response = client.post(response.url, {"code": secret("rosa@school.example")})

    assert response.url == "/applications/new/"
    person = signed_in(client)
    assert (person.full_name, person.email) == ("Rosa Diaz", "rosa@school.example")
    assert person.emailaddress_set.get().verified


def test_person_signs_in_with_the_code(client, secret) -> None:
    person = UserFactory()

    response = client.post(SIGN_IN, {"email": person.email.upper()})
    response = client.post(response.url, {"code": f" {secret(person.email)[:3]} {secret(person.email)[3:]} "})

    assert response.url == reverse("home")
    assert signed_in(client) == person


def test_code_cannot_be_used_twice(client, secret) -> None:
    person = UserFactory()
    client.post(SIGN_IN, {"email": person.email})
    code = secret(person.email)
    client.post(CODE, {"code": code})
    client.post("/account/sign-out/")

    client.post(CODE, {"code": code})

    assert signed_in(client) is None


def test_code_of_one_browser_is_of_no_use_in_another(client, secret) -> None:
    person = UserFactory()
    client.post(SIGN_IN, {"email": person.email})

    other = type(client)()
    other.post(CODE, {"code": secret(person.email)})

    assert signed_in(other) is None


def test_wrong_code_is_refused_and_the_right_one_still_works(client, secret) -> None:
    person = UserFactory()
    client.post(SIGN_IN, {"email": person.email})

    response = client.post(CODE, {"code": wrong(secret(person.email))})
    assert errors(response) == ["Enter the 6-digit code from the newest email we sent you"]

    client.post(CODE, {"code": secret(person.email)})
    assert signed_in(client) == person


def test_fifth_wrong_code_ends_it_and_says_so(client, secret) -> None:
    person = UserFactory()
    client.post(f"{SIGN_IN}?next=/x/", {"email": person.email})
    code = secret(person.email)
    for _ in range(4):
        assert client.post(f"{CODE}?next=/x/", {"code": wrong(code)}).status_code == 200

    response = client.post(f"{CODE}?next=/x/", {"code": wrong(code)}, follow=True)

    assert response.redirect_chain == [(f"{SIGN_IN}?next=%2Fx%2F", 302)]
    assert "too many attempts" in str(*response.context["messages"])
    client.post(CODE, {"code": code})
    assert signed_in(client) is None


@pytest.mark.parametrize(("seconds", "works"), [(14 * 60 + 59, True), (15 * 60 + 1, False)])
def test_code_works_for_fifteen_minutes(client, secret, seconds, works) -> None:
    person = UserFactory()
    with time_machine.travel(real_now(), tick=False) as moved:
        client.post(f"{SIGN_IN}?next=/x/", {"email": person.email})
        moved.shift(timedelta(seconds=seconds))

        response = client.post(f"{CODE}?next=/x/", {"code": secret(person.email)}, follow=False)

    assert (signed_in(client) == person) is works
    assert response.url == ("/x/" if works else f"{SIGN_IN}?next=%2Fx%2F")
    if not works:
        assert "no longer works" in str(*client.get(SIGN_IN).context["messages"])


def test_resent_code_replaces_the_first(client, secret) -> None:
    person = UserFactory()
    client.post(SIGN_IN, {"email": person.email})
    first = secret(person.email)

    response = client.post(f"{CODE}?next=/x/", {"action": "resend"})
    second = secret(person.email)

    assert response.url == f"{CODE}?next=%2Fx%2F"
    assert Email.objects.count() == 2
    if first != second:
        assert client.post(CODE, {"code": first}).status_code == 200
    client.post(CODE, {"code": second})
    assert signed_in(client) == person


def test_code_is_resent_three_times_at_most(client) -> None:
    client.post(SIGN_IN, {"email": UserFactory().email})
    for _ in range(5):
        client.post(CODE, {"action": "resend"})

    assert Email.objects.count() == 1 + settings.ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND
    assert client.get(CODE).context["can_resend"] is False


def test_codes_are_limited_for_each_address(client) -> None:
    person = UserFactory()
    allowed = [client.post(SIGN_IN, {"email": person.email}).status_code for _ in range(11)]

    assert allowed == [302] * 10 + [200]
    assert Email.objects.count() == 10
    assert client.post(SIGN_IN, {"email": UserFactory().email}).status_code == 302


def test_codes_on_signing_up_are_limited_too(client) -> None:
    assert [client.post(SIGN_UP, NEW).status_code for _ in range(11)] == [302] * 10 + [200]
    assert (Email.objects.count(), User.objects.count()) == (10, 1)


def test_mistyped_address_is_corrected_on_the_way_in(client, secret) -> None:
    person = UserFactory()
    client.post(f"{SIGN_IN}?next=/x/", {"email": "mistyped@school.example"})
    back = client.get(f"{CODE}?next=/x/").context["back"]
    assert back == f"{SIGN_IN}?next=%2Fx%2F"
    assert client.get(back).status_code == 200

    response = client.post(back, {"email": person.email})
    response = client.post(response.url, {"code": secret(person.email)})

    assert (signed_in(client), response.url) == (person, "/x/")


def test_mistyped_address_is_corrected_on_signing_up(client, secret) -> None:
    client.post(SIGN_UP, NEW | {"email": "rosa@shcool.example"})
    back = client.get(CODE).context["back"]
    page = client.get(back)
    assert page.context["form"].initial["first_name"] == "Rosa"

    client.post(back, NEW)
    client.post(CODE, {"code": secret("rosa@school.example")})

    assert signed_in(client).email == "rosa@school.example"
    assert User.objects.count() == 1
    assert list(signed_in(client).emailaddress_set.values_list("email", "verified")) == [("rosa@school.example", True)]


def test_correcting_never_renames_somebody_who_has_signed_in_since(client, secret) -> None:
    client.post(SIGN_UP, NEW)
    other = type(client)()
    other.post(SIGN_IN, {"email": "rosa@school.example"})
    other.post(CODE, {"code": secret("rosa@school.example")})
    rosa = signed_in(other)

    client.post(SIGN_UP, NEW | {"email": "mallory@evil.example", "first_name": "Mallory"})

    rosa.refresh_from_db()
    assert (rosa.email, rosa.first_name) == ("rosa@school.example", "Rosa")


def test_correcting_never_takes_what_the_address_has_come_to_hold_since(client, secret) -> None:
    """A headteacher signs by link without ever signing in: their record stays with their address."""
    client.post(SIGN_UP, NEW)
    head = User.objects.get(email="rosa@school.example")
    MembershipFactory(user=head)

    client.post(SIGN_UP, NEW | {"email": "mallory@evil.example", "first_name": "Mallory"})
    client.post(CODE, {"code": secret("mallory@evil.example")})

    head.refresh_from_db()
    assert (head.email, head.first_name) == ("rosa@school.example", "Rosa")
    assert signed_in(client).email == "mallory@evil.example"
    assert signed_in(client).memberships.count() == 0


def test_code_of_an_address_that_was_corrected_elsewhere_leads_back_to_signing_in(client, secret) -> None:
    client.post(SIGN_UP, NEW)
    other = type(client)()
    other.post(SIGN_IN, {"email": "rosa@school.example"})
    client.post(SIGN_UP, NEW | {"email": "right@school.example"})

    response = other.post(CODE, {"code": secret("rosa@school.example")}, follow=True)

    assert response.redirect_chain == [(SIGN_IN, 302)]
    assert "This code no longer works" in response.content.decode()
    assert signed_in(other) is None


def test_unknown_address_looks_like_a_known_one_and_gets_a_way_in_by_email(client) -> None:
    person = UserFactory()
    known, unknown = type(client)(), client

    pages = [known.post(SIGN_IN, {"email": person.email}), unknown.post(SIGN_IN, {"email": "new@school.example"})]

    assert pages[0].url == pages[1].url == CODE
    shown = [browser.get(CODE).content.decode() for browser in (known, unknown)]
    shown = [page[page.index("<main") : page.index("</main")] for page in shown]
    assert shown[0].replace(person.email, "new@school.example").split("csrf")[0] == shown[1].split("csrf")[0]
    assert Email.objects.filter(to="new@school.example").get().kind == "address_unknown"
    assert "/account/sign-up/" in Email.objects.get(to="new@school.example").text
    assert unknown.post(CODE, {"code": ""}).status_code == 200


def test_known_address_on_signing_up_signs_in(client, secret) -> None:
    person = UserFactory(first_name="Ann", last_name="Okafor", last_login=real_now())

    client.post(SIGN_UP, NEW | {"email": person.email})
    client.post(CODE, {"code": secret(person.email)})

    assert signed_in(client) == person
    assert (User.objects.count(), signed_in(client).full_name) == (1, "Ann Okafor")


def test_names_somebody_else_wrote_down_give_way_to_ones_own(client, secret) -> None:
    User.objects.for_person(email="rosa@school.example", first_name="R.", last_name="Head")

    client.post(SIGN_UP, NEW)
    assert User.objects.get().full_name == "R. Head"
    client.post(CODE, {"code": secret("rosa@school.example")})

    assert signed_in(client).full_name == "Rosa Diaz"


def test_person_known_from_a_form_signs_in_for_the_first_time(client, secret) -> None:
    head = User.objects.for_person(email="head@school.example", first_name="Jo", last_name="Head")

    client.post(SIGN_IN, {"email": "head@school.example"})
    client.post(CODE, {"code": secret("head@school.example")})

    assert (signed_in(client), Email.objects.count()) == (head, 1)
    assert head.emailaddress_set.get().verified


@pytest.mark.parametrize(("data", "seconds"), [({"remember": "on"}, 30 * 86_400), ({}, None)])
def test_device_stays_signed_in_only_when_asked(client, secret, data, seconds) -> None:
    person = UserFactory()
    client.post(SIGN_IN, {"email": person.email})

    client.post(CODE, {"code": secret(person.email)} | data)

    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"] or None) == seconds
    assert client.session.get_expire_at_browser_close() is (seconds is None)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "https:evil"])
def test_next_never_leads_away(client, secret, target) -> None:
    person = UserFactory()
    response = client.post(SIGN_IN, {"email": person.email, "next": target})

    response = client.post(response.url, {"code": secret(person.email), "next": target})

    assert response.url == reverse("home")


def test_closed_account_does_not_open(client, secret) -> None:
    person = UserFactory(is_active=False)

    client.post(SIGN_UP, NEW | {"email": person.email})
    response = client.post(CODE, {"code": secret(person.email)})

    assert response.url == "/account/closed/"
    assert client.get(response.url).status_code == 200
    assert signed_in(client) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "Visit https://evil.example"), ("last_name", "<b>Diaz</b>"), ("email", "rosa"), ("first_name", "")],
)
def test_sign_up_refuses_what_is_not_a_name_or_an_address(client, field, value) -> None:
    response = client.post(SIGN_UP, NEW | {field: value})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert (User.objects.count(), Email.objects.count()) == (0, 0)


def test_signing_out_needs_a_press(client) -> None:
    person = UserFactory()
    client.force_login(person)

    assert client.get("/account/sign-out/").status_code == 200
    assert signed_in(client) == person
    assert client.post("/account/sign-out/").url == "/"
    assert signed_in(client) is None


def test_signed_in_person_passes_the_entrance(client) -> None:
    client.force_login(UserFactory())

    assert client.get(f"{SIGN_IN}?next=/x/").url == "/x/"
    assert client.get(f"{SIGN_UP}?next=/x/").url == "/x/"


def test_page_for_signed_in_people_comes_back_after_signing_in(client) -> None:
    assert client.get("/account/details/").url == f"{SIGN_IN}?next=/account/details/"


def test_proxy_alone_is_believed_about_addresses(client, settings) -> None:
    def from_address(remote: str, forwarded: str) -> int:
        headers = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
        return client.post(SIGN_UP, {}, **headers).status_code

    settings.TRUSTED_PROXY = "10.0.0.1"
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}

    assert [from_address("10.0.0.1", "6.6.6.6, 1.1.1.1"), from_address("10.0.0.1", "6.6.6.6, 2.2.2.2")] == [200, 200]
    assert [from_address("3.3.3.3", "4.4.4.4"), from_address("3.3.3.3", "5.5.5.5")] == [200, 429]
