"""What can be refused, and how it is said. Each docstring is the message's shape; each message says the cure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathway.criteria import Finding


class PathwayError(Exception):
    """Something the caller can mend; the message says how."""


class Refused(PathwayError):
    """An event that is not recorded: the field that is wrong, and what was expected in it."""

    def __init__(self, expected: str, field: str = "") -> None:
        self.field = field
        self.expected = expected
        super().__init__(f"{field}: {expected}" if field else expected)


class StepRefused(Refused):
    """A step the guideline does not allow here; `findings` holds every criterion with its verdict and reason."""

    def __init__(self, expected: str, findings: Sequence[Finding] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__(expected, "trigger")


class UnknownPatient(PathwayError):
    """Nobody with this MRN is registered on that day: register the patient first, or look at the MRN again."""


class Changed(PathwayError):
    """Somebody else recorded something for this patient meanwhile: look at it, then enter yours again."""


class ProtocolError(PathwayError):
    """The protocol file cannot be used: the number or row that is wrong, and what was expected."""


class StoreError(PathwayError):
    """The database cannot be used as it is: what was found, and what to do."""
