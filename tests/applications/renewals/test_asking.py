"""A pledge is asked for again when the days, the dates or the headteacher change before the cohort begins."""

from datetime import date, timedelta

import pytest
import time_machine

from applications.enums import ENDED, RenewalWhy, State, SupportState
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.models.support import BETWEEN_REMINDERS
from applications.services.renewals import pledges_ask_again, renewal_ask_new_head, renewal_send_again, renewal_sign
from cohorts.terms import terms_changed, terms_of
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.renewals.steps import NEW_HEAD, asked, move_residential, refused, signature, signed
from tests.factories.accounts import UserFactory
from tests.factories.applications import HeadteacherSupportFactory, PledgeRenewalFactory
from tests.factories.cohorts import ResidentialFactory

pytestmark = pytest.mark.django_db


# When it is asked


def test_nothing_is_asked_while_nothing_changes() -> None:
    support = signed()
    support.application.round.cohort.residentials.update(confirmed=True, venue="Leeds")
    support.application.round.cohort.release_terms.update(rate=350)

    assert pledges_ask_again() == 0


@pytest.mark.parametrize("change", ["dates", "days", "one more"])
def test_change_of_days_or_dates_asks_whoever_signed_once(change: str) -> None:
    support = signed()
    cohort = support.application.round.cohort
    if change == "dates":
        move_residential(support)
    elif change == "days":
        cohort.release_terms.update(days_least=12)
    else:
        ResidentialFactory(cohort=cohort, number=2, starts_on=date(2028, 3, 8))

    assert (pledges_ask_again(), pledges_ask_again()) == (1, 0)

    renewal = support.renewals.get()
    email = Email.objects.get(kind="renewal_requested")
    assert (renewal.why, renewal.email, renewal.terms) == (RenewalWhy.TERMS, support.email, terms_of(cohort))
    assert email.to == support.email
    assert renewal.token_hash == token_hash(email_body(email).text.split("/support/again/")[1].split("/")[0])


def test_place_is_held_and_no_state_moves() -> None:
    renewal = asked()
    assert Application.objects.get(pk=renewal.support.application_id).state == State.ACCEPTED
    assert HeadteacherSupport.objects.get(pk=renewal.support_id).state == SupportState.SIGNED


@pytest.mark.parametrize("state", sorted({State.SUBMITTED, State.COMPLETE, State.OFFERED, State.ACCEPTED} | ENDED))
def test_only_what_has_not_ended_is_asked_for_again(state: str) -> None:
    support = signed(state)
    move_residential(support)

    assert pledges_ask_again() == (state not in ENDED)


def test_nobody_is_asked_once_the_cohort_has_begun() -> None:
    support = signed()
    move_residential(support)
    begins = support.application.round.cohort.academic_year.first_day

    with time_machine.travel(begins, tick=False):
        assert pledges_ask_again() == 0
    with time_machine.travel(begins - timedelta(days=1), tick=False):
        assert pledges_ask_again() == 1


def test_signature_from_before_terms_were_kept_is_left_alone() -> None:
    support = signed()
    support.pledge.terms = {}
    support.pledge.save()
    move_residential(support)

    assert pledges_ask_again() == 0


def test_second_change_replaces_the_request_and_its_link() -> None:
    first = asked()
    move_residential(first.support, date(2027, 11, 24))

    pledges_ask_again()

    first.refresh_from_db()
    assert first.closed_at
    assert first.support.renewals.open().get().terms == terms_of(first.support.application.round.cohort)


def test_change_taken_back_ends_the_request() -> None:
    renewal = asked()
    move_residential(renewal.support, date.fromisoformat(renewal.support.pledge.terms["residentials"][0][1]))

    pledges_ask_again()

    assert not renewal.support.renewals.open().exists()
    assert pledges_ask_again() == 0


def test_many_signatures_are_looked_at_in_as_many_queries_as_one(django_assert_num_queries) -> None:
    signed()
    with django_assert_num_queries(5):
        pledges_ask_again()
    support = signed()
    for _ in range(3):
        other = HeadteacherSupportFactory(
            state=SupportState.SIGNED, application__round=support.application.round, application__state=State.COMPLETE
        )
        type(other.pledge).objects.filter(pk=other.pledge.pk).update(terms=support.pledge.terms)
    PledgeRenewal.objects.all().delete()
    with django_assert_num_queries(9):  # four for each of the two cohorts
        pledges_ask_again()


# A new headteacher


def test_new_headteacher_named_by_the_hub_is_asked() -> None:
    support = signed(State.COMPLETE)
    ask = {"support": support} | NEW_HEAD
    lead = UserFactory(hub_lead=support.application.hub)
    for other in (UserFactory(hub_reviewer=support.application.hub), UserFactory(hub_lead=True)):
        with refused("not-allowed"):
            renewal_ask_new_head(**ask, by=other)

    renewal = renewal_ask_new_head(**ask, by=lead)

    assert (renewal.why, renewal.email, renewal.asked_by) == (RenewalWhy.HEAD, "joan@school.example", lead)
    assert pledges_ask_again() == 0
    with refused("already-asked"):
        renewal_ask_new_head(**ask, by=lead)
    assert renewal_sign(**signature(renewal)).person.email == "joan@school.example"
    with refused("same-head"):
        renewal_ask_new_head(**ask, by=lead)


def test_new_headteacher_takes_the_place_of_whoever_was_asked_and_is_asked_next_time() -> None:
    first = asked()
    lead = UserFactory(hub_lead=first.support.application.hub)

    renewal_ask_new_head(support=first.support, by=lead, **NEW_HEAD)
    move_residential(first.support, date(2027, 12, 1))
    pledges_ask_again()

    newest = first.support.renewals.open().get()
    assert (newest.email, newest.why) == ("joan@school.example", RenewalWhy.HEAD)


def test_new_headteacher_is_not_the_applicant() -> None:
    support = signed(State.COMPLETE)
    own = NEW_HEAD | {"email": support.application.applicant.email.upper()}
    with refused("own-address"):
        renewal_ask_new_head(support=support, by=UserFactory(hub_lead=support.application.hub), **own)


def test_link_is_sent_again_by_the_hub_once_in_five_days() -> None:
    renewal = asked()
    again = {"renewal": renewal, "by": UserFactory(hub_lead=renewal.support.application.hub)}
    old = renewal.token_hash
    with refused("too-soon"):
        renewal_send_again(**again)

    PledgeRenewal.objects.update(sent_at=clock.now() - BETWEEN_REMINDERS)
    with refused("not-allowed"):
        renewal_send_again(renewal=renewal, by=renewal.support.application.applicant)
    renewal_send_again(**again)

    renewal.refresh_from_db()
    assert renewal.token_hash != old


# Terms


def test_what_changed_is_told_in_words() -> None:
    before = {"release": [[1, "release", 15, 15]], "residentials": [[1, "2027-11-10", "2027-11-11"]]}
    after = {
        "release": [[1, "release", 12, 15], [2, "release", 10, 10], [3, "release", 5, 5]],
        "residentials": [],
    }

    assert terms_changed(before, after) == [
        ("Release from teaching in the training year", "15 days", "12 to 15 days"),
        ("Residential 1", "10 to 11 November 2027", "None"),
        ("Release from teaching in later years", "None", "10 days"),
        ("Release from teaching in year 3", "None", "5 days"),
    ]
    assert terms_changed(before, before) == []


def test_answered_renewals_read_as_they_ended() -> None:
    done = PledgeRenewalFactory(signed=True)
    refused_one = PledgeRenewalFactory(declined=True)
    assert (done.is_open, refused_one.is_open, done.pledge.person) == (False, False, done.person)
