"""What must be true of a play after every step, whoever did what in whatever order."""

from django.db.models import Count

from applications.enums import ENDED, NEVER_SUBMITTED, PROPOSED, Outcome, State
from applications.models import (
    Answer,
    Application,
    ApplicationEvent,
    Decision,
    Extension,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    PledgeRenewal,
)
from applications.workflow import HIDDEN, SUPPORT_TRANSITIONS, TRANSITIONS
from cohorts.models import HubPlaces
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.messaging.models import Email
from tests.applications.life.play import Play

OUTCOMES = {Outcome.OFFER: State.OFFERED, Outcome.RESERVE: State.RESERVED, Outcome.UNSUCCESSFUL: State.UNSUCCESSFUL}


def house_holds() -> None:
    """States and their events, counts of places, signatures, offers, placements."""
    assert broken_invariants() == {}


def events_follow_their_tables() -> None:
    """The log of each row replays to its state by steps that the table has."""
    for table, event, begins in (
        (TRANSITIONS, ApplicationEvent, {"start"}),
        (SUPPORT_TRANSITIONS, HeadteacherSupportEvent, {"request", "request_passed"}),
    ):
        for action, before, after in event.objects.values_list("action", "from_state", "to_state").distinct():
            if action in table:
                sources, target = table[action]
                assert before in sources, (action, before)
                assert after == target, (action, after)
            else:
                assert before == after or (action in begins and not before), (action, before, after)


def one_live_application_a_person() -> None:
    live = Application.objects.exclude(state__in=ENDED).values("applicant", "round").annotate(number=Count("pk"))
    assert [row for row in live if row["number"] > 1] == []


def places_are_never_overbooked() -> None:
    assert [row for row in HubPlaces.objects.all() if row.taken > row.places] == []


def applicants_see_no_proposal() -> None:
    for application in Application.objects.all():
        assert application.shown_state not in PROPOSED
        told = application.events.for_applicant().values_list("action", flat=True)
        assert HIDDEN.isdisjoint(told)


def no_text_is_lost(play: Play) -> None:
    """Each is where its writer can read it, under the question that it answers."""
    found = {
        (answer.application_id, answer.question.key): answer.text
        for answer in Answer.objects.select_related("question")
        if answer.text
    }
    assert found == {key: text for key, text in play.texts.items() if text}
    kept = set(Application.objects.exclude(state=State.DELETED).values_list("pk", flat=True))
    assert {key for key, _ in found} <= kept
    for teacher in play.teachers:
        own = set(Application.objects.filter(applicant=teacher, pk__in=kept).values_list("pk", flat=True))
        assert set(Application.objects.visible_to(teacher).values_list("pk", flat=True)) == own
    titles = dict(Application.objects.filter(pk__in=play.titles).values_list("pk", "job_title"))
    assert titles == play.titles
    statements = dict(HeadteacherStatement.objects.values_list("support", "text"))
    assert {key: statements.get(key) for key in play.statements} == play.statements


def emails_go_to_whom_they_may(play: Play) -> None:
    """Those of this step, each read as its receiver would."""
    newest = Email.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for email in Email.objects.filter(pk__gt=play.emails_seen).order_by("pk"):
        _email_may_go(play, email)
    play.emails_seen = newest


def _email_may_go(play: Play, email: Email) -> None:
    about, teachers = email.about, {teacher.email for teacher in play.teachers}
    leads = {lead.email for lead in play.leads}
    if isinstance(about, Extension):
        wanted = {about.applicant.email} if about.applicant else leads
        assert email.to in wanted, email.kind
        return
    support = about.support if isinstance(about, PledgeRenewal) else about
    application = support.application if isinstance(support, HeadteacherSupport) else about
    assert isinstance(application, Application), (email.kind, about)
    own = application.applicant.email
    heads = set(application.supports.values_list("email", flat=True))
    heads |= set(PledgeRenewal.objects.filter(support__application=application).values_list("email", flat=True))
    assert email.to in {own, *leads, *heads}, (email.kind, email.to)
    if email.to in leads:
        seen = application.state not in NEVER_SUBMITTED or email.kind == "exception_asked"
        assert seen, f"{email.kind} tells a hub of a draft"
    released = set(Decision.objects.filter(released_at__isnull=False).values_list("feedback", flat=True))
    if email.to in teachers:
        read = [words for words in play.hidden if words in email.text and words not in released]
        assert read == [], f"{email.kind} tells the applicant {read}"
    if email.to in teachers | heads and email.kind.startswith("outcome_"):
        outcome = email.kind.removeprefix("outcome_").removesuffix("_headteacher")
        assert application.shown_state == OUTCOMES[Outcome(outcome)], email.kind


def all_hold(play: Play) -> None:
    house_holds()
    events_follow_their_tables()
    one_live_application_a_person()
    places_are_never_overbooked()
    applicants_see_no_proposal()
    no_text_is_lost(play)
    emails_go_to_whom_they_may(play)
