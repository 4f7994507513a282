"""NCETM sets up a round on its pages: bad input costs nothing typed, and a colleague is never undone unawares."""

from datetime import datetime

import pytest
from django.test import Client

from applications.enums import RoundStage
from applications.models import Round
from cohorts.models import Cohort, HubPlaces, Programme
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from tests.applications.round_pages.steps import CLOSES, OPENS, at, errors, sent
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
DATES = {
    "opens_at_on-day": "11", "opens_at_on-month": "1", "opens_at_on-year": "2027", "opens_at_time": "9am",
    "closes_at_on-day": "26", "closes_at_on-month": "2", "closes_at_on-year": "2027", "closes_at_time": "5pm",
    "support_closes_at_on-day": "", "support_closes_at_on-month": "", "support_closes_at_on-year": "",
    "support_closes_at_time": "", "outcomes_month": "2027-06", "reply_days": "14",
}  # fmt: skip
GOOD_FRIDAY = DATES | {"closes_at_on-day": "26", "closes_at_on-month": "3"}


# Programmes, cohorts, rounds


def test_programme_cohort_and_round_are_set_up_one_after_the_other(ncetm: Client) -> None:
    ncetm.post(
        "/national/programme-add/",
        {
            "name": "Post-16 Programme",
            "slug": "post-16",
            "summary": "For colleges.",
            "school_phases": ["6"],
            "order": "3",
        },
    )
    programme = Programme.objects.get()
    assert (programme.slug, programme.school_phases) == ("post-16", [6])

    made = ncetm.post(
        "/national/cohort-add/",
        {
            "programme": programme.pk,
            "number": "1",
            "starts": "2027",
            "project_code": "ncp27-07",
            "later_years_note": "",
        },
    )
    cohort = Cohort.objects.get()
    assert (cohort.number, cohort.starts, cohort.project_code) == (1, 2027, "NCP27-07")
    assert made["Location"] == f"/national/rounds/add/?cohort={cohort.pk}"
    assert f'<option value="{cohort.pk}" selected>' in ncetm.get(made["Location"]).content.decode()

    made = ncetm.post("/national/rounds/add/", DATES | {"cohort": cohort.pk, "code": "ncp27-07"})
    round = Round.objects.get()
    assert made["Location"] == "/national/rounds/NCP27-07/"
    assert (round.opens_at, round.closes_at, round.support_closes_at) == (OPENS, CLOSES, None)
    assert (round.stage, round.reply_days) == (RoundStage.SETTING_UP, 14)
    assert "Round set up" in ncetm.get(made["Location"]).content.decode()


def test_every_problem_of_a_new_round_is_told_and_nothing_is_lost(ncetm: Client, round: Round) -> None:
    wrong = {
        "closes_at_time": "teatime",
        "opens_at_on-day": "32",
        "reply_days": "many",
        "code": "NCP27-01",
        "cohort": "",
    }

    page = ncetm.post("/national/rounds/add/", DATES | wrong)

    assert errors(page) == {
        "opens_at_on": ["Opening date must be a real date"],
        "closes_at_time": ["Closing time must be a time, like 9am, 5:30pm or 17:00"],
        "reply_days": ["Days to answer an offer must be a whole number, like 3"],
        "code": ["There is a round with the code NCP27-01 already: choose a different one"],
        "cohort": ["Select a cohort"],
    }
    html = page.content.decode()
    assert all(f'value="{typed}"' in html for typed in ("teatime", "32", "many", "NCP27-01"))


def test_dates_of_a_new_round_are_in_order(ncetm: Client) -> None:
    wrong = {
        "cohort": CohortFactory(starts=2027).pk,
        "code": "NCP27-02",
        "opens_at_on-month": "4",
        "outcomes_month": "2027-01",
    }

    page = ncetm.post("/national/rounds/add/", DATES | wrong)

    assert errors(page) == {
        "closes_at_on": ["Applications must close after they open, 9am on Sunday 11 April 2027"],
        "outcomes_month": ["Outcomes must not come before the round has closed, 26 February 2027"],
    }
    assert not Round.objects.exists()


def test_time_that_the_clocks_skip_is_refused(ncetm: Client, round: Round) -> None:
    skipped = {"closes_at_on-day": "28", "closes_at_on-month": "3", "closes_at_time": "1:30am"}

    page = ncetm.post(at(round, "dates/"), DATES | skipped)

    assert errors(page) == {
        "closes_at_time": ["Clocks go forward then, so there is no such time on that day"],
    }


# Dates


def test_dates_are_shown_as_they_are(ncetm: Client, round: Round) -> None:
    page = ncetm.get(at(round, "dates/")).content.decode()

    assert 'value="9am"' in page
    assert 'value="5pm"' in page


def test_date_when_schools_are_closed_is_kept_by_a_tick(ncetm: Client, round: Round) -> None:
    page = ncetm.post(at(round, "dates/"), GOOD_FRIDAY)
    ((key, words),) = page.context["form"].fields["kept"].choices
    assert words == (
        "Applications close: Friday 26 March 2027 is a bank holiday (Good Friday) and is in the Easter holidays of "
        "most schools. Keep it."
    )
    assert errors(page) == {"kept": ["Tick each of these days to keep it, or choose another"]}

    # another such day is asked about anew, whatever was ticked
    page = ncetm.post(at(round, "dates/"), GOOD_FRIDAY | {"closes_at_on-day": "29", "kept": [key]})
    assert "Easter Monday" in page.context["form"].fields["kept"].choices[0][1]
    assert list(errors(page)) == ["kept"]
    round.refresh_from_db()
    assert round.closes_at == CLOSES

    saved = ncetm.post(at(round, "dates/"), GOOD_FRIDAY | {"kept": [key]})
    assert saved["Location"] == at(round)
    round.refresh_from_db()
    assert round.closes_at == datetime(2027, 3, 26, 17, tzinfo=LONDON)
    assert "is a bank holiday (Good Friday)" in ncetm.get(at(round)).content.decode()
    # and once kept, it is not asked about again
    assert ncetm.post(at(round, "dates/"), GOOD_FRIDAY | {"reply_days": "10", "seen": "99999"}).status_code == 302


def test_page_that_was_opened_before_a_colleague_saved_tells_of_it(ncetm: Client, round: Round) -> None:
    opened = ncetm.get(at(round, "dates/"))
    seen = opened.context["form"]["seen"].value()
    ncetm.post(at(round, "dates/"), DATES | {"reply_days": "21", "seen": seen})

    page = ncetm.post(at(round, "dates/"), DATES | {"reply_days": "10", "seen": seen})

    (sentence,) = errors(page)["__all__"]
    assert "Victoria Stanhope" in sentence
    assert "Days to answer an offer: 21 (was 14)" in sentence
    round.refresh_from_db()
    assert round.reply_days == 21

    again = page.context["form"]["seen"].value()
    assert ncetm.post(at(round, "dates/"), DATES | {"reply_days": "10", "seen": again}).status_code == 302
    round.refresh_from_db()
    assert round.reply_days == 10


def test_what_is_locked_is_shown_and_cannot_be_sent(ncetm: Client, round: Round, time_machine) -> None:
    Round.objects.update(published_at=clock.now())
    time_machine.move_to(datetime(2027, 2, 1, tzinfo=LONDON), tick=False)
    ncetm.force_login(UserFactory(ncetm=True))

    page = ncetm.get(at(round, "dates/")).content.decode()
    assert "Applications have opened already." in page
    saved = ncetm.post(at(round, "dates/"), DATES | {"opens_at_on-day": "12", "reply_days": "10"})

    assert saved.status_code == 302
    round.refresh_from_db()
    assert (round.opens_at, round.reply_days) == (OPENS, 10)


# Details


def test_details_are_saved_and_their_address_follows_the_code(ncetm: Client, round: Round) -> None:
    asked = sent(ncetm.get(at(round, "details/")), code="NCP27-01a", statement_words="")

    saved = ncetm.post(at(round, "details/"), asked)

    assert saved["Location"] == "/national/rounds/NCP27-01a/"
    assert Round.objects.get().statement_words is None


def test_details_that_another_cohort_has_are_refused(ncetm: Client, round: Round) -> None:
    other = CohortFactory(programme=round.cohort.programme)

    page = ncetm.post(at(round, "details/"), sent(ncetm.get(at(round, "details/")), number=other.number))

    (sentence,) = errors(page)["__all__"]
    assert sentence.startswith("Another cohort of this programme has this number")


# Places


def test_places_of_all_hubs_are_on_one_page(ncetm: Client, round: Round) -> None:
    north, south = HubPlacesFactory(cohort=round.cohort, taken=1), HubPlacesFactory(cohort=round.cohort)
    new = MathsHubFactory()
    wanted = {f"hub-{north.hub_id}": "3", f"hub-{south.hub_id}": "", f"hub-{new.pk}": "5"}

    saved = ncetm.post(at(round, "places/"), sent(ncetm.get(at(round, "places/"))) | wanted)

    assert saved["Location"] == at(round)
    assert dict(HubPlaces.objects.values_list("hub", "places")) == {north.hub_id: 3, new.pk: 5}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "North: 2 places are taken already: enter 2 or more"),
        ("", "North: 2 places are taken already: enter 2 or more"),
        ("-1", "North: places must be 0 or more"),
        ("four", "North: places must be a whole number, like 4"),
        ("100", "North: places must be 99 or fewer"),
        ("9" * 30, "North: places must be 99 or fewer"),
    ],
)
def test_wrong_places_are_told_beside_the_hub(ncetm: Client, round: Round, typed: str, sentence: str) -> None:
    row = HubPlacesFactory(cohort=round.cohort, taken=2, hub=MathsHubFactory(name="North"))

    page = ncetm.post(at(round, "places/"), {f"hub-{row.hub_id}": typed})

    assert errors(page)[f"hub-{row.hub_id}"] == [sentence]
    assert f'value="{typed}"' in page.content.decode() or not typed
    row.refresh_from_db()
    assert row.places == 4
