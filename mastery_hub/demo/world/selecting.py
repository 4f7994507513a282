"""How the personas' hub selects: two reviewers and a plan for the primary round, blind reading for the secondary."""

from datetime import timedelta

from applications.enums import PhaseTaught
from applications.models import Round, SelectionPlan
from applications.services.plans import Need, Plan, plan_seen, selection_plan_save
from mastery_hub.accounts.models import User
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.directory.models import LocalAuthority, MathsHub

STRATEGIC_PLAN = (
    "We have specialists in every part of our area but Calderdale, where two retired last summer. Most of our "
    "specialists teach in key stage 2: Work Groups ask for somebody who knows the early years of school."
)


def plans_make(primary: Round, secondary: Round) -> None:
    hub = MathsHub.objects.get(slug=personas.HUB)
    lead = User.objects.get(email=personas.HUB_LEAD.email)
    calderdale = LocalAuthority.objects.get(name="Calderdale")
    needs = (Need("A specialist in Calderdale", authority=calderdale), Need("Key stage 1", PhaseTaught.KEY_STAGE_1))
    first = Plan(reviewers_each=2, moderates=True, strategic_plan=STRATEGIC_PLAN, needs=needs)
    for round, plan in ((primary, first), (secondary, Plan(blind=True))):
        seen = plan_seen(SelectionPlan.objects.of(round, hub))
        with told(round.opens_at + timedelta(days=1)):
            selection_plan_save(round=round, hub=hub, by=lead, seen=seen, wanted=plan)
