"""The headteacher's pages on a phone, with and without errors: accessible, and no wider than the phone."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.urls import reverse

from applications.enums import SchoolChangeState, State, SupportState
from applications.models import HeadteacherSupport, PledgeRenewal
from applications.models.support import LINK_LASTS
from applications.services.renewals import pledges_ask_again
from cohorts.terms import terms_of
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from tests.applications.supporters import asked
from tests.factories.applications import HeadteacherSupportFactory, SchoolChangeFactory
from tests.factories.cohorts import ReleaseTermsFactory, ResidentialFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


def test_pages_of_a_request(look: Callable[..., None]) -> None:
    support = asked()
    HeadteacherSupportFactory(email=support.email, application__round=support.application.round)

    look(reverse("support_link", args=["the-token"]))
    look(reverse("support_start"), press="Continue")
    look(reverse("support_pass_on"))
    look(reverse("support_pass_on"), press="Pass the request on")
    look(reverse("support_several"))
    look(reverse("support_several"), press="Save the order")
    HeadteacherSupport.objects.update(sent_at=clock.now() - LINK_LASTS)
    look(reverse("support_start"))
    look(reverse("support_start"), press="Send me a new link")


def test_page_of_a_request_whose_teacher_has_moved(look: Callable[..., None]) -> None:
    support = HeadteacherSupportFactory(
        state=SupportState.SIGNED,
        application__state=State.ACCEPTED,
        token="moved",
        requested_at=clock.now() - timedelta(days=1),
    )
    SchoolChangeFactory(application=support.application, state=SchoolChangeState.AGREED)

    look(reverse("support_link", args=["moved"]))


def test_pages_of_a_pledge_asked_for_again(look: Callable[..., None]) -> None:
    support = HeadteacherSupportFactory(state=SupportState.SIGNED, application__state=State.ACCEPTED)
    cohort = support.application.round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    support.pledge.terms = terms_of(cohort)
    support.pledge.save()
    cohort.residentials.update(starts_on=date(2027, 11, 17), ends_on=date(2027, 11, 18))
    pledges_ask_again()
    PledgeRenewal.objects.update(token_hash=token_hash("again"))

    look(reverse("renewal_link", args=["again"]))
    look(reverse("renewal_start"), press="Sign and send")
    look(reverse("renewal_decline"), press="Decline to sign again")
    PledgeRenewal.objects.update(sent_at=clock.now() - LINK_LASTS - timedelta(days=1))
    look(reverse("renewal_start"))
