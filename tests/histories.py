"""Patients for tests: each state is reached by its real steps, never by setting it."""

from __future__ import annotations

from datetime import date
from typing import Any

from pathway import events
from pathway.answer import show
from pathway.errors import Refused
from pathway.history import History
from pathway.journey import admit
from pathway.protocol import Protocol, load

ENTRY = date(2100, 1, 1)
TEAM = [
    "medical_oncologist",
    "hepatobiliary_surgeon",
    "colorectal_surgeon",
    "interventional_radiologist",
    "diagnostic_radiologist",
]


class Story:
    """One patient's history, told event by event; each is admitted as it would be by the tracker."""

    def __init__(self, protocol: Protocol | None = None) -> None:
        self.protocol = protocol or load()
        self.history = History.of([])
        self._told = 0

    def tell(self, on: str, kind: str, /, **fields: Any) -> Story:
        """One more event; Refused where it may not be recorded."""
        self._told += 1
        given = {"id": f"e{self._told:03}", **fields, "mrn": "A-100", "type": kind, "on": on}
        event = events.identified(events.read(given, today=ENTRY))
        self.history = admit(self.history, event, self.protocol, today=ENTRY)
        return self

    def step(self, on: str, trigger: str, /, **fields: Any) -> Story:
        """One step of the pathway."""
        return self.tell(on, "advanced", trigger=trigger, **fields)

    def refused(self, on: str, kind: str, /, **fields: Any) -> str:
        """The reason for which an event is refused; it is an error where it is not."""
        try:
            self.tell(on, kind, **fields)
        except Refused as error:
            return str(error)
        raise AssertionError(f"{kind} on {on} was recorded")

    def shown(self, day: str) -> dict[str, Any]:
        """The whole answer on a day."""
        answer = show(self.history, date.fromisoformat(day), self.protocol)
        assert answer is not None
        return answer

    def state(self, day: str) -> str:
        return str(self.shown(day)["state"])

    def option(self, day: str, trigger: str) -> dict[str, Any]:
        """A step from where she stands."""
        return next(one for one in self.shown(day)["options"] if one["trigger"] == trigger)

    def verdict(self, day: str, trigger: str, row: str) -> tuple[str, str]:
        """The answer to one question of a step, with its sentence."""
        found = [one for one in self.option(day, trigger)["criteria"] if one["id"] == row]
        assert found, f"{trigger} does not ask {row}"
        return found[0]["verdict"], found[0]["reason"]

    def alert(self, day: str, rule: str) -> dict[str, Any] | None:
        """What a rule says is owed on a day."""
        return next((one for one in self.shown(day)["alerts"] if one["rule"] == rule), None)

    def owed(self, day: str, rule: str) -> tuple[str, str, str, str] | None:
        """The same as (status, severity, opens, due)."""
        found = self.alert(day, rule)
        return None if found is None else (found["status"], found["severity"], found["opens_on"], found["due_on"])

    def deviations(self, day: str) -> list[tuple[str, str]]:
        return [(one["on"], one["id"]) for one in self.shown(day)["deviations"]]

    def suggested(self, day: str) -> list[str]:
        return [one["id"] for one in self.shown(day)["suggestions"]]


def registered(**fields: Any) -> Story:
    """Registered on 1 March 2027, and referred to a high-volume centre."""
    told = Story()
    about = {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female", "navigator": "nina", "site": "hub"}
    told.tell("2027-03-01", "registered", **{**about, **fields})
    return told.tell("2027-03-01", "referred", site="hub", high_volume_centre=True)


def workup(*, primary: str = "colorectal", image: dict[str, Any] | None = None, **about: Any) -> Story:
    """In molecular work-up since 5 March 2027."""
    told = registered()
    place = {"location": "sigmoid"} if primary == "colorectal" and "side" not in about else {}
    fields = {"primary": primary, "method": "colonoscopy", **place, **about}
    told.tell("2027-03-02", "primary_identified", id="primary", **{k: v for k, v in fields.items() if v is not None})
    seen = {"lesion_count": 7, "largest_mm": 31, "bilobar": True, "infiltrative": False, "extrahepatic": "none"}
    given = {**seen, **(image or {})}
    told.tell(
        "2027-03-03",
        "imaging",
        id="baseline",
        modality="ct",
        purpose="baseline",
        **{k: v for k, v in given.items() if v is not None},
    )
    told.tell("2027-03-03", "performance_status", id="ecog-0", ecog=0)
    return told.step("2027-03-05", "begin_workup", id="step-workup")


def decided(told: Story, on: str, plan: str | None, /, **fields: Any) -> Story:
    """The whole team decides."""
    return told.tell(on, "mdt_decision", present=TEAM, **({"plan": plan} if plan else {}), **fields)


def neoadjuvant(*, biologic: str | None = "panitumumab", regimen: str = "FOLFIRI", **about: Any) -> Story:
    """Neoadjuvant therapy since 20 March 2027, one cycle that day and one on 1 May."""
    told = workup(**about)
    ras = "mutated" if biologic == "bevacizumab" else "wild_type"
    told.tell("2027-03-10", "molecular_result", id="mol", mmr="proficient", ras=ras, braf="wild_type", her2="negative")
    decided(told, "2027-03-12", "start_neoadjuvant", id="mdt-1")
    told.step("2027-03-20", "start_neoadjuvant", id="step-neo")
    fields = {"biologic": biologic} if biologic else {}
    told.tell("2027-03-20", "systemic_started", id="line-1", intent="neoadjuvant", regimen=regimen, **fields)
    told.tell("2027-03-20", "cycle_given", id="cycle-1", number=1)
    return told.tell("2027-05-01", "cycle_given", id="cycle-4", number=4)


def reassessment(*, image: dict[str, Any] | None = None, biologic: str | None = "panitumumab", **about: Any) -> Story:
    """In reassessment since 18 May 2027, after a partial response."""
    told = neoadjuvant(biologic=biologic, **about)
    seen = {"lesion_count": 6, "largest_mm": 19, "bilobar": True, "response": "partial", "extrahepatic": "none"}
    given = {k: v for k, v in {**seen, **(image or {})}.items() if v is not None}
    told.tell("2027-05-18", "imaging", id="ct-2", modality="ct", purpose="reassessment", **given)
    return told.step("2027-05-18", "reassess", id="step-re")


def resectable(**about: Any) -> Story:
    """In reassessment with all five conditions met but for the MDT's word."""
    told = reassessment(**about)
    told.tell("2027-05-20", "volumetry", id="vol-1", remnant_percent=41, remnant_segments=3)
    return told.tell("2027-05-20", "performance_status", id="ecog-1", ecog=1)


def resection(**about: Any) -> Story:
    """In resection since 26 May 2027, nothing planned yet."""
    told = resectable(**about)
    decided(told, "2027-05-24", "offer_resection", id="mdt-2", r0_achievable=True)
    return told.step("2027-05-26", "offer_resection", id="step-res")


def operated(*, stopped: bool = True, margin: str | None = "R0", **about: Any) -> Story:
    """Operated on 15 July 2027, 69 days of chemotherapy before it."""
    told = resection(**about)
    told.tell("2027-05-27", "surgery_planned", id="plan-1", planned_for="2027-07-15", procedure="resection")
    if stopped:
        told.tell("2027-05-28", "systemic_stopped", id="stop-1", reason="surgery")
    fields = {"margin": margin} if margin else {}
    return told.tell("2027-07-15", "surgery_performed", id="op-1", procedure="resection", **fields)


def adjuvant(**about: Any) -> Story:
    """Adjuvant therapy since 1 September 2027."""
    told = operated(**about)
    told.step("2027-09-01", "start_adjuvant", id="step-adj")
    return told.tell(
        "2027-09-01", "systemic_started", id="adj-1", intent="adjuvant", regimen="FOLFIRI", biologic="panitumumab"
    )


def surveillance(**about: Any) -> Story:
    """In surveillance since 21 December 2027; the five years count from 15 July 2027."""
    told = adjuvant(**about)
    told.tell("2027-12-20", "systemic_stopped", id="stop-2", reason="complete")
    return told.step("2027-12-21", "begin_surveillance", id="step-surv")


def recurred(sites: tuple[str, ...] = ("liver",), *, image: dict[str, Any] | None = None) -> Story:
    """Back in reassessment on 3 June 2028, after a recurrence of 2 June."""
    told = surveillance()
    seen = {"lesion_count": 2, "bilobar": False, "extrahepatic": "none", **(image or {})}
    given = {k: v for k, v in seen.items() if v is not None}
    told.tell("2028-06-02", "imaging", id="ct-rec", modality="ct", purpose="surveillance", **given)
    told.tell("2028-06-02", "recurrence", id="rec-1", sites=list(sites))
    return told.step("2028-06-03", "restage", id="step-restage")
