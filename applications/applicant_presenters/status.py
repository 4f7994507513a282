"""Where an application stands, in the applicant's words: from `shown_state` alone, so that no proposal shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from urllib.parse import urlencode

from django.urls import reverse

from applications.applicant_presenters.deadlines import before_words, left_words
from applications.eligibility import current_leader, current_support, support_awaited
from applications.enums import DeferralState, ReferralState, State, SupportState
from applications.models import Application, HeadteacherSupport, ReleaseDelay, SubjectLeaderSupport
from applications.presenters import state_tag
from applications.presenters.deferrals import kept_words, latest_deferral
from applications.presenters.referrals import referral_under_way, taken_on
from mastery_hub.common.clock import LONDON
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.templatetags.moments import day, moment

CONTACT = "Contact your Maths Hub if you have questions."
NEEDED = "Your application is complete only with that."


def status_of(application: Application) -> dict[str, str]:
    return state_tag(application.shown_state)


def outcomes_words(application: Application) -> str:
    """The hub's own day, where it writes later than the round's."""
    round = application.round
    delay = ReleaseDelay.objects.standing().filter(round=round, hub=application.hub_id).first()
    if delay:
        return f"{application.hub} writes to you by {day(delay.until)}. It says: {delay.note}"
    if round.releases_at is None:
        return f"You will hear in {round.outcomes_month:%B %Y}"
    return f"You will hear on {day(round.releases_at)}, or soon after"


def until_words(end: datetime, now: datetime) -> str:
    """“before 5pm on Friday 26 February 2027 – in 21 days”."""
    left = left_words(end, now)
    return before_words(end) + (f" – {left}" if left else "")


@dataclass(frozen=True)
class Progress:
    """Who has the application, what happens next, by when; empty where there is nothing to say."""

    what: str
    who: str = ""
    when: str = ""

    @property
    def rows(self) -> list[dict[str, str]]:
        pairs = (("Who has it now", self.who), ("What happens next", self.what), ("When", self.when))
        return [{"key": key, "value": value[0].upper() + value[1:]} for key, value in pairs if value]


def progress_of(application: Application, now: datetime) -> Progress:
    return _referred(application, now) or PROGRESS[State(application.shown_state)](application, now)


def _referred(application: Application, now: datetime) -> Progress | None:
    """Over the state, which stays what it is until the other hub takes the application on."""
    referral = referral_under_way(application)
    if referral is None:
        return None
    stays = (
        f" You stay on the reserve list of {referral.from_hub}." if application.shown_state == State.RESERVED else ""
    )
    until = until_words(referral.reply_by, now)
    if referral.state == ReferralState.ASKED:
        return Progress(f"Say whether {referral.to_hub} may consider your application.{stays}", "You", until)
    what = f"{referral.to_hub} reads your application and decides whether to take it on.{stays}"
    return Progress(what, str(referral.to_hub), until)


def contact_rows(application: Application) -> list[dict[str, str]]:
    """What the hub writes to and rings, each with the page that changes it and leads back."""
    person, back = application.applicant, urlencode({"next": application.get_absolute_url()})
    email, details = f"{reverse('account_email')}?{back}", f"{reverse('account_details')}?{back}"
    return [
        {"key": "Email address", "value": person.email, "href": email, "hidden": "email address"},
        {"key": "Telephone number", "value": person.telephone, "href": details, "hidden": "telephone number"},
    ]


def _draft(application: Application, now: datetime) -> Progress:
    if now >= application.closes_at:
        return Progress("This round has closed, so the application can no longer be submitted. Your answers are kept.")
    return Progress("Finish your application and submit it", "You", until_words(application.closes_at, now))


def _submitted(application: Application, now: datetime) -> Progress:
    support, end = current_support(application), application.support_closes_at
    if now >= end:
        return Progress(f"The time for {_whose_support(application)} support has passed. {CONTACT}")
    if "headteacher" not in support_awaited(application):
        return _subject_leader_awaited(application, now)
    if support is None or support.state == SupportState.DECLINED:
        what = f"Talk to your headteacher, or name who else may sign for your school. {NEEDED}"
        return Progress(what, "You", until_words(end, now))
    what = f"{support.full_name} must sign the school’s commitments. {NEEDED}"
    who, leader = f"Your headteacher, {support.full_name}", current_leader(application) if _asks(application) else None
    if leader and leader.is_waiting:
        what = f"{support.full_name} must sign the school’s commitments, and {leader.full_name} in support. {NEEDED}"
        who = f"{who}, and your subject leader, {leader.full_name}"
    return Progress(what, who, until_words(end, now))


def _asks(application: Application) -> bool:
    return application.round.asks_subject_leader


def _whose_support(application: Application) -> str:
    """“your headteacher’s”; “your headteacher’s and subject leader’s”."""
    return f"your {listed([f'{who}’s' for who in support_awaited(application)] or ['headteacher’s'])}"


def _subject_leader_awaited(application: Application, now: datetime) -> Progress:
    support, when = current_leader(application), until_words(application.support_closes_at, now)
    if support is None or support.state == SupportState.DECLINED:
        return Progress(f"Talk to your subject leader, or name another senior colleague. {NEEDED}", "You", when)
    what = f"{support.full_name} must sign in support of your application. {NEEDED}"
    return Progress(what, f"Your subject leader, {support.full_name}", when)


def _complete(application: Application, now: datetime) -> Progress:
    if taken_on(application):
        what = f"{application.hub} has taken your application on and decides about it. This is not yet an offer."
        return Progress(what, str(application.hub), "We email you what it decides")
    what = f"{application.hub} considers the applications it has received. There is nothing more for you to do."
    return Progress(what, str(application.hub), outcomes_words(application))


def _offered(application: Application, now: datetime) -> Progress:
    offer = application.offers.first()
    if offer is None or now >= offer.reply_by:
        return Progress(f"The time to answer this offer has passed. Contact {application.hub}.")
    return Progress("Accept or decline your place", "You", until_words(offer.reply_by, now))


def _reserved(application: Application, now: datetime) -> Progress:
    what = (
        f"If a place becomes free, {application.hub} offers it to the next person on its list who can take it. "
        "We cannot say how likely it is that this is you, and nobody is told a number: the order may still change."
    )
    when = f"We email you if a place is offered, and you then have {application.round.reply_days} days to answer"
    return Progress(what, str(application.hub), when)


def _accepted(application: Application, now: datetime) -> Progress:
    starts = application.round.cohort.academic_year.first_day
    if now >= datetime.combine(starts, time(), tzinfo=LONDON):
        return Progress("You are in the cohort. There is nothing more to do here.", "", f"It began on {day(starts)}")
    asked = latest_deferral(application)
    if asked and asked.state == DeferralState.ASKED:
        what = f"{application.hub} decides whether to keep a place for you in the next cohort. This one is yours."
        return Progress(what, str(application.hub), f"At the latest before your cohort begins on {day(starts)}")
    what = f"{application.hub} will be in touch about what comes first."
    return Progress(what, str(application.hub), f"Your development year starts on {day(starts)}")


def _deferred(application: Application, now: datetime) -> Progress:
    what, when = kept_words(application)
    return Progress(what, str(application.hub), when)


def _unsuccessful(application: Application, now: datetime) -> Progress:
    others = f"{application.hub} can tell you about other ways to take part."
    return Progress(f"You are welcome to apply again in a later round. {others}")


def _declined(application: Application, now: datetime) -> Progress:
    return Progress("You declined the place. There is nothing more for you to do.")


def _lapsed(application: Application, now: datetime) -> Progress:
    return Progress(f"The offer was not answered in time. Contact {application.hub} if you still want a place.")


def _withdrawn(application: Application, now: datetime) -> Progress:
    again = application.is_open(now)
    return Progress("You can start again while the round is open." if again else "There is nothing more for you to do.")


def _expired(application: Application, now: datetime) -> Progress:
    return Progress("The round closed before you submitted. Your answers are kept, so that you can use them again.")


def _incomplete(application: Application, now: datetime) -> Progress:
    whose = _whose_support(application)
    return Progress(
        f"{whose[0].upper()}{whose[1:]} support did not arrive in time, so the application was not considered."
    )


PROGRESS: dict[State, Callable[[Application, datetime], Progress]] = {
    State.DRAFT: _draft,
    State.SUBMITTED: _submitted,
    State.COMPLETE: _complete,
    State.OFFERED: _offered,
    State.RESERVED: _reserved,
    State.UNSUCCESSFUL: _unsuccessful,
    State.ACCEPTED: _accepted,
    State.DECLINED: _declined,
    State.LAPSED: _lapsed,
    State.WITHDRAWN: _withdrawn,
    State.DEFERRED: _deferred,
    State.EXPIRED: _expired,
    State.INCOMPLETE: _incomplete,
}


def leader_words(support: SubjectLeaderSupport | None) -> str:
    """The same of the subject leader's."""
    if support is None:
        return "You have not asked your subject leader yet"
    who = f"{support.full_name}, {support.role_words},"
    if not support.is_waiting:
        answer = "signed" if support.state == SupportState.SIGNED else "declined"
        return f"{who} {answer} on {moment(support.answered_at)}"
    opened = "has opened the request" if support.state == SupportState.OPENED else "has not opened the request yet"
    return f"You asked {who} on {moment(support.requested_at)}. {support.full_name} {opened}"


def support_words(support: HeadteacherSupport | None) -> str:
    """What the applicant may know of the headteacher's part: never the statement, nor the reason for declining."""
    if support is None:
        return "You have not asked your headteacher yet"
    name = support.full_name
    if support.state == SupportState.SIGNED:
        return f"{name} signed on {moment(support.answered_at)}"
    if support.state == SupportState.DECLINED:
        return f"{name} declined on {moment(support.answered_at)}"
    opened = "has opened the request" if support.state == SupportState.OPENED else "has not opened the request yet"
    asked = f"You asked {name} on {moment(support.requested_at)}"
    if support.passed_from_id:
        asked = f"The request was passed to {name}, {support.role_words}, on {moment(support.requested_at)}"
    return f"{asked}. {name} {opened}"
