"""A nomination: made, sent again, corrected, answered, withdrawn. Locks go Nomination first, then Application."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Q

from applications import permissions
from applications.enums import NominationAction
from applications.mailboxes import belongs_to
from applications.models import Application, InformationDocument, Nomination, NominationEvent, Round
from applications.models.nominations import BETWEEN_SENDINGS, LINK_LASTS
from applications.rules import Answers
from applications.services import notices
from applications.services.applications import application_start
from applications.services.engines import NOMINATION, for_each
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import key_share
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.areas import hub_of_school
from mastery_hub.messaging.models import Email

AN_HOUR = 10  # letters that one person may cause within one
LETTERS = ("nominate", "correct", "send_again")
LINKS = ("nomination_invited", "nomination_reminder")
ALREADY = "This teacher has already been nominated for this round."


@transaction.atomic
def nomination_make(
    *,
    round: Round,
    by: User,
    at: datetime,
    first_name: str,
    last_name: str,
    email: str,
    reason: str,
    school: School | None = None,
    role: str = "",
    hub: MathsHub | None = None,
    own_names: Mapping[str, str] | None = None,
) -> Nomination:
    """In the name of a `school`, in which `by` has a `role`, or of a `hub` that `by` leads. The hub of the school is
    told: nobody becomes anything in a school by nominating. `own_names` are the nominator's, where none are known.

    Raises DomainError `not-by-nomination`, `not-allowed`, `no-hub`, `not-recruiting`, `role-missing`, `reason-missing`,
    `own-address`, `already-nominated`, `closed`, `too-soon` and `too-many`.
    """
    key_share(round)  # whether it recruits by nomination does not change meanwhile
    round.refresh_from_db(fields=["by_nomination"])
    if not round.by_nomination:
        raise DomainError("Teachers apply to this round themselves: nobody nominates them.", code="not-by-nomination")
    if hub and not permissions.can_nominate_for(by, hub):
        raise DomainError("Only leads of a Maths Hub nominate in its name.", code="not-allowed")
    home_hub = hub or (hub_of_school(school) if school else None)
    if home_hub is None:
        raise DomainError(f"We do not know the Maths Hub of {school}. Contact NCETM to put this right.", code="no-hub")
    if hub and not HubPlaces.objects.filter(cohort=round.cohort_id, hub=hub, places__gt=0).exists():
        raise DomainError(f"{hub} does not take part in this round.", code="not-recruiting")
    if school and not role.strip():
        raise DomainError("Enter your role in the school.", code="role-missing")
    if not reason.strip():
        raise DomainError("Say why you nominate this teacher.", code="reason-missing")
    made = Nomination(
        round=round,
        school=school,
        hub=hub,
        home_hub=home_hub,
        role=role.strip(),
        nominated_by=by,
        first_name=first_name,
        last_name=last_name,
        email=email.strip().lower(),
        reason=reason,
    )
    if not round.is_open(at, until=made.closes_at):
        raise DomainError("This round is not open, so nobody can be nominated now.", code="closed")
    _address_check(made, by)
    _letters_check(made, by)
    if own_names:
        for name, value in own_names.items():
            setattr(by, name, value)
        by.save(update_fields=list(own_names))
    token = _token_renew(made)
    _keep(made)
    made.events.create(action="nominate", to_state=made.state, by=by)
    notices.nomination_link(made, token, kind="nomination_invited")
    notices.nomination_made(made)
    return made


def _keep(nomination: Nomination) -> None:
    try:
        with transaction.atomic():
            nomination.save()
    except IntegrityError:  # somebody else was faster by an instant
        raise DomainError(ALREADY, code="already-nominated") from None


def _address_check(nomination: Nomination, by: User) -> None:
    """One person is nominated once, whichever of their addresses is given, and nobody by a label in their own."""
    person = User.objects.with_address(nomination.email)
    if any(belongs_to(nomination.email, each) for each in {by, nomination.nominated_by}):
        raise DomainError(
            "You cannot nominate yourself. Ask your headteacher, or another lead of your Maths Hub, to nominate you.",
            code="own-address",
        )
    others = Nomination.objects.live().filter(round=nomination.round_id).exclude(pk=nomination.pk)
    same = others.filter(email=nomination.email) | (others.of(person) if person else others.none())
    if same.exists():
        raise DomainError(ALREADY, code="already-nominated")


def _letters_check(nomination: Nomination, by: User) -> None:
    """To one address in five days, whatever was withdrawn or declined since; and few to all together in an hour."""
    mine = Nomination.objects.filter(round=nomination.round_id, nominated_by=nomination.nominated_by_id)
    letters = Email.objects.filter(
        kind__in=LINKS,
        to=nomination.email,
        about_type=ContentType.objects.get_for_model(Nomination),
        about_id__in=mine.values("pk"),
        created_at__gt=clock.now() - BETWEEN_SENDINGS,
    )
    if latest := letters.order_by("-created_at").first():
        when = moment(latest.created_at + BETWEEN_SENDINGS)
        raise DomainError(
            f"An email went to this address not long ago. You can send one again from {when}.", code="too-soon"
        )
    recent = NominationEvent.objects.filter(by=by, action__in=LETTERS, at__gt=clock.now() - timedelta(hours=1))
    if recent.count() >= AN_HOUR:
        raise DomainError("You have sent many nominations. Wait an hour before you send another.", code="too-many")


def _token_renew(nomination: Nomination) -> str:
    token = token_new()
    nomination.token_hash, nomination.sent_at = token_hash(token), clock.now()
    return token


def _own(nomination: Nomination, by: User, at: datetime) -> Nomination:
    """Locked, and still to be answered; for whoever made it."""
    nomination = NOMINATION.lock(nomination.pk)
    if not permissions.can_manage_nomination(by, nomination):
        raise DomainError("Only whoever made this nomination can change it.", code="not-allowed")
    if not nomination.is_invited:
        raise DomainError(
            f"Nothing was changed: this nomination is now “{nomination.get_state_display().lower()}”.", code="stale"
        )
    if at >= nomination.closes_at:
        raise DomainError("The round has closed.", code="closed")
    return nomination


@transaction.atomic
def nomination_send_again(*, nomination: Nomination, by: User, at: datetime) -> Email:
    """A fresh link, at most once in five days. Raises DomainError `not-allowed`, `stale`, `closed`, `too-soon`."""
    nomination = _own(nomination, by, at)
    if clock.now() < nomination.again_from:
        when = moment(nomination.again_from)
        raise DomainError(f"An email went not long ago. You can send the link again from {when}.", code="too-soon")
    return _link_renew(nomination, by=by, action="send_again", kind="nomination_reminder")


@transaction.atomic
def nomination_correct(
    *, nomination: Nomination, by: User, at: datetime, first_name: str, last_name: str, email: str
) -> Nomination:
    """Another address gets a link of its own, and the one before dies; a name alone is only put right.

    Raises what `nomination_make` does of the address, and DomainError `not-allowed`, `stale`, `closed`.
    """
    nomination = _own(nomination, by, at)
    email = email.strip().lower()
    moved = nomination.email != email
    nomination.first_name, nomination.last_name, nomination.email = first_name, last_name, email
    token = ""
    if moved:
        del nomination.closes_at  # which hangs on whose address it is
        if at >= nomination.closes_at:
            raise DomainError("The round has closed for this address.", code="closed")
        _address_check(nomination, by)
        _letters_check(nomination, by)
        token = _token_renew(nomination)
    _keep(nomination)
    action = "correct" if moved else "correct_name"
    nomination.events.create(action=action, from_state=nomination.state, to_state=nomination.state, by=by)
    if moved:
        notices.nomination_link(nomination, token, kind="nomination_invited")
    return nomination


def _link_renew(nomination: Nomination, *, by: User, action: str, kind: str) -> Email:
    token = _token_renew(nomination)
    nomination.save(update_fields=["token_hash", "sent_at"])
    nomination.events.create(action=action, from_state=nomination.state, to_state=nomination.state, by=by)
    return notices.nomination_link(nomination, token, kind=kind)


@transaction.atomic
def nomination_remind_automatically(*, nomination: Nomination) -> Email:
    """Under `nomination_lock`."""
    by = User.objects.system()
    return _link_renew(nomination, by=by, action="remind_automatically", kind="nomination_reminder")


def nomination_lock(pk: int) -> None:
    NOMINATION.lock(pk)


@transaction.atomic
def nomination_withdraw(*, nomination: Nomination, by: User, reason: str = "") -> Nomination:
    nomination, _ = NOMINATION.move(nomination, NominationAction.WITHDRAW, by=by, reason=reason)
    notices.nomination_withdrawn(nomination)
    return nomination


def _in_time_check(nomination: Nomination, at: datetime) -> None:
    """Of the row that is locked; nothing is written where it raises."""
    if at >= nomination.link_expires_at:
        raise DomainError(
            f"The time to answer has passed. Ask {nomination.nominated_by} to nominate you again.", code="expired"
        )


@transaction.atomic
def nomination_accept(
    *,
    nomination: Nomination,
    by: User,
    document: InformationDocument,
    at: datetime,
    school: School | None = None,
    answers: Answers | None = None,
) -> Application:
    """Begins the application, at the school that nominates unless they say another, in the names that were given where
    none are known. `answers` are those of the check beforehand.

    Raises DomainError `expired`, `already` where another was accepted or an application is under way, what
    `Engine.move` raises, and what `application_start` raises.
    """
    try:
        nomination, _ = NOMINATION.move(nomination, NominationAction.ACCEPT, by=by, nominee=by, answered_at=at)
    except IntegrityError:
        raise DomainError("You have accepted another nomination for this round.", code="already") from None
    if Application.objects.filter(applicant=by, round=nomination.round_id).live().exists():
        raise DomainError("You have already begun your application to this round.", code="already")
    _in_time_check(nomination, at)
    if not by.full_name:
        by.first_name, by.last_name = nomination.first_name, nomination.last_name
        by.save(update_fields=["first_name", "last_name"])
    school = school or nomination.school
    round = nomination.round
    application = application_start(by=by, round=round, document=document, at=at, school=school, answers=answers)
    notices.nomination_accepted(nomination)
    return application


def nomination_person(nomination: Nomination) -> User:
    """Whoever the link was sent to, as a person: made here, when they answer by it, if they are new to us."""
    names = {"first_name": nomination.first_name, "last_name": nomination.last_name}
    return User.objects.for_person(email=nomination.email, **names)


@transaction.atomic
def nomination_decline(*, nomination: Nomination, by: User, at: datetime, reason: str) -> Nomination:
    """`reason` goes to whoever nominated.

    Raises DomainError `expired`, `reason-missing` and what `Engine.move` raises."""
    if not reason.strip():
        raise DomainError("Say why you decline.", code="reason-missing")
    nomination, _ = NOMINATION.move(
        nomination, NominationAction.DECLINE, by=by, nominee=by, answered_at=at, decline_reason=reason
    )
    _in_time_check(nomination, at)
    notices.nomination_declined(nomination)
    return nomination


def nominations_lapse() -> int:
    """Job: ends, GRACE after its link or its round, what nobody answered."""
    before, by = clock.now() - GRACE, User.objects.system()

    def end(nomination: Nomination) -> None:
        nomination = NOMINATION.lock(nomination.pk)
        if nomination.link_expires_at > before:  # asked under the lock, of whoever has more time too
            raise DomainError("There is more time.", code="extended")
        nomination, _ = NOMINATION.move(nomination, NominationAction.LAPSE, by=by)
        notices.nomination_lapsed(nomination)

    over = Q(sent_at__lte=before - LINK_LASTS) | Q(round__closes_at__lte=before)
    return for_each(Nomination.objects.invited().filter(over).order_by("pk"), end)
