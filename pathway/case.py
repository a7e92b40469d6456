"""All that is known of one patient on one day, and how facts are read (`docs/reference/reading.md`).

A Case grows while the history is walked: each fact is added in order, each step moves the state. What it answers is
therefore always what was known by then. A value is the latest fact that gives it, field by field; where facts of one
day disagree, the one that allows less counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from pathway.dates import add_months, add_years
from pathway.events import (
    LIVER,
    Appointment,
    Cea,
    Contact,
    CycleGiven,
    Died,
    Event,
    Imaging,
    LocoregionalPerformed,
    MdtDecision,
    MolecularResult,
    Pathology,
    PerformanceStatus,
    PortalVeinEmbolisation,
    PrimaryIdentified,
    PrimaryResected,
    Reassigned,
    Recurrence,
    Referred,
    Registered,
    Snoozed,
    SurgeryCancelled,
    SurgeryPerformed,
    SurgeryPlanned,
    SystemicStarted,
    SystemicStopped,
    TakenOver,
    Visit,
    Volumetry,
    Withdrawn,
    side_of,
)
from pathway.protocol import Protocol
from pathway.states import State

DAY = timedelta(days=1)

RESPONSES = ("complete", "partial", "stable", "progression")
EXTRAHEPATIC = ("none", "resectable", "unresectable")
MARGINS = ("R0", "R1", "R2")
BIOLOGIC_WITH_HOLD = "bevacizumab"
NOT_REACHED = ("no_answer", "left_message")


class Reading(NamedTuple):
    """A value and the fact that gives it."""

    value: Any
    event: Any


@dataclass(slots=True)
class Stay:
    """A stay in resection, days of entering and leaving included."""

    entered: date
    taken_over: bool
    left: date | None = None

    def holds(self, day: date) -> bool:
        return self.entered <= day and (self.left is None or day <= self.left)


class Operation(NamedTuple):
    """The liver operations of one stay, which are one; or one that stands for itself."""

    events: tuple[SurgeryPerformed, ...]
    done: bool

    @property
    def first(self) -> date:
        return self.events[0].on

    @property
    def last(self) -> date:
        return self.events[-1].on


class Remaining(NamedTuple):
    """What is left of the six months of chemotherapy (G1): days, or the whole of them where no line went before."""

    days: int | None
    months: int

    @property
    def something(self) -> bool:
        return self.days is None or self.days > 0

    def after(self, day: date) -> date:
        return add_months(day, self.months) if self.days is None else day + max(self.days, 0) * DAY


class Dose(NamedTuple):
    """A day on which bevacizumab was given, or has to be taken for given; and the fact that says so."""

    on: date
    event: Event


def _order(scale: Sequence[str]) -> Callable[[Any], int]:
    return scale.index


def kind_of(procedure: str | None) -> str:
    """What is operated on: the liver (also where a cancellation names nothing), the primary, or something else."""
    return "liver" if procedure is None or procedure in LIVER else procedure


def stage_of(event: SurgeryPlanned | SurgeryPerformed) -> int:
    """The stage of an operation; left out, it is the first."""
    return event.stage or 1


def is_first_stage(event: SurgeryPlanned | SurgeryPerformed) -> bool:
    return event.procedure == "two_stage" and stage_of(event) == 1


def side(event: PrimaryIdentified) -> str | None:
    return event.side or (side_of(event.location) if event.location else None)


class Case:
    """The facts of one patient, and where she stands. `state`, `since` and `entered` are set by the journey."""

    __slots__ = (
        "appointments",
        "cancelled",
        "cea",
        "contacts",
        "cycles",
        "day",
        "decisions",
        "ended",
        "entered",
        "imaging",
        "last_fact",
        "line",
        "locoregional",
        "molecular",
        "numbers",
        "operated_on",
        "operations",
        "pathology",
        "performance",
        "planned",
        "primaries",
        "primary_removed",
        "protocol",
        "pve",
        "reassessment_left",
        "reassigned",
        "recurrences",
        "referred",
        "registered",
        "since",
        "snoozed",
        "starts",
        "state",
        "stays",
        "stops",
        "surgery",
        "visits",
        "volumetry",
    )

    def __init__(self, registered: Registered, protocol: Protocol) -> None:
        self.protocol = protocol
        self.numbers = protocol.numbers
        self.registered = registered
        self.state = State.DIAGNOSIS
        self.since = registered.on
        self.day = registered.on
        """The day asked: of the step that is judged, or of the question."""
        self.entered: Event = registered
        """The event with which the present state began."""
        self.stays: list[Stay] = []
        self.reassessment_left: date | None = None
        self.last_fact: list[Event] = []
        """The facts of the last day with one, those that only steer work (a call, a booking) left out (X1)."""
        self.operated_on: date | None = None
        self.line: SystemicStarted | None = None
        """The present line: the latest neoadjuvant or continued therapy since the last liver operation, after its
        day.
        """
        self.operations: list[SurgeryPerformed] = []
        self.primary_removed: list[Event] = []
        self.primaries: list[PrimaryIdentified] = []
        self.referred: list[Referred] = []
        self.imaging: list[Imaging] = []
        self.volumetry: list[Volumetry] = []
        self.molecular: list[MolecularResult] = []
        self.performance: list[PerformanceStatus] = []
        self.starts: list[SystemicStarted] = []
        self.cycles: list[CycleGiven] = []
        self.stops: list[SystemicStopped] = []
        self.cea: list[Cea] = []
        self.decisions: list[MdtDecision] = []
        self.pve: list[PortalVeinEmbolisation] = []
        self.planned: list[SurgeryPlanned] = []
        self.cancelled: list[SurgeryCancelled] = []
        self.surgery: list[SurgeryPerformed] = []
        self.pathology: list[Pathology] = []
        self.locoregional: list[LocoregionalPerformed] = []
        self.recurrences: list[Recurrence] = []
        self.visits: list[Visit] = []
        self.contacts: list[Contact] = []
        self.appointments: list[Appointment] = []
        self.snoozed: list[Snoozed] = []
        self.reassigned: list[Reassigned] = []
        self.ended: list[Event] = []
        """Deaths and withdrawals."""

    # --- growing -----------------------------------------------------------------------------------------------------

    def add(self, event: Event) -> None:
        """One more fact, in the order of the history."""
        kind = type(event)
        name = _LISTS.get(kind)
        if name is not None:
            getattr(self, name).append(event)
        if kind in _STEERING:
            return
        if self.last_fact and self.last_fact[0].on == event.on:
            self.last_fact.append(event)
        else:
            self.last_fact = [event]
        if isinstance(event, SystemicStarted):
            if event.intent != "adjuvant" and (self.operated_on is None or event.on > self.operated_on):
                self.line = event
        elif isinstance(event, SurgeryPerformed):
            self._operated(event)
        elif isinstance(event, PrimaryResected):
            self.primary_removed.append(event)

    def _operated(self, event: SurgeryPerformed) -> None:
        if event.procedure in LIVER:
            self.operations.append(event)
            self.operated_on = event.on
            self.line = None
        elif event.procedure == "primary":
            self.primary_removed.append(event)

    def enter(self, state: State, event: Event) -> None:
        """The patient is in `state` from the day of `event` on."""
        if self.state is State.RESECTION:
            self.stays[-1].left = event.on
        if self.state is State.REASSESSMENT:
            self.reassessment_left = event.on
        if state is State.RESECTION:
            self.stays.append(Stay(event.on, type(event) is TakenOver))
        self.state, self.since, self.entered = state, event.on, event

    # --- the primary -------------------------------------------------------------------------------------------------

    def of_primary(self, get: Callable[[PrimaryIdentified], Any]) -> Any:
        """The latest value of a field of the primary; None where nobody recorded it, or two facts of that day
        disagree.
        """
        found: Any = None
        day: date | None = None
        for event in reversed(self.primaries):
            if day is not None and event.on != day:
                break
            value = get(event)
            if value is None:
                continue
            if day is None:
                found, day = value, event.on
            elif value != found:
                return None
        return found

    @property
    def primary(self) -> str | None:
        return self.of_primary(lambda event: event.primary)  # type: ignore[no-any-return]

    @property
    def side(self) -> str | None:
        return self.of_primary(side)  # type: ignore[no-any-return]

    @property
    def primary_resected(self) -> bool:
        """Some fact says that the primary is out."""
        return bool(self.primary_removed) or self.of_primary(lambda event: event.resected) is True

    def marker(self, name: str) -> str | None:
        """A molecular marker; None where nobody recorded it, or two results differ and no new specimen or correction
        says why.
        """
        found: str | None = None
        renewed: date | None = None
        for event in reversed(self.molecular):
            if renewed is not None and event.on < renewed:
                break
            value = getattr(event, name)
            if value is None:
                continue
            if found is not None and value != found:
                return None
            found = value
            if event.new_specimen:
                renewed = event.on
        return found

    # --- the episode and its imaging ---------------------------------------------------------------------------------

    @property
    def recurred_on(self) -> date | None:
        return self.recurrences[-1].on if self.recurrences else None

    @property
    def episode_from(self) -> date:
        """The day after the last operation or the day of the last recurrence, the later; without either, all there
        is.
        """
        start = date.min
        if self.operated_on is not None:
            start = self.operated_on + DAY
        if self.recurrences and self.recurrences[-1].on > start:
            start = self.recurrences[-1].on
        return start

    @property
    def first_treated(self) -> date:
        """The day of the first line or locoregional therapy in the episode; far ahead where there is none (B1, B2,
        L1).
        """
        start = self.episode_from
        days = [event.on for event in self.starts if event.intent != "adjuvant" and event.on >= start]
        days += [event.on for event in self.locoregional if event.on >= start]
        return min(days, default=date.max)

    def _sizes(self, field: str, until: date) -> list[Imaging]:
        """The imaging of the episode that gives a count or size; ultrasound only where nothing else does."""
        start = self.episode_from
        found = [one for one in self.imaging if start <= one.on <= until and getattr(one, field) is not None]
        better = [one for one in found if one.modality != "ultrasound"]
        return better or found

    def worst_count(self, until: date = date.max) -> Reading | None:
        """The largest number of lesions in the episode (C7, J2; B1 and L1 up to the first treatment)."""
        found = self._sizes("lesion_count", until)
        return _worst([Reading(one.lesion_count, one) for one in found])

    def worst_flag(self, field: str, until: date = date.max) -> Reading | None:
        """Bilobar or infiltrative: yes where any imaging of the episode says so, no where one denies it, else None."""
        start = self.episode_from
        return _worst(
            [
                Reading(getattr(one, field), one)
                for one in self.imaging
                if start <= one.on <= until and getattr(one, field) is not None
            ]
        )

    def latest_size(self, field: str) -> Reading | None:
        """The latest count or size in the episode (F2, F3, E3)."""
        return _latest(self._sizes(field, date.max), field)

    def latest_bilobar(self) -> Reading | None:
        """The latest word on both lobes in the episode (E2)."""
        return _latest(self.imaging, "bilobar", since=self.episode_from)

    # --- therapy -----------------------------------------------------------------------------------------------------

    def next_start(self, start: SystemicStarted) -> SystemicStarted | None:
        """The therapy that follows, of any intent."""
        place = self.starts.index(start)
        return self.starts[place + 1] if place + 1 < len(self.starts) else None

    def line_end(self, line: SystemicStarted) -> date:
        """The day a line gives way to the next therapy or a liver operation; far ahead while it is the last."""
        following = self.next_start(line)
        ends = [] if following is None else [following.on]
        ends += [operation.on for operation in self.operations if operation.on > line.on][:1]
        return min(ends, default=date.max)

    def cycles_of(self, start: SystemicStarted) -> list[CycleGiven]:
        """The cycles from a start until the next one; a cycle on the day of a start is that start's."""
        following = self.next_start(start)
        until = following.on if following else date.max
        return [cycle for cycle in self.cycles if start.on <= cycle.on < until]

    def stops_of(self, start: SystemicStarted) -> list[SystemicStopped]:
        """The stops after a start, up to the day of the next one: what is stopped on the day of a start went before
        it.
        """
        following = self.next_start(start)
        until = following.on if following else date.max
        return [stop for stop in self.stops if start.on < stop.on <= until]

    def response(self, after: date, until: date = date.max) -> Reading | None:
        """The worst response of the latest day with one, after a day."""
        return _latest(self.imaging, "response", since=after + DAY, until=until, order=_order(RESPONSES))

    def running_on(self, day: date) -> bool:
        """Whether a line was running on a day: begun by then, and neither stopped nor followed by another or an
        operation.
        """
        return any(
            not any(stop.what == "all" and line.on < stop.on <= day for stop in self.stops)
            for line in self.starts
            if line.intent != "adjuvant" and line.on <= day < self.line_end(line)
        )

    def progressions(self) -> list[Imaging]:
        return [one for one in self.imaging if one.response == "progression"]

    # --- operations --------------------------------------------------------------------------------------------------

    def owner(self, operation: SurgeryPerformed) -> Stay | None:
        """The stay in resection that an operation belongs to.

        The one in whose days it falls; else the one that began with `taken_over` after it, where it is the last
        operation before it and no recurrence and no line lies between.
        """
        for stay in self.stays:
            if stay.holds(operation.on):
                return stay
        for stay in self.stays:
            if not stay.taken_over or operation.on >= stay.entered:
                continue
            if any(operation.on < other.on < stay.entered for other in self.operations):
                continue
            between: Iterable[Event] = (
                *self.recurrences,
                *(start for start in self.starts if start.intent != "adjuvant"),
            )
            if any(operation.on < event.on <= stay.entered for event in between):
                continue
            return stay
        return None

    def _of_stay(self, stay: Stay) -> Operation | None:
        events = tuple(operation for operation in self.operations if self.owner(operation) is stay)
        if not events:
            return None
        staged = [event for event in events if event.procedure == "two_stage"]
        return Operation(events, not staged or any(stage_of(event) != 1 for event in staged))

    def operation(self) -> Operation | None:
        """The operation that the present state is about: of this stay while in resection, else the last one."""
        if self.state is State.RESECTION:
            return self._of_stay(self.stays[-1])
        return self.operation_of(self.operations[-1]) if self.operations else None

    def operation_of(self, event: SurgeryPerformed) -> Operation:
        """The operation that one surgery is part of. One in no stay stands for itself, and is done unless a stay
        followed.
        """
        stay = self.owner(event)
        if stay is not None:
            found = self._of_stay(stay)
            assert found is not None
            return found
        return Operation((event,), not any(other.entered >= event.on for other in self.stays))

    def lines_before(self, operation: Operation) -> list[SystemicStarted]:
        """The lines before an operation and after the previous one of another stay, or of none (G1, G2, G4)."""
        if not self.starts:
            return []
        previous = max(
            (other.on for other in self.operations if other.on < operation.first and other not in operation.events),
            default=date.min,
        )
        return [start for start in self.starts if start.intent != "adjuvant" and previous < start.on < operation.last]

    def days_used(self, line: SystemicStarted, lines: Sequence[SystemicStarted], operation: Operation) -> int:
        """The days of treatment that a line counts for (G1).

        To its last stop, else to the next line, else to its last cycle, else to the operation; none where its last
        response was progression.
        """
        cut = next((event.on for event in operation.events if event.on > line.on), operation.last)
        following = self.next_start(line)
        until = min(cut, following.on) if following is not None else cut
        response = self.response(line.on, until)
        if response is not None and response.value == "progression":
            return 0
        stops = [stop.on for stop in self.stops if stop.what == "all" and line.on < stop.on <= until]
        if stops:
            return (stops[-1] - line.on).days
        next_line = next((other for other in lines[lines.index(line) + 1 :]), None)
        if next_line is not None:
            return (next_line.on - line.on).days
        cycles = [cycle.on for cycle in self.cycles_of(line) if cycle.on <= until]
        return ((cycles[-1] if cycles else cut) - line.on).days

    def remaining(self, operation: Operation | None) -> Remaining | None:
        """What is left of the six months after an operation; None while it is not done (G1)."""
        if operation is None or not operation.done:
            return None
        months = self.numbers.perioperative_months
        lines = self.lines_before(operation)
        if not lines:
            return Remaining(None, months)
        whole = (add_months(lines[0].on, months) - lines[0].on).days
        return Remaining(whole - sum(self.days_used(line, lines, operation) for line in lines), months)

    def adjuvant_starts(self, operation: Operation | None) -> list[SystemicStarted]:
        """The adjuvant therapies begun since an operation."""
        since = operation.last if operation else date.min
        return [start for start in self.starts if start.intent == "adjuvant" and start.on >= since]

    def adjuvant_end(self) -> tuple[date, Event]:
        """The day on which the six months are complete, and the fact from which it is counted (G1)."""
        operation = self.operation()
        starts = self.adjuvant_starts(operation)
        begun: Event = starts[0] if starts else self.entered
        remaining = self.remaining(operation) or Remaining(None, self.numbers.perioperative_months)
        return remaining.after(begun.on), begun

    def margin(self) -> Reading | None:
        """The margin of the last operation: what pathology says of it comes days later and counts."""
        if not self.operations:
            return None
        last = self.operations[-1]
        found: list[Event] = [event for event in self.operations if event.on == last.on and event.margin is not None]
        found += [event for event in self.pathology if event.on >= last.on]
        found.sort(key=lambda event: event.on)
        return _latest(found, "margin", order=_order(MARGINS))

    # --- plans and the biologic --------------------------------------------------------------------------------------

    def plans(self) -> list[SurgeryPlanned]:
        """The plans that stand, the earliest planned day first.

        A plan stands until a later one of its kind and stage, an operation of its kind (a first stage leaves the plan
        for the second), or a cancellation of its kind on a later day.
        """
        newest: dict[tuple[str, int], SurgeryPlanned] = {}
        for plan in self.planned:
            key = kind_of(plan.procedure), stage_of(plan)
            other = newest.get(key)
            if other is None or plan.on > other.on or plan.planned_for < other.planned_for:
                newest[key] = plan
        standing = [plan for (kind, stage), plan in newest.items() if not self._plan_ended(plan, kind, stage)]
        return sorted(standing, key=lambda plan: (plan.planned_for, plan.id))

    def _plan_ended(self, plan: SurgeryPlanned, kind: str, stage: int) -> bool:
        for event in self.surgery:
            if event.on >= plan.on and kind_of(event.procedure) == kind and not (is_first_stage(event) and stage != 1):
                return True
        return any(event.on > plan.on and kind_of(event.procedure) == kind for event in self.cancelled)

    def liver_plans(self) -> list[SurgeryPlanned]:
        return [plan for plan in self.plans() if plan.procedure in LIVER] if self.planned else []

    def doses(self) -> list[Dose]:
        """Every day on which bevacizumab was given or has to be taken for given (G3), whatever the line and its
        intent.
        """
        found: list[Dose] = []
        for start in self.starts:
            if start.biologic == BIOLOGIC_WITH_HOLD:
                found += self._doses_of(start)
        return found

    def _doses_of(self, start: SystemicStarted) -> list[Dose]:
        stops = self.stops_of(start)
        following = self.next_start(start)
        first_stop = stops[0].on if stops else date.max
        found = [
            Dose(cycle.on, cycle)
            for cycle in self.cycles_of(start)
            if cycle.biologic_given or (cycle.biologic_given is None and cycle.on <= first_stop)
        ]
        found += [Dose(stop.last_dose, stop) for stop in stops if stop.last_dose is not None]
        end = stops[0] if stops else following
        if end is None:
            return found or [Dose(start.on, start)]
        within = self.numbers.bevacizumab_dose_within_days * DAY
        stated = any(stop.last_dose is not None for stop in stops if stop.on == first_stop)
        if not stated and not any(end.on - within <= dose.on <= end.on for dose in found):
            found.append(Dose(end.on, end))
        return found

    def last_dose(self) -> Dose | None:
        return max(self.doses(), key=lambda dose: dose.on, default=None)

    def bevacizumab_runs(self) -> bool:
        """The latest therapy has it, and it is not stopped, or was given after the stop."""
        if not self.starts or self.starts[-1].biologic != BIOLOGIC_WITH_HOLD:
            return False
        stops = self.stops_of(self.starts[-1])
        if not stops:
            return True
        return any(cycle.biologic_given and cycle.on > stops[-1].on for cycle in self.cycles)

    # --- follow-up ---------------------------------------------------------------------------------------------------

    def follow_up(self) -> tuple[date, Event]:
        """The day from which the five years count, and the fact of that day (H1)."""
        found: list[Event] = [event for event in self.operations if event.on == self.operated_on]
        found += [event for event in self.locoregional if event.residual_disease is False]
        first = latest_of(found) if found else self.entered
        return first.on, first

    def follow_up_end(self) -> date:
        return add_years(self.follow_up()[0], self.numbers.follow_up_years)

    def untreated(self) -> list[Recurrence]:
        """The recurrences after which, on a later day, nothing was operated, ablated or begun."""
        if not self.recurrences:
            return []
        treated = self.last_treated()
        return [event for event in self.recurrences if treated is None or treated <= event.on]

    def last_treated(self) -> date | None:
        days = [events[-1].on for events in (self.operations, self.locoregional, self.starts) if events]
        return max(days, default=None)

    # --- what the MDT says -------------------------------------------------------------------------------------------

    def word(self) -> list[MdtDecision]:
        """The MDT's decisions that speak: those of the latest day in the present state."""
        if not self.decisions or self.decisions[-1].on < self.since:
            return []
        day = self.decisions[-1].on
        return [decision for decision in self.decisions if decision.on == day]

    def stated(self, statement: str) -> bool | None:
        """One of the MDT's statements: false where one of the day's decisions denies it; None where nobody made it."""
        found = [value for value in (getattr(one, statement) for one in self.word()) if value is not None]
        return all(found) if found else None

    @property
    def navigator(self) -> str:
        """Who owns what is owed: the navigator, else the site."""
        if self.reassigned:
            return self.reassigned[-1].navigator
        return self.registered.navigator or self.registered.site or "unassigned"

    def latest(self, field: str, events: Sequence[Event], *, since: date = date.min) -> Reading | None:
        """The latest value of a field in these facts, the larger where a day gives two."""
        return _latest(events, field, since=since)


_LISTS: dict[type, str] = {
    Appointment: "appointments",
    Cea: "cea",
    Contact: "contacts",
    CycleGiven: "cycles",
    Died: "ended",
    Imaging: "imaging",
    LocoregionalPerformed: "locoregional",
    MdtDecision: "decisions",
    MolecularResult: "molecular",
    Pathology: "pathology",
    PerformanceStatus: "performance",
    PortalVeinEmbolisation: "pve",
    PrimaryIdentified: "primaries",
    Reassigned: "reassigned",
    Recurrence: "recurrences",
    Referred: "referred",
    Snoozed: "snoozed",
    SurgeryCancelled: "cancelled",
    SurgeryPerformed: "surgery",
    SurgeryPlanned: "planned",
    SystemicStarted: "starts",
    SystemicStopped: "stops",
    Visit: "visits",
    Volumetry: "volumetry",
    Withdrawn: "ended",
}
_STEERING = frozenset({Contact, Appointment, Snoozed, Reassigned})
"""They steer the work and say nothing of the patient: no news of her (X1)."""


def latest_of(events: Sequence[Any]) -> Any:
    """The latest event; of one day the one with the lowest id."""
    day = max(event.on for event in events)
    return min((event for event in events if event.on == day), key=lambda event: event.id)


def _latest(
    events: Sequence[Any],
    field: str,
    *,
    since: date = date.min,
    until: date = date.max,
    order: Callable[[Any], Any] | None = None,
) -> Reading | None:
    """The latest value of a field, from facts in order of days; of one day the greatest by `order`."""
    best: Reading | None = None
    for event in reversed(events):
        if event.on < since or (best is not None and event.on < best.event.on):
            break
        if event.on > until:
            continue
        value = getattr(event, field)
        if value is None:
            continue
        if best is None or (order(value) > order(best.value) if order else value > best.value):
            best = Reading(value, event)
    return best


def _worst(readings: list[Reading]) -> Reading | None:
    """The greatest value; of equal ones the latest fact."""
    best: Reading | None = None
    for reading in readings:
        if best is None or reading.value >= best.value:
            best = reading
    return best


def latest_extrahepatic(case: Case, since: date) -> tuple[Reading | None, Reading | None]:
    """Disease outside the liver: the latest word since a day, and the latest of all. `none` counts from CT and PET-CT
    only.
    """
    found = [
        one
        for one in case.imaging
        if one.extrahepatic is not None and (one.extrahepatic != "none" or one.modality in ("ct", "pet_ct"))
    ]
    order = _order(EXTRAHEPATIC)
    return _latest(found, "extrahepatic", since=since, order=order), _latest(found, "extrahepatic", order=order)
