"""What is owed: by when, by whom, and why. One function a rule; what it yields follows from the history alone.

An obligation hangs on the fact or step from which its dates run; it keeps its identity (rule and that event) when they
move. It ends by the fact that meets it, never by a tick-box (X6). The day one asks decides only how it is seen:
upcoming, due, overdue, snoozed, and an urgency that comes with a date. Adding a rule: write its function, name it in
RULES and in `events.RULES`, test each of its dates.
"""

from pathway.obligations.obligation import Obligation
from pathway.obligations.rules import ROW, RULES, STALLED, owed

__all__ = ["ROW", "RULES", "STALLED", "Obligation", "owed"]
