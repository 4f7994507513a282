"""What is known of a programme's rounds, for whoever comes too late or too early: no more precise than it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from applications.applicant_presenters.deadlines import at_words
from applications.models import Round
from cohorts.expected import expected_words
from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import deadline


def cohort_words(round: Round) -> str:
    return f"{round.cohort.programme.name}, {round.cohort.name}"


def asked_words(subject: Round | Programme) -> str:
    """What a subscription brings, in the middle of a sentence."""
    if isinstance(subject, Round):
        return f"a reminder before applications to the {cohort_words(subject)}, close"
    return f"an email when the next round of the {subject.name} opens"


@dataclass(frozen=True)
class Outlook:
    programme: Programme
    last: Round | None  # the latest that has closed
    open: Round | None
    next: Round | None  # published, and not open yet

    @property
    def closed_words(self) -> str:
        """Nothing for a programme that never had a round."""
        return f"{self.last.cohort.name} closed {at_words(self.last.closes_at)}." if self.last else ""

    @property
    def involves_subject_leader(self) -> bool:
        latest = self.open or self.next or self.last
        return latest is not None and latest.involves_subject_leader

    @property
    def next_words(self) -> str:
        if self.open:
            return f"{self.open.cohort.name} is open now and closes {at_words(self.open.closes_at)}."
        if self.next:
            return f"{self.next.cohort.name} opens at {deadline(self.next.opens_at)}."
        if expected := expected_words(self.programme):
            return f"No date is set for the next round yet. It {expected}."
        if self.last:
            return f"No date is set for the next round yet. The last one was open {_months(self.last)}."
        return "No round of applications has been announced yet."


def _months(round: Round) -> str:
    """“in March 2027”, “from January to March 2027”: a pattern and no date."""
    first, last = clock.london(round.opens_at), clock.london(round.closes_at)
    if (first.month, first.year) == (last.month, last.year):
        return f"in {first:%B %Y}"
    return f"from {first:%B}{f' {first.year}' if first.year != last.year else ''} to {last:%B %Y}"


def outlooks(programmes: Iterable[Programme]) -> list[Outlook]:
    programmes, now = list(programmes), clock.now()
    rounds = list(Round.objects.published().filter(cohort__programme__in=programmes).with_programme())
    found = []
    for programme in programmes:
        own = [round for round in rounds if round.cohort.programme_id == programme.pk]
        found.append(
            Outlook(
                programme=programme,
                last=max((r for r in own if r.closes_at <= now), key=lambda r: r.closes_at, default=None),
                open=min((r for r in own if r.is_open(now)), key=lambda r: r.closes_at, default=None),
                next=min((r for r in own if r.opens_at > now), key=lambda r: r.opens_at, default=None),
            )
        )
    return found


def outlook(programme: Programme) -> Outlook:
    return outlooks([programme])[0]
