"""Who may let whom in: each refusal beside its allowed twin."""

from datetime import timedelta

import pytest
import time_machine

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.accounts.services import (
    INVITATION_LASTS,
    headteacher_confirm,
    invitation_accept,
    invitation_cancel,
    invitation_correct,
    invitation_resend,
    invitation_send,
    membership_end,
    person_sign_up,
)
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.threads import overtaken, together

pytestmark = pytest.mark.django_db
ROSA = {"email": "Rosa@hub.example", "first_name": "Rosa", "last_name": "Diaz"}


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


def actor(who: str, hub: MathsHub) -> User:
    if who == "other_lead":
        return UserFactory(hub_lead=True)
    if who == "headteacher":
        return UserFactory(headteacher=True)
    if who == "nobody":
        return UserFactory()
    return UserFactory(ncetm=True) if who == "ncetm" else UserFactory(**{who: hub})


def code_of(call, **kwargs) -> str:
    with pytest.raises(DomainError) as refused:
        call(**kwargs)
    return refused.value.code


ACTORS = ["ncetm", "hub_lead", "hub_reviewer", "hub_administrator", "other_lead", "headteacher", "nobody"]
MAY_INVITE = {
    ("ncetm", Role.HUB_LEAD),
    ("ncetm", Role.NCETM_ADMINISTRATOR),
    ("hub_lead", Role.HUB_REVIEWER),
    ("hub_lead", Role.HUB_ADMINISTRATOR),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("who", ACTORS)
def test_invitation_is_sent_by_whom_it_may(hub, who, role) -> None:
    by = actor(who, hub)
    asked = {"by": by, "role": role, "hub": None if role == Role.NCETM_ADMINISTRATOR else hub, **ROSA}

    if (who, role) in MAY_INVITE:
        invitation = invitation_send(**asked)
        assert (invitation.email, invitation.invited_by, invitation.is_open) == ("rosa@hub.example", by, True)
        assert Email.objects.get().to == "rosa@hub.example"
    else:
        assert code_of(invitation_send, **asked) == "not-allowed"
        assert (Invitation.objects.count(), Email.objects.count()) == (0, 0)


@pytest.mark.parametrize(("role", "place"), [(Role.HUB_LEAD, False), (Role.NCETM_ADMINISTRATOR, True)])
def test_invitation_needs_the_place_of_its_role(hub, role, place) -> None:
    by = UserFactory(ncetm=True)

    assert code_of(invitation_send, by=by, role=role, hub=hub if place else None, **ROSA) == "not-allowed"


def test_invitation_keeps_no_token(hub, secret) -> None:
    invitation = invitation_send(by=UserFactory(hub_lead=hub), role=Role.HUB_REVIEWER, hub=hub, **ROSA)

    token = secret("rosa@hub.example").rstrip("/").rpartition("/")[2]
    assert invitation.token_hash == token_hash(token)
    assert token not in Email.objects.get().text


def test_second_invitation_to_the_same_role_is_refused(hub) -> None:
    lead = UserFactory(hub_lead=hub)
    invitation_send(by=lead, role=Role.HUB_REVIEWER, hub=hub, **ROSA)

    assert code_of(invitation_send, by=lead, role=Role.HUB_REVIEWER, hub=hub, **ROSA) == "invited"
    invitation_send(by=lead, role=Role.HUB_ADMINISTRATOR, hub=hub, **ROSA)


def test_member_is_not_invited_again(hub) -> None:
    lead, member = UserFactory(hub_lead=hub), UserFactory(hub_reviewer=hub, email="rosa@hub.example")

    assert code_of(invitation_send, by=lead, role=Role.HUB_REVIEWER, hub=hub, **ROSA) == "member"
    member.memberships.update(until_on=clock.today())
    invitation_send(by=lead, role=Role.HUB_REVIEWER, hub=hub, **ROSA)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_invite_at_once_send_one_invitation() -> None:
    hub = MathsHubFactory()
    leads = [UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)]

    def invite(lead: User) -> str:
        try:
            return invitation_send(by=lead, role=Role.HUB_REVIEWER, hub=hub, **ROSA).email
        except DomainError as refused:
            return refused.code

    assert sorted(together(*(lambda lead=lead: invite(lead) for lead in leads))) == ["invited", "rosa@hub.example"]
    assert Email.objects.count() == 1


def test_invitation_is_accepted_by_the_person_invited(hub) -> None:
    invitation = InvitationFactory(hub=hub, role=Role.HUB_LEAD, invited_by=UserFactory(ncetm=True))
    person = UserFactory(email=invitation.email)

    membership = invitation_accept(by=person, invitation=invitation)

    assert (membership.user, membership.role, membership.hub, membership.given_by) == (
        person,
        Role.HUB_LEAD,
        hub,
        invitation.invited_by,
    )
    assert person.hub_ids(Role.HUB_LEAD) == {hub.pk}
    assert code_of(invitation_accept, by=person, invitation=invitation) == "stale"
    assert Membership.objects.filter(user=person).count() == 1


def test_invitation_dies_with_its_inviters_right_to_invite(hub) -> None:
    invitation = InvitationFactory(hub=hub, role=Role.HUB_LEAD, invited_by=UserFactory(ncetm=True))
    person = UserFactory(email=invitation.email)
    invitation.invited_by.memberships.update(until_on=clock.today())

    assert code_of(invitation_accept, by=person, invitation=invitation) == "stale"
    assert not person.memberships.exists()
    invitation.invited_by.memberships.update(until_on=None)
    assert invitation_accept(by=person, invitation=invitation).role == Role.HUB_LEAD


def test_invitation_of_somebody_else_is_not_accepted(hub) -> None:
    invitation = InvitationFactory(hub=hub)
    unproven = UserFactory(email=invitation.email, proven=False)
    unproven.emailaddress_set.create(email=invitation.email, verified=False)

    assert code_of(invitation_accept, by=UserFactory(), invitation=invitation) == "not-yours"
    assert code_of(invitation_accept, by=unproven, invitation=invitation) == "not-yours"

    unproven.emailaddress_set.update(verified=True)
    assert invitation_accept(by=unproven, invitation=invitation).hub == hub


@pytest.mark.parametrize(("late", "works"), [(-1, True), (0, False)])
def test_invitation_works_until_it_runs_out(hub, late, works) -> None:
    invitation = InvitationFactory(hub=hub)
    person = UserFactory(email=invitation.email)

    with time_machine.travel(invitation.expires_at + timedelta(microseconds=late), tick=False):
        if works:
            invitation_accept(by=person, invitation=invitation)
        else:
            assert code_of(invitation_accept, by=person, invitation=invitation) == "stale"


def test_name_on_the_invitation_fills_an_empty_one(hub) -> None:
    invitation = InvitationFactory(hub=hub, first_name="Rosa", last_name="Diaz")
    person = UserFactory(email=invitation.email, first_name="", last_name="")

    invitation_accept(by=person, invitation=invitation)

    person.refresh_from_db()
    assert person.full_name == "Rosa Diaz"


def test_invitation_sent_again_has_a_new_link_and_new_time(hub) -> None:
    lead = UserFactory(hub_lead=hub)
    invitation = InvitationFactory(hub=hub, sent_at=real_now() - timedelta(hours=1), expires_at=clock.now())
    before = invitation.token_hash

    again = invitation_resend(by=lead, invitation=invitation)

    assert again.token_hash != before
    assert clock.now() + INVITATION_LASTS - again.expires_at < timedelta(seconds=5)
    assert Email.objects.count() == 1
    assert code_of(invitation_resend, by=lead, invitation=invitation) == "soon"


def test_corrected_invitation_goes_to_the_right_address(hub) -> None:
    lead, invitation = UserFactory(hub_lead=hub), InvitationFactory(hub=hub)
    mistyped = UserFactory(email=invitation.email)

    corrected = invitation_correct(by=lead, invitation=invitation, email="Right@hub.example")

    assert Email.objects.get().to == corrected.email == "right@hub.example"
    assert corrected.token_hash != invitation.token_hash
    assert code_of(invitation_accept, by=mistyped, invitation=invitation) == "not-yours"


def test_cancelled_invitation_is_dead(hub) -> None:
    lead, invitation = UserFactory(hub_lead=hub), InvitationFactory(hub=hub)
    person = UserFactory(email=invitation.email)

    invitation_cancel(by=lead, invitation=invitation)

    assert code_of(invitation_accept, by=person, invitation=invitation) == "stale"
    for call in (invitation_resend, invitation_cancel):
        assert code_of(call, by=lead, invitation=invitation) == "stale"


@pytest.mark.parametrize("who", ACTORS)
def test_invitation_is_managed_by_whoever_may_send_it(hub, who) -> None:
    by, invitation = actor(who, hub), InvitationFactory(hub=hub, sent_at=real_now() - timedelta(hours=1))
    calls = {
        invitation_resend: {},
        invitation_correct: {"email": "right@hub.example"},
        invitation_cancel: {},
    }

    for call, more in calls.items():
        if who == "hub_lead":
            call(by=by, invitation=invitation, **more)
        else:
            assert code_of(call, by=by, invitation=invitation, **more) == "not-allowed"


MAY_END = {
    "ncetm": {Role.HUB_LEAD, Role.HUB_REVIEWER, Role.HUB_ADMINISTRATOR, Role.NCETM_ADMINISTRATOR, Role.HEADTEACHER},
    "hub_lead": {Role.HUB_REVIEWER, Role.HUB_ADMINISTRATOR},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("who", ACTORS)
def test_membership_is_ended_by_whom_it_may(hub, who, role) -> None:
    school = SchoolFactory() if role == Role.HEADTEACHER else None
    place = None if role in (Role.HEADTEACHER, Role.NCETM_ADMINISTRATOR) else hub
    by, membership = actor(who, hub), MembershipFactory(role=role, hub=place, school=school)

    if role in MAY_END.get(who, ()):
        membership_end(by=by, membership=membership)
        assert membership.user.memberships.current().count() == 0
        assert code_of(membership_end, by=by, membership=membership) == "stale"
    else:
        assert code_of(membership_end, by=by, membership=membership) == "not-allowed"
        assert membership.user.memberships.current().count() == 1


def test_nobody_ends_their_own_role() -> None:
    by = UserFactory(ncetm=True)

    assert code_of(membership_end, by=by, membership=by.current_memberships[0]) == "not-allowed"


@pytest.mark.parametrize("who", ACTORS)
def test_headteacher_is_confirmed_by_whom_it_may(hub, who) -> None:
    by, head, school = actor(who, hub), UserFactory(), SchoolFactory()
    asked = {"by": by, "user": head, "school": school, "hub": hub}

    if who == "hub_lead":
        membership = headteacher_confirm(**asked)
        assert (membership.user, membership.role, membership.school, membership.given_by) == (
            head,
            Role.HEADTEACHER,
            school,
            by,
        )
        assert headteacher_confirm(**asked) == membership
        assert Email.objects.get().kind == "headteacher_confirmed"
    else:
        assert code_of(headteacher_confirm, **asked) == "not-allowed"
        assert Membership.objects.filter(user=head).count() == 0


def test_nobody_confirms_themselves(hub) -> None:
    by = UserFactory(hub_lead=hub)

    assert code_of(headteacher_confirm, by=by, user=by, school=SchoolFactory(), hub=hub) == "not-allowed"


@pytest.mark.django_db(transaction=True)
def test_person_signed_up_twice_at_once_is_one_person() -> None:
    asked = {"email": "rosa@school.example", "first_name": "Rosa", "last_name": "Diaz"}

    person, made = overtaken(lambda: person_sign_up(**asked), by=lambda: person_sign_up(**asked))

    assert (person, made) == (User.objects.get(email="rosa@school.example"), False)


@pytest.mark.django_db(transaction=True)
def test_headteacher_who_presses_twice_at_once_is_one_person() -> None:
    def press() -> User:
        return User.objects.for_person(email="Head@school.example")

    assert overtaken(press, by=press) == User.objects.get(email="head@school.example")


@pytest.mark.django_db(transaction=True)
def test_headteacher_confirmed_twice_at_once_has_one_membership() -> None:
    hub, school, head = MathsHubFactory(), SchoolFactory(), UserFactory()
    leads = [UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)]

    first, second = together(
        *(lambda by=by: headteacher_confirm(by=by, user=head, school=school, hub=hub) for by in leads)
    )

    assert first == second == Membership.objects.get(user=head)
