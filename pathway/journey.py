"""The way a patient has taken: one forward pass over her history, each step judged with what was known by its day.

A step that no longer holds, because a fact was corrected or entered late, stands and is called in question; one that no
longer starts from where she is drops out and is called in question too (X3). Live steps go through the one shared
`transitions` machine; the past is replayed from the same table, and a test proves that both agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from transitions import Machine, MachineError

from pathway.case import Case
from pathway.case.bevacizumab import BIOLOGIC_WITH_HOLD, bevacizumab_doses
from pathway.case.operation import operation_of
from pathway.case.six_months import lines_before
from pathway.criteria import FACT, MET, Asked, Finding, Sentence, judge
from pathway.errors import StepRefused
from pathway.events import (
    Advanced,
    Appointment,
    Contact,
    Died,
    Event,
    MdtDecision,
    Override,
    Pathology,
    Reassigned,
    Referred,
    Registered,
    Snoozed,
    SurgeryPerformed,
    SurgeryPlanned,
    SystemicStarted,
    TakenOver,
    Withdrawn,
)
from pathway.history import History, check_structure
from pathway.protocol import Protocol
from pathway.regimens import recommend
from pathway.states import CLOSE, FROM, OPEN, ROWS, STEP, STEP_WORDS, State, say

NOT_REACHED = ("no_answer", "left_message")


class Step(NamedTuple):
    """A step taken: from where, with every answer as known now, and whether it still holds."""

    event: Advanced
    source: State
    findings: tuple[Finding, ...]
    holds: bool


class Deviation(NamedTuple):
    """A counted difference from the guideline: what, which row, why (where somebody said why) and who."""

    on: date
    what: Sentence
    id: str
    reason: str | None
    by: str | None
    event: Event


class Entry(NamedTuple):
    """The day a state was entered, and the event with which it began."""

    on: date
    state: State
    event: Event


class Option(NamedTuple):
    """A step from where she stands, with the day's answers."""

    trigger: str
    to: State
    allowed: bool
    findings: tuple[Finding, ...]


class Journey:
    """Where a patient stands on a day, and how she came there."""

    __slots__ = ("case", "entries", "questioned", "retaken", "steps")

    def __init__(self, case: Case) -> None:
        self.case = case
        self.steps: list[Step] = []
        self.entries: list[Entry] = [Entry(case.since, case.state, case.entered)]
        self.questioned: list[Advanced] = []
        """Steps that no longer hold, and those that dropped out."""
        self.retaken: list[TakenOver] = []
        """Take-overs of an open patient who was on the pathway already (X2)."""

    def enter(self, state: State, event: Event) -> None:
        self.case.enter(state, event)
        self.entries.append(Entry(event.on, state, event))


def holds(findings: Sequence[Finding], override: Override | None) -> bool:
    """Whether a step goes: every fact is there, and every question is met or passed by the override.

    C7 is passed only where the MDT is quorate: never straight to surgery on one person's word.
    """
    for finding in findings:
        if finding.verdict is not MET and (override is None or not passes(finding, findings)):
            return False
    return True


def passes(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether an override passes what is not met: every question, C7 only where the MDT is quorate; no fact."""
    if finding.id == "C7":
        return any(other.id == "M1" and other.verdict is MET for other in findings)
    return finding.id != FACT


def walk(
    history: History,
    day: date,
    protocol: Protocol,
    *,
    until: Advanced | None = None,
    judged_by: Mapping[str, Protocol] | None = None,
) -> Journey | None:
    """Her way up to a day, as known now; None where she is not registered by then.

    `until` stops before that step of the day, with all the facts of the day known. `judged_by` names the protocol under
    which a past step was taken, by event id; others are judged by `protocol`.
    """
    registered = history.registered
    if registered is None or registered.on > day:
        return None
    journey = Journey(Case(registered, protocol))
    for event in history.order:
        if event.on > day or event is until:
            break
        follow(journey, event, judged_by=judged_by)
    journey.case.day = day
    return journey


def follow(journey: Journey, event: Event, *, judged_by: Mapping[str, Protocol] | None = None) -> None:
    """Go on with the way by one event, the next in the order of the history."""
    case = journey.case
    if isinstance(event, Advanced):
        _take(journey, event, case.protocol, judged_by)
    elif isinstance(event, TakenOver):
        advanced = journey.steps or journey.questioned
        if advanced and case.state in OPEN:
            journey.retaken.append(event)
        journey.enter(State(event.state), event)
    else:
        case.add(event)
        if isinstance(event, Died | Withdrawn) and case.state is not State.CLOSED:
            journey.enter(State.CLOSED, event)


def _take(journey: Journey, event: Advanced, protocol: Protocol, judged_by: Mapping[str, Protocol] | None) -> None:
    case = journey.case
    row = STEP.get((event.trigger, case.state))
    if row is None or event.trigger == CLOSE:
        journey.questioned.append(event)
        return
    case.day = event.on
    then = judged_by.get(event.id, protocol) if judged_by else protocol
    case.numbers = then.numbers
    findings = judge(case, Asked(event.trigger, event.modality))
    case.numbers = protocol.numbers
    ok = holds(findings, event.override)
    journey.steps.append(Step(event, case.state, findings, ok))
    if not ok:
        journey.questioned.append(event)
    journey.enter(row.to, event)


# --- the one machine -------------------------------------------------------------------------------------------------


class Attempt:
    """A step asked for: the machine's model. It carries the state, the answers and the override; it is no row of the
    store.
    """

    __slots__ = ("findings", "override", "state")

    def __init__(self, state: State, findings: Sequence[Finding], override: Override | None) -> None:
        self.state = state.value
        self.findings = findings
        self.override = override

    def goes(self) -> bool:
        return holds(self.findings, self.override)


class Pathway(Machine):
    """The state machine of the table: one for all patients. It never decorates its models."""

    def fire(self, attempt: Attempt, trigger: str) -> bool:
        """Take a step, or not: False where an answer refuses; MachineError where there is no such step from there."""
        return bool(self.events[trigger].trigger(attempt))


MACHINE = Pathway(
    model=None,
    states=[state.value for state in State],
    transitions=[
        {
            "trigger": row.trigger,
            "source": [source.value for source in row.sources],
            "dest": row.to.value,
            "conditions": "goes",
        }
        for row in ROWS
    ],
    initial=State.DIAGNOSIS.value,
    auto_transitions=False,
)


def attempt(journey: Journey, event: Advanced) -> Attempt:
    """A step from where she stands through the machine. Raises StepRefused with every answer, and what would be
    possible.
    """
    case = journey.case
    if STEP.get((event.trigger, case.state)) is None:
        findings: tuple[Finding, ...] = ()
    else:
        findings = judge(case, Asked(event.trigger, event.modality))
    asked = Attempt(case.state, findings, event.override)
    try:
        went = MACHINE.fire(asked, event.trigger)
    except MachineError:
        onward = ", ".join(STEP_WORDS[row.trigger] for row in FROM[case.state]) or "none"
        raise StepRefused(
            f"no step '{STEP_WORDS[event.trigger]}' from {say(case.state)}; steps from there: {onward}"
        ) from None
    if not went:
        open_ones = [finding for finding in findings if finding.verdict is not MET]
        raise StepRefused("; ".join(finding.reason for finding in open_ones), findings)
    return asked


def admit(history: History, event: Event, protocol: Protocol, *, today: date) -> History:
    """The history with one more event, if it may be recorded.

    Raises Refused where it cannot be part of any history (`history.check_structure`), and StepRefused where it is a
    step that the guideline does not allow at its place, as known now. A fact is never refused for what it says.
    """
    after = check_structure(history, event, today=today)
    if isinstance(event, Advanced):
        journey = walk(after, event.on, protocol, until=event)
        assert journey is not None, "check_structure refuses a step before the registration"
        attempt(journey, event)
    return after


def options(journey: Journey) -> list[Option]:
    """The steps that lead on from where she stands, each with every answer of the day asked."""
    case = journey.case
    found = []
    for row in FROM[case.state]:
        findings = judge(case, Asked(row.trigger, taken=False))
        allowed = all(finding.verdict is MET for finding in findings)
        found.append(Option(row.trigger, row.to, allowed, findings))
    return found


# --- counted differences ---------------------------------------------------------------------------------------------

_AFTER_DEATH = frozenset(
    {
        Contact,
        MdtDecision,
        Pathology,
        Referred,
        Appointment,
        Snoozed,
        Reassigned,
        Registered,
        Advanced,
        TakenOver,
        Died,
        Withdrawn,
    }
)
"""What may be dated after a death without contradicting it: reports, and what steers work."""


def deviations(journey: Journey, history: History) -> list[Deviation]:
    """Every counted difference as known on the day asked, in order of days."""
    case = journey.case
    found = [*_overridden(journey), *_regimens(case), *_operations(case), *_contradictions(journey, history)]
    return sorted(found, key=lambda one: (one.on, one.id, one.event.id))


def _overridden(journey: Journey) -> list[Deviation]:
    """What an override passed, for as long as the step stands."""
    return [
        Deviation(
            step.event.on,
            Sentence("{}, although: {}", (STEP_WORDS[step.event.trigger].capitalize(), finding.answer.sentence)),
            finding.id,
            step.event.override.reason,
            step.event.override.by,
            step.event,
        )
        for step in journey.steps
        if step.event.override is not None
        for finding in step.findings
        if finding.id != FACT and finding.verdict is not MET and passes(finding, step.findings)
    ]


def _therapy(start: SystemicStarted) -> str:
    return f"{start.regimen} + {start.biologic}" if start.biologic else start.regimen


def _regimens(case: Case) -> list[Deviation]:
    """C8: the first neoadjuvant line; G2 and G4: each adjuvant start."""
    found: list[Deviation] = []
    first = next((start for start in case.starts if start.intent == "neoadjuvant"), None)
    if first is not None:
        then = Case(case.registered, case.protocol)
        then.primaries = [event for event in case.primaries if event.on <= first.on]
        then.molecular = [event for event in case.molecular if event.on <= first.on]
        wanted = recommend(then)
        if then.primary == "colorectal" and wanted.regimens and not wanted.names(first.regimen, first.biologic):
            named = " or ".join(wanted.regimens) + (" + " + " or ".join(wanted.biologics) if wanted.biologics else "")
            what = Sentence("{} begun; the guideline names {}", (_therapy(first), named))
            found.append(Deviation(first.on, what, "C8", first.deviation_reason, first.by, first))
    for start in case.starts:
        if start.intent == "adjuvant":
            found += _adjuvant(case, start)
    return found


def _adjuvant(case: Case, start: SystemicStarted) -> list[Deviation]:
    before = [operation for operation in case.operations if operation.on <= start.on]
    if not before:
        return []
    operation = operation_of(case, before[-1])
    operation = operation._replace(events=tuple(event for event in operation.events if event.on <= start.on))
    lines = lines_before(case, operation)
    line = lines[-1] if lines else None
    found: list[Deviation] = []
    if line is not None:
        same = start.regimen.casefold() == line.regimen.casefold()
        if not same or start.biologic not in (None, line.biologic):
            what = Sentence("Adjuvant {}; before the operation it was {}", (_therapy(start), _therapy(line)))
            found.append(Deviation(start.on, what, "G2", start.deviation_reason, start.by, start))
    days = (start.on - operation.last).days
    with_hold = start.biologic == BIOLOGIC_WITH_HOLD or (line is not None and line.biologic == BIOLOGIC_WITH_HOLD)
    if with_hold and days < case.numbers.adjuvant_from_days:
        what = Sentence(
            "Adjuvant therapy {} days after the operation; with bevacizumab not before day {}",
            (days, case.numbers.adjuvant_from_days),
        )
        found.append(Deviation(start.on, what, "G4", start.deviation_reason, start.by, start))
    return found


def _operations(case: Case) -> list[Deviation]:
    """G3: operated too soon after bevacizumab; E3: an ablation of a lesion that is too large."""
    found: list[Deviation] = []
    for event in case.surgery:
        before = [dose for dose in bevacizumab_doses(case) if dose <= event.on]
        if before and (event.on - max(before)).days < case.numbers.bevacizumab_hold_days:
            what = Sentence(
                "Operated {} days after bevacizumab ({}); {} are needed",
                ((event.on - max(before)).days, max(before), case.numbers.bevacizumab_hold_days),
            )
            found.append(Deviation(event.on, what, "G3", event.note, event.by, event))
    several: list[SurgeryPlanned | SurgeryPerformed] = [*case.planned, *case.operations]
    for planned in several:
        large = [size for size in planned.ablated_mm or () if size >= case.numbers.ablation_below_mm]
        if large:
            what = Sentence(
                "Ablation of a lesion of {} mm; it is advised only below {} mm",
                (max(large), case.numbers.ablation_below_mm),
            )
            found.append(Deviation(planned.on, what, "E3", planned.note, planned.by, planned))
    return found


def _contradictions(journey: Journey, history: History) -> list[Deviation]:
    """X2: facts that contradict the pathway. They are recorded all the same."""
    case = journey.case

    def contradiction(event: Event, template: str, *values: Any) -> Deviation:
        return Deviation(event.on, Sentence(template, values), "X2", event.note, event.by, event)

    died = next((event.on for event in case.ended if type(event) is Died), date.max)
    found = [
        contradiction(event, "Recorded for {}, after the death on {}: one of the two dates is wrong", event.on, died)
        for event in history.order
        if died < event.on <= case.day and type(event) not in _AFTER_DEATH
    ]
    last_taken_over = max((entry.on for entry in journey.entries if type(entry.event) is TakenOver), default=date.min)
    found += [
        contradiction(operation, "Operated on {} while the patient was not in resection", operation.on)
        for operation in case.operations
        if operation.on > last_taken_over and not any(stay.holds(operation.on) for stay in case.stays)
    ]
    found += [
        contradiction(event, "Taken over on {} although the patient was on the pathway already", event.on)
        for event in journey.retaken
    ]
    for event in case.ended:
        if isinstance(event, Withdrawn) and event.reason == "lost_to_follow_up":
            tried = {call.on for call in case.contacts if call.outcome in NOT_REACHED and call.on <= event.on}
            if len(tried) < case.numbers.contacts_before_lost:
                found.append(
                    contradiction(
                        event,
                        "Lost to follow-up after unanswered calls on {}; {} days are asked for",
                        "1 day" if len(tried) == 1 else f"{len(tried)} days",
                        case.numbers.contacts_before_lost,
                    )
                )
    return found
