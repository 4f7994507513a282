"""The task list: how far each section has come, told by what is saved and by what `eligibility.CHECKS` still misses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from django.urls import reverse

from applications.applicant_presenters.eligibility import exception_of, exception_words
from applications.applicant_presenters.status import leader_words, support_words
from applications.eligibility import CHECKS, Failure, current_leader, current_support, who_to_ask_again
from applications.enums import ExceptionState, Section, SupportState
from applications.models import Application, Declaration, Question
from applications.models.support import SupportRequest
from applications.rules import essential, has_eligibility, not_met, values_given
from mastery_hub.common.forms.words import words_count


class Stage(Enum):
    """Text and colour of a section's tag; no colour is plain text."""

    NOT_STARTED = "Not started", "grey"
    IN_PROGRESS = "In progress", "blue"
    COMPLETED = "Completed", ""
    PROBLEM = "Problem", "red"


def section_href(application: Application, section: Section) -> str:
    return reverse(f"application_{section}", kwargs={"reference": application.reference})


def check_href(application: Application) -> str:
    return reverse("application_check", kwargs={"reference": application.reference})


def answer_href(application: Application, question: Question) -> str:
    return reverse("application_answer", kwargs={"reference": application.reference, "number": question.order})


def _about_started(application: Application) -> bool:
    return bool(application.job_title or application.phase or application.applicant.trn)


def _evidence_started(application: Application) -> bool:
    asked = {question.pk for question in application.terms.questions.all()}
    return any(answer.text.strip() for answer in application.answers.all() if answer.question_id in asked)


def _declared(application: Application) -> list[Declaration]:
    """What was declared in words that are no longer asked for is passed over."""
    return [d for d in application.declarations.all() if d.criterion.terms_id == application.terms_id]


STARTED: dict[Section, Callable[[Application], bool]] = {
    Section.ABOUT: _about_started,
    Section.SCHOOL: lambda application: application.school_id is not None,
    Section.ELIGIBILITY: lambda application: bool(values_given(application) or not_met(application)),
    Section.DECLARATIONS: lambda application: bool(_declared(application)),
    Section.EVIDENCE: _evidence_started,
    Section.COMMITMENTS: lambda application: application.pledge_id is not None,
    Section.HEADTEACHER: lambda application: current_support(application) is not None,
    Section.SUBJECT_LEADER: lambda application: current_leader(application) is not None,
}


def _essential_denied(application: Application) -> bool:
    return any(d.criterion.is_essential and not d.met for d in _declared(application))


def _answer_too_long(application: Application) -> bool:
    limits = {question.pk: question.word_limit for question in application.terms.questions.all()}
    texts = {answer.question_id: answer.text for answer in application.answers.all()}
    return any(words_count(texts.get(asked, "")) > limit for asked, limit in limits.items())


PROBLEM: dict[Section, Callable[[Application], bool]] = {
    Section.SCHOOL: lambda application: application.school_id is not None,
    Section.ELIGIBILITY: lambda application: bool(essential(not_met(application))),
    Section.DECLARATIONS: _essential_denied,
    Section.EVIDENCE: _answer_too_long,
    Section.HEADTEACHER: lambda application: current_support(application) is not None,
    Section.SUBJECT_LEADER: lambda application: current_leader(application) is not None,
}


@dataclass(frozen=True)
class SectionTask:
    section: Section
    href: str
    stage: Stage
    hint: str = ""
    failures: list[Failure] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.section.label

    @property
    def status(self) -> str:
        return self.stage.value[0]

    @property
    def colour(self) -> str:
        return self.stage.value[1]


def stage_of(application: Application, section: Section, failures: list[Failure]) -> Stage:
    """One may submit while the headteacher’s answer is awaited, but only the signature completes that section."""
    if failures:
        if section in PROBLEM and PROBLEM[section](application):
            return Stage.PROBLEM
        return Stage.IN_PROGRESS if STARTED[section](application) else Stage.NOT_STARTED
    if section == Section.ELIGIBILITY:
        exception = exception_of(application)
        return Stage.IN_PROGRESS if exception and exception.state == ExceptionState.ASKED else Stage.COMPLETED
    asked: dict[Section, Callable[[Application], SupportRequest | None]]
    asked = {Section.HEADTEACHER: current_support, Section.SUBJECT_LEADER: current_leader}
    support = asked[section](application) if section in asked else None
    return Stage.IN_PROGRESS if support and support.state != SupportState.SIGNED else Stage.COMPLETED


def _hint(application: Application, section: Section) -> str:
    if section == Section.SCHOOL and application.school:
        return f"{application.school}, {application.hub}"
    if section == Section.ELIGIBILITY:
        exception = exception_of(application)
        waits = exception is not None and exception.state == ExceptionState.ASKED
        return f"{exception_words(exception)}{'. You can submit while you wait' if waits else ''}" if exception else ""
    if section == Section.HEADTEACHER:
        support = current_support(application)
        waiting = support is not None and support.state in (SupportState.REQUESTED, SupportState.OPENED)
        again = who_to_ask_again(application)
        more = f". Ask {again} again: there is something new to confirm" if again else ""
        return support_words(support) + (". You can submit while you wait" if waiting else more)
    if section == Section.SUBJECT_LEADER:
        leader = current_leader(application)
        return leader_words(leader) + (". You can submit while you wait" if leader and leader.is_waiting else "")
    return ""


def is_asked(application: Application, section: Section) -> bool:
    if section == Section.SUBJECT_LEADER:
        return application.round.asks_subject_leader
    return section != Section.ELIGIBILITY or has_eligibility(application)


def section_tasks(application: Application) -> list[SectionTask]:
    tasks = []
    for section, check in CHECKS.items():
        if not is_asked(application, section):
            continue
        failures = check(application)
        stage = stage_of(application, section, failures)
        href = section_href(application, section)
        tasks.append(SectionTask(section, href, stage, _hint(application, section), failures))
    return tasks


def question_tasks(application: Application) -> list[dict[str, str]]:
    """One for each question, as components/task_list.html shows them."""
    texts = {answer.question_id: answer.text for answer in application.answers.all()}
    tasks = []
    for question in application.terms.questions.all():
        words = words_count(texts.get(question.pk, ""))
        stage = Stage.PROBLEM if words > question.word_limit else Stage.COMPLETED if words else Stage.NOT_STARTED
        hint = f"{words} of {question.word_limit} words"
        over = words - question.word_limit
        tasks.append(
            {
                "name": f"{question.order}. {question.text}",
                "href": answer_href(application, question),
                "hint": f"{hint}: {over} too many" if over > 0 else hint,
                "status": stage.value[0],
                "colour": stage.value[1],
            }
        )
    return tasks
