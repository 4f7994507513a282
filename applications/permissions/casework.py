"""Who screens, who has a case, and who notes something on it."""

from applications.enums import ENDED, State
from applications.models import Application, HeadteacherSupport, Note
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock

UNDECIDED = frozenset({State.SUBMITTED, State.COMPLETE})


def _runs(user: User, application: Application) -> bool:
    """Leads and administrators; nobody works on their own application."""
    own = user.pk == application.applicant_id
    return not own and application.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)


def can_screen(user: User, application: Application) -> bool:
    """Until a decision is released: what administrators may do follows `shown_state`, and so tells no proposal."""
    undecided = application.submitted_at is not None and application.shown_state in UNDECIDED
    return undecided and application.state not in ENDED and _runs(user, application)


def can_give_case(user: User, application: Application) -> bool:
    return application.submitted_at is not None and _runs(user, application)


def can_hold_case(user: User, application: Application) -> bool:
    """Anybody of the hub, whatever their role: a case gives nobody more to see."""
    return user.pk != application.applicant_id and application.hub_id in user.hub_ids()


def can_note(user: User, application: Application) -> bool:
    """People of the hub; NCETM reads."""
    return application.submitted_at is not None and can_hold_case(user, application)


def can_correct_note(user: User, note: Note) -> bool:
    """One's own, soon after: later somebody may have acted on it, and a new note says what is right."""
    return user.pk == note.by_id and clock.now() < note.correct_until and can_note(user, note.application)


def can_remind_headteacher(user: User, support: HeadteacherSupport) -> bool:
    waits = support.is_waiting and support.application.state == State.SUBMITTED
    return waits and _runs(user, support.application)
