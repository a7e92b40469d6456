"""Random histories, guided by what is allowed from where the patient stands.

A walker that draws steps blindly never leaves the work-up. This one looks at the questions of the step it has in mind
and records what answers them (or what fails them, or nothing), moves the clock by amounts that lie at the boundaries,
enters things late, corrects, takes over, closes and brings back. Each walk has tastes of its own, so that the rare ways
are walked too; `coverage` says what a set of walks never reached.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec

from pathway import criteria, events
from pathway.answer import show
from pathway.case.operation import present_operation
from pathway.criteria import FACT, MET, QUESTIONS, Asked, Finding, judge
from pathway.dates import add_months
from pathway.errors import Refused, StepRefused
from pathway.events import RULES, Advanced, Died, Event, SurgeryPerformed, Withdrawn
from pathway.history import History
from pathway.journey import Journey, admit
from pathway.journey import walk as replay
from pathway.protocol import load
from pathway.states import CLOSE, FROM, STEP, TRIGGERS, Row, State

MRN = "W-1"
DAY = timedelta(days=1)
PROTOCOL = load()
Fields = dict[str, Any]

TEAM = (
    "medical_oncologist",
    "hepatobiliary_surgeon",
    "interventional_radiologist",
    "diagnostic_radiologist",
    "colorectal_surgeon",
)
STATEMENTS = (
    "r0_achievable",
    "other_options_exhausted",
    "comorbidity_prevents_surgery",
    "patient_refuses_surgery",
    "high_tumour_burden",
    "caveat_seen",
)
PROCEDURES = ("resection", "two_stage", "resection_with_ablation", "primary", "other")
LIVER_PROCEDURES = PROCEDURES[:3]
MODALITIES = ("tace", "tae", "rfa", "mwa", "sirt", "prrt", "other")
REGIMENS = ("FOLFOX", "folfox", "FOLFIRI", "FOLFOXIRI", "FOLFIRINOX", "CAPOX", "pembrolizumab", "octreotide", "5-FU")
BIOLOGICS = ("bevacizumab", "cetuximab", "panitumumab", "trastuzumab")
SEGMENTS = ("I", "II", "III", "IVA", "IVB", "V", "VI", "VII", "VIII")
LOCATIONS = ("caecum", "ascending", "transverse", "splenic_flexure", "sigmoid", "rectum")
WHAT = ("ct", "volumetry", "cea", "visit", "surgery", "mdt", "other")
STEERING = ("contact", "appointment", "snoozed", "reassigned")
SERVES = {
    "reassessment": "ct",
    "surveillance_ct": "ct",
    "remeasure_remnant": "volumetry",
    "surveillance_cea": "cea",
    "urgent_evaluation": "visit",
    "mdt_review": "mdt",
}
GAPS = (1, 2, 5, 7, 13, 14, 15, 20, 21, 22, 27, 28, 29, 41, 42, 43, 55, 56, 57, 60, 75, 90, 99, 100, 101, 200)
MONTHS = (1, 2, 3, 6, 12)
AWKWARD_DAYS = ((1, 31), (2, 28), (3, 31), (8, 31), (8, 30), (8, 29), (11, 30), (12, 31))


@dataclass(frozen=True, slots=True)
class Try:
    """An event that was offered: how many had been recorded before it, on which day of entry, and what became of it."""

    place: int
    event: Fields
    accepted: bool
    entered: date
    source: str = ""
    """The state from which a step was tried."""
    why: str = ""
    """Empty where accepted; `shape`, `structure`, `no step` or `criteria`."""
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Walk:
    """A history in order of arrival, and everything that was tried on the way."""

    events: list[Fields] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    entered: date = date.min
    """The last day of entry."""

    def __str__(self) -> str:
        return readable(self.events)


def readable(found: Iterable[Fields]) -> str:
    """One event a line, as a person reads it."""
    lines = []
    for event in found:
        rest = {key: value for key, value in event.items() if key not in ("mrn", "on", "type", "id")}
        if set(rest.get("present", ())) == set(TEAM):
            rest["present"] = "all"
        words = " ".join(f"{key}={value}" for key, value in rest.items())
        lines.append(f"{event['on']}  {event['type']:<22} {event.get('id', ''):<8} {words}".rstrip())
    return "\n".join(lines)


def parsed(found: Iterable[Fields], today: date = date(2199, 12, 31)) -> list[Event]:
    """The events of a walk as the core reads them."""
    return [events.identified(events.read(event, today=today)) for event in found]


class Walker:
    """One walk: a patient, a clock, and tastes of its own."""

    def __init__(self, rng: random.Random, length: int) -> None:
        self.rng = rng
        self.length = length
        self.walk = Walk()
        self.history = History.of([])
        self.ids: set[str] = set()
        year = rng.randrange(2012, 2024)
        month, day = rng.choice(AWKWARD_DAYS) if rng.random() < 0.4 else (rng.randrange(1, 13), rng.randrange(1, 29))
        leap = year % 4 == 0 and rng.random() < 0.15
        self.clock = date(year, 2, 29) if leap else date(year, month, day)
        self.instants = rng.choice(("none", "none", "all", "all", "late"))
        """Whether events say when they were recorded: never, in order of arrival, or some of them out of it."""
        self.primary = rng.choice(
            ("colorectal", "colorectal", "colorectal", "neuroendocrine", "gastric", "gastric", "other", None)
        )
        self.biologic = rng.choice((*BIOLOGICS, "bevacizumab", "bevacizumab", None, None))
        self.healthy = rng.random()
        """How often what is recorded is good news."""
        self.eager = rng.choice((0.3, 0.6, 0.9))
        """How often what a step asks is recorded before it is tried."""
        self.taste = {trigger: rng.choice((0.1, 0.5, 1, 1, 4)) for trigger in TRIGGERS}
        self.acts: dict[Callable[[], None], float] = {
            self.act_step: 9 * rng.choice((0.5, 1, 2)),
            self.act_naturally: 9 * rng.choice((0.5, 1, 2)),
            self.act_wait: 3 * rng.choice((0.3, 1, 2)),
            self.act_at_an_alert: 4 * rng.choice((0.2, 1, 2)),
            self.act_at_random: 3 * rng.choice((0.1, 0.5, 2)),
            self.act_in_a_bundle: 1.5 * rng.choice((0, 0.5, 2)),
            self.act_late: 2 * rng.choice((0, 0.5, 2)),
            self.act_correcting: 2.5 * rng.choice((0, 0.4, 2)),
            self.act_steering: 2 * rng.choice((0, 0.5, 2)),
            self.act_taking_over: 0.4 * rng.choice((0, 0.3, 3)),
            self.act_closing: 0.5 * rng.choice((0.2, 1, 3)),
            self.act_wrongly: 0.4 * rng.choice((0, 1, 2)),
            self.act_following_up: 2.5 * rng.choice((0, 1, 2)),
        }

    # --- the frame ---------------------------------------------------------------------------------------------------

    def go(self) -> Walk:
        self._begin()
        idle = 0
        while len(self.walk.events) < self.length and idle < 40 and self.clock < date(2120, 1, 1):
            before = len(self.walk.events)
            act = self.rng.choices(list(self.acts), list(self.acts.values()))[0]
            act()
            idle = idle + 1 if len(self.walk.events) == before else 0
        self.walk.entered = self.clock
        return self.walk

    def _begin(self) -> None:
        rng = self.rng
        if rng.random() < 0.05:
            self.record("advanced", trigger="begin_workup")
        fields: Fields = {"name": "A", "birth_date": self.clock.replace(year=1950, day=1).isoformat(), "sex": "female"}
        if rng.random() < 0.6:
            fields["navigator"] = rng.choice(("Nora", "Noel"))
        if rng.random() < 0.5:
            fields["site"] = "North"
        self.record("registered", **fields)
        if rng.random() < 0.25:
            for _ in range(rng.randrange(4)):
                self.fact(rng.choice(tuple(FACTS)), on=self.clock - rng.choice((1, 30, 100, 200, 400)) * DAY)
            state = rng.choice([state for state in State if state is not State.CLOSED])
            self.record("taken_over", state=state.value)
        else:
            if rng.random() < 0.8:
                self.fact("referred", high_volume_centre=rng.random() < 0.7)

    def offer(self, kind: str, /, on: date | None = None, **fields: Any) -> Try:
        """An event as it is put to the core; kept where it is admitted."""
        event: Fields = {"mrn": MRN, "type": kind, "on": (on or self.clock).isoformat(), "id": self._new_id()}
        event |= {key: value for key, value in fields.items() if value is not None}
        if self.rng.random() < 0.1:
            event["by"] = self.rng.choice(("Dr A", "Dr B"))
        if self.rng.random() < 0.03:
            event["note"] = "as told"
        self._stamp(event)
        source = ""
        place = len(self.walk.events)
        try:
            read = events.identified(events.read(event, today=self.clock))
        except Refused:
            found = Try(place, event, accepted=False, entered=self.clock, why="shape")
            self.walk.tries.append(found)
            return found
        if type(read) is Advanced and self.history.registered is not None:
            journey = replay(self.history.with_(read), read.on, PROTOCOL, until=read)
            source = journey.case.state.value if journey else ""
        try:
            self.history = admit(self.history, read, PROTOCOL, today=self.clock)
        except StepRefused as refused:
            why = "criteria" if refused.findings else "no step" if source else "structure"
            found = Try(
                place, event, accepted=False, entered=self.clock, source=source, why=why, findings=refused.findings
            )
        except Refused:
            found = Try(place, event, accepted=False, entered=self.clock, source=source, why="structure")
        else:
            self.walk.events.append(event)
            found = Try(place, event, accepted=True, entered=self.clock, source=source)
        self.walk.tries.append(found)
        return found

    def record(self, kind: str, /, on: date | None = None, **fields: Any) -> bool:
        return self.offer(kind, on, **fields).accepted

    def _new_id(self) -> str:
        while True:
            found = f"{self.rng.randrange(16**5):05x}"
            if found not in self.ids:
                self.ids.add(found)
                return found

    def _stamp(self, event: Fields) -> None:
        if self.instants == "none":
            return
        day, second = self.clock, len(self.walk.events)
        if self.instants == "late" and self.rng.random() < 0.3:
            day -= self.rng.choice((1, 3, 30)) * DAY
            second = self.rng.randrange(3)
        event["recorded_at"] = f"{day.isoformat()}T10:{second // 60 % 60:02}:{second % 60:02}Z"

    def journey(self) -> Journey | None:
        return replay(self.history, self.clock, PROTOCOL)

    def answers(self) -> Fields:
        """What the product says of her today."""
        return show(self.history, self.clock, PROTOCOL) or {"alerts": [], "recommendation": {"missing": []}}

    def alerts(self) -> list[Fields]:
        found: list[Fields] = self.answers()["alerts"]
        return found

    def due(self, rule: str) -> date:
        """The day on which something is due; today where it is not owed."""
        return next((date.fromisoformat(one["due_on"]) for one in self.alerts() if one["rule"] == rule), self.clock)

    @property
    def state(self) -> State:
        journey = self.journey()
        return journey.case.state if journey else State.DIAGNOSIS

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def fact(self, kind: str, /, on: date | None = None, **fixed: Any) -> bool:
        """A fact with random fields, the given ones as given."""
        return self.record(kind, on, **{**FACTS[kind](self), **fixed})

    # --- time --------------------------------------------------------------------------------------------------------

    def act_wait(self) -> None:
        rng = self.rng
        if self.chance(0.6):
            self.clock += rng.choice(GAPS) * DAY
        elif self.chance(0.8):
            self.clock = add_months(self.clock, rng.choice(MONTHS))
        elif self.state in (State.SURVEILLANCE, State.ADJUVANT, State.COMPLETED):
            self.clock = add_months(self.clock, rng.choice((24, 60)))

    def breathe(self) -> None:
        """Often nothing, sometimes a few days."""
        if self.chance(0.4):
            self.clock += self.rng.choice((1, 1, 3, 7, 13, 14, 15, 28, 42, 56)) * DAY

    def act_at_an_alert(self) -> None:
        """To the edge of something owed, and often do what it asks."""
        alerts = self.alerts()
        if not alerts:
            return
        one = self.rng.choice(alerts)
        day = date.fromisoformat(one[self.rng.choice(("opens_on", "due_on"))]) + self.rng.choice((-1, 0, 0, 1)) * DAY
        if self.clock <= day < date(2120, 1, 1):
            self.clock = day
        if self.chance(0.6):
            self.answer(one["rule"])

    def answer(self, rule: str) -> None:
        for kind, fixed in ANSWERS.get(rule, ()):
            if self.chance(0.7):
                self.fact(kind, **fixed)

    # --- steps -------------------------------------------------------------------------------------------------------

    def act_step(self) -> None:
        """One step from where she stands, with what it asks recorded or not."""
        journey = self.journey()
        if journey is None:
            return
        rows = FROM[journey.case.state]
        if not rows:
            self.act_closed()
            return
        row = self.rng.choices(rows, [self.taste[row.trigger] for row in rows])[0]
        modality = self.rng.choice((*MODALITIES, "prrt", None)) if row.trigger == "offer_locoregional" else None
        asked = Asked(row.trigger, modality)
        mood = self.rng.random()
        override = {"reason": "as agreed", "by": "Dr O"} if self.chance(0.25) else None
        if override and self.chance(0.7):
            self.remedy(row, asked, only=self.rng.choice(((FACT,), (FACT, "M1"))))
        elif mood < self.eager:
            for _ in range(3):
                if not self.remedy(row, asked) or self.state not in row.sources:
                    break
        elif mood < self.eager + 0.2:
            self.remedy(row, asked, share=0.6)
        self.record("advanced", trigger=row.trigger, modality=modality, override=override)

    def remedy(self, row: Row, asked: Asked, share: float = 1.0, only: Sequence[str] = ()) -> bool:
        """Record what would answer the questions that are open; whether there was any."""
        journey = self.journey()
        if journey is None or journey.case.state not in row.sources:
            return False
        case = journey.case
        open_ones = [finding for finding in judge(case, asked) if finding.verdict is not MET]
        if only:
            open_ones = [finding for finding in open_ones if finding.id in only]
        statements: Fields = {}
        meeting = False
        for finding in open_ones:
            if not self.chance(share):
                continue
            if finding.id in _BY_THE_MDT:
                meeting = True
                statements |= _BY_THE_MDT[finding.id]
            elif finding.id == FACT:
                clause = next(clause.name for clause in row.facts if _NAMES[clause.name] == finding.name)
                meeting |= self.make_true(journey, clause)
            else:
                self.mend(journey, finding.id, asked)
        if asked.trigger == "offer_locoregional" and any(finding.id == "F1" for finding in open_ones):
            self.mend(journey, "F1", asked)
            meeting = True
            statements.setdefault("r0_achievable", self.chance(0.3))
        if meeting:
            self.breathe()
            plan = asked.trigger if self.chance(0.7) or _needs_plan(row) else None
            if any(finding.id in ("M1", FACT) for finding in open_ones) and self.history.order:
                day = self.history.order[-1].on
                if day == self.clock and self.chance(0.5):
                    self.clock += DAY
            self.fact("mdt_decision", **{**_WHOLE, "plan": plan, "present": list(TEAM), **statements})
        return bool(open_ones)

    def mend(self, journey: Journey, row: str, asked: Asked) -> None:
        """Facts that answer a question with met."""
        rng, case = self.rng, journey.case
        match row:
            case "A1":
                self.fact("primary_identified", method=rng.choice(("colonoscopy", "liver_biopsy")))
            case "C5" | "J1":
                missing = self.answers()["recommendation"]["missing"]
                if "primary" in missing:
                    self.fact("primary_identified", primary=self.primary)
                elif "side" in missing:
                    self.fact(
                        "primary_identified", primary="colorectal", side=rng.choice(("left", "right")), location=None
                    )
                markers = [name for name in missing if name in ("mmr", "ras", "braf", "her2")]
                if markers:
                    values = {name: rng.choice(_MARKERS[name]) for name in markers}
                    again = any(getattr(event, name) for event in case.molecular for name in markers)
                    self.fact("molecular_result", **{**_NO_MARKERS, **values, "new_specimen": True if again else None})
            case "C7" | "L2" | "J2":
                if row == "J2" and not case.starts:
                    self.fact("systemic_started", intent="neoadjuvant")
                count = 1 if row == "J2" or self.primary == "gastric" else rng.choice((1, 2, 5))
                self.fact(
                    "imaging", modality="ct", lesion_count=count, bilobar=False, infiltrative=False, extrahepatic="none"
                )
            case "D2":
                self.fact("volumetry", remnant_percent=rng.choice((30.1, 31, 40, 55)), estimated=None)
            case "D3":
                if case.line is None:
                    self.fact("systemic_started", intent="neoadjuvant")
                    self.clock += rng.choice((1, 14, 56, 60)) * DAY
                    self.fact("cycle_given")
                    self.breathe()
                elif not any(cycle.on >= case.line.on for cycle in case.cycles):
                    self.fact("cycle_given")
                self.clock += rng.choice((0, 0, 1, 7)) * DAY
                self.fact("imaging", modality="ct", response=rng.choice(("complete", "partial", "stable")))
            case "D4":
                self.fact(
                    "imaging", modality=rng.choice(("ct", "pet_ct")), extrahepatic=rng.choice(("none", "resectable"))
                )
            case "D5":
                self.fact("performance_status", ecog=rng.choice((0, 1)))
            case "N1":
                self.fact("referred", high_volume_centre=True)
            case "F1":
                if not case.starts:
                    self.fact("systemic_started", intent=rng.choice(("neoadjuvant", "continued")))
                kind, fixed = rng.choice(_UNRESECTABLE)
                self.fact(kind, **fixed)
            case "F2" | "F3":
                self.fact("imaging", modality="ct", lesion_count=rng.choice((2, 3, 9)), largest_mm=rng.choice((10, 40)))
                if row == "F2" and self.chance(0.3):
                    self.fact("primary_identified", primary="neuroendocrine", functional=True, side=None, location=None)
            case "I3":
                self.fact("primary_identified", primary="neuroendocrine", side=None, location=None)
            case "G1":
                self.operate()
            case "H1":
                self.clock = max(self.clock, self.due("follow_up_complete") + rng.choice((-1, 0, 0, 1)) * DAY)
            case _:
                raise AssertionError(row)

    def make_true(self, journey: Journey, fact: str) -> bool:
        """What a step rests on; whether the MDT should say it."""
        rng, case = self.rng, journey.case
        match fact:
            case "baseline imaging":
                self.fact("imaging", purpose="baseline")
            case "cycle and response, or MDT plan":
                if self.chance(0.25):
                    return True
                if case.line is None or self.chance(0.3):
                    self.fact("systemic_started", intent="continued" if case.state is State.SYSTEMIC else "neoadjuvant")
                for _ in range(rng.randrange(1, 3)):
                    self.breathe()
                    self.fact("cycle_given")
                if self.chance(0.2):  # all of the six months, or a day less or more
                    self.clock = add_months(self.clock, 6) + rng.choice((-1, 0, 0, 1)) * DAY
                    self.fact("cycle_given")
                self.breathe()
                self.fact("imaging", response=self.response())
            case "locoregional therapy and response, or MDT plan":
                if self.chance(0.25):
                    return True
                self.fact("locoregional_performed")
                self.breathe()
                self.fact("imaging", response=self.response())
            case "operation off, recurrence, progression or R2":
                kind, fixed = rng.choice(_OFF)
                self.fact(kind, **fixed)
            case "operation done":
                self.operate()
            case "operation done, and six months used up or quorate MDT plan":
                if present_operation(case) is None:
                    self.operate()
                return True
            case "MDT plan":
                return True
            case "six months complete, or therapy stopped for a reason":
                if self.chance(0.5):
                    end = self.due("perioperative_complete")
                    self.clock = max(self.clock, end + rng.choice((-1, 0, 0, 1)) * DAY)
                else:
                    self.fact("systemic_stopped", what="all", reason=rng.choice(("toxicity", None, "her wish")))
            case "no residual disease":
                self.fact("locoregional_performed", residual_disease=False)
            case "recurrence or progression":
                if self.chance(0.6):
                    self.fact("recurrence")
                else:
                    self.fact("imaging", response="progression")
            case "no untreated recurrence":
                self.clock += rng.choice((0, 1, 1)) * DAY
                kind, fixed = rng.choice(_TREATED)
                self.fact(kind, **fixed)
            case "modality":
                pass
            case _:
                raise AssertionError(fact)
        return False

    def operate(self) -> None:
        """An operation; the second stage where a first one is the last of them."""
        done = [event for event in self.history.order if event.type == "surgery_performed"]
        procedure = self.rng.choice(LIVER_PROCEDURES)
        stage = self.rng.choice((None, 1))
        if done and done[-1] in self.first_stages() and self.chance(0.9):
            procedure, stage = "two_stage", 2
            self.clock += self.rng.choice((0, 1, 28, 41, 42, 43)) * DAY
        self.fact("surgery_performed", procedure=procedure, stage=stage if procedure == "two_stage" else None)

    def first_stages(self) -> list[Event]:
        return [
            event
            for event in self.history.order
            if isinstance(event, SurgeryPerformed) and event.procedure == "two_stage" and event.stage != 2
        ]

    def response(self) -> str:
        if self.chance(self.healthy):
            return self.rng.choice(("complete", "partial", "stable"))
        return self.rng.choice(("progression", "stable"))

    # --- what happens in each state ----------------------------------------------------------------------------------

    def act_naturally(self) -> None:
        """What usually happens where she stands."""
        self.breathe()
        state = self.state
        if state is State.CLOSED:
            self.act_closed()
            return
        kind, fixed = self.rng.choice(_USUAL[state])
        self.fact(kind, **fixed)

    def act_closed(self) -> None:
        """Something after the end: brought back, taken over, or a fact that should not be."""
        if self.chance(0.5):
            journey = self.journey()
            assert journey is not None
            if journey.case.ended:
                self.record("corrected", event=journey.case.ended[-1].id)
        elif self.chance(0.4):
            self.act_taking_over()
        else:
            self.fact(self.rng.choice(tuple(FACTS)))

    def act_at_random(self) -> None:
        self.fact(self.rng.choice(tuple(FACTS)))

    def act_in_a_bundle(self) -> None:
        """Several facts of one day, which may contradict one another."""
        kind = self.rng.choice(_CONTRARY)
        for _ in range(self.rng.randrange(2, 4)):
            self.fact(kind)
        if self.chance(0.5):
            self.fact(self.rng.choice(tuple(FACTS)))

    def an_earlier_day(self) -> date:
        """A day on or before today: often one on which something happened, or beside it."""
        days = [event.on for event in self.history.order] or [self.clock]
        if self.chance(0.7):
            found = self.rng.choice(days) + self.rng.choice((-1, 0, 0, 0, 1)) * DAY
        else:
            found = self.clock - self.rng.choice(GAPS) * DAY
        return min(found, self.clock)

    def act_late(self) -> None:
        """A fact or a step that is entered after its day."""
        on = self.an_earlier_day()
        if self.chance(0.65):
            self.fact(self.rng.choice(tuple(FACTS)), on=on)
            return
        journey = replay(self.history, on, PROTOCOL)
        if journey is None:
            return
        rows = FROM[journey.case.state]
        if not rows:
            return
        row = self.rng.choice(rows)
        modality = self.rng.choice((*MODALITIES, "prrt", None)) if row.trigger == "offer_locoregional" else None
        override = {"reason": "entered late", "by": "Dr L"} if self.chance(0.6) else None
        if override and row.facts and self.chance(0.6):
            kind, fixed = self.rng.choice(_LATE.get(row.trigger, (("contact", {}),)))
            self.fact(kind, on=on, **fixed)
        self.record("advanced", on, trigger=row.trigger, modality=modality, override=override)

    def act_wrongly(self) -> None:
        """What cannot be: a step from elsewhere, a second registration, a closing by hand."""
        rng = self.rng
        match rng.randrange(4):
            case 0:
                self.record("registered", name="B", birth_date="1950-01-01", sex="male")
            case 1:
                self.record("advanced", trigger=CLOSE)
            case 2:
                override = {"reason": "try", "by": "Dr T"} if self.chance(0.5) else None
                self.record("advanced", trigger=rng.choice(TRIGGERS), override=override)
            case _:
                self.record("taken_over", on=self.clock - 4000 * DAY, state="systemic")

    def act_taking_over(self) -> None:
        on = self.an_earlier_day() if self.chance(0.2) else None
        state = self.rng.choice([state for state in State if state is not State.CLOSED])
        self.record("taken_over", on, state=state.value, reason=self.rng.choice((None, "transfer in")))

    def act_closing(self) -> None:
        """A death or a withdrawal; often entered in error, and taken back at once."""
        on = self.an_earlier_day() if self.chance(0.2) else None
        kind = self.rng.choice(("died", "withdrawn"))
        if kind == "withdrawn" and self.chance(0.5):
            for _ in range(self.rng.randrange(4)):
                self.fact("contact")
                self.clock += self.rng.choice((0, 1, 7)) * DAY
        if self.fact(kind, on) and self.chance(0.6):
            self.record("corrected", event=self.walk.events[-1]["id"])

    def act_following_up(self) -> None:
        """Years of follow-up: scans, markers and visits about their windows; else on towards it."""
        rng = self.rng
        journey = self.journey()
        if journey is None or journey.case.state not in (State.SURVEILLANCE, State.COMPLETED, State.ADJUVANT):
            return
        if self.chance(0.35):  # a marker that rises
            self.fact("cea", ng_per_ml=self.rng.choice((4, 5, 6)))
            self.clock += self.rng.choice((0, 14, 60)) * DAY
            self.fact("cea", ng_per_ml=self.rng.choice((4.8, 5, 6, 6.01, 7.2, 7.21, 9)))
            return
        if journey.case.state is State.COMPLETED:
            self.clock = add_months(self.clock, rng.choice((1, 12)))
            self.fact(rng.choice(("recurrence", "imaging", "cea", "mdt_decision", "pathology")))
            return
        for _ in range(rng.randrange(1, 7)):
            self.clock = add_months(self.clock, rng.choice((3, 3, 6, 6, 12, 12)))
            self.clock += rng.choice((0, 0, -1, 1)) * DAY
            if self.chance(0.7):
                self.fact("imaging", modality=rng.choice(("ct", "pet_ct", "mri", "ultrasound")), response=None)
            if self.chance(0.5):
                self.fact("cea")
            if self.chance(0.5):
                self.fact("visit", kind="surveillance")
        if self.chance(0.3):
            self.clock = max(self.clock, self.due("follow_up_complete") + rng.choice((-14, -1, 0, 1)) * DAY)

    def act_steering(self) -> None:
        """Calls, bookings, snoozes, another navigator."""
        rng = self.rng
        alerts = self.alerts()
        if alerts and self.chance(0.7):
            rule = rng.choice(alerts)["rule"]
            if self.chance(0.5):
                days = rng.choice((0, 1, 6, 7, 8, 30, 400))
                self.fact("snoozed", rule=rule, until=(self.clock + days * DAY).isoformat())
                self.clock += rng.choice((0, 0, 1, 6, 7, 8)) * DAY
                return
            self.fact("appointment", what=SERVES.get(rule, "surgery"))
            return
        self.fact(rng.choice(STEERING))

    # --- corrections -------------------------------------------------------------------------------------------------

    def act_correcting(self) -> None:
        """An event was wrong: taken away, replaced, moved; or a correction was."""
        rng = self.rng
        everything = self.walk.events
        if not everything:
            return
        corrections = [event for event in everything if event["type"] == "corrected"]
        if corrections and self.chance(0.35):
            target = rng.choice(corrections)
            if self.chance(0.1):
                self.record("corrected", event=target["id"], replacement={"event": "x"})
            else:
                self.record("corrected", event=target["id"])
            return
        if self.chance(0.03):
            self.record("corrected", event="nobody")
            return
        recent = everything[-12:] if self.chance(0.6) else everything
        target = rng.choice([event for event in recent if event["type"] != "corrected"] or everything[:1])
        if self.chance(0.35):
            self.record("corrected", event=target["id"])
            return
        on = self.an_earlier_day() if self.chance(0.1) else None
        self.record("corrected", on, event=target["id"], replacement=self.replacement(target))

    def replacement(self, target: Fields) -> Fields:
        """The fields as they should have been: drawn anew, or one of them changed; and perhaps another day."""
        rng, kind = self.rng, target["type"]
        found = {key: value for key, value in target.items() if key not in ("mrn", "type", "id", "on", "recorded_at")}
        if kind in FACTS and self.chance(0.6):
            drawn = {key: value for key, value in FACTS[kind](self).items() if value is not None}
            if self.chance(0.5):
                found = drawn
            elif drawn:
                name = rng.choice(tuple(drawn))
                found[name] = drawn[name]
        elif kind == "taken_over":
            found["state"] = rng.choice([state.value for state in State if state is not State.CLOSED])
        elif kind == "registered" and self.chance(0.5):
            found["navigator"] = "Nils"
        elif kind == "advanced":
            if self.chance(0.4):
                found["override"] = {"reason": "as it was", "by": "Dr R"}
            else:
                found.pop("override", None)
        if self.chance(0.4):
            day = date.fromisoformat(target["on"]) + rng.choice((-30, -7, -2, -1, 0, 1, 2, 7, 30)) * DAY
            found["on"] = min(day, self.clock).isoformat()
        return found


# --- facts with random fields, with a taste for boundaries -----------------------------------------------------------


def _maybe(walker: Walker, share: float, *values: Any) -> Any:
    return walker.rng.choice(values) if walker.rng.random() < share else None


def _ahead(walker: Walker, *days: int) -> str:
    return (walker.clock + walker.rng.choice(days) * DAY).isoformat()


def _imaging(walker: Walker) -> Fields:
    rng, well = walker.rng, walker.healthy
    counts = (0, 1, 1, 2, 3, 5) if rng.random() < well else (1, 5, 6, 9, 10, 11, 14)
    segments = rng.sample(SEGMENTS, rng.randrange(0, 4)) if rng.random() < 0.4 else None
    return {
        "modality": rng.choice(("ct", "ct", "ct", "mri", "pet_ct", "ultrasound")),
        "purpose": rng.choice(("baseline", "reassessment", "surveillance", "other")),
        "lesion_count": _maybe(walker, 0.5, *counts),
        "largest_mm": _maybe(walker, 0.4, 10, 25, 39.9, 40, 40, 40.1, 41, 60),
        "bilobar": _maybe(walker, 0.5, rng.random() > well, False),
        "infiltrative": _maybe(walker, 0.4, rng.random() > well, False, True),
        "rim_enhancing_necrotic": _maybe(walker, 0.2, True, False),
        "segments": segments,
        "response": _maybe(walker, 0.25, walker.response()),
        "extrahepatic": _maybe(
            walker, 0.5, "none", "none", "resectable", *(("unresectable",) if rng.random() > well else ())
        ),
        "ct_contraindicated": _maybe(walker, 0.15, True, False),
    }


def _primary(walker: Walker) -> Fields:
    rng = walker.rng
    primary = walker.primary if walker.primary and rng.random() < 0.9 else None
    primary = primary or rng.choice(("colorectal", "neuroendocrine", "gastric", "other"))
    location = _maybe(walker, 0.4, *LOCATIONS) if primary == "colorectal" else None
    side = None if location or primary != "colorectal" else _maybe(walker, 0.5, "left", "right")
    return {
        "primary": primary,
        "method": rng.choice(("colonoscopy", "upper_endoscopy", "liver_biopsy", "surgical_specimen", "other")),
        "side": side,
        "location": location,
        "resected": _maybe(walker, 0.3, True, False),
        "synchronous": _maybe(walker, 0.4, True, False),
        "functional": _maybe(walker, 0.5 if primary == "neuroendocrine" else 0.1, True, False),
    }


_MARKERS = {
    "mmr": ("proficient", "proficient", "proficient", "deficient"),
    "ras": ("wild_type", "wild_type", "mutated"),
    "braf": ("wild_type", "wild_type", "mutated"),
    "her2": ("positive", "negative"),
}
_NO_MARKERS: Fields = dict.fromkeys(_MARKERS)


def _molecular(walker: Walker) -> Fields:
    rng = walker.rng
    names = rng.sample(tuple(_MARKERS), rng.randrange(1, 4))
    return {
        **{name: rng.choice(_MARKERS[name]) for name in names},
        "new_specimen": _maybe(walker, 0.3, True, True, False),
    }


def _started(walker: Walker) -> Fields:
    rng = walker.rng
    state = walker.state
    intent = {State.SYSTEMIC: "continued", State.ADJUVANT: "adjuvant", State.RESECTION: "adjuvant"}.get(
        state, "neoadjuvant"
    )
    if rng.random() < 0.15:
        intent = rng.choice(("neoadjuvant", "continued", "adjuvant"))
    return {
        "intent": intent,
        "regimen": rng.choice(REGIMENS),
        "biologic": walker.biologic if rng.random() < 0.7 else rng.choice((*BIOLOGICS, None)),
        "deviation_reason": _maybe(walker, 0.2, "trial"),
    }


def _decision(walker: Walker) -> Fields:
    rng = walker.rng
    present: list[str] = list(TEAM)
    if rng.random() < 0.25:
        present.remove(rng.choice(present))
    if rng.random() < 0.15:
        present = rng.sample((*TEAM, "nurse"), rng.randrange(0, 6))
    plans = [row.trigger for row in FROM[walker.state]] or ["defer"]
    steps = [event["id"] for event in walker.walk.events if event["type"] == "advanced" and rng.random() < 0.7]
    return {
        "present": present,
        "plan": _maybe(walker, 0.5, *plans, *plans, "defer", rng.choice(TRIGGERS)),
        "review_on": _maybe(walker, 0.25, *(_ahead(walker, days) for days in (-1, 0, 1, 7, 14, 30, 90))),
        "reviewed": steps or None if rng.random() < 0.3 else None,
        **{name: _maybe(walker, 0.35, True, True, False) for name in STATEMENTS},
    }


def _planned(walker: Walker) -> Fields:
    rng = walker.rng
    procedure = rng.choice((*LIVER_PROCEDURES, *PROCEDURES))
    return {
        "planned_for": _ahead(walker, -3, 0, 1, 7, 14, 28, 41, 42, 43, 55, 56, 57, 63, 64, 90),
        "procedure": procedure,
        "stage": _maybe(walker, 0.6, 1, 2, 2) if procedure == "two_stage" else _maybe(walker, 0.05, 1, 2),
        "ablated_mm": _sizes(walker, procedure),
    }


def _sizes(walker: Walker, procedure: str) -> list[float] | None:
    if procedure != "resection_with_ablation" and walker.rng.random() < 0.9:
        return None
    return [walker.rng.choice((10, 39, 39.9, 40, 41)) for _ in range(walker.rng.randrange(0, 3))] or None


def _operated(walker: Walker) -> Fields:
    rng = walker.rng
    procedure = rng.choice((*LIVER_PROCEDURES, *PROCEDURES))
    return {
        "procedure": procedure,
        "stage": _maybe(walker, 0.7, 1, 1, 2) if procedure == "two_stage" else _maybe(walker, 0.05, 1, 2),
        "margin": _maybe(walker, 0.6, "R0", "R0", "R1", "R2"),
        "ablated_mm": _sizes(walker, procedure),
    }


def _stopped(walker: Walker) -> Fields:
    last = _maybe(walker, 0.35, *(_ahead(walker, -days) for days in (0, 1, 14, 28, 29, 42, 60)))
    return {
        "what": _maybe(walker, 0.7, "all", "all", "biologic"),
        "reason": _maybe(walker, 0.5, "toxicity", "her wish"),
        "last_dose": last,
    }


def _cea(walker: Walker) -> Fields:
    before = [event["ng_per_ml"] for event in walker.walk.events if event["type"] == "cea"]
    values: list[float] = [2, 4.9, 5, 5.1, 10]
    if before:
        values += [round(before[-1] * factor, 4) for factor in (1.19, 1.2, 1.21, 2, 0.5)] * 2
    return {"ng_per_ml": min(walker.rng.choice(values), 5000)}


def _appointment(walker: Walker) -> Fields:
    return {
        "what": walker.rng.choice(WHAT),
        "booked_for": _ahead(walker, -7, -1, 0, 0, 1, 2, 7, 30),
        "status": _maybe(walker, 0.6, "booked", "cancelled", "missed", "missed"),
    }


FACTS: dict[str, Callable[[Walker], Fields]] = {
    "referred": lambda w: {"site": w.rng.choice(("North", "South")), "high_volume_centre": w.rng.random() < 0.8},
    "primary_identified": _primary,
    "primary_resected": lambda _: {},
    "imaging": _imaging,
    "volumetry": lambda w: {
        "remnant_percent": w.rng.choice((12, 25, 29.9, 30, 30.1, 31, 39.9, 40, 40.1, 55)),
        "remnant_segments": _maybe(w, 0.4, 1, 2, 3),
        "estimated": _maybe(w, 0.4, True, True, False),
    },
    "molecular_result": _molecular,
    "performance_status": lambda w: {"ecog": w.rng.choice((0, 1, 1, 2, 3, 4))},
    "systemic_started": _started,
    "cycle_given": lambda w: {"number": w.rng.randrange(1, 9), "biologic_given": _maybe(w, 0.3, True, False)},
    "systemic_stopped": _stopped,
    "cea": _cea,
    "mdt_decision": _decision,
    "portal_vein_embolisation": lambda _: {},
    "surgery_planned": _planned,
    "surgery_cancelled": lambda w: {
        "procedure": _maybe(w, 0.5, *PROCEDURES),
        "reason": _maybe(w, 0.3, "unresectable"),
    },
    "surgery_performed": _operated,
    "pathology": lambda w: {"margin": w.rng.choice(("R0", "R0", "R1", "R2"))},
    "locoregional_performed": lambda w: {
        "modality": w.rng.choice(MODALITIES),
        "residual_disease": _maybe(w, 0.7, True, False, False),
    },
    "recurrence": lambda w: {"sites": w.rng.choice((["liver"], ["liver"], ["lung"], ["liver", "lung"], ["bone"]))},
    "visit": lambda w: {"kind": w.rng.choice(("oncology", "surveillance", "other"))},
    "contact": lambda w: {"outcome": w.rng.choice(("reached", "no_answer", "left_message"))},
    "appointment": _appointment,
    "snoozed": lambda w: {
        "rule": w.rng.choice(RULES),
        "until": _ahead(w, -1, 0, 1, 6, 7, 8, 30, 100),
        "reason": "on holiday",
    },
    "reassigned": lambda w: {"navigator": w.rng.choice(("Nora", "Noel", "Nia")), "reason": _maybe(w, 0.3, "leave")},
    "died": lambda w: {"cause": _maybe(w, 0.3, "cancer")},
    "withdrawn": lambda w: {
        "reason": w.rng.choice(
            ("declined", "transferred", "lost_to_follow_up", "lost_to_follow_up", "hospice", "other")
        )
    },
}
"""Every type of fact, with fields drawn for it. Deaths and withdrawals are rarer: see `_open_kinds`."""

_WHOLE: Fields = {"present": list(TEAM), "reviewed": None}
_BY_THE_MDT: dict[str, Fields] = {
    "D1": {"r0_achievable": True},
    "M1": {},
    "F4": {"other_options_exhausted": True},
    "F5": {"caveat_seen": True},
    "F2": {"high_tumour_burden": True},
    "F3": {"patient_refuses_surgery": True},
}
_NAMES = {phrase: name for phrase, (name, _) in criteria.FACTS.items()}
_UNRESECTABLE: Sequence[tuple[str, Fields]] = (
    ("performance_status", {"ecog": 2}),
    ("imaging", {"modality": "ct", "extrahepatic": "unresectable"}),
    ("imaging", {"modality": "ct", "response": "progression"}),
    ("volumetry", {"remnant_percent": 30, "estimated": None}),
)
_OFF: Sequence[tuple[str, Fields]] = (
    ("surgery_cancelled", {"procedure": None}),
    ("surgery_cancelled", {"procedure": "primary"}),
    ("recurrence", {}),
    ("imaging", {"response": "progression"}),
    ("surgery_performed", {"procedure": "resection", "margin": "R2"}),
    ("pathology", {"margin": "R2"}),
)
_TREATED: Sequence[tuple[str, Fields]] = (
    ("systemic_started", {}),
    ("locoregional_performed", {}),
    ("surgery_performed", {"procedure": "resection"}),
)
_LATE: dict[str, Sequence[tuple[str, Fields]]] = {
    "begin_workup": (("imaging", {"purpose": "baseline"}),),
    "abandon_resection": _OFF,
    "start_adjuvant": (("surgery_performed", {"procedure": "resection"}),),
    "restage": (("recurrence", {}), ("imaging", {"response": "progression"})),
    "reassess": (("mdt_decision", {"plan": "reassess", "present": list(TEAM)}),),
    "begin_surveillance": (("mdt_decision", {"plan": "begin_surveillance", "present": list(TEAM)}),),
}
_CONTRARY = (
    "imaging",
    "imaging",
    "primary_identified",
    "molecular_result",
    "volumetry",
    "performance_status",
    "mdt_decision",
    "referred",
    "surgery_planned",
    "surgery_performed",
    "systemic_started",
    "systemic_stopped",
    "cycle_given",
    "pathology",
    "cea",
    "appointment",
    "locoregional_performed",
    "reassigned",
)
_EVERYWHERE: Sequence[tuple[str, Fields]] = (
    ("imaging", {}),
    ("mdt_decision", {}),
    ("visit", {}),
    ("performance_status", {}),
    ("referred", {}),
)
_THERAPY: Sequence[tuple[str, Fields]] = (
    ("systemic_started", {}),
    ("systemic_started", {}),
    ("cycle_given", {}),
    ("cycle_given", {}),
    ("cycle_given", {}),
    ("systemic_stopped", {}),
    ("imaging", {"purpose": "reassessment", "response": "stable"}),
    ("imaging", {"purpose": "reassessment", "response": "progression"}),
    ("portal_vein_embolisation", {}),
    ("volumetry", {}),
    ("surgery_planned", {"procedure": "primary"}),
    ("surgery_planned", {}),
    *_EVERYWHERE,
)
_USUAL: dict[State, Sequence[tuple[str, Fields]]] = {
    State.DIAGNOSIS: (
        ("primary_identified", {}),
        ("imaging", {"purpose": "baseline", "rim_enhancing_necrotic": True, "infiltrative": True}),
        *_EVERYWHERE,
    ),
    State.MOLECULAR_WORKUP: (
        ("molecular_result", {}),
        ("molecular_result", {}),
        ("primary_identified", {}),
        ("volumetry", {}),
        *_EVERYWHERE,
    ),
    State.NEOADJUVANT: _THERAPY,
    State.SYSTEMIC: _THERAPY,
    State.REASSESSMENT: (
        ("volumetry", {}),
        ("volumetry", {"remnant_percent": 25, "estimated": None}),
        ("performance_status", {}),
        ("portal_vein_embolisation", {}),
        ("systemic_started", {}),
        ("cycle_given", {}),
        ("surgery_planned", {}),
        ("primary_resected", {}),
        *_EVERYWHERE,
    ),
    State.RESECTION: (
        ("surgery_planned", {}),
        ("surgery_planned", {}),
        ("surgery_planned", {"procedure": "two_stage", "stage": 2}),
        ("surgery_performed", {}),
        ("surgery_performed", {"procedure": "two_stage", "stage": 1}),
        ("surgery_performed", {"procedure": "two_stage", "stage": 2}),
        ("surgery_cancelled", {}),
        ("pathology", {}),
        ("systemic_started", {"intent": "adjuvant"}),
        ("systemic_stopped", {}),
        ("cycle_given", {}),
        ("portal_vein_embolisation", {}),
        ("volumetry", {}),
        *_EVERYWHERE,
    ),
    State.LOCOREGIONAL: (
        ("locoregional_performed", {}),
        ("locoregional_performed", {}),
        ("imaging", {"response": "partial"}),
        *_EVERYWHERE,
    ),
    State.ADJUVANT: (
        ("systemic_started", {"intent": "adjuvant"}),
        ("cycle_given", {}),
        ("systemic_stopped", {}),
        ("cea", {}),
        ("visit", {"kind": "surveillance"}),
        ("recurrence", {}),
        ("surgery_planned", {"procedure": "primary"}),
        *_EVERYWHERE,
    ),
    State.SURVEILLANCE: (
        ("imaging", {"modality": "ct", "purpose": "surveillance"}),
        ("cea", {}),
        ("cea", {}),
        ("visit", {"kind": "surveillance"}),
        ("recurrence", {}),
        ("primary_resected", {}),
        ("systemic_started", {}),
        *_EVERYWHERE,
    ),
    State.COMPLETED: (("recurrence", {}), ("imaging", {"response": "progression"}), ("cea", {}), *_EVERYWHERE),
}
ANSWERS: dict[str, Sequence[tuple[str, Fields]]] = {
    "identify_primary": (("primary_identified", {}),),
    "urgent_evaluation": (("visit", {"kind": "oncology"}),),
    "criterion_missing": (("molecular_result", {}), ("performance_status", {}), ("volumetry", {})),
    "refer_to_centre": (("referred", {}),),
    "act_awaited": (("surgery_planned", {}), ("systemic_started", {}), ("surgery_performed", {})),
    "reassessment": (("imaging", {"response": "partial"}),),
    "remeasure_remnant": (("volumetry", {}),),
    "mdt_review": (("mdt_decision", {}),),
    "bevacizumab_hold": (("systemic_stopped", {}),),
    "bevacizumab_conflict": (("surgery_planned", {}), ("surgery_cancelled", {})),
    "stale_before_surgery": (("imaging", {"modality": "ct"}), ("performance_status", {})),
    "second_stage": (("surgery_performed", {"procedure": "two_stage", "stage": 2}),),
    "adjuvant_start": (("systemic_started", {"intent": "adjuvant"}),),
    "perioperative_complete": (("systemic_stopped", {}),),
    "surveillance_ct": (("imaging", {"modality": "ct"}),),
    "surveillance_cea": (("cea", {}),),
    "cea_rising": (("imaging", {}),),
    "primary_in_place": (("primary_resected", {}),),
    "guard_violated": (("mdt_decision", {}),),
    "review_stalled": (("visit", {}),),
}


def _needs_plan(row: Row) -> bool:
    return any("MDT plan" in clause.name for clause in row.facts)


def wander(rng: random.Random, events: int = 60) -> Walk:
    """A history of up to so many events, with all that was tried on the way."""
    return Walker(rng, events).go()


def walk(rng: random.Random, events: int = 60) -> list[Fields]:
    """A history in order of arrival: event objects with ids. Every step in it was admitted when it came."""
    return wander(rng, events).events


# --- what a set of walks reached -------------------------------------------------------------------------------------

SUGGESTIONS = ("I1", "J3", "J4", "L2", "E1", "E2", "E3", "F2", "F3", "F4", "I2", "I3", "F5", "G2", "H4")
DEVIATIONS = (*sorted(QUESTIONS), "C8", "G2", "G3", "G4", "E3", "X2")
_NEVER_NOT_MET = ("C5", "J1")
_NEVER_UNKNOWN = ("F4", "F5", "H1")


def _wanted() -> dict[str, set[str]]:
    verdicts = {f"{row} {verdict}" for row in QUESTIONS for verdict in ("met", "not_met", "unknown")}
    verdicts -= {f"{row} not_met" for row in _NEVER_NOT_MET} | {f"{row} unknown" for row in _NEVER_UNKNOWN}
    optional = {
        f"{kind}.{name}"
        for kind, model in events.TYPES.items()
        for name in events.own_fields(kind)
        if name not in _required(model)
    }
    steps = {f"{trigger} from {state}" for trigger, state in STEP}
    return {
        "state": {str(state) for state in State},
        "edge": steps,
        "refused by its criteria": {step for step in steps if not step.startswith(CLOSE)},
        "refused": set(TRIGGERS),
        "alert": set(RULES),
        "deviation": set(DEVIATIONS),
        "suggestion": set(SUGGESTIONS),
        "event type": set(events.TYPES),
        "verdict": verdicts,
        "field given": optional,
        "field left out": optional,
        "status": {"upcoming", "due", "overdue", "snoozed", "booked", "urgent", "routine"},
        "classification": {"B1", "B2", "B3", "true", "false", "none"},
        "risk factor": {"more_than_5", "bilobar", "infiltrative_ivb_v", "synchronous"},
        "recommendation": {
            "FOLFOX FOLFIRI cetuximab panitumumab",
            "FOLFOXIRI FOLFIRINOX",
            "FOLFOXIRI FOLFIRINOX bevacizumab",
            "pembrolizumab nivolumab",
            "octreotide lanreotide",
            "trastuzumab",
            "none",
        },
        "missing": {"primary", "mmr", "ras", "braf", "side", "her2"},
        "refused by its structure": {"advanced", "corrected", "registered", "taken_over"},
        "correction": {"taken away", "replaced", "of a correction", "moved"},
    }


def _required(model: type[Event]) -> frozenset[str]:
    return frozenset(one.name for one in msgspec.structs.fields(model) if one.required)


@dataclass(slots=True)
class Coverage:
    """How often each thing was reached, by kind."""

    reached: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in _wanted()})
    histories: int = 0
    events: int = 0

    @property
    def missing(self) -> dict[str, list[str]]:
        """What was never reached, by kind; empty where everything was."""
        return {kind: left for kind, wanted in _wanted().items() if (left := sorted(wanted - set(self.reached[kind])))}

    def add(self, walk: Walk) -> None:
        _Reached(self).see(walk)

    def update(self, other: Coverage) -> None:
        self.histories += other.histories
        self.events += other.events
        for kind, counts in other.reached.items():
            self.reached[kind].update(counts)

    def __str__(self) -> str:
        lines = [f"{self.histories} histories, {self.events} events"]
        for kind, wanted in _wanted().items():
            counts = self.reached[kind]
            found = {name: counts[name] for name in wanted if counts[name]}
            rarest = sorted(found.items(), key=lambda item: (item[1], item[0]))[:4]
            words = ", ".join(f"{name} {count}" for name, count in rarest)
            lines.append(f"{kind:<26} {len(found):>3} of {len(wanted):>3}   rarest: {words}")
        lines += [f"never reached: {kind}: {', '.join(left)}" for kind, left in self.missing.items()]
        return "\n".join(lines)


class _Reached:
    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage

    def note(self, kind: str, *names: Any) -> None:
        self.coverage.reached[kind].update(str(name) for name in names)

    def see(self, walk: Walk) -> None:
        self.coverage.histories += 1
        self.coverage.events += len(walk.events)
        for event in walk.events:
            self.see_fields(event)
        kinds = {event["id"]: event for event in walk.events}
        for event in walk.events:
            if event["type"] == "corrected":
                self.see_correction(event, kinds)
        for one in walk.tries:
            self.see_try(one)
        history = History.of(parsed(walk.events))
        for day in sorted({event.on for event in history.order} | {walk.entered}):
            answer = show(history, day, PROTOCOL)
            if answer is not None:
                self.see_answer(answer)
        for place, event in enumerate(walk.events):
            if event["type"] in ("died", "withdrawn"):
                self.see_way(replay(History.of(parsed(walk.events[: place + 1])), walk.entered, PROTOCOL))
        self.see_way(replay(history, walk.entered, PROTOCOL))

    def see_fields(self, event: Fields) -> None:
        kind = event["type"]
        self.note("event type", kind)
        for name in events.own_fields(kind):
            self.note("field given" if name in event else "field left out", f"{kind}.{name}")

    def see_correction(self, event: Fields, known: dict[str, Fields]) -> None:
        if known[event["event"]]["type"] == "corrected":
            self.note("correction", "of a correction")
        elif "replacement" not in event:
            self.note("correction", "taken away")
        else:
            moved = event["replacement"].get("on", known[event["event"]]["on"]) != known[event["event"]]["on"]
            self.note("correction", "replaced", *(["moved"] if moved else []))

    def see_try(self, one: Try) -> None:
        kind = one.event["type"]
        self.note("verdict", *(f"{finding.id} {finding.verdict}" for finding in one.findings))
        if one.accepted:
            return
        if kind == "advanced":
            self.note("refused", one.event["trigger"])
            if one.why == "criteria":
                self.note("refused by its criteria", f"{one.event['trigger']} from {one.source}")
        if one.why == "structure":
            self.note("refused by its structure", kind)

    def see_answer(self, answer: Fields) -> None:
        self.note("state", answer["state"])
        for alert in answer["alerts"]:
            self.note("alert", alert["rule"])
            self.note("status", alert["status"], alert["severity"], *(["booked"] if alert["booked_for"] else []))
        self.note("suggestion", *(one["id"] for one in answer["suggestions"]))
        self.note("deviation", *{one["id"] for one in answer["deviations"]})
        classified = answer["classification"]
        self.note("classification", *classified["reasons"], str(classified["initially_unresectable"]).lower())
        self.note("risk factor", *answer["risk_factors"])
        for option in answer["options"]:
            self.note("verdict", *(f"{one['id']} {one['verdict']}" for one in option["criteria"]))
        found = answer["recommendation"]
        self.note("recommendation", " ".join((*found["regimens"], *found["biologics"])) or "none")
        self.note("missing", *found["missing"])

    def see_way(self, journey: Journey | None) -> None:
        if journey is None:
            return
        for step in journey.steps:
            self.note("edge", f"{step.event.trigger} from {step.source}")
            self.note("verdict", *(f"{finding.id} {finding.verdict}" for finding in step.findings))
        for before, after in zip(journey.entries, journey.entries[1:], strict=False):
            if type(after.event) in (Died, Withdrawn):
                self.note("edge", f"{CLOSE} from {before.state}")


def coverage(histories: Iterable[Walk]) -> Coverage:
    """What these walks reached, and what not."""
    found = Coverage()
    for one in histories:
        found.add(one)
    return found
