"""How one value of the register's files is read: to the text that COPY takes, or to a reason why it cannot be."""

from collections.abc import Callable
from datetime import date

from mastery_hub.directory.enums import EstablishmentStatus, PhaseOfEducation

Parser = Callable[[str], str | None]
NULL = "\\N"


class Unreadable(ValueError):
    """What is wrong with one value, said after its column's name."""


def read_text(longest: int, needed: bool = False) -> Parser:
    def parse(value: str) -> str:
        if value[:1] == " " or value[-1:] == " " or "  " in value or not value.isprintable():
            value = " ".join(value.split())
        if needed and not value:
            raise Unreadable("is empty")
        if len(value) > longest:
            raise Unreadable(f"is longer than {longest} characters")
        return value

    return parse


def read_whole(largest: int = 2**31 - 1, needed: bool = False) -> Parser:
    """Whole numbers, zero-padded or not: `007` is 7."""

    def parse(value: str) -> str | None:
        value = value.strip()
        if not value and not needed:
            return None
        if not value:
            raise Unreadable("is empty")
        if len(value) > 10 or not (value.isascii() and value.isdigit()) or int(value) > largest:
            raise Unreadable(f"is “{value:.20}”, not a whole number up to {largest}")
        return str(int(value))

    return parse


def read_code(known: type[EstablishmentStatus] | type[PhaseOfEducation]) -> Parser:
    codes = {str(code) for code in known.values}
    whole = read_whole(needed=True)

    def parse(value: str) -> str | None:
        code = whole(value)
        if code not in codes:
            raise Unreadable(f"is “{code}”, no code of the register")
        return code

    return parse


def read_day(value: str) -> str | None:
    """`31-08-2019`; in copies that a spreadsheet has saved, `31/08/2019` or `2019-08-31`."""
    value = value.strip()
    if not value:
        return None
    try:
        day, month, year = value.replace("/", "-").split("-")
        if len(day) == 4:
            day, year = year, day
        if len(year) != 4:
            raise ValueError
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unreadable(f"is “{value:.20}”, not a date such as 31-08-2019") from None


def read_telephone(value: str) -> str | None:
    """Spreadsheets take away the zero that every number here begins with."""
    number = read_text(30)(value)
    return f"0{number}" if number and len(number) == 10 and number.isdigit() and number[0] != "0" else number


class Column(dict[str, str]):
    """One column's values as COPY takes them: most columns repeat a few, and 50,000 lines of 26 are 1,300,000 to read.

    As read they hold no tab and no line end, so only a backslash needs another.
    """

    KEPT = 5_000

    def __init__(self, name: str, parse: Parser) -> None:
        self.name, self.parse = name, parse

    def __missing__(self, value: str) -> str:
        try:
            parsed = self.parse(value)
        except Unreadable as error:
            raise Unreadable(f"{self.name} {error}") from None
        copied = NULL if parsed is None else parsed.replace("\\", "\\\\")
        if len(self) < self.KEPT:
            self[value] = copied
        return copied
