"""The pages after an acceptance on a phone: accessible, and no wider than the phone."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from applications.enums import State
from applications.models import Referral
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralEventFactory,
    DeferralFactory,
    EligibilityQuestionFactory,
    MatchingMoveFactory,
    ReferralEventFactory,
    ReferralFactory,
    ReviewFactory,
    SchoolChangeEventFactory,
    SchoolChangeFactory,
)
from tests.factories.cohorts import CohortFactory, HubPlacesFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


def test_pages_of_a_deferral(sign_in: Callable[[User], None], look: Callable[..., None]) -> None:
    application = accepted()
    sign_in(application.applicant)
    look(url(application, "defer"), press="Ask your hub")
    look(url(application, "withdraw"), press="Give up the place and withdraw")
    deferral = DeferralFactory(application=application)
    DeferralEventFactory(deferral=deferral)
    look(url(application))

    sign_in(UserFactory(hub_lead=application.hub))
    look(reverse("hub_deferral_list", args=[application.hub.slug]))
    look(reverse("hub_deferral", args=[application.hub.slug, deferral.pk]), press="Confirm your decision")
    look(reverse("hub_application", args=[application.hub.slug, application.reference]))


def test_pages_of_a_promise(sign_in: Callable[[User], None], look: Callable[..., None]) -> None:
    application = ApplicationFactory(state=State.DEFERRED)
    deferral = DeferralFactory(application=application, state="granted")
    cohort = application.round.cohort
    following = CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
    HubPlacesFactory(cohort=following, hub=application.hub)
    sign_in(application.applicant)
    look(url(application))
    look(url(application, "withdraw"))

    sign_in(UserFactory(hub_lead=application.hub))
    look(reverse("hub_deferral", args=[application.hub.slug, deferral.pk]))
    sign_in(UserFactory(ncetm=True))
    look(reverse("national_deferral_list"))


def test_pages_of_a_change_of_school(sign_in: Callable[[User], None], look: Callable[..., None]) -> None:
    application = accepted()
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3)
    sign_in(application.applicant)
    look(url(application, "school_change"), press="Tell your hub")
    change = SchoolChangeFactory(application=application)
    SchoolChangeEventFactory(school_change=change)
    look(url(application))

    sign_in(UserFactory(hub_lead=application.hub))
    look(reverse("hub_school_change_list", args=[application.hub.slug]))
    look(reverse("hub_school_change", args=[application.hub.slug, change.pk]), press="Confirm your decision")
    look(reverse("hub_application", args=[application.hub.slug, application.reference]))


def test_pages_of_a_referral(sign_in: Callable[[User], None], look: Callable[..., None]) -> None:
    referral = ReferralFactory()
    ReferralEventFactory(referral=referral)
    application, hub, other = referral.application, referral.from_hub, referral.to_hub
    hub.neighbours.add(other)
    HubPlacesFactory(cohort=application.round.cohort, hub=other)
    sign_in(application.applicant)
    look(url(application))
    look(url(application, "referral"), press="Send your answer")
    sign_in(UserFactory(hub_lead=hub))
    look(reverse("hub_referral_list", args=[hub.slug]))
    look(reverse("hub_referral", args=[hub.slug, referral.pk]))
    waiting = ApplicationFactory(state=State.RESERVED, hub=hub, round=application.round)
    look(reverse("hub_refer", args=[hub.slug, waiting.reference]), press="Ask the applicant")

    Referral.objects.update(state="consented", consented_at=referral.asked_at)
    sign_in(UserFactory(hub_lead=other))
    look(reverse("hub_referral", args=[other.slug, referral.pk]), press="Confirm your decision")
    look(reverse("hub_application", args=[other.slug, application.reference]))


def test_pages_of_a_proposal_of_moves(sign_in: Callable[[User], None], look: Callable[..., None]) -> None:
    move = MatchingMoveFactory()
    round, application = move.proposal.round, move.application
    ReviewFactory(application=application, submitted_at=clock.now(), scored=3)
    HubPlacesFactory(cohort=round.cohort, hub=move.to_hub)
    sign_in(UserFactory(ncetm=True))
    look(reverse("national_matching"))
    look(reverse("national_matching_round", args=[round.code]), press="Propose moves")
    look(reverse("national_matching_proposal", args=[round.code, move.proposal.pk]))
