"""What each year of a programme holds: written by NCETM, told wherever somebody signs for it, kept as it was signed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from applications.applicant_presenters.copy import copy_of
from applications.services.applications import application_sign
from cohorts.models import Cohort, Programme
from cohorts.years import YearTold, programme_years_set, years_kept, years_told
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, ProgrammeFactory, ProgrammeYearFactory

pytestmark = pytest.mark.django_db
CLASSROOM, DEPARTMENT = YearTold("Your own classroom", "Three residentials."), YearTold("Your department", "")


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def programme() -> Programme:
    programme = ProgrammeFactory(slug="secondary")
    ProgrammeYearFactory(programme=programme, year=1, title=CLASSROOM.title, text=CLASSROOM.text)
    return programme


def sent(page: HttpResponse, **more: str) -> dict[str, Any]:
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields} | {k.replace("_", "-"): v for k, v in more.items()}


PATH = "/national/programme-years/secondary/"


def test_years_are_added_changed_and_taken_away(ncetm: Client, programme: Programme) -> None:
    page = ncetm.get(PATH)
    assert list(page.context["form"].fields) == ["seen", "title-1", "text-1", "title-2", "text-2"]

    assert ncetm.post(PATH, sent(page, title_2="Your department")).status_code == 302
    assert years_told(programme) == {1: CLASSROOM, 2: DEPARTMENT}

    # without the first, the second is the first
    ncetm.post(PATH, sent(ncetm.get(PATH), title_1="", text_1=""))
    assert years_told(programme) == {1: DEPARTMENT}


def test_words_without_a_title_are_shown_again(ncetm: Client, programme: Programme) -> None:
    page = ncetm.post(PATH, sent(ncetm.get(PATH), text_2="Work with the department."))

    assert dict(page.context["form"].errors) == {"title-2": ["Enter what year 2 is about"]}
    assert page.context["form"]["text-2"].value() == "Work with the department."
    assert years_told(programme) == {1: CLASSROOM}


def test_what_a_colleague_saved_meanwhile_is_shown_and_then_replaced(ncetm: Client, programme: Programme) -> None:
    old = ncetm.get(PATH)
    theirs = YearTold("Their own words", "Theirs.")
    programme_years_set(programme=programme, by=UserFactory(ncetm=True), wanted={1: theirs})

    page = ncetm.post(PATH, sent(old, title_1="Mine"))
    assert ("Their own words" in page.content.decode(), years_told(programme)) == (True, {1: theirs})

    assert ncetm.post(PATH, sent(page)).status_code == 302
    assert years_told(programme) == {1: YearTold("Mine", CLASSROOM.text)}


@pytest.mark.parametrize(("who", "allowed"), [("ncetm", True), ("hub_lead", False)])
def test_years_are_written_by_ncetm_alone(programme: Programme, who: str, allowed: bool) -> None:
    def write() -> None:
        programme_years_set(programme=programme, by=UserFactory(**{who: True}), wanted={1: DEPARTMENT})

    if allowed:
        write()
        assert years_told(programme) == {1: DEPARTMENT}
        return
    with pytest.raises(DomainError) as refused:
        write()
    assert (refused.value.code, years_told(programme)) == ("not-allowed", {1: CLASSROOM})


def test_years_are_told_wherever_somebody_signs_for_them(client: Client, programme: Programme) -> None:
    round = RoundFactory(complete=True, cohort=CohortFactory(programme=programme, starts=2027))
    application = ApplicationFactory(round=round)
    support = HeadteacherSupportFactory(application=application, state="opened", token="by-link")
    told = "Year 1, 2027/28: Your own classroom"

    assert "Year 1: Your own classroom" in client.get(programme.get_absolute_url()).content.decode()
    assert told in client.get(round.get_absolute_url()).content.decode()
    client.get("/support/by-link/")
    assert support.state == "opened"
    assert told in client.get("/support/commitments/").content.decode()
    client.force_login(application.applicant)
    assert told in client.get(f"/applications/{application.reference}/commitments/").content.decode()
    client.force_login(UserFactory(ncetm=True))
    assert told in client.get(f"/national/rounds/{round.code}/preview/").content.decode()


def test_pages_of_a_programme_without_years_tell_of_none(client: Client) -> None:
    round = RoundFactory(complete=True)

    for path in (round.get_absolute_url(), round.cohort.programme.get_absolute_url()):
        assert "What each year holds" not in client.get(path).content.decode()


@pytest.fixture
def signed(programme: Programme) -> Callable[[Cohort], User]:
    def sign(cohort: Cohort) -> Any:
        application = ApplicationFactory(round=RoundFactory(complete=True, cohort=cohort))
        commitments = cohort.commitment_sets.get(whose="applicant").commitments
        agreed = set(commitments.values_list("pk", flat=True))
        application_sign(application=application, by=application.applicant, agreed=agreed, signed_as="Sam Okoro")
        application.refresh_from_db()
        return application

    return sign


def test_what_was_signed_keeps_the_years_it_was_signed_for(programme: Programme, signed: Any) -> None:
    cohort = CohortFactory(programme=programme, starts=2027)
    application = signed(cohort)
    programme_years_set(programme=programme, by=UserFactory(ncetm=True), wanted={1: DEPARTMENT})

    assert application.pledge.years == [{"title": "Year 1, 2027/28: Your own classroom", "text": "Three residentials."}]
    assert years_kept(Cohort.objects.get()) == [{"title": "Year 1, 2027/28: Your department", "text": ""}]
    cards = {card["title"]: card["rows"] for card in copy_of(application, timezone.now())["cards"]}
    assert cards["Your commitments"][0] == {
        "key": "What each year holds",
        "lines": ["Year 1, 2027/28: Your own classroom", "Three residentials."],
    }
