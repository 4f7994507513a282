"""What the headteacher and the subject leader have said."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from applications import permissions
from applications.eligibility import current_leader
from applications.enums import Signatory, SupportAction, SupportState
from applications.models import Application, HeadteacherSupport, HeadteacherSupportEvent
from applications.presenters import support_tag
from applications.presenters.renewals import renewal_facts
from applications.support_notes import leader_notes, support_notes
from cohorts.terms import promised
from mastery_hub.common.templatetags.moments import moment


def with_statement(supports: QuerySet[Any], statements: Any, user: Any) -> QuerySet[Any]:
    """With `statement_text`, where this person may read it."""
    own = statements.objects.visible_to(user).filter(support=OuterRef("pk"))
    return supports.annotate(statement_text=Subquery(own.values("text")[:1]))


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
