"""What happened so far, as the applicant may know it: an action without words here is not shown at all."""

from typing import Any

from applications.enums import EXCEPTED, Action, ExceptionAction, SupportAction
from applications.models import (
    Application,
    DeferralEvent,
    EligibilityExceptionEvent,
    HeadteacherSupportEvent,
    SubjectLeaderSupportEvent,
)
from applications.presenters.deferrals import TOLD as DEFERRAL
from applications.presenters.deferrals import latest_deferral
from applications.presenters.referrals import hub_then, referral_entries

APPLICATION = {
    "start": "You started the application",
    Action.SUBMIT: "You submitted the application",
    Action.COMPLETE: "Your application was complete and went to {hub}",
    Action.RELEASE_OFFER: "{hub} offered you a place",
    Action.OFFER_RESERVE: "{hub} offered you a place from its reserve list",
    Action.UNDO_RELEASE: "{hub} took its letter back",
    Action.RELEASE_RESERVE: "{hub} put you on its reserve list",
    Action.RELEASE_UNSUCCESSFUL: "{hub} told you that your application was unsuccessful",
    Action.ACCEPT: "You accepted the place",
    Action.DECLINE: "You declined the place",
    Action.LAPSE: "The offer lapsed, because it was not answered in time",
    Action.DEFER: "Your place in this cohort was given back, since one is kept for you in the next",
    Action.WITHDRAW: "You withdrew the application",
    Action.EXPIRE: "The round closed before the application was submitted",
    Action.MARK_INCOMPLETE: "The time for your school’s support passed",
    Action.REOPEN: "There was more time, and your application became a draft again",
    Action.AWAIT_AGAIN: "There was more time, and your application waited for support again",
    Action.TAKE_ON: "{hub} took your application on",
    "change_school": "{hub} agreed that you take the place to your new school",
    "match_school": "{hub} found your school in the schools register",
}
SUPPORT = {
    "request": "You asked {name} to support your application",
    "remind_automatically": "We reminded {name}",
    "request_passed": "The request went to {name}",
    "agree_signatory": "Your Maths Hub agreed that {name} signs for your school",
    "remind": "You sent {name} a reminder",
    "remind_by_hub": "Your Maths Hub sent {name} a reminder",
    "correct_name": "You corrected the name of {name}",
    "correct_details": "You corrected the name or the role of {name}",
    "new_link": "{name} got a new link",
    SupportAction.OPEN: "{name} opened the request",
    SupportAction.SIGN: "{name} signed the school’s commitments",
    SupportAction.DECLINE: "{name} declined to support your application",
    SupportAction.PASS_ON: "{name} passed the request on",
    SupportAction.CANCEL: "The request to {name} was cancelled",
}
LEADER = SUPPORT | {SupportAction.SIGN: "{name} signed in support of your application"}
EXCEPTION = {
    "ask": "You asked {name} for an exception from an essential rule",
    ExceptionAction.GRANT: "{name} made the exception",
    ExceptionAction.REFUSE: "{name} did not make the exception",
    ExceptionAction.CANCEL: "Your request for an exception was taken back",
}


def timeline_of(application: Application) -> list[dict[str, Any]]:
    """Newest first. In one instant the headteacher's step comes before the application's, which it may have caused."""
    own = [(e.at, 1, APPLICATION.get(e.action), "") for e in application.events.for_applicant()]
    theirs = HeadteacherSupportEvent.objects.filter(support__application=application).select_related("support")
    exceptions = EligibilityExceptionEvent.objects.filter(exception__application=application)
    excepted = application.eligibility in EXCEPTED
    whose = exceptions.select_related("exception__hub") if excepted else []
    asked = [(e.at, 1, EXCEPTION.get(e.action), str(e.exception.hub)) for e in whose]
    has_asked = latest_deferral(application) is not None
    deferred = DeferralEvent.objects.filter(deferral__application=application).select_related("deferral__hub")
    asked += [(e.at, 1, DEFERRAL.get(e.action), str(e.deferral.hub)) for e in (deferred if has_asked else ())]
    leaders = SubjectLeaderSupportEvent.objects.filter(support__application=application).select_related("support")
    their = leaders if application.round.asks_subject_leader else []
    entries = [(e.at, 0, LEADER.get(e.action), e.support.full_name) for e in their]
    entries += (
        own
        + asked
        + referral_entries(application)
        + [(e.at, 0, SUPPORT.get(e.action), e.support.full_name) for e in theirs]
    )
    entries.sort(key=lambda entry: entry[:2])
    return [
        {"title": words.format(hub=hub_then(application, at), name=name), "at": at}
        for at, _, words, name in reversed(entries)
        if words
    ]
