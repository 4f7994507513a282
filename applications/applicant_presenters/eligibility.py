"""What the applicant reads of the eligibility questions, of what is not met and of the exception asked for."""

from collections.abc import Iterable
from typing import Any

from applications.enums import EXCEPTED, ExceptionState, State
from applications.models import Application, EligibilityException
from applications.models.eligibility import NotMet
from applications.rules import answers_given, essential, exception_covering, not_met, outcome_of
from mastery_hub.common.templatetags.moments import moment

BEFORE_A_DECISION = frozenset({State.DRAFT, State.SUBMITTED, State.COMPLETE})


def answer_rows(application: Application) -> list[dict[str, Any]]:
    given = answers_given(application)
    return [
        {
            "key": rule.text + (f" (asked by {rule.whose})" if rule.whose else ""),
            "value": rule.answer_in_words(given[rule.key]) if rule.key in given else "",
            "missing": "Not answered",
        }
        for rule in application.eligibility_rules
    ]


def stored_rows(application: Application) -> list[dict[str, Any]]:
    """Of what was submitted: the words of that day."""
    outcome = outcome_of(application)
    return [
        {"key": said["question"] + (f" (asked by {said['whose']})" if said["whose"] else ""), "value": said["answer"]}
        for said in (outcome.answers if outcome else [])
    ]


def reasons(failures: Iterable[NotMet]) -> list[dict[str, str]]:
    """What is not met, with what to do instead, and whose rule it is."""
    return [
        {
            "question": failure.question,
            "answer": failure.answer,
            "message": failure.message,
            "whose": failure.whose,
            "kind": "" if failure.essential else "This is advised, not required: you can apply all the same.",
        }
        for failure in sorted(failures, key=lambda failure: not failure.essential)
    ]


def exception_of(application: Application) -> EligibilityException | None:
    return exception_covering(application, essential(not_met(application)))


def exception_words(exception: EligibilityException) -> str:
    asked = f"You asked {exception.hub} for an exception on {moment(exception.asked_at)}"
    if exception.state == ExceptionState.ASKED:
        return f"{asked}. It has not decided yet"
    decided = f"{exception.decided_by} decided on {moment(exception.decided_at)}"
    made = "made" if exception.state == ExceptionState.GRANTED else "did not make"
    return f"{exception.hub} {made} the exception that you asked for. {decided}"


def exception_told(application: Application) -> dict[str, Any] | None:
    """For the application's own page, until the hub's decision says it all."""
    if application.shown_state not in BEFORE_A_DECISION or application.eligibility not in EXCEPTED:
        return None
    exception = exception_of(application)
    if exception is None:
        return None
    return {
        "words": exception_words(exception),
        "reason": exception.decision_reason,
        "waits": exception.state == ExceptionState.ASKED,
        "refused": exception.state == ExceptionState.REFUSED,
        "submitted": application.submitted_at is not None,
        "hub": exception.hub,
    }
