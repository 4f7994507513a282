"""A round's terms: changed in place until an application relies on them, from then on in a working copy that NCETM
puts in force. What was submitted keeps its version; drafts follow, and nothing that was written is lost.

Locks go Round first, then Application.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F

from applications.enums import AnnouncementKind, RoundAction, Shown, State
from applications.models import (
    Answer,
    Application,
    Criterion,
    Declaration,
    EligibilityQuestion,
    Question,
    Round,
    RoundTerms,
    SupportingDocument,
    TermsNotice,
)
from applications.services.announcements import announce
from applications.services.round_log import checked, round_lock, round_note
from applications.terms import terms_problems
from cohorts.versions import (
    part_move,
    part_remove,
    part_save,
    parts,
    parts_copy,
    put_in_force,
    version_changes,
    version_copy,
    working_as,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import VersionPart

Part = TypeVar("Part", bound=VersionPart)


@dataclass(frozen=True)
class Follower:
    """What an applicant gave for one part of the terms: it follows to the part of the same key, unless one of the
    fields `same` says something else there."""

    model: type[models.Model]
    part: str
    kind: type[VersionPart]
    same: tuple[str, ...] = ()


FOLLOWERS = (
    Follower(Answer, "question", Question),
    Follower(Declaration, "criterion", Criterion, same=("declaration", "shown")),
    Follower(SupportingDocument, "criterion", Criterion),
)


class TermsProblemsError(DomainError):
    def __init__(self, problems: list[str]) -> None:
        super().__init__("This version cannot be put in force yet.", code="problems")
        self.problems = problems


@transaction.atomic
def terms_change(*, round: Round, by: User) -> RoundTerms:
    """The version that a change may be written into: the current one while no application relies on it, else the
    working copy, made now if there is none. Nobody begins an application meanwhile: the round is locked."""
    round = round_lock(round=round, by=by)
    current = round.current_terms
    if current is None:
        return RoundTerms.objects.create(round=round)
    return round.working_terms or (version_copy(current) if current.is_relied_upon else current)


@transaction.atomic
def terms_copy(*, source: RoundTerms, round: Round, by: User) -> RoundTerms:
    """Another round's terms begin as these; keys stay, so that last year's answers find their questions."""
    terms = terms_change(round=round, by=by)
    if terms.criteria.exists() or terms.questions.exists():
        raise DomainError("This round has criteria or questions of its own already.", code="not-empty")
    parts_copy(source, terms)
    return terms


@transaction.atomic
def terms_part_save(
    *, model: type[Part], round: Round, by: User, key: str, seen: str, values: Mapping[str, Any]
) -> Part:
    """See `cohorts.versions.part_save`. What is not evidenced in writing is scored for no answer."""
    terms = terms_change(round=round, by=by)
    row = part_save(model, terms, key=key, seen=seen, values=values)
    checked(terms.round, "eligibility" if model is EligibilityQuestion else str(model._meta.verbose_name_plural))
    if isinstance(row, Criterion) and row.shown != Shown.EVIDENCED:
        row.questions.clear()
    return row


@transaction.atomic
def terms_part_move(*, model: type[VersionPart], round: Round, by: User, key: str, up: bool, seen: str) -> None:
    part_move(model, terms_change(round=round, by=by), key=key, up=up, seen=seen)


@transaction.atomic
def terms_part_remove(*, model: type[VersionPart], round: Round, by: User, key: str, seen: str) -> None:
    part_remove(model, terms_change(round=round, by=by), key=key, seen=seen)


@transaction.atomic
def terms_discard(*, round: Round, by: User, seen: str) -> None:
    """Throws the working copy away."""
    working_as(round_lock(round=round, by=by).working_terms, seen).delete()


@transaction.atomic
def terms_put_in_force(*, round: Round, by: User, seen: str) -> RoundTerms:
    """From now on applications begin under the working copy, every draft moves to it, and whoever writes is told.

    `seen` is the digest of what was shown. Raises TermsProblemsError with every problem, and DomainError `stale`,
    `changed-meanwhile` and `unchanged`.
    """
    round = round_lock(round=round, by=by)
    working, current = working_as(round.working_terms, seen), round.current_terms
    assert current, "a working copy is a copy of what is in force"
    if problems := terms_problems(working):
        raise TermsProblemsError(problems)
    changes = version_changes(current, working)
    if not changes:
        raise DomainError("Nothing has changed: this version says what the one before says.", code="unchanged")
    working.changes = [change.as_json for change in changes]
    working.save(update_fields=["changes"])
    put_in_force(working)
    drafts_follow(terms=working)
    told = [f"{change.what}: {change.name}".removesuffix(": ") for change in changes]
    round_note(round=round, action=RoundAction.TERMS_IN_FORCE, by=by, changes=[str(working), *told])
    return working


def drafts_follow(*, terms: RoundTerms) -> None:
    """Every draft of the round moves to this version, and its writer is told of each version since their own: on the
    application's page at once, by email from the worker. In as many statements for a thousand drafts as for one."""
    drafts = Application.objects.filter(round=terms.round_id, state=State.DRAFT).exclude(terms=terms)
    locked = drafts.select_for_update(of=("self",)).order_by("pk")
    versions = dict(RoundTerms.objects.filter(round=terms.round_id).values_list("pk", "version"))
    before = {pk: versions[kept] for pk, kept in locked.values_list("pk", "terms")}  # a join would be locked too
    kind = AnnouncementKind.TERMS_CHANGED
    announce(round=terms.round, kind=kind, to=drafts, since=F("terms__version"), terms=terms.pk)
    Application.objects.filter(pk__in=before).update(terms=terms)
    for follower in FOLLOWERS:
        for part in parts(follower.kind, terms):
            earlier = {f"{follower.part}__key": part.key}
            earlier |= {f"{follower.part}__{name}": getattr(part, name) for name in follower.same}
            rows = follower.model._default_manager.filter(application__in=before, **earlier)
            rows.exclude(**{follower.part: part}).update(**{follower.part: part})
    since = list(RoundTerms.objects.in_force().filter(round=terms.round_id).order_by("version"))
    told = [
        TermsNotice(application_id=pk, terms=each) for pk, version in before.items() for each in since
        if each.version > version
    ]  # fmt: skip
    TermsNotice.objects.bulk_create(told, ignore_conflicts=True)


@transaction.atomic
def terms_notice_dismiss(*, application: Application, by: User, upto: int) -> None:
    """Puts away what was shown: versions up to `upto`, and none that came into force since the page was opened."""
    if by.pk != application.applicant_id:
        raise DomainError("This is not your application.", code="not-allowed")
    open_notices = application.terms_notices.filter(dismissed_at=None, terms__version__lte=upto)
    open_notices.update(dismissed_at=clock.now())
