from django.db import models


class Whose(models.TextChoices):
    APPLICANT = "applicant", "The applicant's"
    HEADTEACHER = "headteacher", "The headteacher's"


class Section(models.TextChoices):
    """Parts of what a cohort is told; each holds several points in order."""

    TRAINING_YEAR = "training_year", "In the specialist training year"
    LATER_YEARS = "later_years", "In later years"
    BENEFIT_SPECIALIST = "benefit_specialist", "Mastery Specialists will develop"
    BENEFIT_SCHOOL = "benefit_school", "Benefits for specialists and their schools"
    EXPECTATION = "expectation", "Expectations of participating teachers and their schools"
    FUNDING = "funding", "Funding"


class DayKind(models.TextChoices):
    RELEASE = "release", "Release from teaching"


class SpecialistStatus(models.TextChoices):
    APPOINTED = "appointed", "Appointed"
