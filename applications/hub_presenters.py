"""What a hub’s pages show of an application: everything side by side, and no more than each person may see."""

from itertools import groupby
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import JSONObject
from django.urls import reverse

from applications import permissions
from applications.deferral_presenters import deferral_shown, deferral_steps
from applications.eligibility import current_leader, current_support
from applications.eligibility_presenters import eligibility_shown, exception_steps, exceptions_shown
from applications.enums import Action, Eligibility, Outcome, Shown, Signatory, State, SupportAction, SupportState
from applications.models import (
    Answer,
    Application,
    Criterion,
    Decision,
    Deferral,
    EligibilityException,
    Extension,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    PledgeRenewal,
    Question,
    Review,
    Score,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
)
from applications.nomination_presenters import nomination_rows
from applications.presenters import (
    LEADER_EVENT_TITLES,
    SUPPORT_EVENT_TITLES,
    kind_in_words,
    state_tag,
    support_tag,
    timeline,
)
from applications.renewal_presenters import renewal_facts
from applications.school_change_presenters import change_shown, change_steps
from applications.services import notices
from applications.services.engines import APPLICATION
from applications.services.selection import reply_by_from
from applications.support_notes import leader_notes, support_notes
from applications.workflow import PROPOSALS, RELEASES
from cohorts.models import HubPlaces
from cohorts.terms import promised
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.words import words_count
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.rendering import Rendered

OUTCOME_COLOURS = {Outcome.OFFER: "green", Outcome.RESERVE: "purple", Outcome.UNSUCCESSFUL: "red"}


# Places

HOLDING = (State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED)


def places_stats(hub: MathsHub, user: Any, *, with_proposals: bool) -> list[dict[str, Any]]:
    """A row of numbers for each cohort that is still to begin, the next one first, or else for the last one that did.

    What is left tells of proposals too, so it goes with them. None tells of the person's own application.
    """
    now = AcademicYear.of(clock.today()).starts
    seen = places_seen_by(user).filter(hub=hub)
    all_quotas = seen.select_related("cohort__programme").order_by("-cohort__starts")
    quotas = [quota for quota in reversed(all_quotas) if quota.cohort.starts > now] or all_quotas[:1]
    others = Application.objects.filter(hub=hub, state__in=HOLDING).exclude(applicant=user)
    counted = others.values_list("round__cohort", "state").annotate(n=Count("pk"))
    numbers = {(cohort, state): n for cohort, state, n in counted.order_by()}
    return [_quota_stats(quota, numbers, with_proposals=with_proposals) for quota in quotas]


def places_seen_by(user: Any) -> QuerySet[HubPlaces]:
    """With `left_as_seen`: the place that the person's own proposed offer holds, a secret to them, counts as free."""
    own = Application.objects.filter(
        applicant=user, state=State.OFFER_PROPOSED, hub=OuterRef("hub"), round__cohort=OuterRef("cohort")
    )
    hidden = Case(When(Exists(own), then=1), default=0)
    return HubPlaces.objects.annotate(left_as_seen=F("places") - F("taken") + hidden)


def _quota_stats(quota: Any, numbers: dict[tuple[int, str], int], *, with_proposals: bool) -> dict[str, Any]:
    def held(state: State) -> int:
        return numbers.get((quota.cohort_id, state), 0)

    stats = [
        {"value": quota.places, "label": "Places"},
        {"value": held(State.OFFER_PROPOSED), "label": "Offers proposed"},
        {"value": held(State.OFFERED), "label": "Offered"},
        {"value": held(State.ACCEPTED), "label": "Accepted"},
        {"value": quota.left_as_seen, "label": "Left"},
    ]
    return {"cohort": quota.cohort, "stats": stats if with_proposals else [stats[0], *stats[2:4]]}


def places_left(application: Application, user: Any) -> str:
    """“2 of 4 places left”: what an offer would take from."""
    promised = Deferral.objects.promised(application.round.cohort).filter(hub=OuterRef("hub")).order_by().values("hub")
    seen = places_seen_by(user).annotate(kept=Subquery(promised.annotate(n=Count("pk")).values("n")))
    quota: Any = seen.filter(cohort=application.round.cohort_id, hub=application.hub_id).first()
    if quota is None:
        return "Your hub has no places in this cohort"
    left = f"{quota.left_as_seen} of {quota.places} places left"
    return f"{left}, {quota.kept} of them kept for people who deferred" if quota.kept else left


def current_extensions(hub: MathsHub) -> list[Extension]:
    """More time that NCETM gave the hub, for as long as some of it is left."""
    given = Extension.objects.standing().filter(hub=hub).select_related("round__cohort__programme", "by")
    return [extension for extension in given if extension.ends_at > clock.now()]


# One application


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
    facts = {
        "flag": unlisted_flag(application, user) or signatory_flag(application, user, support),
        "tag": state_tag(application.shown_state),
        "person_rows": person_rows(application),
        "register_rows": register_rows(application, support),
        "eligibility": eligibility_shown(application, exceptions, user),
        "deferral": deferral_shown(application, user),
        "change": change_shown(application),
    }
    if permissions.can_see_evidence(user, application):
        return facts | evidence(application, user, support, exceptions)
    told = application.events.for_applicant().select_related("by")
    return facts | {"sees_evidence": False, "buttons": [], "events": timeline(reversed(told))}


def with_statement(supports: QuerySet[Any], statements: Any, user: Any) -> QuerySet[Any]:
    """With `statement_text`, where this person may read it."""
    own = statements.objects.visible_to(user).filter(support=OuterRef("pk"))
    return supports.annotate(statement_text=Subquery(own.values("text")[:1]))


def evidence(
    application: Application, user: Any, support: HeadteacherSupport | None, exceptions: list[EligibilityException]
) -> dict[str, Any]:
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
        "buttons": buttons(application, user),
        "places": places_left(application, user)
        if PROPOSALS.intersection(APPLICATION.available(application, user))
        else "",
        "ticks": ticks(application, criteria),
        "answers": answers(application, criteria),
        "documents": documents(application) if any(each.allows_document for each in criteria) else [],
        "headteacher": headteacher(application, user, support, asked),
        "scores": score_table(application, user, criteria),
        "decisions": decisions(application),
        "events": all_events(application, asked, exceptions),
    }


ELIGIBILITY = ("eligibility", "Eligibility")
LEADER = ("leader", "Subject leader")
CONTENTS = [
    ("application", "Applicant and school"),
    ELIGIBILITY,
    ("declarations", "Declarations"),
    ("evidence", "Evidence"),
    ("headteacher", "Headteacher"),
    LEADER,
    ("scores", "Scores"),
    ("decisions", "Decisions"),
    ("timeline", "Timeline"),
]


def person_rows(application: Application) -> list[dict[str, str]]:
    person = application.applicant
    elsewhere = [
        {"key": "Home hub", "value": str(application.home_hub)},
        {"key": f"Why {application.hub}", "value": application.hub_reason},
    ]
    return [
        {"key": "Role", "value": application.job_title},
        {"key": "TRN", "value": person.trn},
        {"key": "Email", "value": person.email},
        {"key": "Telephone", "value": person.telephone},
        {"key": "NCETM username", "value": person.ncetm_username},
        *(elsewhere if application.is_to_another_hub else []),
        *nomination_rows(application),
        {"key": "Submitted", "value": moment(application.submitted_at)},
    ]


def unlisted_flag(application: Application, user: Any) -> str:
    """Said above everything else until the hub has found the school in the register."""
    if not application.has_unlisted_school:
        return ""
    said = f"{application.school} is not in the schools register: {application.applicant} typed it in."
    if permissions.can_match_school(user, application):
        return f"{said} {permissions.what_comes_first(application, Action.PROPOSE_OFFER)}"
    return said


def signatory_flag(application: Application, user: Any, support: HeadteacherSupport | None) -> str:
    if support is None or not permissions.can_agree_signatory(user, support):
        return ""
    return permissions.what_comes_first(application, Action.PROPOSE_OFFER)


def register_rows(application: Application, support: HeadteacherSupport | None) -> list[dict[str, str]]:
    """What the applicant said beside what the schools register says; `check` says why somebody should look again."""
    typed = application.typed_school
    if typed is None:
        return _compared(application, support)
    said, phase, head = _compared(application, support)
    school = typed.school
    said["said"] = "\n".join([school.name, school.place, str(school.authority), kind_in_words(school)])
    if application.has_unlisted_school:
        said |= {"register": school.urn_in_words, "check": "To be found"}
        phase |= {"register": "", "check": ""}
        return [said, phase, head]
    found = f"As {typed.matched_by} said on {moment(typed.matched_at)}"
    said["register"] = "\n".join([str(application.school), said["register"], found])
    return [said, phase, head]


def _compared(application: Application, support: HeadteacherSupport | None) -> list[dict[str, str]]:
    school: Any = application.school
    programme = application.round.cohort.programme
    head = school.head_name
    is_head = support is not None and support.signatory == Signatory.HEADTEACHER
    differs = support and is_head and school.head_last_name.casefold() != support.last_name.casefold()
    kind = f"{school.type_name}, {school.urn_in_words}"
    return [
        {
            "key": "School",
            "said": school.name,
            "register": f"{school.get_status_display()}. {kind}",
            "check": "" if school.is_open and school.is_state_funded else "Not an open, state-funded school",
        },
        {
            "key": "Phase",
            "said": application.phases_in_words,
            "register": school.get_phase_display(),
            "check": "" if school.phase in programme.school_phases else "Not a school for this programme",
        },
        {
            "key": "Headteacher",
            "said": f"{support.full_name}, {support.email}" if support else "Not named",
            "register": head or "Not in the register",
            "check": "The names differ" if head and differs else "",
        },
    ]


def buttons(application: Application, user: Any) -> list[dict[str, Any]]:
    """From the table of transitions and the predicates that the POST asks too."""
    can = set(APPLICATION.available(application, user))
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
    if may_match and not application.has_unlisted_school:
        found.append(("hub_school", "Correct the school"))
    hub: Any = application.hub
    where = [hub.slug, application.reference]
    return [
        {"href": reverse(name, args=where), "text": text, "secondary": n > 0} for n, (name, text) in enumerate(found)
    ]


def ticks(application: Application, criteria: list[Criterion]) -> list[dict[str, Any]]:
    """Criteria that are facts: met by the word of the applicant or of the headteacher, and not scored. What a
    headteacher confirmed before the words changed is shown in those words."""
    every = application.declarations.select_related("by", "criterion").order_by("at")
    given = {d.criterion.key: d for d in every} | {d.criterion.key: d for d in every if d.criterion in criteria}
    found = []
    for criterion in criteria:
        if criterion.shown == Shown.EVIDENCED:
            continue
        said = given.get(criterion.key)
        tick = {"criterion": criterion, "met": said.met if said else None, "by": str(said.by) if said else ""}
        found.append(tick | {"then": said.criterion.declaration if said and said.criterion != criterion else ""})
    return found


def answers(application: Application, criteria: list[Criterion]) -> list[dict[str, Any]]:
    given = Answer.objects.filter(application=application, question=OuterRef("pk")).values("text")[:1]
    questions = Question.objects.filter(terms=application.terms_id)
    found = []
    for question in questions.annotate(served=ArrayAgg("criteria"), given=Subquery(given)):
        text = question.given or ""
        serves = [criterion for criterion in criteria if criterion.pk in question.served]
        found.append({"question": question, "text": text, "words": words_count(text), "serves": serves})
    return found


def documents(application: Application) -> list[dict[str, str]]:
    assert application.hub, "what was submitted has a hub"
    here = {"hub": application.hub.slug, "reference": application.reference}
    return [
        {
            "name": str(document),
            "criterion": str(document.criterion),
            "href": reverse("hub_document_file", kwargs=here | {"key": document.criterion.key}),
        }
        for document in application.supporting_documents.select_related("criterion")
    ]


def headteacher(
    application: Application, user: Any, support: HeadteacherSupport | None, asked: list[HeadteacherSupportEvent]
) -> dict[str, Any] | None:
    if support is None:
        return None
    confirmed = support.state == SupportState.SIGNED and support.is_confirmed
    pledge = support.pledge
    return {
        "support": support,
        "tag": support_tag(support.state),
        "statement": getattr(support, "statement_text", None) or "" if support.state == SupportState.SIGNED else "",
        "commitments": list(pledge.commitment_set.commitments.all()) if pledge else [],
        "promised": promised(pledge) if pledge else [],
        "notes": support_notes(application, support),
        "renewal": renewal_facts(user, support),
        "signatory": signatory_words(support, asked),
        "rank": getattr(support, "rank", None),
        "can_agree": permissions.can_agree_signatory(user, support),
        "confirmed": confirmed,
        "can_confirm": not confirmed and permissions.can_confirm_headteacher(user, support),
    }


def subject_leader(application: Application, user: Any) -> dict[str, Any] | None:
    support = current_leader(application)
    if support is None:
        return None
    signed = support.state == SupportState.SIGNED
    return {
        "support": support,
        "tag": support_tag(support.state),
        "statement": getattr(support, "statement_text", None) or "" if signed else "",
        "notes": leader_notes(application, support),
    }


def signatory_words(support: HeadteacherSupport, asked: list[HeadteacherSupportEvent]) -> list[str]:
    """Why somebody other than the headteacher signs, and what the hub has said about it."""
    found = []
    if support.passed_from:
        before = [each for each in asked if each.support_id == support.passed_from_id]
        reason = next((each.reason for each in before if each.action == SupportAction.PASS_ON), "")
        passed = f"{support.passed_from.full_name} passed the request on to {support.full_name}, {support.role_words}"
        found.append(f"{passed}, on {moment(support.requested_at)}: “{reason}”")
    if support.signatory == Signatory.HEAD_APPLIES:
        found.append(f"The applicant is the headteacher, so that {support.full_name}, {support.role_words}, signs.")
        agreed = f"{support.agreed_by} agreed to that on {moment(support.agreed_at)}." if support.agreed_at else ""
        found.append(agreed or "The hub has not agreed to that yet: before it does, no place can be offered.")
    return found


# Scores and decisions


def score_table(application: Application, user: Any, criteria: list[Criterion]) -> dict[str, Any]:
    """Scores side by side, a column for each review that this person may see."""
    told = JSONObject(criterion_id="scores__criterion_id", value="scores__value", comment="scores__comment")
    given = JSONBAgg(told, filter=Q(scores__isnull=False), default=Value("[]"))
    reviews_scored = Review.objects.select_related("reviewer").annotate(given=given)
    prefetch_related_objects([application], Prefetch("reviews", reviews_scored))
    reviews: list[Any] = list(application.reviews.all())
    seen = [review for review in reviews if permissions.can_see_review(user, review)]
    hidden = [review for review in reviews if review.submitted_at and review not in seen]
    by_review = [{score["criterion_id"]: Score(**score) for score in review.given} for review in seen]
    evidenced = [criterion for criterion in criteria if criterion.shown == Shown.EVIDENCED]
    weights = {criterion.pk: criterion.weight for criterion in criteria}
    rows = []
    for criterion in evidenced:
        scores = [given.get(criterion.pk) for given in by_review]
        rows.append({"criterion": criterion, "scores": scores, "average": average(scores, weights)})
    totals = [average(list(given.values()), weights) for given in by_review]
    overall = average([score for given in by_review for score in given.values()], weights)
    return {"reviews": seen, "rows": rows, "totals": totals, "average": overall, "hidden": len(hidden)}


def average(scores: list[Score | None], weights: dict[int, int]) -> str:
    """A criterion of weight 2 counts twice."""
    given = [(score.value, weights[score.criterion_id]) for score in scores if score]
    total = sum(weight for _, weight in given)
    return f"{sum(value * weight for value, weight in given) / total:.1f}" if given else ""


def decisions(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "text": decision.get_outcome_display(),
            "colour": OUTCOME_COLOURS[Outcome(decision.outcome)] if decision.released_at else "grey",
            "standing": "Released" if decision.released_at else "Taken back" if decision.closed_at else "Proposed",
            "rows": decision_rows(decision),
        }
        for decision in application.decisions.select_related("proposed_by", "released_by")
    ]


def decision_rows(decision: Decision) -> list[dict[str, str]]:
    released = f"{moment(decision.released_at)} by {decision.released_by}" if decision.released_at else ""
    rows = [
        ("Proposed", f"{moment(decision.proposed_at)} by {decision.proposed_by}"),
        ("Released", released),
        ("In the letter", decision.feedback),
        ("Hub’s record", decision.reason),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def letter(application: Application, decision: Decision) -> Rendered:
    """As it would go out if the decision were released now."""
    return notices.outcome_letter(application, decision, reply_by_from(clock.now(), application.round.reply_days))


def letter_parts(text: str) -> list[dict[str, Any]]:
    """A plain text by paragraphs; what an email quotes with `>` is marked as quoted."""
    found = []
    for quoted, lines in groupby(text.strip().splitlines(), lambda line: line.startswith(">")):
        part = "\n".join(line.removeprefix(">").removeprefix(" ") if quoted else line for line in lines)
        found.append({"quoted": quoted, "text": part.strip()})
    return found


def all_events(
    application: Application, asked: list[HeadteacherSupportEvent], exceptions: list[EligibilityException]
) -> list[dict[str, Any]]:
    """The application's steps, the hub's own among them, with those of the headteacher's requests and of exceptions;
    newest first."""
    steps = timeline(application.events.select_related("by"))
    steps += timeline(asked, SUPPORT_EVENT_TITLES)
    steps += deferral_steps(application)
    leaders = SubjectLeaderSupportEvent.objects.filter(support__application=application).select_related("by")
    steps += timeline(leaders if application.round.asks_subject_leader else [], LEADER_EVENT_TITLES)
    steps += change_steps(application)
    steps += [step for exception in exceptions for step in exception_steps(exception)]
    return sorted(steps, key=lambda step: step["at"], reverse=True)


def review_groups(application: Application, criteria: list[Criterion], form: Any) -> list[dict[str, Any]]:
    """Each answer with the criteria scored beside it; a criterion stands with the first answer that serves it."""
    shown = answers(application, criteria)
    first = {c.pk: min((q.order for q in c.questions.all()), default=None) for c in criteria}
    groups = [
        answer
        | {
            "items": [
                scored(c, answer["question"].order, form) for c in criteria if first[c.pk] == answer["question"].order
            ]
        }
        for answer in shown
    ]
    alone = [scored(criterion, None, form) for criterion in criteria if first[criterion.pk] is None]
    return [*groups, {"question": None, "items": alone}] if alone else groups


def scored(criterion: Criterion, order: int | None, form: Any) -> dict[str, Any]:
    others = [str(question.order) for question in criterion.questions.all() if question.order != order]
    also = f"See also question {' and '.join(others)}" if others else ""
    return {"fields": form.fields_of(criterion), "also": also, "importance": criterion.get_importance_display()}
