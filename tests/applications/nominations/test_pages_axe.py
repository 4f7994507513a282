"""The pages of nominating and of being nominated, on a phone: accessible, and no wider than it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse

from applications.models import Nomination
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import NominationFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
Look = Callable[..., None]
SignIn = Callable[[User], None]


@pytest.fixture
def invited() -> Nomination:
    nomination = NominationFactory(token="the-token")
    HubPlacesFactory(cohort=nomination.round.cohort, hub=nomination.home_hub)
    return nomination


def test_pages_of_a_nominator_and_the_hub(look: Look, sign_in: SignIn, invited: Nomination) -> None:
    page, code, hub = invited.get_absolute_url(), invited.round.code, invited.home_hub.slug
    look(invited.round.get_absolute_url())
    sign_in(invited.nominated_by)
    look(reverse("nominate", args=[code]), press="Nominate this teacher")
    for path in ("/", "/nominations/", page, f"{page}correct/", f"{page}withdraw/", "/applications/"):
        look(path)
    Nomination.objects.update(sent_at=clock.now() - timedelta(days=9))
    look(page)
    Nomination.objects.update(state="lapsed")
    look(page)
    sign_in(UserFactory(hub_lead=invited.home_hub))
    look(reverse("hub_nomination_list", args=[hub]))
    look(reverse("hub_nominate", args=[hub, code]), press="Nominate this teacher")


def test_pages_of_a_nominee(look: Look, sign_in: SignIn, invited: Nomination) -> None:
    start = reverse("application_start", args=[invited.round.code])
    look("/nominated/gone/")
    look("/nominated/the-token/")
    look("/nominated/decline/", press="Decline the nomination")
    sign_in(UserFactory(email=invited.email))
    look("/")
    look(start)
    look(reverse("nominee_decline", args=[invited.pk]), press="Decline the nomination")
    for state in ("withdrawn", "lapsed"):
        Nomination.objects.update(state=state)
        look("/nominated/the-token/")
    look(start)
