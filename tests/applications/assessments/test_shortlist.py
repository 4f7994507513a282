"""The shortlist of a hub."""

import pytest
from django.db import IntegrityError, transaction

from applications.enums import AssessmentKind, State
from applications.models import Shortlisting
from applications.services.shortlists import shortlist_put, shortlist_take_off
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.assessments import ShortlistingFactory

pytestmark = pytest.mark.django_db
OBSERVATION, INTERVIEW = AssessmentKind.OBSERVATION, AssessmentKind.INTERVIEW


def test_lead_puts_on_the_shortlist_and_takes_off(application, lead) -> None:
    first = shortlist_put(application=application, by=lead)
    assert shortlist_put(application=application, by=lead) == first

    shortlist_take_off(application=application, by=lead)
    shortlist_take_off(application=application, by=lead)

    first.refresh_from_db()
    assert (first.ended_by, Shortlisting.objects.open().count()) == (lead, 0)
    assert shortlist_put(application=application, by=lead) != first


def test_shortlist_is_no_state_and_tells_nobody(application, lead) -> None:
    shortlist_put(application=application, by=lead)

    application.refresh_from_db()
    assert (application.state, application.events.count(), Email.objects.count()) == (State.COMPLETE, 0, 0)


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator", "ncetm"])
def test_only_leads_keep_the_shortlist(application, hub, lead, role) -> None:
    by = UserFactory(**{role: hub if role.startswith("hub") else True})
    for act in (shortlist_put, shortlist_take_off):
        with pytest.raises(DomainError, match="Only a lead"):
            act(application=application, by=by)
    assert shortlist_put(application=application, by=lead)


def test_one_is_on_a_shortlist_once(application) -> None:
    ShortlistingFactory(application=application)

    with pytest.raises(IntegrityError), transaction.atomic():
        ShortlistingFactory(application=application)
