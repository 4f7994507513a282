"""The steps of a hub’s people in the life cycle."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from applications.enums import (
    HOLDING_A_PLACE,
    Outcome,
    Shown,
)
from applications.models import Application, EligibilityException
from applications.services.eligibility import exception_decide
from applications.services.selection import (
    decision_propose,
    decision_release,
    decision_take_back,
    review_save,
)
from tests.applications.life.parts import PLACE, RIGHT, TEACHER, Part


class Hubs(Part):
    @rule(teacher=TEACHER, value=st.integers(0, 4), right=RIGHT)
    def score(self, teacher: int, value: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application:
            wanted = application.terms.criteria.filter(shown=Shown.EVIDENCED)
            scores = {criterion: (value, play.hide(play.word("score"), application)) for criterion in wanted}
            by = play.reviewer if right else play.strangers[0]
            refused = play.refusal(review_save, application=application, by=by, scores=scores, submit=value > 2)
            assert right or refused == "not-allowed"

    @rule(teacher=TEACHER, outcome=st.sampled_from(list(Outcome)), number=PLACE, right=RIGHT)
    def propose(self, teacher: int, outcome: Outcome, number: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        told = {name: play.word(name) for name in ("feedback", "reason", "departure")}
        for words in told.values():
            play.hide(words, application)
        emails, by = play.written()[-1], self.lead(number, right)
        refused = play.refusal(decision_propose, application=application, by=by, outcome=outcome, **told)
        assert right or refused
        assert play.written()[-1] == emails, "a proposal is told to nobody"
        taken = Application.objects.filter(state__in=HOLDING_A_PLACE).exclude(pk=application.pk).exists()
        assert not (taken and outcome == Outcome.OFFER and not refused), "one place was given twice"

    @rule(teacher=TEACHER, number=PLACE, right=RIGHT)
    def take_back(self, teacher: int, number: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application:
            emails, by = play.written()[-1], self.lead(number, right)
            refused = play.refusal(decision_take_back, application=application, by=by)
            assert right or refused
            assert play.written()[-1] == emails, "and taking one back likewise"

    @rule(teacher=TEACHER, number=PLACE, right=RIGHT)
    def release(self, teacher: int, number: int, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        if application:
            refused = play.refusal(decision_release, application=application, by=self.lead(number, right))
            assert right or refused

    @rule(teacher=TEACHER, number=PLACE, grant=st.booleans(), right=RIGHT)
    def except_rule(self, teacher: int, number: int, grant: bool, right: bool) -> None:
        play, application = self.play, self.play.newest(teacher)
        asked = EligibilityException.objects.filter(application=application).first()
        if asked:
            by, why = self.lead(number, right), "As agreed with the school."
            assert play.refusal(exception_decide, exception=asked, by=by, grant=grant, reason=why) or right
