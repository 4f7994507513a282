from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class AcademicYear:
    """A school year, named by the year it starts in: AcademicYear(2027) is 2027/28, 1 September to 31 August."""

    starts: int

    def __str__(self) -> str:
        return f"{self.starts}/{(self.starts + 1) % 100:02d}"

    @property
    def first_day(self) -> date:
        return date(self.starts, 9, 1)

    @property
    def last_day(self) -> date:
        return date(self.starts + 1, 8, 31)

    @classmethod
    def of(cls, day: date) -> "AcademicYear":
        return cls(day.year if day.month >= 9 else day.year - 1)
