"""The pages on which NCETM sets up a round, on a phone: accessible, and no wider than it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from applications.models import Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, InformationDocumentFactory, RoundEventFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory, ProgrammeYearFactory, ResidentialFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
Look = Callable[..., None]
SignIn = Callable[[User], None]


def test_pages_of_a_round_being_set_up(look: Look, sign_in: SignIn) -> None:
    sign_in(UserFactory(ncetm=True))
    CohortFactory()
    soon = clock.now() + timedelta(days=20)
    round = RoundFactory(complete=True, opens_at=soon, published_at=None, to_check=["dates"])
    HubPlacesFactory(cohort=round.cohort)
    ResidentialFactory(cohort=round.cohort)
    RoundEventFactory(round=round, changes="One\nTwo", reason="Because")
    base = f"/national/rounds/{round.code}/"
    ProgrammeYearFactory(programme=round.cohort.programme)
    years = f"/national/programme-years/{round.cohort.programme.slug}/"

    for path in (
        "/national/programmes/",
        years,
        "/national/cohort-add/",
        "/national/programme-add/",
        base,
        f"{base}preview/",
        f"{base}release/",
        f"{base}points/",
    ):
        look(path)
    look("/national/rounds/add/", press="Set up the round")
    look(f"{base}check/", press="Mark as checked")
    look(f"{base}copy/", press="Copy the round")
    look(f"{base}information/", press="Preview")
    look(f"{base}publish/")
    Round.objects.update(to_check=[])
    look(f"{base}publish/", press="Publish the round")
    Round.objects.update(closes_at=soon.replace(month=12, day=25, year=soon.year + 1))
    look(f"{base}dates/", press="Save")
    for page in ("details/", "places/", "residentials/"):
        look(base + page)


def test_pages_of_a_round_that_people_rely_on(look: Look, sign_in: SignIn) -> None:
    draft = ApplicationFactory()
    InformationDocumentFactory(round=draft.round, changes="Another venue.")
    base = f"/national/rounds/{draft.round.code}/"
    sign_in(draft.applicant)
    look(draft.get_absolute_url())

    sign_in(UserFactory(ncetm=True))
    for page in ("", "dates/", "details/"):
        look(base + page)
    look(f"{base}close/", press="Close the round now")
    Round.objects.update(closes_at=clock.now())
    look(f"{base}reopen/", press="Open the round again")
