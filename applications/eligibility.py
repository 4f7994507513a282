"""What an application still lacks before it can be submitted: one small function a section, all reasons at once."""

from collections.abc import Callable
from typing import NamedTuple

from applications.enums import ExceptionState, PhaseTaught, Section, Shown, SupportState
from applications.hubs import hubs_to_choose, not_recruiting_words, recruits
from applications.models import Application, Criterion, HeadteacherSupport, SubjectLeaderSupport
from applications.rules import answers_given, essential, exception_covering, not_met, unanswered
from mastery_hub.common.forms.words import words_count

SEVERAL = 2


class Failure(NamedTuple):
    """`message` says what to do; `section` is where."""

    section: Section
    message: str


def about_failures(application: Application) -> list[Failure]:
    missing = []
    if not application.applicant.full_name:
        missing.append("Enter your name")
    if not application.job_title:
        missing.append("Enter your role")
    if not application.phase:
        missing.append("Select the phase you teach")
    if application.phase == PhaseTaught.MIXED and len(application.phases) < SEVERAL:
        missing.append("Select the phases you teach")
    if not application.applicant.trn:
        missing.append("Enter your teacher reference number (TRN)")
    return [Failure(Section.ABOUT, message) for message in missing]


def school_failures(application: Application) -> list[Failure]:
    """By the register, or else by the applicant's word: a deadline does not wait until the hub has found the school."""
    school = application.school
    if school is None:
        return [Failure(Section.SCHOOL, "Choose your school")]
    found = []
    source = "in the schools register" if school.is_listed else "by what you told us"
    if not school.is_open:
        found.append(f"{school.name} is closed {source}: choose the school you work in now")
    if not recruits(application.hub, application.round):
        found.append(not_recruiting_words(application.hub, hubs_to_choose(application)))
    return [Failure(Section.SCHOOL, message) for message in found]


def eligibility_failures(application: Application) -> list[Failure]:
    """Every question answered; an essential rule that is not met needs an exception, which may still be awaited."""
    questions = unanswered(application.eligibility_rules, answers_given(application))
    found = [f"Answer “{rule.text}”" for rule in questions]
    failing, hub = essential(not_met(application)), application.hub
    asked = exception_covering(application, failing)
    if failing and hub is None:
        found += [failure.message for failure in failing]
    elif failing and asked is None:
        found += [f"Ask {hub} for an exception: {failure.message}" for failure in failing]
    elif asked and asked.state == ExceptionState.REFUSED:
        found.append(f"{hub} has refused an exception, so you cannot submit to it: contact the hub")
    return [Failure(Section.ELIGIBILITY, message) for message in found]


def declarations_failures(application: Application) -> list[Failure]:
    """Every declared criterion answered, and every essential one met."""
    given = {d.criterion_id: d.met for d in application.declarations.all()}
    found = []
    for criterion in application.terms.criteria.all():
        if criterion.shown != Shown.DECLARED:
            continue
        if criterion.pk not in given:
            found.append(f"Answer “{criterion.declaration}”")
        elif criterion.is_essential and not given[criterion.pk]:
            found.append(
                f"This is essential for the programme: {criterion.text}. Contact your Maths Hub if you are unsure"
            )
    return [Failure(Section.DECLARATIONS, message) for message in found]


def evidence_failures(application: Application) -> list[Failure]:
    texts = {a.question_id: a.text for a in application.answers.all()}
    found = []
    for question in application.terms.questions.all():
        words = words_count(texts.get(question.pk, ""))
        if not words:
            found.append(f"Answer question {question.order}: {question.text}")
        elif words > question.word_limit:
            found.append(f"Shorten your answer to question {question.order} by {words - question.word_limit} words")
    return [Failure(Section.EVIDENCE, message) for message in found]


def commitments_failures(application: Application) -> list[Failure]:
    return [] if application.pledge_id else [Failure(Section.COMMITMENTS, "Agree to your commitments and sign them")]


def headteacher_failures(application: Application) -> list[Failure]:
    """The request must have gone out; its answer may come after submitting, until support closes. A signature stands
    for what it confirmed: what these terms have added since is asked again."""
    support = current_support(application)
    if support is None:
        return [Failure(Section.HEADTEACHER, "Name your headteacher and send the request")]
    if support.state == SupportState.DECLINED:
        return [
            Failure(
                Section.HEADTEACHER,
                f"{support.full_name} declined: talk to them, or name who else may sign for your school",
            )
        ]
    if name := who_to_ask_again(application):
        return [Failure(Section.HEADTEACHER, f"Ask {name} again: there is something new for headteachers to confirm")]
    return []


def subject_leader_failures(application: Application) -> list[Failure]:
    """As of the headteacher, where the round asks for it."""
    if not application.round.asks_subject_leader:
        return []
    support = current_leader(application)
    if support is None:
        return [Failure(Section.SUBJECT_LEADER, "Name your subject leader and send the request")]
    if support.state == SupportState.DECLINED:
        message = f"{support.full_name} declined: talk to them, or name another senior colleague"
        return [Failure(Section.SUBJECT_LEADER, message)]
    return []


def current_leader(application: Application) -> SubjectLeaderSupport | None:
    """The one request to a subject leader that is not cancelled; reads `leader_supports` as prefetched."""
    return next((s for s in application.leader_supports.all() if s.state != SupportState.CANCELLED), None)


def support_awaited(application: Application) -> list[str]:
    """Who has yet to sign, of those whom the round asks: “headteacher”, “subject leader”."""
    asked: list[tuple[str, HeadteacherSupport | SubjectLeaderSupport | None]]
    asked = [("headteacher", current_support(application))]
    if application.round.asks_subject_leader:
        asked.append(("subject leader", current_leader(application)))
    return [who for who, support in asked if support is None or support.state != SupportState.SIGNED]


def confirmed_too_little(application: Application) -> list[Criterion]:
    """What the headteacher who has signed must still confirm; reads `declarations` and `supports` as prefetched."""
    support = current_support(application)
    if support is None or support.state != SupportState.SIGNED:
        return []
    met = {declaration.criterion_id for declaration in application.declarations.all() if declaration.met}
    return [
        criterion
        for criterion in application.terms.criteria.all()
        if criterion.shown == Shown.HEADTEACHER and criterion.is_essential and criterion.pk not in met
    ]


def who_to_ask_again(application: Application) -> str:
    """By name: whoever signed last, where that was for less than these terms ask headteachers to confirm."""
    support = current_support(application)
    return support.newest_signer.full_name if support and confirmed_too_little(application) else ""


def current_support(application: Application) -> HeadteacherSupport | None:
    """The one request that is not cancelled; reads `supports` as prefetched."""
    return next((s for s in application.supports.all() if s.state != SupportState.CANCELLED), None)


CHECKS: dict[Section, Callable[[Application], list[Failure]]] = {
    Section.ABOUT: about_failures,
    Section.SCHOOL: school_failures,
    Section.ELIGIBILITY: eligibility_failures,
    Section.DECLARATIONS: declarations_failures,
    Section.EVIDENCE: evidence_failures,
    Section.COMMITMENTS: commitments_failures,
    Section.HEADTEACHER: headteacher_failures,
    Section.SUBJECT_LEADER: subject_leader_failures,
}


def submission_check(application: Application) -> list[Failure]:
    return [failure for check in CHECKS.values() for failure in check(application)]
