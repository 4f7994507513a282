"""What a hub's people do on an application beside deciding: screen it, hand it to a colleague, note something, remind
its headteacher. Each locks the application first, as everything does."""

from datetime import datetime

from django.db import transaction

from applications import permissions
from applications.enums import NoteFor, ScreeningOutcome
from applications.models import Application, CaseHolder, HeadteacherSupport, Note, Screening
from applications.services import notices
from applications.services.engines import SUPPORT
from applications.services.support import application_locked, in_time_check, support_link_renew
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.models import Email


@transaction.atomic
def screening_record(*, application: Application, by: User, outcome: ScreeningOutcome, note: str = "") -> Screening:
    """Says whether the application may go on as it is. It moves no state: whoever decides reads it.

    Raises DomainError `not-allowed` and, for a query without words, `note-missing`.
    """
    application = application_locked(application)
    if not permissions.can_screen(by, application):
        raise DomainError("This application cannot be screened by you, or not at this stage.", code="not-allowed")
    if outcome == ScreeningOutcome.QUERY and not note.strip():
        raise DomainError("Say what is to be cleared up.", code="note-missing")
    return Screening.objects.create(application=application, by=by, outcome=outcome, note=note.strip())


@transaction.atomic
def case_give(*, application: Application, by: User, person: User | None) -> CaseHolder | None:
    """Puts the case into somebody's hands, or into nobody's. A colleague who is handed one is told by email.

    Raises DomainError `not-allowed`, `not-of-the-hub` for one who has left it or who applies, and `stale` where
    nothing would change.
    """
    application = application_locked(application)
    if not permissions.can_give_case(by, application):
        raise DomainError("You cannot say who has this case.", code="not-allowed")
    if person and not permissions.can_hold_case(person, application):
        raise DomainError(f"{person} cannot have this case.", code="not-of-the-hub")
    held = CaseHolder.objects.current().select_related("person").filter(application=application).first()
    if (held and held.person) == person:
        already = f"{person} has this case already." if person else "Nobody has this case."
        raise DomainError(already, code="stale")
    now = clock.now()
    if held:
        held.until_at, held.ended_by = now, by
        held.save(update_fields=["until_at", "ended_by"])
    if person is None:
        return None
    given = CaseHolder.objects.create(application=application, person=person, given_by=by, from_at=now)
    if person != by:
        notices.case_given(given)
    return given


def case_ends(application: Application, by: User) -> None:
    """For whoever moves it to another hub: nobody there has it yet."""
    application.holders.current().update(until_at=clock.now(), ended_by=by)


@transaction.atomic
def note_add(*, application: Application, by: User, text: str, audience: NoteFor) -> Note:
    """One for leads and reviewers is theirs to write: nobody writes what they may not read."""
    application = application_locked(application)
    if not permissions.can_note(by, application):
        raise DomainError("You cannot write a note on this application.", code="not-allowed")
    if audience == NoteFor.SELECTION and not permissions.can_see_evidence(by, application):
        raise DomainError("You write for everyone in the hub.", code="not-allowed")
    if not text.strip():
        raise DomainError("Write your note.", code="text-missing")
    assert application.hub, "what was submitted has a hub"
    words = text.strip()
    return Note.objects.create(application=application, hub=application.hub, by=by, text=words, audience=audience)


@transaction.atomic
def note_correct(*, note: Note, by: User, text: str) -> Note:
    """Soon after it was written; what it said before stays in its history.

    Raises DomainError `not-allowed` and `text-missing`.
    """
    application_locked(note.application)
    note = Note.objects.select_for_update(of=("self",)).select_related("application").get(pk=note.pk)
    if not permissions.can_correct_note(by, note):
        message = "This note can no longer be corrected. Write a new one that says what is right."
        raise DomainError(message, code="not-allowed")
    if not text.strip():
        raise DomainError("Write your note.", code="text-missing")
    note.text, note.corrected_at = text.strip(), clock.now()
    note.save(update_fields=["text", "corrected_at"])
    return note


@transaction.atomic
def headteacher_remind(*, application: Application, by: User, at: datetime) -> Email:
    """The hub's reminder, with a fresh link, as seldom as the applicant's own: both count for each other.

    Raises DomainError `not-allowed` where nobody is waited for, `closed` and `too-soon`.
    """
    application = application_locked(application)
    found = HeadteacherSupport.objects.current().filter(application=application).first()
    support = SUPPORT.lock(found.pk) if found else None
    if support is None or not permissions.can_remind_headteacher(by, support):
        raise DomainError("This application does not wait for its headteacher.", code="not-allowed")
    in_time_check(application, at)
    if clock.now() < support.reminder_from:
        message = f"The headteacher was written to not long ago. Remind them from {moment(support.reminder_from)}."
        raise DomainError(message, code="too-soon")
    support.reminded_at = clock.now()
    support.save(update_fields=["reminded_at"])
    return support_link_renew(support=support, by=by, action="remind_by_hub", kind="headteacher_unanswered", at=at)
