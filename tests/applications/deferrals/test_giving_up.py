"""A kept place is given up: what is free again, and who is told."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications import permissions
from applications.enums import DeferralState, State, WithdrawalReason
from applications.services.applications import application_start
from applications.services.deferrals import deferral_decide, places_lock
from applications.services.withdrawal import application_withdraw
from cohorts.models import Cohort, HubPlaces, Specialist
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.deferrals.steps import ask, next_places, taken

pytestmark = pytest.mark.django_db


def test_kept_place_is_given_up_by_withdrawing(application, lead) -> None:
    row = next_places(application, places=1)
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    hears, reads = given_up(f"in {row.cohort}")
    assert "on your reserve list" not in hears.lower()
    assert f"You kept a place for them in {row.cohort}, which is free again." in hears
    assert f"The place in {row.cohort} that {application.hub} kept for you is given back." in reads
    deferral.refresh_from_db()
    row.refresh_from_db()
    application.refresh_from_db()
    assert (application.state, deferral.state, row.taken) == (State.WITHDRAWN, DeferralState.GIVEN_UP, 0)
    assert (taken(application), Specialist.objects.count(), deferral.places) == (0, 0, None)
    row.delete()  # NCETM can say that the hub does not take part


def test_place_that_was_taken_up_is_locked_wherever_it_is(application, lead) -> None:
    """It is given back when the next cohort may be another one already."""
    row = next_places(application)
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    Cohort.objects.filter(pk=row.cohort_id).update(starts=2040)
    sooner = next_places(application)

    with CaptureQueriesContext(connection) as asked:
        assert places_lock(application) == sooner

    locking = [each["sql"] for each in asked.captured_queries if "FOR UPDATE" in each["sql"]]
    assert len(locking) == 1
    assert 'ORDER BY "cohorts_hubplaces"."id" ASC' in locking[0]
    assert set(locked_by(locking[0])) == {row.pk, sooner.pk, HubPlaces.objects.get(cohort=application.round.cohort).pk}


def locked_by(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [each[0] for each in cursor.fetchall()]


def test_promise_is_given_up_by_withdrawing(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    deferral.refresh_from_db()
    row.refresh_from_db()
    assert (deferral.state, row.taken) == (DeferralState.GIVEN_UP, 0)
    hears, reads = given_up("in the next cohort")
    assert "You had promised them a place in the next cohort, which you need not keep any longer." in hears
    assert f"{application.hub} no longer keeps a place for you in the next cohort." in reads


def given_up(where: str) -> list[str]:
    """What hub and applicant are told of it: not that the place of this cohort, free since the grant, is free again."""
    found = []
    for kind in ("application_withdrawn_hub", "application_withdrawn"):
        email = Email.objects.get(kind=kind)
        for body in (email.text, unescape(email.html)):
            assert where in " ".join(body.split())
            assert "had accepted" not in body
        found.append(" ".join(email.text.split()))
    return found


def test_withdrawing_takes_an_open_request_back(application) -> None:
    deferral = ask(application)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    deferral.refresh_from_db()
    assert (deferral.state, taken(application)) == (DeferralState.TAKEN_BACK, 0)


@pytest.mark.parametrize("days", [-1, 0])
def test_kept_place_is_given_up_until_its_cohort_begins(application, lead, days, time_machine) -> None:
    row = next_places(application)
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    time_machine.move_to(row.cohort.academic_year.first_day + timedelta(days=days))
    application.refresh_from_db()

    assert bool(permissions.what_comes_first(application, "withdraw")) == (days == 0)


def test_promise_is_given_up_at_any_time(application, lead, time_machine) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    time_machine.move_to(application.round.cohort.academic_year.first_day)
    application.refresh_from_db()

    assert permissions.what_comes_first(application, "withdraw") == ""


def test_whose_place_is_kept_begins_no_other_application_to_the_round(application, lead) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    round = application.round

    again = application_start(by=application.applicant, round=round, document=round.current_document, at=clock.now())

    assert again == application
