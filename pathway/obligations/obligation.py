"""Something owed: its rule, its dates, the event on which it hangs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from pathway.criteria import Asked, Sentence
from pathway.events import Event

ALWAYS = date.min
"""`urgent_on` of what is urgent from the start."""


class Obligation(NamedTuple):
    """Something owed to one patient: its rule, its dates, and the event on which it hangs."""

    rule: str
    opens_on: date
    due_on: date
    hangs_on: Event
    reason: Sentence
    urgent_on: date | None = None
    """From this day on it is urgent; None: never by itself."""
    number: str = ""
    """The protocol's number on which `due_on` rests, where it is not the rule's own."""


Found = Iterator[Obligation]

ASKED = Asked("", None, taken=False)
"""Questions asked for an obligation belong to no step."""
