"""The link in an invitation: opened by anyone, accepted by the person invited, by pressing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.factories.accounts import InvitationFactory, UserFactory

PAGE, CODE = "/account/invitation/", "/account/sign-in/code/"
LINK = f"{PAGE}the-token/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory(token="the-token", role=Role.HUB_LEAD)


def test_link_leaves_the_token_behind_and_accepts_nothing(client, invitation) -> None:
    person = UserFactory(email=invitation.email)
    client.force_login(person)

    response = client.get(LINK)
    assert response.url == PAGE
    page = client.get(PAGE)

    assert "the-token" not in page.content.decode()
    assert page.context["mine"] is True
    assert (Membership.objects.filter(role=Role.HUB_LEAD).count(), Invitation.objects.get().accepted_at) == (0, None)


def test_signed_in_person_accepts_by_pressing(client, invitation) -> None:
    person = UserFactory(email=invitation.email)
    client.force_login(person)
    client.get(LINK)

    response = client.post(PAGE)

    assert response.url == reverse("home")
    assert person.memberships.get().hub == invitation.hub
    client.get(LINK)
    assert client.get(PAGE).context["already"] is True


def test_new_person_proves_the_address_then_accepts(client, invitation, secret) -> None:
    client.get(LINK)
    assert "Email me a code" in client.get(PAGE).content.decode()

    response = client.post(PAGE)
    assert response.url == f"{CODE}?next=%2Faccount%2Finvitation%2F"
    response = client.post(response.url, {"code": secret(invitation.email)})
    assert (response.url, Membership.objects.filter(role=Role.HUB_LEAD).count()) == (PAGE, 0)
    client.post(PAGE)

    membership = Membership.objects.get(role=Role.HUB_LEAD)
    assert (membership.user.email, membership.role) == (invitation.email, Role.HUB_LEAD)
    assert membership.user.full_name == invitation.full_name


def test_wrong_code_accepts_nothing(client, invitation, secret) -> None:
    client.get(LINK)
    client.post(PAGE)
    code = secret(invitation.email)

    client.post(CODE, {"code": "000000" if code != "000000" else "000001"})
    client.post(PAGE)

    assert Membership.objects.filter(role=Role.HUB_LEAD).count() == 0


def test_invitation_of_another_person_cannot_be_accepted(client, invitation) -> None:
    other = UserFactory()
    client.force_login(other)
    client.get(LINK)
    assert client.get(PAGE).context["mine"] is False

    response = client.post(PAGE, follow=True)

    assert f"This invitation is for {invitation.email}." in str(*response.context["messages"])
    assert Membership.objects.filter(role=Role.HUB_LEAD).count() == 0


def test_another_person_may_change_to_the_account_invited(client, invitation, secret) -> None:
    client.force_login(UserFactory())
    client.get(LINK)

    response = client.post(PAGE, {"switch": "1"})
    client.post(response.url, {"code": secret(invitation.email)})
    client.post(PAGE)

    assert Membership.objects.get(role=Role.HUB_LEAD).user == User.objects.with_address(invitation.email)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires_at": clock.now() - timedelta(days=1)}, "It ran out on"),
        ({"cancelled_at": clock.now()}, "It was withdrawn"),
        ({"token_hash": "replaced"}, "replaced by a newer one"),
    ],
)
def test_dead_link_says_what_to_do(client, invitation, changes, words) -> None:
    Invitation.objects.update(**changes)
    client.get(LINK)

    page = client.get(PAGE)

    assert page.context["usable"] is False
    assert words in page.content.decode()
    assert client.post(PAGE).url == PAGE
    assert Email.objects.count() == 0


def test_used_link_says_so_to_anybody_else(client, invitation) -> None:
    Invitation.objects.update(accepted_at=clock.now(), accepted_by=UserFactory())
    client.get(LINK)

    assert "has been accepted already" in client.get(PAGE).content.decode()


def test_page_without_a_link_says_what_to_do(client) -> None:
    assert "Look for the newest email" in client.get(PAGE).content.decode()


def test_codes_for_an_invitation_are_limited(client, invitation) -> None:
    client.get(LINK)
    for _ in range(11):
        client.post(PAGE)

    assert Email.objects.count() == 10
