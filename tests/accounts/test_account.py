from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from mastery_hub.accounts.forms import TRN_TAKEN
from mastery_hub.accounts.models import User
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.threads import overtaken

DETAILS = {
    "first_name": "Rosa",
    "last_name": "Diaz",
    "telephone": "07700 900 982",
    "trn": "1234567",
    "ncetm_username": "rd",
}


@pytest.fixture
def person(client) -> User:
    person = UserFactory(email="old@school.example")
    client.force_login(person)
    return person


def addresses(person: User) -> dict[str, bool]:
    return dict(person.emailaddress_set.filter(verified=True).values_list("email", "primary"))


def test_account_shows_details_and_roles(client, person) -> None:
    hub = UserFactory(hub_lead=True).current_memberships[0].hub
    person.memberships.create(role="hub_reviewer", hub=hub)

    page = client.get("/account/").content.decode()

    assert person.full_name in page
    assert f"Hub reviewer of {hub}, since" in page


def test_details_are_changed(client, person) -> None:
    assert client.post("/account/details/", DETAILS).url == "/account/"

    person.refresh_from_db()
    assert {name: getattr(person, name) for name in DETAILS} == DETAILS


def test_teacher_reference_number_is_kept_as_its_seven_digits(client, person) -> None:
    client.post("/account/details/", DETAILS | {"trn": "rp 12/34567"})

    person.refresh_from_db()
    assert person.trn == "1234567"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_name", "", "Enter first name"),
        ("telephone", "12", "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"),
        ("trn", "123", "A teacher reference number (TRN) has 7 digits, such as 1234567"),
        ("trn", "١٢٣٤٥٦٧", "A teacher reference number (TRN) has 7 digits, such as 1234567"),
        ("trn", "RP76/54321", TRN_TAKEN),
    ],
)
def test_details_that_are_wrong_are_refused(client, person, field, value, message) -> None:
    UserFactory(trn="7654321")

    response = client.post("/account/details/", DETAILS | {field: value})

    assert response.context["form"].errors == {field: [message]}
    person.refresh_from_db()
    assert person.ncetm_username == ""


def test_changed_address_is_proven_by_a_code_and_the_old_one_told(client, person, secret) -> None:
    response = client.post("/account/email/", {"email": "New@School.example"})
    assert response.url == "/account/email/code/"
    assert client.get(response.url).status_code == 200
    assert addresses(person) == {"old@school.example": True}

    response = client.post(response.url, {"code": secret("new@school.example")})

    person.refresh_from_db()
    assert (response.url, person.email) == ("/account/", "new@school.example")
    assert addresses(person) == {"old@school.example": False, "new@school.example": True}
    told = Email.objects.filter(kind="address_changed").get()
    assert (told.to, "to new@school.example" in told.text) == ("old@school.example", True)


def test_changed_address_can_be_sent_again_and_corrected(client, person, secret) -> None:
    client.post("/account/email/", {"email": "mistyped@school.example"})
    page = client.get("/account/email/code/")
    assert (page.context["can_resend"], page.context["back"]) == (True, "/account/email/")
    with time_machine.travel(real_now() + timedelta(seconds=11)):  # once in ten seconds
        response = client.post("/account/email/code/", {"action": "resend"}, follow=True)
    assert "another email" in str(*response.context["messages"])
    assert list(Email.objects.values_list("to", flat=True)) == ["mistyped@school.example"] * 2

    client.post("/account/email/", {"email": "right@school.example"})
    client.post("/account/email/code/", {"code": secret("right@school.example")})

    assert addresses(person) == {"old@school.example": False, "right@school.example": True}


def test_wrong_code_changes_no_address(client, person, secret) -> None:
    client.post("/account/email/", {"email": "new@school.example"})
    code = secret("new@school.example")

    response = client.post("/account/email/code/", {"code": "000000" if code != "000000" else "000001"})

    assert response.context["form"].errors == {"code": ["Enter the 6-digit code from the newest email we sent you"]}
    assert addresses(person) == {"old@school.example": True}


def test_address_of_another_account_is_not_taken_over(client, person, secret) -> None:
    other = UserFactory(email="other@school.example")
    client.post("/account/email/", {"email": other.email})

    response = client.post("/account/email/code/", {"code": secret(other.email)})

    assert "belongs to another account" in str(response.context["form"].errors)
    assert addresses(person) == {"old@school.example": True}


def test_other_address_becomes_the_main_one_or_goes(client, person) -> None:
    second = person.emailaddress_set.create(email="second@school.example", verified=True)
    first = person.emailaddress_set.get(primary=True)

    client.post(reverse("account_email_main", args=[second.pk]))
    person.refresh_from_db()
    assert person.email == "second@school.example"

    client.post(reverse("account_email_remove", args=[first.pk]))
    assert addresses(person) == {"second@school.example": True}


def test_main_address_cannot_be_removed(client, person) -> None:
    person.emailaddress_set.create(email="second@school.example", verified=True)
    main = person.emailaddress_set.get(primary=True)

    response = client.post(reverse("account_email_remove", args=[main.pk]), follow=True)

    assert "You cannot remove your main email address." in str(*response.context["messages"])
    assert len(addresses(person)) == 2


@pytest.mark.parametrize("action", ["main", "remove"])
def test_address_of_somebody_else_is_not_found(client, person, action) -> None:
    other = UserFactory()
    spare = other.emailaddress_set.create(email="spare@school.example", verified=True)

    assert client.post(reverse(f"account_email_{action}", args=[spare.pk])).status_code == 404
    assert addresses(other) == {other.email: True, "spare@school.example": False}


def test_person_signs_in_with_any_proven_address(client, secret) -> None:
    person = UserFactory()
    person.emailaddress_set.create(email="second@school.example", verified=True)

    client.post("/account/sign-in/", {"email": "second@school.example"})
    client.post("/account/sign-in/code/", {"code": secret("second@school.example")})

    assert client.session["_auth_user_id"] == str(person.pk)


def test_same_address_twice_at_once_is_told_to_wait(client, person) -> None:
    answers = [client.post("/account/email/", {"email": "new@school.example"}).status_code for _ in range(2)]

    assert answers == [302, 429]
    assert Email.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_teacher_reference_number_at_once_is_refused_like_any_other(client) -> None:
    first, second = UserFactory(), UserFactory()
    client.force_login(second)

    response = overtaken(
        lambda: client.post("/account/details/", DETAILS),
        by=lambda: User.objects.filter(pk=first.pk).update(trn="1234567"),
    )

    assert response.context["form"].non_field_errors() == [TRN_TAKEN]
    assert response.context["form"]["telephone"].value() == DETAILS["telephone"]
    assert dict(User.objects.values_list("pk", "trn")) == {first.pk: "1234567", second.pk: ""}
