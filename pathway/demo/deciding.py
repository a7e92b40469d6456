"""The MDT on Thursdays: its decision, the step, and what is done where the guideline refuses it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pathway.criteria.team import ROLE_WORDS
from pathway.demo.findings import Findings
from pathway.demo.life import THURSDAY, Over
from pathway.demo.rates import rate
from pathway.states import State

TEAM = tuple(ROLE_WORDS)
SURGEONS = ("Dr Brandt (HPB surgery)", "Dr Okafor (HPB surgery)")
ONCOLOGISTS = ("Dr Lindqvist (oncology)", "Dr Marchetti (oncology)")
MDT = "MDT coordinator"
OVERRIDES = {
    "A1": (ONCOLOGISTS, "Biopsy refused; CEA over 800 and a colonic mass on CT leave no doubt"),
    "C5": (ONCOLOGISTS, "Liver function worsens: cannot wait for the molecular results"),
    "C7": (SURGEONS, "Six small lesions in one segment; the MDT regards them as one field"),
    "L2": (SURGEONS, "Chemotherapy not tolerated at all; wedge resection of IVB is safe"),
    "D1": (SURGEONS, "Lesion at the hepatic vein: R0 judged possible with reconstruction, decided in theatre"),
    "D2": (SURGEONS, "Remnant just under the limit, healthy liver, normal ICG clearance"),
    "D3": (SURGEONS, "One lesion grew by 3 mm while all others shrank"),
    "D4": (SURGEONS, "Lung nodule unchanged for two years, regarded as benign"),
    "D5": (SURGEONS, "ECOG 2 from a knee replacement, not from the disease"),
    "M1": (SURGEONS, "Interventional radiologist on leave; agreed by telephone the same day"),
    "N1": (SURGEONS, "Transfer arranged: the operation itself takes place at the hub"),
    "G1": (ONCOLOGISTS, "Margin R1 and six positive nodes: the MDT wants three months more"),
    "F1": (ONCOLOGISTS, "Single lesion at the dome, too frail for an operation within weeks"),
    "F4": (ONCOLOGISTS, "Third-line chemotherapy declined by the patient"),
    "J1": (ONCOLOGISTS, "No tissue left for HER2; a new biopsy would cost three weeks"),
    "J2": (SURGEONS, "Second lesion is a haemangioma on MRI"),
}


class Deciding(Findings):
    """A patient about whom is decided."""

    def _meet(self, plan: str | None, *, review_on: date | None = None, quorum: bool = True, **said: Any) -> None:
        """The MDT of the next Thursday decides."""
        self.weekday(THURSDAY)
        absent = () if quorum else (self.rng.choice(TEAM[3:]),)
        self.tell(
            "mdt_decision",
            by=MDT,
            present=[role for role in TEAM if role not in absent],
            plan=plan,
            review_on=review_on.isoformat() if review_on else None,
            **said,
        )

    def decide(self, plan: str, *, modality: str | None = None, **said: Any) -> bool:
        """A decision and its step: what is missing is got, what is not met is overridden or left. Whether it went."""
        for again in range(4):
            self._meet(plan, quorum=again > 0 or not self.happens("quorum_missed"), **said)
            refused = self.step(plan, modality=modality)
            if not refused:
                return True
            short = [one for one in refused if one != "M1 not_met"]
            lacking = [one for one in short if not one.endswith("not_met")]
            if not short and self.chance(rate("overridden") / 2) and self._overrides("M1", plan, modality):
                return True
            failed = [one for one in short if one.endswith("not_met")]
            if failed and (len(failed) > 1 or not self.happens("overridden")):
                return False
            if failed and not lacking:
                return self._overrides(failed[0].split()[0], plan, modality)
            self.wait(1, 5)
            self.working_day()
            for one in lacking:
                self._get(one.split()[0])
            self.wait(1)
        return False

    def _overrides(self, row: str, plan: str, modality: str | None) -> bool:
        if row not in OVERRIDES:
            return False
        names, reason = OVERRIDES[row]
        by = self.rng.choice(names)
        return not self.step(plan, by=by, modality=modality, override={"reason": reason, "by": by})

    def _get(self, row: str) -> None:
        """What was not recorded yet is."""
        p = self.person
        if row == "D2":
            self._volumetry()
        elif row == "D4":
            self._imaging("other")
        elif row == "D5":
            self._ecog()
        elif row == "N1":
            self._refer()
        elif row == "C5":
            self.tell("molecular_result", mmr=p.mmr, ras=p.ras, braf=p.braf)
        elif row == "J1":
            self.tell("molecular_result", her2=p.her2)
        elif row in ("C7", "L2"):
            self._imaging("other", segments=p.segments, infiltrative=p.infiltrative)

    def leave(self, reason: str) -> None:
        """The patient leaves the unit; some who moved away come back."""
        self.tell("withdrawn", reason=reason)
        self.state = State.CLOSED
        if reason == "hospice" and self.dies_on is not None:
            self.go(self.dies_on - timedelta(days=1))
            self.day = max(self.day, self.dies_on)
            if self.day <= self.today:
                self.tell("died", late=self.rng.randint(0, 20))
            raise Over
        if reason == "transferred" and not self.palliative and self.chance(1 / 3):
            self.wait(150, 600)
            self.working_day()
            self.take_over(State.SURVEILLANCE, "moved back")
            days_ago = self.rng.randint(30, 100)
            self.last_ct = self.day - timedelta(days=days_ago)
            brought: dict[str, Any] = {
                "modality": "ct",
                "purpose": "surveillance",
                "lesion_count": 0,
                "extrahepatic": "none",
            }
            self.tell("imaging", ago=days_ago, note="brought along from elsewhere", **brought)
            if self.person.primary == "colorectal":
                self.tell("cea", ago=days_ago, ng_per_ml=2.1)
            return
        raise Over
