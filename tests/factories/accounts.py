from datetime import timedelta
from typing import Any

import factory
from allauth.account.models import EmailAddress

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash, token_new
from tests.factories.directory import MathsHubFactory, SchoolFactory


class UserFactory(factory.django.DjangoModelFactory):
    """A person who has signed up, with a proven address. `hub_lead=True` makes a hub, `hub_lead=hub` uses that one."""

    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    email = factory.Sequence(lambda n: f"person{n}@school.example")
    password = "!"

    class Meta:
        model = User
        skip_postgeneration_save = True

    @factory.post_generation
    def proven(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)

    @factory.post_generation
    def hub_lead(self, create: bool, hub: Any, **kwargs: Any) -> None:
        _member(self, Role.HUB_LEAD, hub=hub)

    @factory.post_generation
    def hub_reviewer(self, create: bool, hub: Any, **kwargs: Any) -> None:
        _member(self, Role.HUB_REVIEWER, hub=hub)

    @factory.post_generation
    def hub_administrator(self, create: bool, hub: Any, **kwargs: Any) -> None:
        _member(self, Role.HUB_ADMINISTRATOR, hub=hub)

    @factory.post_generation
    def headteacher(self, create: bool, school: Any, **kwargs: Any) -> None:
        _member(self, Role.HEADTEACHER, school=school)

    @factory.post_generation
    def ncetm(self, create: bool, wanted: Any, **kwargs: Any) -> None:
        if wanted:
            MembershipFactory(user=self, role=Role.NCETM_ADMINISTRATOR, hub=None)


def _member(user: User, role: Role, **place: Any) -> None:
    [(kind, where)] = place.items()
    if where:
        made = {"hub": MathsHubFactory, "school": SchoolFactory}[kind]
        MembershipFactory(user=user, role=role, **{"hub": None, kind: made() if where is True else where})


class MembershipFactory(factory.django.DjangoModelFactory):
    user = factory.SubFactory(UserFactory)
    role = Role.HUB_REVIEWER
    hub = factory.SubFactory(MathsHubFactory)
    from_on = factory.LazyFunction(clock.today)

    class Meta:
        model = Membership


def inviter(role: Role, hub: Any) -> User:
    """Somebody who may invite to this role."""
    if role in (Role.HUB_LEAD, Role.NCETM_ADMINISTRATOR):
        return UserFactory(ncetm=True)
    return UserFactory(hub_lead=hub)


class InvitationFactory(factory.django.DjangoModelFactory):
    """`InvitationFactory(token="…")` for one whose link a test opens."""

    email = factory.Sequence(lambda n: f"invited{n}@hub.example")
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    role = Role.HUB_REVIEWER
    hub = factory.SubFactory(MathsHubFactory)
    token_hash = factory.LazyAttribute(lambda invitation: token_hash(invitation.token))
    invited_by = factory.LazyAttribute(lambda i: inviter(i.role, i.hub))
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))

    class Meta:
        model = Invitation
        exclude = ("token",)

    token = factory.LazyFunction(token_new)
