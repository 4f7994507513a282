"""A hub's own pages: its numbers, what waits for whom there, its specialists; never another hub's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from applications.enums import State, SupportState
from applications.models import Application, Round
from cohorts.models import Pledge
from mastery_hub.accounts.services import headteacher_confirm
from mastery_hub.common import clock
from mastery_hub.dashboards.hubs import rounds_current
from mastery_hub.directory.models import MathsHub
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, ReviewFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory, PlacementFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Reader]
EVERYTHING = [
    "Screen 6 applications",
    "1 application waits for its headteacher",
    "Score 1 complete application",
    "Decide on 1 scored application",
    "Release 3 proposed decisions",
    "1 offer waits for an answer",
    "Offer a free place to 1 person on the reserve list",
]


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def hub(round: Round) -> MathsHub:
    return HubPlacesFactory(cohort=round.cohort, places=5).hub


def home(hub: MathsHub) -> str:
    return reverse("hub_home", kwargs={"hub": hub.slug})


def specialists(hub: MathsHub) -> str:
    return reverse("hub_specialists", kwargs={"hub": hub.slug})


def one_of_each(round: Round, hub: MathsHub) -> None:
    for state in State:
        ApplicationFactory(round=round, hub=hub, state=state)
    ReviewFactory(application=ApplicationFactory(round=round, hub=hub, state=State.COMPLETE), submitted_at=clock.now())


def numbers(reader: Reader, hub: MathsHub) -> dict[str, int]:
    [(_, shown)] = reader.gets(home(hub)).context["rounds"]
    return {stat["label"]: stat["value"] for stat in shown.numbers}


def due(reader: Reader, hub: MathsHub) -> list[str]:
    return [each.text for each in reader.gets(home(hub)).context["work"]]


def test_hub_home_shows_its_own_numbers(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    one_of_each(round, hub)
    ApplicationFactory(round=round, state=State.COMPLETE)
    reader = signed_in(UserFactory(hub_lead=hub))

    assert numbers(reader, hub) == {
        "Drafts": 1,
        "Waiting for support": 1,
        "With the hub": 2,
        "Proposed, not released": 3,
        "Offers waiting for an answer": 1,
        "Places accepted": 1,
        "On the reserve list": 1,
        "Places left": 2,
    }
    assert "of 5 places" in reader.reads(home(hub))


def test_numbers_lead_to_what_they_counted(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    one_of_each(round, hub)
    reader = signed_in(UserFactory(hub_lead=hub))
    [(_, shown)] = reader.gets(home(hub)).context["rounds"]

    linked = [stat for stat in shown.numbers if stat["href"]]

    assert len(linked) == 6
    for stat in linked:
        assert len(reader.gets(stat["href"]).context["table"].rows) == stat["value"]


def test_what_needs_doing_is_said_to_whoever_can_do_it(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    one_of_each(round, hub)

    assert due(signed_in(UserFactory(hub_lead=hub)), hub) == EVERYTHING
    assert due(signed_in(UserFactory(ncetm=True)), hub) == EVERYTHING
    assert due(signed_in(UserFactory(hub_reviewer=hub)), hub) == ["Score 2 complete applications"]
    assert due(signed_in(UserFactory(hub_administrator=hub)), hub) == [*EVERYTHING[:2], EVERYTHING[5]]


def test_unlisted_schools_are_to_be_found_by_leads(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    ApplicationFactory(round=round, hub=hub, state=State.SUBMITTED, unlisted=True)
    reader, reviewer = signed_in(UserFactory(hub_lead=hub)), signed_in(UserFactory(hub_reviewer=hub))
    assert "Say which school 1 application is from: it is not in the register" in due(reader, hub)
    assert due(reviewer, hub) == []

    another = ApplicationFactory(round=round, hub=hub, state=State.SUBMITTED, unlisted=True)
    work = reader.gets(home(hub)).context["work"]
    [unlisted] = [each for each in work if "they are not in the register" in each.text]
    assert unlisted.text == "Say which schools 2 applications are from: they are not in the register"
    assert len(reader.gets(unlisted.href).context["table"].rows) == 2

    support = HeadteacherSupportFactory(application=another, state=SupportState.SIGNED)
    assert support.full_name not in reader.reads(home(hub))
    found = SchoolFactory()
    Application.objects.update(school=found)
    Pledge.objects.update(school=found)
    assert "register" not in " ".join(due(reader, hub))
    assert support.full_name in reader.reads(home(hub))


def test_reviewer_is_done_once_their_own_scores_are_in(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    one, two = (ApplicationFactory(round=round, hub=hub, state=State.COMPLETE) for _ in range(2))
    ReviewFactory(application=one, submitted_at=clock.now())
    mine = ReviewFactory(application=two, reviewer=UserFactory(hub_reviewer=hub), submitted_at=clock.now())

    assert due(signed_in(mine.reviewer), hub) == ["Score 1 complete application"]
    ReviewFactory(application=one, reviewer=mine.reviewer, submitted_at=clock.now())
    assert due(signed_in(mine.reviewer), hub) == []


def test_administrators_see_no_proposals(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    one_of_each(round, hub)
    reader = signed_in(UserFactory(hub_administrator=hub))

    assert numbers(reader, hub) == {
        "Drafts": 1,
        "Waiting for support": 1,
        "With the hub": 5,
        "Offers waiting for an answer": 1,
        "Places accepted": 1,
        "On the reserve list": 1,
        "Places": 5,
    }
    assert "ropos" not in reader.reads(home(hub))


def test_free_places_and_reserves_are_offered_only_together(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    reader = signed_in(UserFactory(hub_lead=hub))
    ApplicationFactory(round=round, hub=hub, state=State.RESERVED)
    assert due(reader, hub) == ["Offer a free place to 1 person on the reserve list"]

    for _ in range(5):
        ApplicationFactory(round=round, hub=hub, state=State.ACCEPTED)

    assert due(reader, hub) == []


def test_another_hub_is_not_found(signed_in: SignIn, hub: MathsHub) -> None:
    other = MathsHubFactory()
    reader = signed_in(UserFactory(hub_lead=hub))

    for page in (home, specialists):
        reader.gets(page(hub))
        reader.gets(page(other), 404)
        signed_in(UserFactory(ncetm=True)).gets(page(other))
        signed_in(UserFactory(headteacher=True)).gets(page(hub), 404)


def test_headteachers_to_confirm_are_those_who_signed(signed_in: SignIn, round: Round, hub: MathsHub) -> None:
    lead = UserFactory(hub_lead=hub)
    for state in (SupportState.REQUESTED, SupportState.OPENED, SupportState.SIGNED, SupportState.DECLINED):
        application = ApplicationFactory(round=round, hub=hub, state=State.SUBMITTED, school__name=f"School {state}")
        support = HeadteacherSupportFactory(application=application, state=state)
        if state == SupportState.SIGNED:
            signed = support
        if state == SupportState.SIGNED:  # who signed for another teacher too is confirmed once
            again = ApplicationFactory(round=round, hub=hub, state=State.SUBMITTED, school=application.school)
            HeadteacherSupportFactory(application=again, state=state, person=support.person)
    HeadteacherSupportFactory(state=SupportState.SIGNED)

    heads = signed_in(lead).gets(home(hub)).context["heads"]
    assert [each.text for each in heads] == ["Confirm that Helen Marsh is the headteacher of School signed"]
    assert heads[0].href.endswith(f"/{signed.application.reference}/")
    assert signed_in(UserFactory(hub_reviewer=hub)).gets(home(hub)).context["heads"] == []

    headteacher_confirm(by=lead, user=signed.person, school=signed.application.school, hub=hub)
    assert signed_in(lead).gets(home(hub)).context["heads"] == []


def test_current_rounds_are_the_last_opened_and_those_still_waiting(round: Round, hub: MathsHub) -> None:
    now, programme = clock.now(), round.cohort.programme
    over = RoundFactory(
        complete=True, cohort=CohortFactory(programme=programme, starts=2026), opens_at=now - timedelta(days=365)
    )
    HubPlacesFactory(cohort=over.cohort, hub=hub)
    coming = RoundFactory(cohort=CohortFactory(programme=programme), opens_at=now + timedelta(days=9), published_at=now)
    HubPlacesFactory(cohort=coming.cohort, hub=hub)
    RoundFactory(published_at=None)
    ApplicationFactory(round=over, hub=hub, state=State.ACCEPTED)
    ApplicationFactory(round=over, state=State.OFFERED)
    assert rounds_current([hub.pk]) == [round]
    assert rounds_current() == [round, over]

    ApplicationFactory(round=over, hub=hub, state=State.OFFERED)

    assert rounds_current([hub.pk]) == [round, over]


def test_hub_that_takes_no_part_is_told_so(signed_in: SignIn, round: Round) -> None:
    other = MathsHubFactory()

    assert "does not take part" in signed_in(UserFactory(hub_lead=other)).reads(home(other))


def test_manager_links_are_for_leads_and_ncetm(signed_in: SignIn, hub: MathsHub) -> None:
    link = reverse("hub_page_edit", kwargs={"hub": hub.slug})
    shown = {
        role: link in signed_in(UserFactory(**{role: hub})).gets(home(hub)).content.decode()
        for role in ("hub_lead", "hub_reviewer", "hub_administrator")
    }

    assert shown == {"hub_lead": True, "hub_reviewer": False, "hub_administrator": False}


def test_specialists_of_a_hub_are_those_placed_there_now_or_soon(signed_in: SignIn, hub: MathsHub) -> None:
    today = clock.today()
    now = PlacementFactory(hub=hub, from_on=today - timedelta(days=99), specialist__person__last_name="Adams")
    soon = PlacementFactory(hub=hub, from_on=today + timedelta(days=99), specialist__person__last_name="Baker")
    PlacementFactory(hub=hub, from_on=today - timedelta(days=99), until_on=today)
    PlacementFactory(from_on=today)

    reader = signed_in(UserFactory(hub_reviewer=hub))
    rows = [row.record for row in reader.gets(specialists(hub)).context["table"].rows]

    assert rows == [now.specialist, soon.specialist]
    assert now.specialist.person.email in reader.reads(specialists(hub))
    assert "Mastery Specialists (2)" in reader.reads(home(hub))


@pytest.mark.parametrize("page", [home, specialists])
def test_queries_are_the_same_for_1_and_30_rows(
    signed_in: SignIn, round: Round, hub: MathsHub, page: Callable[[MathsHub], str]
) -> None:
    def more(count: int) -> None:
        for _ in range(count):
            support = HeadteacherSupportFactory(
                application=ApplicationFactory(round=round, hub=hub, state=State.COMPLETE), state=SupportState.SIGNED
            )
            PlacementFactory(hub=hub, school=support.application.school)

    more(1)
    reader = signed_in(UserFactory(hub_lead=hub))
    few = reader.queries(page(hub))
    more(30)

    assert reader.queries(page(hub)) == few <= 20


def test_public_page_of_a_hub_offers_the_rounds_it_takes_part_in(anyone: Reader, round: Round, hub: MathsHub) -> None:
    shown = anyone.reads(hub.get_absolute_url())
    assert "Become a Mastery Specialist with us" in shown
    assert str(round.cohort) in shown

    other: Any = anyone.reads(MathsHubFactory().get_absolute_url())
    assert "Become a Mastery Specialist with us" not in other
    with time_machine.travel(round.closes_at, tick=False):
        assert str(round.cohort) not in anyone.reads(hub.get_absolute_url())


def test_school_of_a_specialist_without_a_placement_reads_well(signed_in: SignIn, hub: MathsHub) -> None:
    placement = PlacementFactory(hub=hub, school=SchoolFactory(name="Larkfield"), from_on=clock.today())

    assert "Larkfield" in signed_in(UserFactory(hub_lead=hub)).reads(specialists(hub))
    assert placement.specialist.placement == placement


def test_hub_sees_its_places_in_rounds_that_are_published_and_will_open(signed_in: SignIn, hub: MathsHub) -> None:
    soon = clock.now() + timedelta(days=30)
    coming, unpublished = (RoundFactory(opens_at=soon, published_at=at) for at in (clock.now(), None))
    for round, places in ((coming, 3), (unpublished, 7)):
        HubPlacesFactory(cohort=round.cohort, hub=hub, places=places)
        HubPlacesFactory(cohort=round.cohort, places=9)

    words = signed_in(UserFactory(hub_lead=hub)).reads(home(hub))

    assert f"{coming.cohort} 3 places at your hub. Applications open at" in words
    assert "7 places" not in words
    assert "9 places" not in words
