"""NCETM’s steps, the clock’s and its jobs’."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from applications.enums import (
    Importance,
    Shown,
    State,
)
from applications.models import Application, Criterion, Offer
from applications.models import Question as AskedQuestion
from applications.services.announcements import announcements_send
from applications.services.extensions import extension_cancel, extension_give
from applications.services.round_life import round_close_early, round_reopen
from applications.services.rounds import rounds_close
from applications.services.selection import (
    offers_lapse,
)
from applications.services.terms import terms_part_save, terms_put_in_force
from cohorts.versions import row_seen, version_seen
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.models import key_new
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.applications.life.parts import PLACE, Part
from tests.applications.life.play import DAY, Given

MICROSECOND = timedelta(microseconds=1)


class Nation(Part):
    @rule(teacher=st.sampled_from([None, 0, 1]), days=st.integers(1, 20), what=st.sampled_from(["both", "support"]))
    def give_time(self, teacher: int | None, days: int, what: str) -> None:
        play = self.play
        whose: dict[str, Any] = {"hub": play.hub} if teacher is None else {"applicant": play.teachers[teacher]}
        until = max(play.now, play.support_closes) + days * DAY
        times = {"support_closes_at": until} | ({"closes_at": until} if what == "both" else {})
        before = play.round.extensions.count()
        refused = play.refusal(extension_give, round=play.round, by=play.ncetm, reason="Floods", **whose, **times)
        if not refused:
            assert play.round.extensions.count() == before + 1
            play.given.append(Given(play.round.extensions.order_by("-pk")[0]))

    @rule(number=PLACE)
    def take_time(self, number: int) -> None:
        play = self.play
        if play.given:
            given = play.given[number % len(play.given)]
            if not play.refusal(extension_cancel, extension=given.row, by=play.ncetm, reason="A mistake"):
                given.stands = False

    @rule(really=st.integers(0, 3))
    def close_early(self, really: int) -> None:
        play = self.play
        if really != 3:
            return
        if not play.refusal(round_close_early, round=play.round, by=play.ncetm, reason="Every place is taken"):
            play.closes = play.now

    @rule(days=st.integers(1, 20))
    def reopen(self, days: int) -> None:
        play = self.play
        until, support = play.now + days * DAY, max(play.now + (days + 7) * DAY, play.support_closes)
        told = {"closes_at": until, "support_closes_at": support, "reason": "More places"}
        if not play.refusal(round_reopen, round=play.round, by=play.ncetm, **told):
            play.closes, play.support_closes = until, support

    @rule(what=st.sampled_from(["question", "essential", "desirable"]))
    def new_terms(self, what: str) -> None:
        play = self.play
        if what == "question":
            row = (play.round.working_terms or play.round.current_terms).questions.first()
            told = {"key": row.key, "seen": row_seen(row), "values": {"text": play.word("How do you teach")}}
            terms_part_save(model=AskedQuestion, round=play.round, by=play.ncetm, **told)
        else:
            values = {
                "text": play.word("They"),
                "declaration": play.word("They do"),
                "shown": Shown.HEADTEACHER,
                "importance": Importance(what),
            }
            terms_part_save(model=Criterion, round=play.round, by=play.ncetm, key=key_new(), seen="", values=values)
        if working := play.round.working_terms:
            play.refusal(terms_put_in_force, round=play.round, by=play.ncetm, seen=version_seen(working))

    # The clock and its jobs

    @rule(number=st.integers(0, 9), off=st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND]))
    def wait_for_a_moment(self, number: int, off: timedelta) -> None:
        if moments := self.play.moments():
            self.play.travel(moments[number % len(moments)] + off)

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.play.travel(self.play.now + timedelta(hours=hours))

    @rule()
    def jobs(self) -> None:
        """Each twice: the second run finds nothing to do."""
        play = self.play
        for job in (announcements_send, rounds_close, offers_lapse, reminders_plan, reminders_send):
            job()
            done = play.written()
            job()
            assert play.written() == done, f"{job.__name__} did something twice"
        over = play.now - GRACE
        for draft in Application.objects.filter(state=State.DRAFT).select_related("round"):
            assert play.closes_for(draft) > over
        for waiting in Application.objects.filter(state=State.SUBMITTED).select_related("round"):
            assert play.support_closes_for(waiting) > over
        assert not Offer.objects.filter(replied_at=None, application__state=State.OFFERED, reply_by__lte=over).exists()
