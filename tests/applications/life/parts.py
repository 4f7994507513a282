"""What the parts of a life cycle share: the play, and what a step draws."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from applications.models import Application, HeadteacherSupport
from mastery_hub.accounts.models import User
from mastery_hub.common.arrival import GRACE
from tests.applications.life.play import Play

TEACHER = st.integers(0, 1)
PLACE = st.integers(0, 3)
LAG = st.sampled_from([timedelta(0), timedelta(0), timedelta(minutes=4), GRACE])  # how long a request lay in a queue
RIGHT = st.sampled_from([True, True, True, False])


class Part(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.play = Play()

    def teardown(self) -> None:
        self.play.end()

    def asked(self, teacher: int) -> tuple[Application, HeadteacherSupport] | None:
        application = self.play.newest(teacher)
        support = self.play.support_of(application)
        return (application, support) if application and support else None

    def head(self, support: HeadteacherSupport, right: bool) -> User:
        return self.play.head_of(support) if right else self.play.strangers[2]

    def lead(self, number: int, right: bool) -> User:
        play = self.play
        return play.leads[number % 2] if right else [*play.strangers, play.reviewer, play.ncetm][number % 5]
