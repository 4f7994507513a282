"""Where the round asks for it, NCETM confirms what a hub proposes before anything is released."""

import pytest

from applications.enums import Outcome, State
from applications.models import Application, Round
from applications.services.confirmations import decisions_confirm, decisions_return
from applications.services.selection import decision_propose, decision_release, decision_take_back
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    round = RoundFactory(complete=True, confirms_decisions=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    return round


@pytest.fixture
def lead(hub):
    return UserFactory(hub_lead=hub)


@pytest.fixture
def ncetm():
    return UserFactory(ncetm=True)


@pytest.fixture
def proposed(hub, round, lead) -> list[Application]:
    made = [ApplicationFactory(state=State.COMPLETE, hub=hub, round=round) for _ in range(2)]
    for application in made:
        decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")
    return made


def keys(applications: list[Application]) -> list[int]:
    return [each.decisions.open().get().pk for each in applications]


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_nothing_is_released_before_it_is_confirmed(proposed, round, hub, lead, ncetm) -> None:
    with refused("barred"):
        decision_release(application=proposed[0], by=lead)

    assert decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed)) == 2

    for application in proposed:
        decision_release(application=application, by=lead)
    assert set(Application.objects.values_list("state", flat=True)) == {State.RESERVED}
    assert Email.objects.get(kind="decisions_confirmed_hub").to == lead.email


def test_round_that_asks_for_none_needs_none(proposed, round, hub, lead, ncetm) -> None:
    Round.objects.update(confirms_decisions=False)
    round.refresh_from_db()

    with refused("not-asked"):
        decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed))
    assert decision_release(application=proposed[0], by=lead).released_at


def test_returned_is_not_released_and_the_hub_reads_why(proposed, round, hub, lead, ncetm) -> None:
    decisions_return(round=round, hub=hub, by=ncetm, read=keys(proposed), reason="Nobody from the north.")

    with refused("barred"):
        decision_release(application=proposed[0], by=lead)
    assert "Nobody from the north." in Email.objects.get(kind="decisions_returned_hub").text
    with refused("nothing-waits"):
        decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed))


@pytest.mark.parametrize("how", ["changed", "taken back and proposed again"])
def test_proposal_that_changes_needs_it_again(how, proposed, round, hub, lead, ncetm) -> None:
    decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed))
    application = proposed[0]
    if how == "changed":
        told = {"outcome": Outcome.UNSUCCESSFUL, "feedback": "Not yet", "reason": "The interview"}
        decision_propose(application=application, by=lead, **told)
    else:
        decision_take_back(application=application, by=lead)
        decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")

    with refused("barred"):
        decision_release(application=application, by=lead)
    assert decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed)) == 1
    assert decision_release(application=application, by=lead).released_at


def test_proposal_that_was_not_read_is_not_confirmed(proposed, round, hub, lead, ncetm) -> None:
    read = keys(proposed)
    told = {"outcome": Outcome.UNSUCCESSFUL, "feedback": "Not yet", "reason": "The interview"}
    decision_propose(application=proposed[0], by=lead, **told)

    assert decisions_confirm(round=round, hub=hub, by=ncetm, read=read) == 1
    assert proposed[0].decisions.open().get().confirmed_at is None


def test_another_hubs_are_not_confirmed_with_these(proposed, round, ncetm) -> None:
    with refused("nothing-waits"):
        decisions_confirm(round=round, hub=MathsHubFactory(), by=ncetm, read=keys(proposed))


def test_return_says_why(proposed, round, hub, ncetm) -> None:
    with refused("reason-missing"):
        decisions_return(round=round, hub=hub, by=ncetm, read=keys(proposed), reason=" ")


def test_nobody_confirms_about_themselves(proposed, round, hub, ncetm) -> None:
    Application.objects.filter(pk=proposed[0].pk).update(applicant=ncetm)

    assert decisions_confirm(round=round, hub=hub, by=ncetm, read=keys(proposed)) == 1
    assert proposed[0].decisions.open().get().confirmed_at is None


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator"])
def test_only_ncetm_confirms(proposed, round, hub, role) -> None:
    with refused("not-allowed"):
        decisions_confirm(round=round, hub=hub, by=UserFactory(**{role: hub}), read=keys(proposed))
