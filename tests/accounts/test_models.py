from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.common import clock
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def refused(call) -> bool:
    try:
        with transaction.atomic():
            call()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("place", ["hub", "school", "nation", "both"])
def test_role_is_held_in_its_own_kind_of_place(role, place) -> None:
    hub = MathsHubFactory() if place in ("hub", "both") else None
    school = SchoolFactory() if place in ("school", "both") else None
    right = {Role.HEADTEACHER: "school", Role.NCETM_ADMINISTRATOR: "nation"}.get(role, "hub")

    assert refused(lambda: MembershipFactory(role=role, hub=hub, school=school)) is (place != right)


def test_role_is_held_once_at_a_time() -> None:
    first = MembershipFactory()
    again = {"user": first.user, "role": first.role, "hub": first.hub}

    assert refused(lambda: Membership.objects.create(**again)) is True
    Membership.objects.update(until_on=clock.today())
    assert refused(lambda: Membership.objects.create(**again)) is False


@pytest.mark.parametrize(
    ("begins", "ends", "current"), [(0, None, True), (1, None, False), (-5, 0, False), (-5, 1, True), (0, 0, False)]
)
def test_membership_is_current_from_its_first_day_until_the_last(begins, ends, current) -> None:
    def days(number: int | None):
        return None if number is None else clock.today() + timedelta(days=number)

    membership = MembershipFactory(from_on=days(begins), until_on=days(ends))

    assert membership.is_current is current
    assert Membership.objects.current().exists() is current


def test_invitation_is_accepted_by_somebody_at_some_time() -> None:
    invitation = InvitationFactory()
    rows = Invitation.objects.filter(pk=invitation.pk)

    assert refused(lambda: rows.update(accepted_at=clock.now())) is True
    assert refused(lambda: rows.update(accepted_at=clock.now(), accepted_by=UserFactory())) is False
    assert refused(lambda: rows.update(cancelled_at=clock.now())) is True


def test_address_and_trn_are_one_persons() -> None:
    UserFactory(email="ann@school.example", trn="1234567")

    assert refused(lambda: UserFactory(email="ANN@school.example")) is True
    assert refused(lambda: UserFactory(trn="1234567")) is True
    assert refused(lambda: UserFactory(trn="")) is False


def test_address_leads_to_whoever_proved_it() -> None:
    ann, ben = UserFactory(email="ann@school.example"), UserFactory(email="ben@school.example", proven=False)
    ann.emailaddress_set.create(email="ben@school.example", verified=True)

    assert User.objects.with_address("Ben@school.example ") == ann
    assert User.objects.with_address("ann@school.example") == ann
    ann.emailaddress_set.filter(email="ben@school.example").update(verified=False)
    assert User.objects.with_address("ben@school.example") == ben
    assert User.objects.with_address("nobody@school.example") is None


def test_person_is_made_once_for_an_address() -> None:
    made = User.objects.for_person(email="Head@School.example", first_name="Jo", last_name="Head")

    assert User.objects.for_person(email="head@school.example", first_name="X") == made
    assert (made.email, made.full_name, made.has_usable_password()) == ("head@school.example", "Jo Head", False)
    assert list(made.emailaddress_set.values_list("email", "verified", "primary")) == [(made.email, False, True)]


def test_system_acts_but_never_signs_in() -> None:
    system = User.objects.system()

    assert User.objects.system() == system
    assert (system.is_system, system.is_active, str(system)) == (True, False, "Mastery Hub")


def test_history_keeps_the_old_row() -> None:
    person = UserFactory(first_name="Ann")
    User.objects.filter(pk=person.pk).update(first_name="Anne")

    assert person.history.get().first_name == "Ann"


@pytest.mark.parametrize(
    ("who", "seen"), [({"ncetm": True}, 2), ({"hub_reviewer": "hub"}, 1), ({"headteacher": True}, 0), ({}, 0)]
)
def test_people_and_invitations_are_seen_from_their_own_hub(who, seen) -> None:
    hub, other = MathsHubFactory(), MathsHubFactory()
    rows = [MembershipFactory(hub=place).pk for place in (hub, other)]
    InvitationFactory(hub=hub)
    InvitationFactory(hub=other)
    viewer = UserFactory(**{name: hub if value == "hub" else value for name, value in who.items()})

    assert Membership.objects.filter(pk__in=rows).visible_to(viewer).count() == seen
    assert Invitation.objects.visible_to(viewer).count() == seen
