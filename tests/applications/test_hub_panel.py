"""The panel page: candidates compared, put in order, shown one at a time and printed."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.enums import AssessmentKind, AssessmentState, Importance, PhaseTaught, State
from applications.hub_presenters.pack import pack_of
from applications.hub_presenters.panel import Panel
from applications.models import Application, PanelOrder, Round, SelectionPlan
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import signed_in
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AnswerFactory,
    ApplicationFactory,
    HeadteacherRankFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
    RoundFactory,
    ScoreFactory,
    SelectionPlanFactory,
    StrategicNeedFactory,
)
from tests.factories.assessments import AssessmentFactory, AssessmentScoreFactory, ShortlistingFactory
from tests.factories.cohorts import HubPlacesFactory, PlacementFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
STATEMENT, NOTES = "The head’s own words", "What the panel saw in class"


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def round(hub: MathsHub) -> Round:
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    return round


@pytest.fixture
def candidates(hub: MathsHub, round: Round) -> list[Application]:
    """Ada with 4, Ben with 3, Cat with 1."""
    made = []
    for name, value in (("Ada", 4), ("Ben", 3), ("Cat", 1)):
        person = {"applicant__first_name": name, "applicant__last_name": "Whitfield"}
        application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round, phase="key_stage_1", **person)
        ReviewFactory(application=application, scored=value, submitted_at=clock.now())
        made.append(application)
    return made


@pytest.fixture
def lead(hub: MathsHub) -> User:
    return UserFactory(hub_lead=hub)


def path(hub: MathsHub, round: Round, name: str = "hub_panel") -> str:
    return reverse(name, args=[hub.slug, round.code])


def panel(hub: MathsHub, round: Round, user: User) -> Panel:
    return Panel(hub, round, SelectionPlan.objects.of(round, hub), user)


def names(client: Client, hub: MathsHub, round: Round) -> list[str]:
    found = client.get(path(hub, round)).context["panel"].candidates
    return [each.application.applicant.first_name for each in found]


@pytest.mark.parametrize(
    ("role", "may"), [("hub_lead", True), ("ncetm", True), ("hub_reviewer", False), ("hub_administrator", False)]
)
def test_leads_and_ncetm_open_the_panel_and_its_pack(client: Client, hub, round, candidates, role, may) -> None:
    signed_in(client, **{role: True if role == "ncetm" else hub})

    for name in ("hub_panel", "hub_panel_pack"):
        assert client.get(path(hub, round, name)).status_code == (200 if may else 403), name


def test_lead_of_another_hub_finds_no_panel(client: Client, hub, round, candidates) -> None:
    signed_in(client, hub_lead=True)

    for name in ("hub_panel", "hub_panel_pack"):
        assert client.get(path(hub, round, name)).status_code == 404
    assert client.post(path(hub, round, "hub_panel_move")).status_code == 404


def test_own_application_is_left_out_of_page_pack_and_order(client: Client, hub, round, candidates) -> None:
    own = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round, applicant=UserFactory(hub_lead=hub))
    ReviewFactory(application=own, scored=4, submitted_at=clock.now())
    client.force_login(own.applicant)

    assert names(client, hub, round) == ["Ada", "Ben", "Cat"]
    assert client.get(path(hub, round) + f"?one={own.reference}").status_code == 404
    assert client.get(path(hub, round, "hub_panel_pack") + f"?one={own.reference}").status_code == 404
    sent = {"reference": own.reference, "move": "to", "to": "1"}
    assert client.post(path(hub, round, "hub_panel_move"), sent).status_code == 404
    assert not PanelOrder.objects.exists()


def test_candidates_are_compared_by_criterion(hub, round, lead, candidates) -> None:
    """Two reviewers, an observation and an interview of Ada."""
    ada = candidates[0]
    second = ReviewFactory(application=ada, submitted_at=clock.now())
    criteria = list(ada.terms.criteria.filter(shown="evidenced"))
    ScoreFactory(review=second, criterion=criteria[0], value=1)
    draft = ReviewFactory(application=ada)
    ScoreFactory(review=draft, criterion=criteria[0], value=0)
    for kind, value in ((AssessmentKind.OBSERVATION, 3), (AssessmentKind.INTERVIEW, 2)):
        held = AssessmentFactory(application=ada, kind=kind, state=AssessmentState.HELD)
        AssessmentScoreFactory(assessment=held, criterion=criteria[0], value=value)
    cancelled = AssessmentFactory(application=candidates[1], state=AssessmentState.CANCELLED)
    AssessmentScoreFactory(assessment=cancelled, criterion=criteria[0], value=0)

    found = panel(hub, round, lead).one(ada.reference)
    ben = panel(hub, round, lead).one(candidates[1].reference)

    assert found
    assert ben
    first, other = found.cells
    assert (first.words, first.spread, first.observation, first.interview) == ("2.5", "1 to 4", 3, 2)
    assert (other.words, other.spread, other.observation) == ("4", "", "–")
    assert (found.observation, found.interview, ben.observation) == ("3.0", "2.0", "")


@pytest.mark.parametrize(("value", "below"), [(0, True), (1, True), (2, False), (4, False)])
def test_essential_criterion_under_the_threshold_is_pointed_out(hub, round, lead, value, below) -> None:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    ReviewFactory(application=application, scored=value, submitted_at=clock.now())

    [found] = panel(hub, round, lead).candidates

    flagged = {cell.criterion.importance: cell.is_below for cell in found.cells}
    assert flagged == {Importance.ESSENTIAL: below, Importance.DESIRABLE: False}


def test_low_score_at_the_interview_is_pointed_out_too(hub, round, lead, candidates) -> None:
    held = AssessmentFactory(application=candidates[0], state=AssessmentState.HELD)
    essential = candidates[0].terms.criteria.filter(shown="evidenced", importance=Importance.ESSENTIAL).first()
    AssessmentScoreFactory(assessment=held, criterion=essential, value=1)

    assert [each.below for each in panel(hub, round, lead).candidates[:2]] == [1, 0]


def test_candidates_under_different_versions_are_compared_by_the_same_criterion(hub, round, lead, candidates) -> None:
    from_before = candidates[0].terms.criteria.filter(shown="evidenced").first()
    assert from_before.key
    keys = [cell.criterion.key for cell in panel(hub, round, lead).candidates[0].cells]
    assert from_before.key in keys


def test_headteachers_rank_shortlist_and_needs_stand_beside(client: Client, hub, round, candidates, lead) -> None:
    ada, ben, _ = candidates
    support = HeadteacherSupportFactory(application=ada, state="signed")
    HeadteacherRankFactory(support=support, place=1, of=2)
    ShortlistingFactory(application=ada)
    plan = SelectionPlanFactory(round=round, hub=hub, strategic_plan="Early years first")
    area = ben.school.authority
    StrategicNeedFactory(plan=plan, title="Key stage one", phase=PhaseTaught.KEY_STAGE_1, order=1)
    StrategicNeedFactory(plan=plan, title="Somebody there", authority=area, order=2)
    StrategicNeedFactory(plan=plan, title="Early years there", phase="early_years", authority=area, order=3)
    StrategicNeedFactory(plan=plan, title="In words alone", order=4)
    client.force_login(lead)

    response = client.get(path(hub, round))
    page, shown = response.content.decode(), response.context["panel"]

    assert ("Headteacher ranked 1 of 2" in page, "Early years first" in page, "4 of 4 places left" in page) == (
        True,
    ) * 3
    served = [(each["need"].title, len(each["candidates"]), each["tells"]) for each in shown.needs_served]
    assert served == [
        ("Key stage one", 3, True),
        ("Somebody there", sum(each.school.authority == area for each in candidates), True),
        ("Early years there", 0, True),
        ("In words alone", 0, False),
    ]
    assert [each.is_listed for each in shown.candidates] == [True, False, False]


def test_areas_without_a_specialist_stand_on_the_map_and_in_the_list(client: Client, hub, round, candidates, lead):
    area = HubAreaFactory(hub=hub)
    for district in ("North", "South"):
        SchoolFactory(authority=area.authority, district=district, easting=430000, northing=430000)
    taught = SchoolFactory(authority=area.authority, district="North", easting=431000, northing=431000)
    begun = {"from_on": clock.today() - timedelta(days=9)}
    PlacementFactory(hub=hub, school=taught, **begun)
    left = SchoolFactory(authority=area.authority, district="South", easting=430000, northing=431000)
    PlacementFactory(hub=hub, school=left, until_on=clock.today(), **begun)
    client.force_login(lead)

    response = client.get(path(hub, round))

    assert response.context["panel"].reach.without == ["South"]
    table = dict(response.context["panel"].reach.map.table.rows)
    assert (table["North"][:2], table["South"][1]) == ([2, 1], 0)
    assert "Schools in areas without a specialist" in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "after"),
    [
        ({"move": "up", "seen": "2"}, ["Ben", "Ada", "Cat"]),
        ({"move": "down", "seen": "2"}, ["Ada", "Cat", "Ben"]),
        ({"move": "to", "to": "3", "seen": "2"}, ["Ada", "Cat", "Ben"]),
        ({"move": "up", "seen": "1"}, ["Ada", "Ben", "Cat"]),
        ({"move": "to", "to": "", "seen": "2"}, ["Ada", "Ben", "Cat"]),
        ({"move": "to", "to": "٣", "seen": "2"}, ["Ada", "Ben", "Cat"]),
        ({"move": "to", "to": "9" * 30, "seen": "2"}, ["Ada", "Ben", "Cat"]),
    ],
)
def test_lead_orders_by_buttons(client: Client, hub, round, candidates, lead, sent, after) -> None:
    client.force_login(lead)

    response = client.post(path(hub, round, "hub_panel_move"), {"reference": candidates[1].reference, **sent})

    assert response["Location"] == f"{path(hub, round)}#{candidates[1].reference}"
    assert names(client, hub, round) == after


def test_ncetm_reads_and_moves_nobody(client: Client, hub, round, candidates) -> None:
    signed_in(client, ncetm=True)

    page = client.get(path(hub, round)).content.decode()
    client.post(path(hub, round, "hub_panel_move"), {"reference": candidates[1].reference, "move": "up"})

    assert ("app-panel-move" in page, names(client, hub, round)) == (False, ["Ada", "Ben", "Cat"])


def test_one_at_a_time_with_the_ones_beside(client: Client, hub, round, candidates, lead) -> None:
    client.force_login(lead)

    response = client.get(path(hub, round) + f"?one={candidates[1].reference}")
    page = response.content.decode()

    assert "2 of 3" in page
    beside = response.context["previous"].reference, response.context["following"].reference
    assert beside == (candidates[0].reference, candidates[2].reference)
    assert [f'href="?one={reference}"' in page for reference in beside] == [True, True]
    moved = {"reference": candidates[1].reference, "move": "up", "seen": "2", "one": "1"}
    back = client.post(path(hub, round, "hub_panel_move"), moved)
    assert back["Location"] == f"{path(hub, round)}?one={candidates[1].reference}"
    assert client.get(path(hub, round) + "?one=MS-NOBODY").status_code == 404


# The pack


@pytest.fixture
def whole(candidates: list[Application]) -> Application:
    ada = candidates[0]
    support = HeadteacherSupportFactory(application=ada, state="signed")
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    AnswerFactory(application=ada, question=ada.terms.questions.first(), text="What I did")
    AssessmentFactory(application=ada, state=AssessmentState.HELD, notes=NOTES)
    return ada


def words(data: Any) -> str:
    if isinstance(data, dict):
        return " ".join(words(each) for each in data.values())
    return " ".join(words(each) for each in data) if isinstance(data, list) else str(data)


def test_pack_holds_all_that_the_panel_reads(hub, round, lead, candidates, whole) -> None:
    found = panel(hub, round, lead)

    data = pack_of(found, found.candidates, clock.now())

    assert [each["name"] for each in data["candidates"]] == ["1. Ada Whitfield", "2. Ben Whitfield", "3. Cat Whitfield"]
    for text in (STATEMENT, "What I did", NOTES):
        assert text in words(data["candidates"][0])
    one = pack_of(found, [found.candidates[1]], clock.now())
    assert ("Ada" in words(one), "Ben" in words(one)) == (False, True)


def test_pack_is_a_file_that_nobody_keeps_between(client: Client, hub, round, candidates, lead, whole) -> None:
    client.force_login(lead)

    response = client.get(path(hub, round, "hub_panel_pack"))
    alone = client.get(path(hub, round, "hub_panel_pack") + f"?one={whole.reference}")

    assert BytesIO(response.content).read(5) == b"%PDF-"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in response.content
    assert "no-store" in response["Cache-Control"]
    assert alone["Content-Disposition"] == f'attachment; filename="{whole.reference}.pdf"'


def test_pack_of_nobody_is_written_too(client: Client, hub, round, lead) -> None:
    client.force_login(lead)

    assert client.get(path(hub, round, "hub_panel_pack")).content.startswith(b"%PDF-")
    assert "There is no candidate yet" in client.get(path(hub, round)).content.decode()
