"""The information document: what applicants must have read stays as it was, so that a later change is a version."""

from django.db import transaction

from applications import permissions
from applications.enums import AnnouncementKind, RoundAction, State
from applications.models import Application, InformationDocument, Round
from applications.services.announcements import announce
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def information_document_publish(
    *, round: Round, by: User, title: str, body: str, changes: str = "", seen: int | None = None
) -> InformationDocument:
    """A new version, of which everybody who is writing is told. While nobody can have read it, before the round is
    published, its words change in place.

    Raises DomainError `changes` when people are writing and are not told what changed, or ChangedMeanwhileError.
    """
    round = round_lock(round=round, by=by)
    latest = round.current_document
    if latest and (latest.title, latest.body) == (title, body):
        checked(round, "document")
        return latest
    if seen is not None:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.PUBLISH_DOCUMENT,))
    if latest and round.is_relied_upon and not changes.strip():
        raise DomainError("Say what changed: people who read the version before are told.", code="changes")
    if latest and round.published_at is None and not latest.applications.exists():
        latest.title, latest.body, latest.published_at = title, body, clock.now()
        latest.save(update_fields=["title", "body", "published_at"])
        document = latest
    else:
        version = latest.version + 1 if latest else 1
        document = InformationDocument.objects.create(
            round=round, version=version, title=title, body=body, changes=changes, published_at=clock.now()
        )
    told = _tell(document) if latest and document != latest else 0
    lines = [f"Version {document.version}", changes, f"Told by email: {told}" if told else ""]
    round_note(round=round, action=RoundAction.PUBLISH_DOCUMENT, by=by, changes=filter(None, lines))
    checked(round, "document")
    return document


def _tell(document: InformationDocument) -> int:
    writing = Application.objects.filter(round=document.round, state=State.DRAFT)
    kind = AnnouncementKind.INFORMATION_CHANGED
    return announce(round=document.round, kind=kind, to=writing, document=document.pk)


def unread(application: Application) -> list[InformationDocument]:
    """The versions published since the one that the applicant has said they read, oldest first."""
    later = InformationDocument.objects.filter(round=application.round_id, version__gt=application.document.version)
    return list(later.order_by("version"))


@transaction.atomic
def information_document_read(*, application: Application, by: User, version: int) -> Application:
    """The applicant says that they have read a later version; what they read before stays in the history.

    Raises DomainError `document-outdated` when a still later one was published meanwhile.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.can_edit(by, application):
        raise DomainError("This application can no longer be changed.", code="not-editable")
    latest = application.round.current_document
    assert latest, "an application was begun with a document"
    if version != latest.version:
        raise DomainError("The information document has changed again: read the new version.", code="document-outdated")
    application.document, application.document_read_at = latest, clock.now()
    application.save(update_fields=["document", "document_read_at"])
    return application
