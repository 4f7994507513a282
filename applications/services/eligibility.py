"""Answering the eligibility questions, and asking a hub for an exception. Locks go Application, then exception."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from applications.enums import (
    NO_PLACE_YET,
    OPEN_EXCEPTION,
    Eligibility,
    ExceptionAction,
    ExceptionState,
)
from applications.models import Application, EligibilityException, EligibilityOutcome
from applications.models.eligibility import NotMet, Rule, Value
from applications.rules import (
    PHASE,
    STATE_FUNDED,
    Answers,
    answers_given,
    eligibility_read,
    essential,
    exception_covering,
    outcome_of,
    rules_not_met,
    school_not_met,
    unanswered,
    values_given,
)
from applications.services import notices
from applications.services.drafts import draft_lock
from applications.services.engines import EXCEPTION
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import unseen_refused

OF_THE_SCHOOL = frozenset({PHASE, STATE_FUNDED})
STANDING = {
    ExceptionState.ASKED: Eligibility.ASKED,
    ExceptionState.GRANTED: Eligibility.GRANTED,
    ExceptionState.REFUSED: Eligibility.REFUSED,
}


def rule_name(key: str) -> str:
    """Of the field that asks for it."""
    return f"rule-{key}"


def values_stored(values: Mapping[str, Value]) -> dict[str, str]:
    return {rule_name(key): str(value) for key, value in values.items()}


@transaction.atomic
def eligibility_save(*, application: Application, by: User, answers: Answers, seen: str | None = None) -> Application:
    """Keeps the answers to as many questions as were answered. `seen` is the fingerprint of what the page showed.

    Raises DomainError `not-an-answer` and ChangedElsewhereError.
    """
    application = draft_lock(application, by)
    eligibility_read(application)
    wanted = values_stored(answers)
    stored = dict.fromkeys(wanted, "") | values_stored(values_given(application))
    unseen_refused("Your answers were", seen=seen, stored=stored, wanted=wanted)
    rules = {rule.key: rule for rule in application.eligibility_rules}
    if any(key not in rules or not rules[key].takes(value) for key, value in answers.items()):
        raise DomainError("That is not an answer to a question of this application.", code="not-an-answer")
    application.save(update_fields=["saved_at"])
    eligibility_settle(application=application, by=by, answers=answers)
    return application


@transaction.atomic
def eligibility_settle(
    *, application: Application, by: User, answers: Answers | None = None
) -> EligibilityOutcome | None:
    """To be called, under the draft's lock, after whatever its rules look at: answers, school, hub, terms. Stores an
    outcome where it differs from the last one, and takes back an exception that does not cover it."""
    eligibility_read(application)
    given: dict[str, Value] = {**answers_given(application), **(answers or {})}
    failures = [
        *school_not_met(application.school, application.round.cohort.programme),
        *rules_not_met(application.eligibility_rules, given),
    ]
    outcome, failing = _store(application, by, given, failures), essential(failures)
    covering = exception_covering(application, failing)
    for asked in application.exceptions.all():
        if asked.state in OPEN_EXCEPTION and asked != covering:
            EXCEPTION.move(asked, ExceptionAction.CANCEL, by=by, reason="What it was asked for has changed")
    if covering:
        standing = STANDING[ExceptionState(covering.state)]
    elif failing:
        standing = Eligibility.NOT_MET
    else:
        waiting = unanswered(application.eligibility_rules, given) or application.school_id is None
        standing = Eligibility.UNCHECKED if waiting else Eligibility.MET
    if application.eligibility != standing:
        application.eligibility = standing
        application.save(update_fields=["eligibility"])
    return outcome


def answers_told(rules: Iterable[Rule], given: Answers) -> list[dict[str, Any]]:
    """In the words of the day."""
    asked = {rule.key: rule for rule in rules}
    return [
        {
            "key": key,
            "question": asked[key].text,
            "value": value,
            "answer": asked[key].answer_in_words(value),
            "whose": asked[key].whose,
        }
        for key, value in given.items()
    ]


def _store(application: Application, by: User, given: Answers, failures: list[NotMet]) -> EligibilityOutcome | None:
    """A new row when anything differs: what was stored before stays as it was."""
    told: dict[str, Any] = {
        "terms_id": application.terms_id,
        "hub_id": application.hub_id,
        "answers": answers_told(application.eligibility_rules, given),
        "failures": [failure.as_json for failure in failures],
    }
    last = outcome_of(application)
    is_new = last is None and bool(given or failures)
    if is_new or (last and any(getattr(last, name) != value for name, value in told.items())):
        return EligibilityOutcome.objects.create(application=application, by=by, at=clock.now(), **told)
    return last


def eligibility_match(*, application: Application, by: User) -> None:
    """To be called, under the application's lock, once its typed-in school has been found in the register. What was
    stored on the day stays; a new outcome is added where the register says otherwise than the applicant did, and the
    hub is asked for the exception that it then needs. No place hangs on it yet: `can_match_school`."""
    eligibility_read(application)
    last = outcome_of(application)
    before = last.not_met if last else []
    school = school_not_met(application.school, application.round.cohort.programme)
    if {failure.key for failure in school} == {failure.key for failure in before if failure.key in OF_THE_SCHOOL}:
        return
    failures = [*school, *(failure for failure in before if failure.key not in OF_THE_SCHOOL)]
    covering, failing = exception_covering(application, essential(failures)), essential(failures)
    outcome = EligibilityOutcome.objects.create(
        application=application,
        terms_id=application.terms_id,
        hub_id=application.hub_id,
        answers=last.answers if last else [],
        failures=[failure.as_json for failure in failures],
        by=by,
        at=clock.now(),
    )
    for asked in application.exceptions.filter(state__in=OPEN_EXCEPTION):
        if asked != covering:
            reason = "What it was asked for has changed"
            EXCEPTION.move(asked, ExceptionAction.CANCEL, by=User.objects.system(), reason=reason)
    if failing and covering is None:
        covering = _asked_for_the_match(application, outcome, by)
    standing = Eligibility.MET if covering is None else STANDING[ExceptionState(covering.state)]
    application.eligibility = standing
    application.save(update_fields=["eligibility"])


def _asked_for_the_match(application: Application, outcome: EligibilityOutcome, by: User) -> EligibilityException:
    assert application.hub, "what was submitted has a hub"
    words = f"My school has been found in the schools register as {application.school}."
    exception = EligibilityException.objects.create(
        application=application, outcome=outcome, hub=application.hub, reason=words, asked_at=clock.now()
    )
    exception.events.create(action="ask", to_state=ExceptionState.ASKED, by=by, at=exception.asked_at, reason=words)
    notices.exception_asked(exception)
    return exception


@transaction.atomic
def exception_ask(*, application: Application, by: User, reason: str) -> EligibilityException:
    """Asks the application's hub, in the draft; the hub may answer before or after it is submitted.

    Raises DomainError `school-first`, `reason-missing`, `nothing-to-except`, `asked-already` and `refused-already`.
    """
    application = draft_lock(application, by)
    if application.hub is None:
        raise DomainError("Choose your school before you ask: it decides your Maths Hub.", code="school-first")
    if not reason.strip():
        raise DomainError("Say why your hub should make an exception.", code="reason-missing")
    outcome = eligibility_settle(application=application, by=by)
    if outcome is None or application.eligibility not in NO_PLACE_YET | {Eligibility.GRANTED}:
        raise DomainError("You meet every essential rule, so there is nothing to ask for.", code="nothing-to-except")
    if application.eligibility == Eligibility.REFUSED:
        raise DomainError(f"{application.hub} has refused this exception already.", code="refused-already")
    if application.eligibility != Eligibility.NOT_MET:
        raise DomainError(f"You have already asked {application.hub} for this exception.", code="asked-already")
    exception = EligibilityException.objects.create(
        application=application, outcome=outcome, hub=application.hub, reason=reason, asked_at=clock.now()
    )
    exception.events.create(action="ask", to_state=ExceptionState.ASKED, by=by, at=exception.asked_at, reason=reason)
    application.eligibility = Eligibility.ASKED
    application.save(update_fields=["eligibility", "saved_at"])
    notices.exception_asked(exception)
    return exception


@transaction.atomic
def exception_decide(*, exception: EligibilityException, by: User, grant: bool, reason: str) -> EligibilityException:
    """By a lead of the hub that was asked; the applicant reads the reason.

    Raises DomainError `reason-missing` and what `Engine.move` raises.
    """
    if not reason.strip():
        raise DomainError("Write why: the applicant reads it.", code="reason-missing")
    application = Application.objects.select_for_update(of=("self",)).get(pk=exception.application_id)
    exception, event = EXCEPTION.move(
        exception,
        ExceptionAction.GRANT if grant else ExceptionAction.REFUSE,
        by=by,
        reason=reason,
        decided_by=by,
        decided_at=clock.now(),
        decision_reason=reason,
    )
    application.eligibility = STANDING[ExceptionState(event.to_state)]
    application.save(update_fields=["eligibility"])
    notices.exception_decided(exception)
    return exception
