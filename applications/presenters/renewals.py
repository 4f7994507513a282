"""A pledge that was asked for again: what the hub reads of it, and what the applicant may know."""

from typing import Any

from applications import permissions
from applications.enums import RenewalWhy
from applications.models import HeadteacherSupport, PledgeRenewal
from applications.services.renewals import open_renewal, pledge_of
from cohorts.terms import terms_changed
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import moment


def renewal_facts(user: Any, support: HeadteacherSupport) -> dict[str, Any]:
    """Everything of the hub's; `changed` says what the newest signature does not know of."""
    renewals = list(support.renewals.all())
    waiting = open_renewal(support)
    may_ask = permissions.can_ask_again(user, support)
    return {
        "rows": [{"key": f"Asked again on {moment(each.asked_at)}", "value": _told(each)} for each in renewals],
        "changed": _changed(support, renewals),
        "can_ask": may_ask,
        "can_send": may_ask and waiting is not None and clock.now() >= waiting.again_from,
    }


def _changed(support: HeadteacherSupport, renewals: list[PledgeRenewal]) -> list[str]:
    asked = [each.terms for each in renewals if each.closed_at is None]
    found = terms_changed(pledge_of(support).terms, asked[-1]) if asked else []
    return [f"{name}: {before} when it was signed, {after} now" for name, before, after in found]


def _told(renewal: PledgeRenewal) -> str:
    return f"{renewal.full_name}, {renewal.email}. {renewal.get_why_display()}.\n{_answer(renewal)}"


def _answer(renewal: PledgeRenewal) -> str:
    if renewal.pledge:
        return f"Signed on {moment(renewal.answered_at)} as {renewal.pledge.signed_as}."
    if renewal.answered_at:
        return f"Declined on {moment(renewal.answered_at)}: “{renewal.decline_reason}”"
    if renewal.closed_at:
        return f"No longer needed since {moment(renewal.closed_at)}."
    return f"Not answered yet. The link was last sent on {moment(renewal.sent_at)}."


def renewal_words(support: HeadteacherSupport | None) -> str:
    """For the applicant, of the newest request that counts: never the reason for declining."""
    counting = [each for each in support.renewals.all() if each.closed_at is None] if support else []
    if not counting:
        return ""
    newest = counting[-1]
    why = "Your school has a new headteacher"
    if newest.why == RenewalWhy.TERMS:
        why = "The release days or the residential dates have changed since your school’s commitments were signed"
    if newest.why == RenewalWhy.SCHOOL:
        why = "You take your place to another school"
    if newest.why == RenewalWhy.COHORT:
        why = "Your place was taken up in the next cohort"
    asked = f"{why}, so we asked {newest.full_name} on {moment(newest.asked_at)} to sign them"
    if newest.pledge_id:
        return f"{asked}. They signed on {moment(newest.answered_at)}."
    held = "Your application, and your place if you have one, stay as they are"
    if newest.answered_at:
        declined = f"They declined on {moment(newest.answered_at)}"
        return f"{asked}. {declined}. {held}: your Maths Hub will talk to your school."
    return f"{asked}. {held} meanwhile."
