"""Calendar arithmetic and the way a date is written in a sentence. No clock is read here."""

from calendar import monthrange
from datetime import date

SHORTEST = 28
"""Every month has this many days."""
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months on; where that month is shorter, its last day (31 Jan + 1 is 28 or 29
    Feb).
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= SHORTEST:
        return date(year, month0 + 1, day.day)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day `years` calendar years on; 29 February becomes 28 February in a common year."""
    return add_months(day, 12 * years)


def say(day: date) -> str:
    """A date as a sentence has it: 12 May 2027."""
    return f"{day.day} {_MONTHS[day.month]} {day.year}"
