"""NCETM sets a cohort's release days and rates, and what the cohort is told; whoever has signed is asked again."""

import importlib
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import RoundAction, State, SupportState
from applications.models import HeadteacherSupport, Round
from applications.services.renewals import pledges_ask_again
from applications.services.round_points import points_of
from applications.services.round_release import ReleaseDays, round_set_release, signed_for
from cohorts.enums import Section, Whose
from cohorts.models import CommitmentSet, Pledge
from cohorts.services import pledge_sign
from cohorts.terms import promised, rates_of, terms_of
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.applications.hubs import address
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import PledgeFactory, ReleaseTermsFactory, ResidentialFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
FIFTEEN = {"least-release-1": "15", "most-release-1": "15", "rate-release-1": "£200"}
LATER = {"least-release-2": "12", "most-release-2": "37", "rate-release-2": ""}


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True, to_check=["release", "points"])


def page(round: Round, part: str = "release") -> str:
    return f"/national/rounds/{round.code}/{part}/"


def save(ncetm: Client, round: Round, part: str = "release", **typed: str) -> HttpResponse:
    form = ncetm.get(page(round, part)).context["form"]
    values = {name: form[name].value() for name in form.fields if name != "sure"}
    shown = {name: "" if value is None else str(value) for name, value in values.items()}
    return ncetm.post(page(round, part), shown | typed)


def told(round: Round) -> list[tuple[int, int, int, Decimal | None]]:
    rows = round.cohort.release_terms.order_by("programme_year")
    return [(r.programme_year, r.days_least, r.days_most, r.rate) for r in rows]


def signed(round: Round, state: str = State.COMPLETE) -> HeadteacherSupport:
    application = ApplicationFactory(round=round, state=state)
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    cohort = application.round.cohort
    Pledge.objects.filter(pk=support.pledge.pk).update(terms=terms_of(cohort), rates=rates_of(cohort))
    return support


# Days and rates


def test_days_and_rates_are_set_shown_and_logged(ncetm: Client, round: Round) -> None:
    assert save(ncetm, round, **FIFTEEN, **LATER).status_code == 302

    assert told(round) == [(1, 15, 15, Decimal(200)), (2, 12, 37, None)]
    event = round.events.get(action=RoundAction.CHANGE_RELEASE)
    assert event.changes.split("\n") == [
        "Release from teaching, development year: 15 days, £200 a day (was none)",
        "Release from teaching, later years: 12 to 37 days, rate not agreed (was none)",
    ]
    round.refresh_from_db()
    assert round.to_check == ["points"]
    assertContains(ncetm.get(round.get_absolute_url()), "15 days of release, paid at £200 a day: £3,000 in all")
    save(ncetm, round)  # a second click
    assert round.events.filter(action=RoundAction.CHANGE_RELEASE).count() == 1
    save(ncetm, round, **{"least-release-2": "", "most-release-2": ""})
    assert told(round) == [(1, 15, 15, Decimal(200))]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"least-release-1": "15"}, "most-release-1"),
        ({"most-release-1": "15"}, "least-release-1"),
        (FIFTEEN | {"most-release-1": "14"}, "most-release-1"),
        (FIFTEEN | {"least-release-1": "0"}, "least-release-1"),
        (FIFTEEN | {"most-release-1": "196"}, "most-release-1"),
        (FIFTEEN | {"least-release-1": "many 😀"}, "least-release-1"),
        (FIFTEEN | {"rate-release-1": "-1"}, "rate-release-1"),
        (FIFTEEN | {"rate-release-1": "10000"}, "rate-release-1"),
        (FIFTEEN | {"rate-release-1": "1.005"}, "rate-release-1"),
        (FIFTEEN | {"rate-release-1": "NaN"}, "rate-release-1"),
        ({"rate-release-1": "200"}, "least-release-1"),
    ],
)
def test_bad_numbers_are_told_and_kept(ncetm: Client, round: Round, typed: dict[str, str], field: str) -> None:
    answer: Any = save(ncetm, round, **typed)

    assert list(answer.context["form"].errors) == [field]
    assert told(round) == []
    assertContains(answer, typed.get(field, ""))


def test_colleague_who_was_faster_is_told_of(ncetm: Client, round: Round) -> None:
    stale = ncetm.get(page(round)).context["form"]["seen"].value()
    save(ncetm, round, **FIFTEEN)
    typed = FIFTEEN | {"least-release-1": "10", "seen": str(stale)}

    assertContains(ncetm.post(page(round), typed), "A colleague changed this round")
    assert told(round)[0][1] == 15


# Whoever has signed


def test_change_of_days_says_whom_it_asks_again_and_asks_them(
    ncetm: Client, round: Round, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("applications.services.round_release.nudge", asked.append)
    save(ncetm, round, **FIFTEEN)
    support = signed(round)
    signed(round, State.WITHDRAWN)
    assertContains(ncetm.get(page(round)), "1 headteacher has signed for the days as they are")

    answer: Any = save(ncetm, round, **{"least-release-1": "12"})
    assert list(answer.context["form"].errors) == ["sure"]
    assert (told(round)[0][1], pledges_ask_again()) == (15, 0)
    with django_capture_on_commit_callbacks(execute=True):
        save(ncetm, round, **{"least-release-1": "12"}, sure="on")

    assert (told(round)[0][1], pledges_ask_again()) == (12, 1)
    assert Email.objects.get(kind="renewal_requested").to == support.email
    assert asked == ["applications.tasks.pledges_ask_again"]


def test_another_rate_asks_nobody_again(ncetm: Client, round: Round) -> None:
    save(ncetm, round, **FIFTEEN)
    signed(round)

    assert save(ncetm, round, **{"rate-release-1": "250"}).status_code == 302

    assert (told(round)[0][3], pledges_ask_again()) == (Decimal(250), 0)


def test_service_asks_to_be_sure_and_locks_days_once_the_cohort_has_begun(round: Round) -> None:
    ReleaseTermsFactory(cohort=round.cohort)
    support = signed(round)
    ncetm = UserFactory(ncetm=True)
    slot = (1, "release")
    before = ReleaseDays.of(round.cohort.release_terms.get())
    more = ReleaseDays(before.days_least, before.days_most + 5, before.rate)
    change = {"round": round, "by": ncetm, "wanted": {slot: more}, "seen": 0}

    with pytest.raises(DomainError, match="1 headteacher has signed"):
        round_set_release(**change)
    with time_machine.travel(round.cohort.academic_year.first_day, tick=False):
        assert signed_for(round.cohort) == 0
        with pytest.raises(DomainError, match="has begun"):
            round_set_release(**change, sure=True)
        dearer = ReleaseDays(before.days_least, before.days_most, Decimal(300))
        round_set_release(**change | {"wanted": {slot: dearer}})
    assert told(round) == [(1, before.days_least, before.days_most, Decimal(300))]
    with pytest.raises(DomainError, match="Only NCETM"):
        round_set_release(**change | {"by": support.application.applicant}, sure=True)


def test_pledge_keeps_days_dates_and_rates_of_the_day(client: Client, round: Round) -> None:
    cohort = round.cohort
    ReleaseTermsFactory(cohort=cohort, days_least=15, days_most=15, rate=200)
    ReleaseTermsFactory(cohort=cohort, programme_year=2, days_least=12, days_most=37, rate=None)
    ResidentialFactory(cohort=cohort)
    commitments = CommitmentSet.objects.get(cohort=cohort, whose=Whose.HEADTEACHER)
    agreed = set(commitments.commitments.values_list("pk", flat=True))
    pledge = pledge_sign(
        by=UserFactory(), school=SchoolFactory(), commitment_set=commitments, agreed=agreed, signed_as="Helen Marsh"
    )
    cohort.release_terms.update(rate=999, days_most=99)
    cohort.residentials.update(starts_on="2027-09-01")

    words = dict(promised(pledge))
    assert words["Release from teaching in the training year"] == "15 days, paid at £200 a day"
    assert words["Release from teaching in later years"] == "12 to 37 days"
    (residential,) = (told for name, told in words.items() if name.startswith("Residential"))
    assert "November 2027" in residential

    support = signed(round)
    Pledge.objects.filter(pk=support.pledge.pk).update(terms=pledge.terms, rates=pledge.rates)
    draft = ApplicationFactory(round=round, ready=True)
    Pledge.objects.filter(pk=draft.pledge.pk).update(terms=pledge.terms, rates=pledge.rates)
    client.force_login(UserFactory(hub_lead=support.application.hub))
    told_hub = client.get(address(support.application))
    assertContains(told_hub, "Release from teaching in the training year: 15 days, paid at £200 a day")
    client.force_login(draft.applicant)
    assertContains(client.get(url(draft, "check")), "15 days, paid at £200 a day")
    assert promised(PledgeFactory()) == []


def test_pledges_signed_before_are_given_what_stood_then(round: Round) -> None:
    cohort = round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    commitments = CommitmentSet.objects.get(cohort=cohort, whose=Whose.HEADTEACHER)
    before = PledgeFactory(commitment_set=commitments)
    kept = PledgeFactory(commitment_set=commitments, terms={"release": []}, rates=[[1, "release", "1.00"]])
    elsewhere = PledgeFactory()

    for _ in range(2):
        importlib.import_module("cohorts.migrations.0008_pledges_signed_before").fill(apps, None)

    for each in (before, kept, elsewhere):
        each.refresh_from_db()
    assert (before.terms, before.rates) == (terms_of(cohort), rates_of(cohort))
    assert (kept.terms, kept.rates) == ({"release": []}, [[1, "release", "1.00"]])
    assert elsewhere.terms == {"release": [], "residentials": []}


# What the cohort is told


def test_sentences_are_written_a_line_each_shown_and_logged(ncetm: Client, round: Round) -> None:
    save(ncetm, round, "points", funding="Half is paid in May. \r\n\r\n Half is  paid in July.")
    assert points_of(round.cohort)[Section.FUNDING] == ["Half is paid in May.", "Half is paid in July."]
    assertContains(ncetm.get(round.get_absolute_url()), "Half is paid in July.")

    save(ncetm, round, "points", funding="Half is paid in July.\nHalf is paid in May.", expectation="Come to all days.")
    save(ncetm, round, "points", funding="All is paid in May.")

    newest, middle, _ = round.events.filter(action=RoundAction.CHANGE_POINTS)
    assert middle.changes.split("\n") == [
        "Expectations of participating teachers and their schools: “Come to all days.” added",
        "Funding: in another order",
    ]
    assert newest.changes.split("\n") == [
        "Funding: “Half is paid in July.” removed",
        "Funding: “Half is paid in May.” removed",
        "Funding: “All is paid in May.” added",
    ]
    round.refresh_from_db()
    assert round.to_check == ["release"]
    assertNotContains(ncetm.get(round.get_absolute_url()), "Half is paid in July.")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("\n".join(f"Line {n}" for n in range(21)), "20 lines or fewer"),
        ("x" * 501, "500 characters or fewer"),
        ("Same\nSame", "must say something else"),
        ("a\x00b", "Null characters are not allowed"),
    ],
)
def test_sentences_nobody_would_read_are_refused(ncetm: Client, round: Round, typed: str, words: str) -> None:
    answer = save(ncetm, round, "points", funding=typed)

    assertContains(answer, words)
    assert points_of(round.cohort)[Section.FUNDING] == []
