"""A headteacher’s steps in the life cycle."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from applications.enums import ENDED, State, SupportState
from applications.models import PledgeRenewal
from applications.services.renewals import pledges_ask_again, renewal_decline, renewal_person, renewal_sign
from applications.services.signatories import support_pass_on
from applications.services.support import (
    support_decline,
    support_open,
    support_remind,
    support_save_statement,
    support_sign,
)
from cohorts.enums import Whose
from cohorts.terms import terms_mark, terms_of
from mastery_hub.common.writing import Seen
from tests.applications.life.parts import LAG, PLACE, RIGHT, TEACHER, Part
from tests.applications.life.play import DAY, UNFINISHED, WAITING


class Headteachers(Part):
    @rule(teacher=TEACHER, right=RIGHT)
    def open(self, teacher: int, right: bool) -> None:
        if pair := self.asked(teacher):
            waited = pair[1].state == SupportState.REQUESTED
            refused = self.play.refusal(support_open, support=pair[1], by=self.head(pair[1], right))
            assert refused or right or not waited

    @rule(teacher=TEACHER, right=RIGHT, knows=st.booleans())
    def write_statement(self, teacher: int, right: bool, knows: bool) -> None:
        if not (pair := self.asked(teacher)):
            return
        play, (application, support) = self.play, pair
        text = play.hide(play.word("statement"), application)
        saved = getattr(support, "statement", None)
        page = Seen(frozenset({saved.mark}) if saved and knows else frozenset())
        told = {"support": support, "by": self.head(support, right), "text": text, "page": page}
        refused = play.refusal(support_save_statement, **told)
        if not right or support.state != SupportState.OPENED or application.state not in UNFINISHED:
            assert refused == "stale"
        else:
            assert refused == ("" if knows or not play.statements.get(support.pk) else "changed-elsewhere")
        if not refused:
            play.statements[support.pk] = text

    @rule(teacher=TEACHER, lag=LAG, right=RIGHT)
    def sign(self, teacher: int, lag: timedelta, right: bool) -> None:
        if not (pair := self.asked(teacher)):
            return
        play, (application, support) = self.play, pair
        at, ends = play.now - lag, play.support_closes_for(application)
        text = play.hide(play.word("statement"), application)
        refused = play.refusal(
            support_sign,
            support=support,
            by=self.head(support, right),
            at=at,
            statement=text,
            confirmed=play.to_confirm(application),
            agreed=play.agreed(application, Whose.HEADTEACHER),
            signed_as="Helen Marsh",
        )
        if support.state == SupportState.OPENED:
            assert (refused == "closed") == (at >= ends), "counted late though in time, or in time though late"
            assert (refused == "") == (right and at < ends and application.state in UNFINISHED)
        else:
            assert refused
        if application.state == State.INCOMPLETE and support.state in WAITING:
            assert at >= ends, "ended before its time"
        if not refused:
            play.statements[support.pk] = text

    def supported(self, teacher: int) -> None:
        self.open(teacher, right=True)
        self.sign(teacher, timedelta(0), right=True)

    @rule(teacher=TEACHER, lag=LAG, right=RIGHT)
    def refuse(self, teacher: int, lag: timedelta, right: bool) -> None:
        if pair := self.asked(teacher):
            reason = self.play.hide(self.play.word("declined"), pair[0])
            told = {"support": pair[1], "by": self.head(pair[1], right), "at": self.play.now - lag, "reason": reason}
            refused = self.play.refusal(support_decline, **told)
            in_time = self.play.now - lag < self.play.support_closes_for(pair[0])
            may = right and in_time and pair[1].state == SupportState.OPENED and pair[0].state in UNFINISHED
            assert (refused == "") == may

    @rule(teacher=TEACHER, number=PLACE, right=RIGHT)
    def pass_on(self, teacher: int, number: int, right: bool) -> None:
        if not (pair := self.asked(teacher)):
            return
        play, (application, support) = self.play, pair
        email, reason = play.head_address(teacher, number), play.hide(play.word("passed"), application)
        names = {"first_name": "Chris", "last_name": "Dale", "email": email, "role": "Executive head"}
        by, wrote = self.head(support, right), play.statement_of(application, email)
        refused = play.refusal(support_pass_on, support=support, by=by, at=play.now, reason=reason, **names)
        assert right or refused
        passed = play.support_of(application)
        if not refused and wrote and passed:
            assert passed.statement.text == wrote
            play.statements[passed.pk] = wrote

    @rule(teacher=TEACHER, right=RIGHT)
    def remind(self, teacher: int, right: bool) -> None:
        if pair := self.asked(teacher):
            by = pair[0].applicant if right else self.play.strangers[1]
            assert self.play.refusal(support_remind, support=pair[1], by=by, at=self.play.now) or right

    @rule(teacher=TEACHER, signs=st.booleans(), right=RIGHT)
    def renew(self, teacher: int, signs: bool, right: bool) -> None:
        """The residential moves, and whoever signed is asked again."""
        play, application = self.play, self.play.newest(teacher)
        play.residential.starts_on += DAY
        play.residential.ends_on += DAY
        play.residential.save()
        pledges_ask_again()
        open_ones = PledgeRenewal.objects.open().filter(support__application=application)
        renewal = open_ones.select_related("support__application__round").first()
        if renewal is None or application is None:
            return
        by, told = renewal_person(renewal) if right else play.strangers[2], {"renewal": renewal, "at": play.now}
        if signs:
            mark, agreed = terms_mark(terms_of(play.cohort)), play.agreed(application, Whose.HEADTEACHER)
            refused = play.refusal(renewal_sign, by=by, read=mark, agreed=agreed, signed_as="Helen Marsh", **told)
        else:
            reason = play.hide(play.word("declined"), application)
            refused = play.refusal(renewal_decline, by=by, reason=reason, **told)
        asked = renewal.support.state == SupportState.SIGNED and application.state not in ENDED
        assert (refused == "") == (right and asked)
