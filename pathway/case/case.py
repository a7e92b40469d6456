"""All that is known of one patient on one day: her facts, and where she stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pathway.case.reading import Reading, latest, order, worst
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
EXTRAHEPATIC = ("none", "resectable", "unresectable")


@dataclass(slots=True)
class Stay:
    """A stay in resection, days of entering and leaving included."""

    entered: date
    taken_over: bool
    left: date | None = None

    def holds(self, day: date) -> bool:
        return self.entered <= day and (self.left is None or day <= self.left)


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
        self.primary_removed = False
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
            self.primary_removed = True

    def _operated(self, event: SurgeryPerformed) -> None:
        if event.procedure in LIVER:
            self.operations.append(event)
            self.operated_on = event.on
            self.line = None
        elif event.procedure == "primary":
            self.primary_removed = True

    def enter(self, state: State, event: Event) -> None:
        """The patient is in `state` from the day of `event` on."""
        if self.state is State.RESECTION:
            self.stays[-1].left = event.on
        if self.state is State.REASSESSMENT:
            self.reassessment_left = event.on
        if state is State.RESECTION:
            self.stays.append(Stay(event.on, type(event) is TakenOver))
        self.state, self.since, self.entered = state, event.on, event

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
        return self.primary_removed or self.of_primary(lambda event: event.resected) is True

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

    @property
    def episode_from(self) -> date:
        """The day after the last operation or the day of the last recurrence, the later; without either, all there
        is.
        """
        days = [event.on for event in self.recurrences]
        if self.operated_on is not None:
            days.append(self.operated_on + DAY)
        return max(days, default=date.min)

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
        return worst([Reading(one.lesion_count, one) for one in found])

    def worst_flag(self, field: str, until: date = date.max) -> Reading | None:
        """Bilobar or infiltrative: yes where any imaging of the episode says so, no where one denies it, else None."""
        start = self.episode_from
        return worst(
            [
                Reading(getattr(one, field), one)
                for one in self.imaging
                if start <= one.on <= until and getattr(one, field) is not None
            ]
        )

    def latest_count_ever(self) -> Reading | None:
        """The latest number of lesions of all (J3); an ultrasound's only where no other imaging gives one."""
        found = [one for one in self.imaging if one.lesion_count is not None]
        better = [one for one in found if one.modality != "ultrasound"]
        return latest(better or found, "lesion_count")

    def latest_size(self, field: str) -> Reading | None:
        """The latest count or size in the episode (F2, F3, E3)."""
        return latest(self._sizes(field, date.max), field)

    def latest_bilobar(self) -> Reading | None:
        """The latest word on both lobes in the episode (E2)."""
        return latest(self.imaging, "bilobar", since=self.episode_from)

    def progressions(self) -> list[Imaging]:
        return [one for one in self.imaging if one.response == "progression"]

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


def latest_extrahepatic(case: Case, since: date) -> tuple[Reading | None, Reading | None]:
    """Disease outside the liver: the latest word since a day, and the latest of all. `none` counts from CT and PET-CT
    only.
    """
    found = [
        one
        for one in case.imaging
        if one.extrahepatic is not None and (one.extrahepatic != "none" or one.modality in ("ct", "pet_ct"))
    ]
    scale = order(EXTRAHEPATIC)
    return latest(found, "extrahepatic", since=since, by=scale), latest(found, "extrahepatic", by=scale)
