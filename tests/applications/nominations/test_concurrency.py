"""A nominee accepts while the nominator withdraws: one of them is told that the other was faster."""

import pytest

from applications.models import Application, Nomination
from applications.services.nominations import nomination_accept, nomination_withdraw
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import NominationFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.threads import overtaken

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invited() -> Nomination:
    hub = MathsHubFactory()
    return NominationFactory(home_hub=hub, school=SchoolFactory(in_hub=hub))


@pytest.mark.parametrize("first", ["accept", "withdraw"])
def test_accepting_and_withdrawing_at_once_is_one_of_them(invited: Nomination, first: str) -> None:
    teacher, document = UserFactory(email=invited.email), invited.round.current_document
    calls = {
        "accept": lambda: nomination_accept(nomination=invited, by=teacher, document=document, at=clock.now()),
        "withdraw": lambda: nomination_withdraw(nomination=invited, by=invited.nominated_by),
    }
    second = calls["withdraw" if first == "accept" else "accept"]

    def late() -> str:
        try:
            second()
        except DomainError as error:
            return error.code
        return "done"

    assert overtaken(late, by=calls[first]) == "stale"
    invited.refresh_from_db()
    assert invited.state == {"accept": "accepted", "withdraw": "withdrawn"}[first]
    assert Application.objects.count() == (first == "accept")
