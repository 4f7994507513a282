"""A small recruitment that a test plays through its services: people, a clock, and what each must find kept.

What is expected is worked out here anew, from what was done, and read from no rule of the product but the tables of
transitions.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import time_machine
from django.db import transaction

from applications.enums import Shown, State, SupportState
from applications.models import (
    Application,
    ApplicationEvent,
    Extension,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    Offer,
    Round,
)
from applications.services.applications import application_start, commitment_set_for
from applications.services.support import support_person
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import EligibilityQuestionFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory, ReleaseTermsFactory, ResidentialFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

STARTS = datetime(2027, 1, 11, 9, tzinfo=UTC)
LAST = datetime(2027, 8, 20, tzinfo=UTC)  # the cohort begins in September
DAY = timedelta(days=1)
RULE = "Do you teach maths this year?"


@dataclass
class Given:
    """More time, as it was given."""

    row: Extension
    stands: bool = True


class Play:
    """One place for two teachers. Whatever is done is undone by `end`."""

    def __init__(self) -> None:
        self.left = ExitStack()
        self.left.enter_context(transaction.atomic())
        self.time = time_machine.travel(STARTS, tick=False)
        self.traveller = self.left.enter_context(self.time)
        self.numbers = count(1)
        self.hub = MathsHubFactory()
        self.schools = [SchoolFactory(in_hub=self.hub) for _ in range(2)]
        made = RoundFactory(complete=True, closes_at=STARTS + 31 * DAY, support_closes_at=STARTS + 45 * DAY)
        self.round_key, self.cohort = made.pk, made.cohort
        EligibilityQuestionFactory(terms=made.current_terms, text=RULE)
        HubPlacesFactory(cohort=made.cohort, hub=self.hub, places=1)
        ReleaseTermsFactory(cohort=made.cohort)
        self.residential = ResidentialFactory(cohort=made.cohort)
        self.teachers = [UserFactory(trn=f"{number:07}") for number in (1, 2)]
        self.leads = [UserFactory(hub_lead=self.hub) for _ in range(2)]
        self.reviewer, self.ncetm = UserFactory(hub_reviewer=self.hub), UserFactory(ncetm=True)
        self.strangers = [UserFactory(hub_lead=True), UserFactory(), UserFactory(headteacher=self.schools[0])]
        self.closes, self.support_closes = made.closes_at, made.support_closes_at
        self.given: list[Given] = []
        self.texts: dict[tuple[int, str], str] = {}
        self.marks: dict[tuple[int, str], list[str]] = {}
        self.titles: dict[int, str] = {}
        self.statements: dict[int, str] = {}
        self.hidden: dict[str, int] = {}  # words that no applicant may read, and the application that they are about
        self.emails_seen = 0

    def end(self) -> None:
        transaction.set_rollback(True)
        self.left.close()

    # What there is

    @property
    def round(self) -> Round:
        return Round.objects.get(pk=self.round_key)

    @property
    def now(self) -> datetime:
        return clock.now()

    def word(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers)}-of-this-play"

    def newest(self, teacher: int) -> Application | None:
        own = Application.objects.filter(applicant=self.teachers[teacher % 2])
        return own.select_related("round", "terms", "school", "hub", "applicant").order_by("-pk").first()

    def support_of(self, application: Application | None) -> HeadteacherSupport | None:
        if application is None:
            return None
        return HeadteacherSupport.objects.current().filter(application=application).first()

    def head_address(self, teacher: int, number: int) -> str:
        return f"head{teacher % 2}{number % 2}@play.example"

    def head_of(self, support: HeadteacherSupport) -> User:
        return support_person(support)

    def agreed(self, application: Application, whose: Whose) -> set[int]:
        chosen = commitment_set_for(application, whose).commitments.all()
        return {commitment.pk for commitment in chosen}

    def to_confirm(self, application: Application) -> set[Any]:
        return set(application.terms.criteria.filter(shown=Shown.HEADTEACHER))

    # Time, as it was told to people

    def _latest(self, own: datetime, field: str, application: Application) -> datetime:
        times = [own]
        for given in self.given:
            until = getattr(given.row, field)
            if given.stands and until and self._covers(given.row, application):
                times.append(until)
        return max(times)

    @staticmethod
    def _covers(given: Extension, application: Application) -> bool:
        if given.applicant_id:
            return given.applicant_id == application.applicant_id
        return given.hub_id == application.hub_id

    def closes_for(self, application: Application) -> datetime:
        return self._latest(self.closes, "closes_at", application)

    def support_closes_for(self, application: Application) -> datetime:
        own = max(self.closes_for(application), self.support_closes)
        return self._latest(own, "support_closes_at", application)

    def moments(self) -> list[datetime]:
        """At which something begins or ends, those past left out."""
        found = {self.closes, self.support_closes}
        for given in self.given:
            found |= {given.row.closes_at, given.row.support_closes_at} - {None}
        found |= set(Offer.objects.filter(replied_at=None).values_list("reply_by", flat=True))
        found |= {moment + GRACE for moment in found}
        return sorted(moment for moment in found if self.now < moment - timedelta(microseconds=1) < LAST)

    def travel(self, to: datetime) -> None:
        if self.now <= to < LAST:
            self.traveller.move_to(to, tick=False)

    # Doing things

    def written(self) -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (ApplicationEvent, HeadteacherSupportEvent, Email))

    def refusal(self, act: Callable[..., Any], **told: Any) -> str:
        """The code of the refusal, which has written nothing; empty where it was done."""
        before, code = self.written(), ""
        try:
            act(**told)
        except DomainError as error:
            code = error.code or "refused"
        assert not code or self.written() == before, f"{act.__name__} was refused ({code}), and wrote something"
        return code

    def start(self, teacher: int, lag: timedelta = timedelta(0)) -> str:
        who, round = self.teachers[teacher % 2], self.round
        at = self.now - lag
        return self.refusal(application_start, by=who, round=round, document=round.current_document, at=at)

    def hide(self, words: str, application: Application) -> str:
        self.hidden[words] = application.pk
        return words

    def forget(self, application: Application) -> None:
        """What a deleted draft held is gone."""
        self.texts = {key: text for key, text in self.texts.items() if key[0] != application.pk}
        self.titles.pop(application.pk, None)
        own = set(application.supports.values_list("pk", flat=True))
        self.statements = {key: text for key, text in self.statements.items() if key not in own}

    def statement_of(self, application: Application, email: str) -> str:
        """What this address wrote last for the application."""
        own = HeadteacherSupport.objects.filter(application=application, email=email).order_by("-requested_at", "-pk")
        return next((self.statements[each.pk] for each in own if self.statements.get(each.pk)), "")


WAITING = (SupportState.REQUESTED, SupportState.OPENED)
UNFINISHED = (State.DRAFT, State.SUBMITTED)
