"""The people pages of hubs and NCETM."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
ROSA = {"email": "rosa@hub.example", "first_name": "Rosa", "last_name": "Diaz"}


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


def hub_page(hub: MathsHub, name: str = "people", **kwargs) -> str:
    return reverse(f"hub_{name}", kwargs={"hub": hub.slug} | kwargs)


@pytest.mark.parametrize(
    ("who", "hub_status", "national_status"),
    [
        ({"ncetm": True}, 200, 200),
        ({"hub_lead": "hub"}, 200, 404),
        ({"hub_reviewer": "hub"}, 200, 404),
        ({"hub_lead": True}, 404, 404),
        ({"headteacher": True}, 404, 404),
        ({}, 404, 404),
    ],
)
def test_people_pages_are_for_their_own(client, hub, who, hub_status, national_status) -> None:
    client.force_login(UserFactory(**{name: hub if value == "hub" else value for name, value in who.items()}))

    assert client.get(hub_page(hub)).status_code == hub_status
    assert client.get(reverse("national_people")).status_code == national_status


@pytest.mark.parametrize("url", ["national_people", "national_people_invite"])
def test_people_pages_ask_to_sign_in(client, url) -> None:
    assert client.get(reverse(url)).url.startswith("/account/sign-in/")


def test_hub_page_shows_this_hub_alone(client, hub) -> None:
    ours, theirs = MembershipFactory(hub=hub), MembershipFactory()
    invited, elsewhere = InvitationFactory(hub=hub), InvitationFactory()
    ended = MembershipFactory(hub=hub, from_on=clock.today() - timedelta(days=9), until_on=clock.today())
    client.force_login(UserFactory(hub_reviewer=hub))

    page = client.get(hub_page(hub)).content.decode()

    assert [row.user.email in page for row in (ours, theirs, ended)] == [True, False, False]
    assert [row.email in page for row in (invited, elsewhere)] == [True, False]
    assert "End role" not in page
    assert "Invite somebody" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["ann", "ben", "cas"]),
        ("q=ANN", ["ann"]),
        ("q=cas@cas", ["cas"]),
        ("role=hub_lead", ["ann"]),
        ("hub={hub}", ["ann", "ben"]),
        ("hub={hub}&role=hub_reviewer&q=ben+b", ["ben"]),
    ],
)
def test_national_list_is_filtered(client, hub, query, shown) -> None:
    for name, role, where in (
        ("ann", Role.HUB_LEAD, hub),
        ("ben", Role.HUB_REVIEWER, hub),
        ("cas", Role.HUB_REVIEWER, None),
    ):
        person = UserFactory(first_name=name, last_name=f"{name[0]}.", email=f"{name}@{name}.example")
        MembershipFactory(user=person, role=role, hub=where or MathsHubFactory())
    viewer = UserFactory(ncetm=True, first_name="Viewer")
    client.force_login(viewer)

    table = client.get(f"{reverse('national_people')}?{query.format(hub=hub.pk)}").context["table"]

    assert sorted(row.record.user.first_name for row in table.rows if row.record.user != viewer) == shown


def test_ncetm_invites_a_hub_lead(client, hub) -> None:
    client.force_login(UserFactory(ncetm=True))

    response = client.post(reverse("national_people_invite"), ROSA | {"role": Role.HUB_LEAD, "hub": hub.pk})

    assert response.url == reverse("national_people")
    assert Invitation.objects.get().hub == hub
    assert Email.objects.get().to == ROSA["email"]


def test_ncetm_invites_one_of_its_own(client, hub) -> None:
    client.force_login(UserFactory(ncetm=True))

    client.post(reverse("national_people_invite"), ROSA | {"role": Role.NCETM_ADMINISTRATOR, "hub": hub.pk})

    assert Invitation.objects.get().hub is None


def test_hub_lead_is_invited_to_a_hub(client) -> None:
    client.force_login(UserFactory(ncetm=True))

    response = client.post(reverse("national_people_invite"), ROSA | {"role": Role.HUB_LEAD})

    assert list(response.context["form"].errors) == ["hub"]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.HUB_REVIEWER, 302), (Role.HUB_ADMINISTRATOR, 302), (Role.HUB_LEAD, 200)]
)
def test_hub_lead_invites_reviewers_and_administrators(client, hub, role, status) -> None:
    client.force_login(UserFactory(hub_lead=hub))

    response = client.post(hub_page(hub, "people_invite"), ROSA | {"role": role})

    assert (response.status_code, Invitation.objects.count()) == (status, int(status == 302))


def test_reviewer_invites_nobody(client, hub) -> None:
    client.force_login(UserFactory(hub_reviewer=hub))

    assert client.get(hub_page(hub, "people_invite")).status_code == 404
    assert client.post(hub_page(hub, "people_invite"), ROSA | {"role": Role.HUB_REVIEWER}).status_code == 404


def test_second_invitation_is_refused_with_what_was_typed(client, hub) -> None:
    InvitationFactory(hub=hub, email=ROSA["email"], role=Role.HUB_REVIEWER)
    client.force_login(UserFactory(hub_lead=hub))

    response = client.post(hub_page(hub, "people_invite"), ROSA | {"role": Role.HUB_REVIEWER})

    assert "already been invited" in response.context["form"].non_field_errors()[0]
    assert response.context["form"]["first_name"].value() == "Rosa"


def test_invitation_is_sent_again_corrected_and_cancelled(client, hub) -> None:
    client.force_login(UserFactory(hub_lead=hub))
    invitation = InvitationFactory(hub=hub, sent_at=real_now() - timedelta(hours=1))
    page = hub_page(hub, "invitation", pk=invitation.pk)
    assert invitation.email in client.get(page).content.decode()

    assert client.post(f"{page}resend/").url == hub_page(hub)
    assert client.get(f"{page}correct/").context["form"].initial["email"] == invitation.email
    assert client.post(f"{page}correct/", {"email": "right@hub.example"}).url == hub_page(hub)
    assert list(Email.objects.order_by("pk").values_list("to", flat=True)) == [invitation.email, "right@hub.example"]

    assert "right@hub.example" in client.get(f"{page}cancel/").content.decode()
    assert Invitation.objects.get().cancelled_at is None
    client.post(f"{page}cancel/")
    assert Invitation.objects.get().cancelled_at is not None
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("who", [{"hub_reviewer": "hub"}, {"hub_lead": True}, {"ncetm": True}])
@pytest.mark.parametrize("action", ["", "resend/", "correct/", "cancel/"])
def test_invitation_is_not_found_by_who_may_not_manage_it(client, hub, who, action) -> None:
    invitation = InvitationFactory(hub=hub, sent_at=real_now() - timedelta(hours=1))
    client.force_login(UserFactory(**{name: hub if value == "hub" else value for name, value in who.items()}))
    call = client.post if action else client.get

    assert call(hub_page(hub, "invitation", pk=invitation.pk) + action, {"email": "x@hub.example"}).status_code == 404
    unchanged = Invitation.objects.get()
    assert (unchanged.email, unchanged.cancelled_at, Email.objects.count()) == (invitation.email, None, 0)


def test_invitation_of_another_hub_is_not_found_under_ones_own(client, hub) -> None:
    other = MathsHubFactory()
    lead = UserFactory(hub_lead=hub)
    MembershipFactory(user=lead, role=Role.HUB_LEAD, hub=other)
    invitation = InvitationFactory(hub=other)
    client.force_login(lead)

    assert client.get(hub_page(other, "invitation", pk=invitation.pk)).status_code == 200
    assert client.get(hub_page(hub, "invitation", pk=invitation.pk)).status_code == 404


def test_role_ends_after_asking_once_more(client, hub) -> None:
    member = MembershipFactory(hub=hub)
    client.force_login(UserFactory(hub_lead=hub))
    page = hub_page(hub, "membership_end", pk=member.pk)

    assert str(member.user) in client.get(page).content.decode()
    assert Membership.objects.current().filter(pk=member.pk).exists()
    response = client.post(page, follow=True)

    assert "is no longer Hub reviewer" in str(*response.context["messages"])
    assert not Membership.objects.current().filter(pk=member.pk).exists()
    assert client.post(page).status_code == 404


def test_role_is_not_ended_by_a_colleague(client, hub) -> None:
    member = MembershipFactory(hub=hub)
    client.force_login(UserFactory(hub_administrator=hub))

    assert client.post(hub_page(hub, "membership_end", pk=member.pk)).status_code == 404
    assert Membership.objects.current().filter(pk=member.pk).exists()
