"""A change of school beside an answer to the offer, on two real connections."""

import pytest

from applications.enums import SchoolChangeAction, State
from applications.models import Application, SchoolChange
from applications.services.applications import offer_accept
from applications.services.school_change_decisions import school_change_decide
from cohorts.models import HubPlaces, Specialist
from mastery_hub.common import clock
from tests.applications.test_concurrency import at_once
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, SchoolChangeFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_offer_accepted_while_another_hub_takes_its_holder_is_held_once(attempt) -> None:
    new_hub = MathsHubFactory()
    new_lead = UserFactory(hub_lead=new_hub)
    application = ApplicationFactory(state=State.OFFERED)
    change = SchoolChangeFactory(application=application, hub_after=new_hub, state="handed_on")
    row = HubPlacesFactory(cohort=application.round.cohort, hub=new_hub, places=1)

    taken, accepted = at_once(
        lambda: school_change_decide(change=change, by=new_lead, action=SchoolChangeAction.TAKE, reason="Welcome."),
        lambda: offer_accept(application=application, by=application.applicant, at=clock.now()),
    )

    assert isinstance(taken, SchoolChange)
    assert HubPlaces.objects.get(pk=row.pk).taken == 1
    assert HubPlaces.objects.get(cohort=row.cohort, hub=application.hub).taken == 0
    after = Application.objects.get(pk=application.pk)
    assert (after.hub, after.school) == (new_hub, change.school)
    if accepted == "moved":  # told to try again, and does
        offer_accept(application=after, by=after.applicant, at=clock.now())
    placement = Specialist.objects.get().placement
    assert (placement.hub, placement.school) == (new_hub, change.school)
