"""What the demo promises: Cohort 10's terms as rows, every hub, every persona, and a past that fits together."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count, F, Q

from applications.enums import HOLDING_A_PLACE, Importance, NominationState, State, SupportState
from applications.models import (
    Application,
    ApplicationEvent,
    Criterion,
    Deferral,
    Extension,
    HeadteacherSupport,
    Nomination,
    PlaceMove,
    PledgeRenewal,
    Question,
    Referral,
    Round,
    SchoolChange,
)
from applications.needs import Desk
from applications.presenters.nominations import progress
from applications.support_notes import support_notes
from applications.work import counts
from cohorts.enums import Section, Whose
from cohorts.models import Cohort, HubPlaces, Programme, Specialist
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.models import PageBlock
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.demo import personas
from mastery_hub.demo.world.programmes import seasons
from mastery_hub.demo.world.schools import LARKMOOR
from mastery_hub.directory.models import MathsHub, RegisterImport, School
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email

pytestmark = pytest.mark.usefixtures("england", "db")


def person(persona: personas.Persona) -> User:
    return User.objects.get(email=persona.email)


def test_register_came_through_the_real_import_whole():
    told = RegisterImport.objects.get()

    assert (told.rows, told.created, told.rejected, told.new_authorities) == (2025, 2025, 0, [])


def test_every_hub_has_schools_a_lead_and_places():
    hubs = MathsHub.objects.annotate(
        leads=Count("memberships", filter=Q(memberships__role=Role.HUB_LEAD), distinct=True),
        quotas=Count("places", filter=Q(places__places=4), distinct=True),
    )

    odd = [(hub.slug, hub.leads, hub.quotas) for hub in hubs if (hub.leads, hub.quotas) != (1, 3)]
    moved = PlaceMove.objects.get()  # and the next round is a copy
    both = [(hub.slug, 1, 1) for hub in (moved.from_hub, moved.to_hub)]
    assert sorted(odd) == sorted([(personas.RESTING_HUB, 1, 1), *both])
    assert len(hubs) == 40
    assert set(School.objects.with_hub().values_list("home_hub_id", flat=True)) == {hub.pk for hub in hubs}


def test_cohort_13_has_the_terms_of_the_information_document():
    cohort = Cohort.objects.get(project_code="NCP27-01")
    first, later = cohort.release_terms.all()

    assert (cohort.project_code, str(cohort.academic_year)) == ("NCP27-01", "2027/28")
    assert (first.days, first.rate, first.total) == ("15 days", Decimal(200), Decimal(3000))
    assert (later.days, later.rate, later.total) == ("12 to 37 days", None, None)
    held = [(r.starts_on.replace(day=1), r.ends_on - r.starts_on, r.confirmed) for r in cohort.residentials.all()]
    months = [date(2027, 11, 1), date(2028, 3, 1), date(2028, 6, 1)]
    assert held == [(month, timedelta(days=1), False) for month in months]
    assert set(cohort.points.values_list("section", flat=True)) == set(Section.values)
    assert {s.whose: s.commitments.count() for s in cohort.commitment_sets.all()} == {
        Whose.APPLICANT: 9,
        Whose.HEADTEACHER: 6,
    }


def test_open_round_has_cohort_10s_criteria_and_questions_that_serve_several():
    round = Round.objects.get(code="NCP27-01")
    criteria = Criterion.objects.filter(terms=round.current_terms)
    evidenced = criteria.filter(shown="evidenced")
    questions = Question.objects.filter(terms=round.current_terms).annotate(serves=Count("criteria"))

    assert criteria.filter(importance=Importance.ESSENTIAL).count() == 11
    assert criteria.filter(importance=Importance.DESIRABLE).count() == 6
    assert criteria.filter(shown="headteacher").count() == 1
    assert [(question.serves > 1, question.word_limit > 0) for question in questions] == [(True, True)] * 4
    assert evidenced.filter(questions=None).exists() is False
    assert (round.is_open(), round.statement_words, round.current_document.version) == (True, 300, 1)


def test_no_text_has_a_gap_left_open():
    texts = [
        *(document.body + document.title for round in Round.objects.all() for document in round.documents.all()),
        *(point.text for cohort in Cohort.objects.all() for point in cohort.points.all()),
        *(c.text for cohort in Cohort.objects.all() for s in cohort.commitment_sets.all() for c in s.commitments.all()),
        *(block.body for programme in Programme.objects.all() for block in programme.blocks.all()),
    ]

    assert [text for text in texts if "{" in text or "}" in text] == []


def test_both_programmes_have_every_block_and_recruit():
    found = {p.slug: set(p.blocks.values_list("kind", flat=True)) for p in Programme.objects.all()}

    assert found == {"primary": set(PageBlock.Kind.values), "secondary": set(PageBlock.Kind.values)}
    assert [round.by_nomination for round in Round.objects.open().order_by("code")] == [False, True]
    years = {p.slug: [str(year) for year in p.years.all()] for p in Programme.objects.all()}
    assert len(years["primary"]) == 2
    assert years["secondary"] == [
        "Year 1: Your own classroom",
        "Year 2: Your department",
        "Year 3: Two other local schools",
    ]


def test_nominations_are_in_every_state_they_have():
    nominator = person(personas.NOMINATOR)
    made = Nomination.objects.filter(nominated_by=nominator).with_all()
    told = {each.last_name: progress(each, nominator)["text"] for each in made}

    assert told == {
        "Thackray": "Not answered in time",
        "Aslam": "With the hub",
        "Pugh": "Place offered",
        "Ollerton": "Sent",
        "Adeyemi": "Writing",
        "Sykes": "Declined",
        "Pickles": "Withdrawn",
        "Barraclough": "Invited",
    }
    assert set(Nomination.objects.values_list("state", flat=True)) == set(NominationState.values)
    assert Nomination.objects.get(hub__slug=personas.HUB).nominated_by == person(personas.HUB_LEAD)
    assert Email.objects.filter(kind="nomination_invited", to=personas.NOMINEE.email).count() == 1


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=17 * n) for n in range(50)])
def test_seasons_fit_whenever_the_demo_is_loaded(day):
    now = datetime.combine(day, datetime.min.time(), tzinfo=clock.LONDON) + timedelta(hours=10)
    before, current = seasons(now)

    assert timedelta(days=40) < now - current.opens_at < timedelta(days=50)
    assert timedelta(days=17) < current.closes_at - now < timedelta(days=26)
    for season in (before, current):
        closes = clock.london(season.closes_at)
        assert (closes.weekday(), closes.hour, closes.minute) == (4, 17, 0)
        assert season.outcomes_month.month == 6
        assert season.outcomes_month > closes.date().replace(day=1)
    assert before.closes_at < current.opens_at


def test_personas_are_what_their_cards_say():
    withdrawn, draft = Application.objects.filter(applicant=person(personas.DRAFT)).order_by("started_at")
    offered = Application.objects.get(applicant=person(personas.OFFER))
    specialist = Specialist.objects.get(person=person(personas.SPECIALIST))
    head, lead, reviewer = (person(p) for p in (personas.HEADTEACHER, personas.HUB_LEAD, personas.REVIEWER))
    waiting = Application.objects.get(state=State.SUBMITTED, round__code="NCP27-01")

    assert (draft.state, draft.school_id, draft.answers.count(), draft.supports.count()) == (
        State.DRAFT,
        LARKMOOR,
        3,
        0,
    )
    assert (withdrawn.state, withdrawn.answers.count()) == (State.WITHDRAWN, 5)
    assert (offered.state, offered.offers.get().reply_by > clock.now()) == (State.OFFERED, True)
    assert (specialist.cohort.number, specialist.placement.school_id) == (12, LARKMOOR)
    assert head.school_urns == {LARKMOOR}
    assert waiting.supports.get().email == head.email
    assert waiting.supports.get().state == SupportState.REQUESTED
    assert [m.role for m in lead.current_memberships] == [Role.HUB_LEAD]
    assert [m.role for m in reviewer.current_memberships] == [Role.HUB_REVIEWER]
    assert lead.hub_slugs == reviewer.hub_slugs == {personas.HUB}
    assert person(personas.NATIONAL).is_national
    assert waiting.hub.slug == draft.hub.slug == offered.hub.slug == personas.HUB


def test_hub_lead_and_reviewer_find_something_to_do():
    at_hub = Application.objects.at_hub(MathsHub.objects.get(slug=personas.HUB)).filter(round__code="NCP27-01")
    scored = Q(reviews__reviewer=person(personas.REVIEWER), reviews__submitted_at__isnull=False)

    assert at_hub.filter(state=State.COMPLETE).exclude(scored).count() == 6
    assert at_hub.filter(state=State.COMPLETE).filter(scored).count() == 1
    assert at_hub.filter(state=State.OFFER_PROPOSED).count() == 1
    assert at_hub.filter(state=State.RESERVE_PROPOSED).count() == 1


def test_hub_lead_finds_applications_to_screen_and_cases_of_their_own():
    lead, hub = person(personas.HUB_LEAD), MathsHub.objects.get(slug=personas.HUB)
    waits = {need.key for need in counts(Desk(lead, hub))}

    assert {"to_screen", "query", "waiting", "to_score", "exceptions", "unlisted"} <= waits
    assert lead.cases.current().exists()
    assert person(personas.REVIEWER).cases.current().exists()


def test_hub_lead_finds_an_exception_to_decide_and_an_applicant_of_a_resting_neighbour():
    rosa = Application.objects.get(applicant=person(personas.EXCEPTION))
    exception = rosa.exceptions.get()
    [failure] = exception.outcome.essential
    assert (rosa.state, rosa.eligibility, exception.state) == (State.COMPLETE, "asked", "asked")
    assert (failure.answer, failure.whose) == ("2", str(rosa.hub))

    resting = MathsHub.objects.get(slug=personas.RESTING_HUB)
    away = Application.objects.get(home_hub=resting, hub=rosa.hub)
    assert away.hub_reason == f"{resting} is not recruiting in this round."


def test_hub_lead_finds_a_school_to_look_for():
    unlisted = Application.objects.get(typed_school__isnull=False)

    assert (str(unlisted.school), unlisted.hub.slug, unlisted.state) == (
        "Hawkstone Academy",
        personas.HUB,
        State.COMPLETE,
    )
    assert unlisted.has_unlisted_school
    assert Email.objects.filter(kind="school_unlisted", to=personas.HUB_LEAD.email).count() == 1


def test_places_taken_are_those_that_applications_hold():
    held = Application.objects.filter(state__in=HOLDING_A_PLACE).values_list("round__cohort", "hub")
    taken = HubPlaces.objects.filter(taken__gt=0).values_list("cohort", "hub", "taken")

    assert sorted(taken) == sorted((*key, len(list(rows))) for key, rows in itertools.groupby(sorted(held)))


def test_nothing_has_happened_in_the_future_or_out_of_order():
    now = clock.now()
    events = ApplicationEvent.objects.order_by("application", "pk").values_list("application", "at")

    assert [at for _, at in events if at > now] == []
    assert list(events) == sorted(events)
    assert Email.objects.filter(created_at__gt=now).exists() is False
    assert Membership.objects.filter(from_on__gt=clock.today()).exists() is False


def test_old_emails_count_as_sent_when_they_were_written():
    assert Email.objects.exclude(status=EmailStatus.SENT, sent_at=F("created_at")).exists() is False
    assert Email.objects.filter(to=personas.HEADTEACHER.email, kind="support_requested").count() == 3


def test_headteacher_finds_two_requests_and_the_hub_one_that_was_passed_on():
    asked = HeadteacherSupport.objects.current().filter(email=personas.HEADTEACHER.email, state="requested")
    passed = HeadteacherSupport.objects.get(passed_from__isnull=False)

    assert sorted(str(each.application.applicant) for each in asked) == ["Priya Chandler", "Tom Brightwell"]
    assert (passed.full_name, passed.state) == ("Stephen Marsden", "signed")
    [chair] = HeadteacherSupport.objects.filter(signatory="head_applies")
    assert (str(chair.application.applicant), chair.waits_for_agreement) == ("Nadia Rahman", True)
    assert PledgeRenewal.objects.open().get().full_name == "Carol Whitworth"
    noted = HeadteacherSupport.objects.for_hub().get(pk=passed.pk)
    assert ["not at the school’s own website" in each for each in support_notes(noted.application, noted)] == [True]


def test_one_asks_to_begin_later_and_one_is_promised_a_place_that_can_be_taken_up():
    asked, promised = Deferral.objects.order_by("state")
    assert (str(asked.application.applicant), asked.state, asked.hub.slug) == (
        "Imogen Harcastle",
        "asked",
        personas.HUB,
    )
    assert (str(promised.application.applicant), promised.state) == ("Leila Brandon", "granted")
    assert promised.application.state == State.DEFERRED
    row = HubPlaces.objects.next_for(promised.hub_id, promised.application.round.cohort)
    assert row is not None
    assert row.left > 0


def test_one_who_holds_an_offer_changes_school_and_waits():
    change = SchoolChange.objects.get()
    assert (str(change.application.applicant), change.state) == ("Callum Redfern", "asked")
    assert (change.application.state, change.hub_before.slug) == (State.OFFERED, personas.HUB)
    assert change.essential == []


def test_referrals_from_the_hub_stand_at_every_step():
    hub = MathsHub.objects.get(slug=personas.HUB)
    states = ["accepted", "asked", "consented", "declined", "refused", "taken_back"]

    assert sorted(Referral.objects.filter(from_hub=hub).values_list("state", flat=True)) == states


def test_every_invariant_holds():
    assert broken_invariants() == {}


def test_one_hub_and_one_teacher_have_more_time():
    to_a_hub, to_a_teacher = Extension.objects.order_by("applicant_id")[::-1]
    assert (to_a_hub.applicant, to_a_teacher.hub) == (None, None)
    for given in (to_a_hub, to_a_teacher):
        whose = {"hub": given.hub} if given.hub else {"applicant": given.applicant}
        covered = Application.objects.with_deadlines().filter(round=given.round, state=State.DRAFT, **whose)
        assert {each.closes_at for each in covered} == {given.closes_at}
