"""What a hub reads of eligibility: the answers of the day, what is not met, and the exceptions asked for."""

from typing import Any

from django.db.models import Subquery
from django.urls import reverse

from applications import permissions
from applications.enums import EXCEPTED, Eligibility, ExceptionAction, ExceptionState
from applications.models import Application, EligibilityException, EligibilityOutcome
from applications.services.engines import EXCEPTION
from mastery_hub.common.templatetags.moments import moment

ELIGIBILITY_COLOURS: dict[str, str] = {
    Eligibility.UNCHECKED: "grey",
    Eligibility.MET: "green",
    Eligibility.NOT_MET: "red",
    Eligibility.ASKED: "orange",
    Eligibility.GRANTED: "green",
    Eligibility.REFUSED: "red",
}
EXCEPTION_COLOURS: dict[str, str] = {
    ExceptionState.ASKED: "orange",
    ExceptionState.GRANTED: "green",
    ExceptionState.REFUSED: "red",
    ExceptionState.CANCELLED: "grey",
}

WITHHELD = "Shown to leads and reviewers of the hub"


def exception_tag(exception: EligibilityException) -> dict[str, str]:
    state = ExceptionState(exception.state)
    return {"text": state.label, "colour": EXCEPTION_COLOURS[state]}


def outcome_rows(outcome: EligibilityOutcome) -> list[dict[str, str]]:
    """Every answer, and what was not met: by the terms of that day, in its words."""
    failed = {failure.key: failure for failure in outcome.not_met}
    asked = [(said["key"], said["question"], said["answer"], said["whose"]) for said in outcome.answers]
    known = {key for key, *_ in asked}
    schools = [(f.key, f.question, f.answer, f.whose) for f in outcome.not_met if f.key not in known]
    rows = []
    for key, question, answer, whose in [*schools, *asked]:
        failure = failed.get(key)
        lines = [answer, f"{whose}’s own rule" if whose else ""]
        lines += [f"Not met ({'essential' if failure.essential else 'advisory'})"] if failure else []
        rows.append({"key": question, "value": "\n".join(filter(None, lines))})
    return rows


def exception_rows(exception: EligibilityException, user: Any) -> list[dict[str, str]]:
    reads = permissions.can_read_reason(user, exception)
    rows = [("Asked", moment(exception.asked_at)), ("The applicant’s reason", exception.reason if reads else WITHHELD)]
    if exception.decided_at:
        rows += [
            ("Decided", f"{moment(exception.decided_at)} by {exception.decided_by}"),
            ("The hub’s reason", exception.decision_reason if reads else WITHHELD),
        ]
    return [{"key": key, "value": value} for key, value in rows]


def exception_href(exception: EligibilityException, hub: str) -> str:
    return reverse("hub_exception", args=[hub, exception.pk])


def exceptions_shown(application: Application) -> list[Any]:
    """Those that nobody took back, latest first; none where the application stands without one."""
    if application.eligibility not in EXCEPTED:
        return []
    latest = EligibilityOutcome.objects.filter(application=application).values("pk")[:1]
    asked = EligibilityException.objects.current().filter(application=application)
    exceptions = list(asked.select_related("decided_by", "outcome").annotate(latest_outcome=Subquery(latest)))
    for each in exceptions:
        each.application = application
    return exceptions


def exception_steps(exception: EligibilityException) -> list[dict[str, Any]]:
    """For components/timeline.html."""
    asked = {
        "title": "Exception asked for",
        "at": exception.asked_at,
        "by": str(exception.application.applicant),
        "text": exception.reason,
    }
    if exception.decided_at is None:
        return [asked]
    made = exception.state == ExceptionState.GRANTED
    decided = {
        "title": "Exception made" if made else "Exception refused",
        "at": exception.decided_at,
        "by": str(exception.decided_by),
        "text": exception.decision_reason,
    }
    return [asked, decided]


def eligibility_shown(application: Application, exceptions: list[Any], user: Any) -> dict[str, Any] | None:
    """For the page of one application; nothing where nothing was asked and nothing stood against it."""
    if application.eligibility == Eligibility.UNCHECKED:
        return None
    latest = [each.outcome for each in exceptions if each.outcome_id == each.latest_outcome][:1]  # read already
    latest = latest or list(application.eligibility_outcomes.all()[:1])
    standing = Eligibility(application.eligibility)
    return {
        "tag": {"text": standing.label, "colour": ELIGIBILITY_COLOURS[standing]},
        "rows": [row for outcome in latest for row in outcome_rows(outcome)],
        "checked": [f"As answered on {moment(outcome.at)}" for outcome in latest],
        "exceptions": [
            {
                "rows": exception_rows(each, user),
                "tag": exception_tag(each),
                "href": exception_href(each, application.hub.slug) if may_decide(each, user) else "",
            }
            for each in exceptions
            if application.hub
        ],
    }


def may_decide(exception: EligibilityException, user: Any) -> bool:
    return ExceptionAction.GRANT in EXCEPTION.available(exception, user)
