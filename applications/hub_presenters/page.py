"""One application on its hub’s page: everything side by side, and no more than each person may see."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse

from applications import permissions
from applications.eligibility import current_support
from applications.enums import Action, Eligibility
from applications.hub_presenters.casework import casework
from applications.hub_presenters.decisions import DECISIONS, decisions
from applications.hub_presenters.evidence import answers, documents, ticks
from applications.hub_presenters.people import person_rows, register_rows, signatory_flag, unlisted_flag
from applications.hub_presenters.places import places_left
from applications.hub_presenters.scores import score_table
from applications.hub_presenters.supporters import headteacher, subject_leader, with_statement
from applications.models import (
    Application,
    Criterion,
    EligibilityException,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    PledgeRenewal,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
)
from applications.presenters import LEADER_EVENT_TITLES, SUPPORT_EVENT_TITLES, state_tag, timeline
from applications.presenters.assessments import assessment_steps, assessments_shown
from applications.presenters.deferrals import deferral_shown, deferral_steps
from applications.presenters.eligibility import eligibility_shown, exception_steps, exceptions_shown
from applications.presenters.referrals import may_refer, referral_shown, referral_steps
from applications.presenters.school_changes import change_shown, change_steps
from applications.services.engines import APPLICATION
from applications.workflow import PROPOSALS, RELEASES


def application_page(application: Application, user: Any) -> dict[str, Any]:
    """Hub administrators get the facts; leads, reviewers and NCETM get the evidence too."""
    renewals = Prefetch("renewals", PledgeRenewal.objects.select_related("pledge"))
    heads = HeadteacherSupport.objects.for_hub().prefetch_related(renewals)
    supports: list[Any] = [Prefetch("supports", with_statement(heads, HeadteacherStatement, user))]
    if application.round.asks_subject_leader:
        leaders = with_statement(SubjectLeaderSupport.objects.all(), SubjectLeaderStatement, user)
        supports.append(Prefetch("leader_supports", leaders))
    prefetch_related_objects([application], *supports)
    support = current_support(application)
    exceptions = exceptions_shown(application)
    worked = casework(application, user)
    facts = {
        "flag": unlisted_flag(application, user) or signatory_flag(application, user, support),
        "tag": state_tag(application.shown_state),
        "person_rows": person_rows(application),
        "register_rows": register_rows(application, support),
        "eligibility": eligibility_shown(application, exceptions, user),
        "deferral": deferral_shown(application, user),
        "change": change_shown(application),
        "casework": worked,
        "assessments": assessments_shown(application, user),
        "appointment_links": appointment_links(application, user),
        "referral": referral_shown(application, user),
    }
    if permissions.can_see_evidence(user, application):
        return facts | evidence(application, user, support, exceptions, worked["steps"])
    told = timeline(application.events.for_applicant().select_related("by")) + worked["steps"]
    events = sorted(told, key=lambda step: step["at"], reverse=True)
    return facts | {"sees_evidence": False, "buttons": [], "events": events}


def evidence(
    application: Application,
    user: Any,
    support: HeadteacherSupport | None,
    exceptions: list[EligibilityException],
    worked: list[dict[str, Any]],
) -> dict[str, Any]:
    prefetch_related_objects([application], DECISIONS)
    can = set(APPLICATION.available(application, user))
    criteria = list(Criterion.objects.filter(terms=application.terms_id))
    asked = list(HeadteacherSupportEvent.objects.filter(support__application=application).select_related("by"))
    has_outcome = application.eligibility != Eligibility.UNCHECKED
    asks_leader = application.round.asks_subject_leader
    left_out = [*([] if has_outcome else [ELIGIBILITY]), *([] if asks_leader else [LEADER])]
    return {
        "asks_leader": asks_leader,
        "leader": subject_leader(application, user) if asks_leader else None,
        "sees_evidence": True,
        "tag": state_tag(application.state),
        "contents": [part for part in CONTENTS if part not in left_out],
        "buttons": buttons(application, user, can),
        "places": places_left(application, user) if can & PROPOSALS else "",
        "ticks": ticks(application, criteria),
        "answers": answers(application, criteria),
        "documents": documents(application) if any(each.allows_document for each in criteria) else [],
        "headteacher": headteacher(application, user, support, asked),
        "scores": score_table(application, user, criteria),
        "decisions": decisions(application),
        "events": all_events(application, asked, exceptions, worked),
    }


ELIGIBILITY = ("eligibility", "Eligibility")

LEADER = ("leader", "Subject leader")

CONTENTS = [
    ("application", "Applicant and school"),
    ("casework", "Case and notes"),
    ELIGIBILITY,
    ("declarations", "Declarations"),
    ("evidence", "Evidence"),
    ("headteacher", "Headteacher"),
    LEADER,
    ("scores", "Scores"),
    ("decisions", "Decisions"),
    ("timeline", "Timeline"),
]


def buttons(application: Application, user: Any, can: set[str]) -> list[dict[str, Any]]:
    """From the predicates that the POST asks too, and what the table of transitions lets this person do."""
    proposed = application.state in {APPLICATION.table[a][1] for a in PROPOSALS}
    found = []
    if release := can & RELEASES:
        found.append(("hub_release", Action(release.pop()).label))
    may_match = permissions.can_match_school(user, application)
    if may_match and application.has_unlisted_school:
        found.append(("hub_school", "Say which school this is"))
    if permissions.can_score(user, application):
        found.append(("hub_review", "Score"))
    if can & PROPOSALS:
        found.append(("hub_decision", "Change the proposal" if proposed else "Propose a decision"))
    if back := can & {Action.RETRACT, Action.RETURN_TO_RESERVE}:
        found.append(("hub_take_back", Action(back.pop()).label))
    if Action.UNDO_RELEASE in can:
        found.append(("hub_undo", Action.UNDO_RELEASE.label))
    if may_refer(application, user):
        found.append(("hub_refer", "Refer to a neighbouring hub"))
    if may_match and not application.has_unlisted_school:
        found.append(("hub_school", "Correct the school"))
    hub: Any = application.hub
    where = [hub.slug, application.reference]
    return [
        {"href": reverse(name, args=where), "text": text, "secondary": n > 0} for n, (name, text) in enumerate(found)
    ]


def appointment_links(application: Application, user: Any) -> list[dict[str, str]]:
    hub: Any = application.hub
    if not permissions.can_arrange(user, application):
        return []
    return [
        {
            "text": "Arrange an observation or an interview",
            "href": reverse("hub_arrange", args=[hub.slug, application.reference]),
        }
    ]


def all_events(
    application: Application,
    asked: list[HeadteacherSupportEvent],
    exceptions: list[EligibilityException],
    worked: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The application's steps, the hub's own among them, with those of the headteacher's requests and of exceptions;
    newest first."""
    steps = timeline(application.events.select_related("by")) + worked
    steps += timeline(asked, SUPPORT_EVENT_TITLES)
    steps += deferral_steps(application)
    leaders = SubjectLeaderSupportEvent.objects.filter(support__application=application).select_related("by")
    steps += timeline(leaders if application.round.asks_subject_leader else [], LEADER_EVENT_TITLES)
    steps += change_steps(application)
    steps += assessment_steps(application)
    steps += referral_steps(application)
    steps += [step for exception in exceptions for step in exception_steps(exception)]
    return sorted(steps, key=lambda step: step["at"], reverse=True)
