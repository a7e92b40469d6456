"""How a unit cares for its patients: what is done in each state, and how long it takes.

One method a state of the pathway; each ends with a step into another one. Decisions are the MDT's, on Thursdays; what
the guideline refuses is mended, decided otherwise, or overridden with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pathway.demo.deciding import ONCOLOGISTS, SURGEONS
from pathway.demo.following import Following
from pathway.demo.life import Over
from pathway.demo.people import FEW, HUB
from pathway.demo.rates import rate
from pathway.states import State


class Course(Following):
    """A patient's way through the unit."""

    def live(self) -> None:
        """Tell everything of the patient up to today."""
        ways: dict[State, Callable[[], None]] = {
            State.DIAGNOSIS: self.diagnosis,
            State.MOLECULAR_WORKUP: self.workup,
            State.NEOADJUVANT: lambda: self.therapy("neoadjuvant"),
            State.SYSTEMIC: lambda: self.therapy("continued"),
            State.REASSESSMENT: self.reassessment,
            State.RESECTION: self.resection,
            State.LOCOREGIONAL: self.locoregional,
            State.ADJUVANT: self.adjuvant,
            State.SURVEILLANCE: self.surveillance,
            State.COMPLETED: lambda: self.go(self.today + timedelta(days=1)),
        }
        try:
            self.register()
            while self.state is not State.CLOSED:
                ways[self.state]()
        except Over:
            pass
        self.end()

    def register(self) -> None:
        """The first day, and for some the operation elsewhere that brings them."""
        p = self.person
        self.working_day()
        self.tell(
            "registered",
            name=p.name,
            birth_date=p.birth_date.isoformat(),
            sex=p.sex,
            navigator=p.navigator,
            site=p.site,
        )
        self.tell("referred", site=p.site, high_volume_centre=p.site == HUB)
        if p.primary == "colorectal" and self.happens("taken_over"):
            self.tell("primary_identified", **self._primary(), method="surgical_specimen")
            self.tell("surgery_performed", procedure="resection", margin="R0")
            self.followed = self.day
            self._fate_after_operation()
            self.wait(2, 9)
            self._refer()
            self.take_over(State.SURVEILLANCE, "resected elsewhere; follow-up here")

    def diagnosis(self) -> None:
        """Tissue and a baseline CT, then the work-up."""
        p = self.person
        rim = p.infiltrative and self.chance(0.3)
        self._imaging("baseline", segments=p.segments, infiltrative=p.infiltrative, rim=rim)
        if p.primary == "colorectal":
            self._cea(p.cea)
        if rim:
            self.wait(1, 3)
            self.working_day()
            self.tell("visit", kind="oncology")
        self._ecog()
        method = {"colorectal": "colonoscopy", "gastric": "upper_endoscopy"}.get(p.primary, "liver_biopsy")
        if self.chance(0.1):
            self.tell("primary_identified", primary=p.primary, method="other")
            if self.chance(0.5):
                self.step("begin_workup")
            self.wait(6, 13)
        else:
            self.wait(1, 6)
        self.working_day()
        self.tell("primary_identified", **self._primary(), method=method)
        self.wait(0, 3)
        self.working_day()
        self.step("begin_workup")

    def workup(self) -> None:
        """The molecular results, and the first decision."""
        p = self.person
        self.wait(4, 9)
        self.working_day()
        if self.chance(0.85):
            self._refer()
        self._molecular()
        plan = self._first_plan()
        if plan != "proceed_to_resection" and p.burden != FEW and self.chance(0.06):
            self._meet("proceed_to_resection", r0_achievable=True)
            self.step("proceed_to_resection", by=self.rng.choice(SURGEONS))  # the guideline refuses it
            self.wait(1)
        if plan == "proceed_to_resection":
            self._volumetry()
        if not self.decide(plan, r0_achievable=True if plan == "proceed_to_resection" else None):
            plan = "continue_systemic" if plan != "continue_systemic" else "start_neoadjuvant"
            self.wait(1)
            if not self.decide(plan):
                self.leave("declined")

    def _molecular(self) -> None:
        p = self.person
        if p.primary == "gastric":
            self.reported("molecular_result", her2=p.her2)
        elif p.primary == "colorectal":
            if self.happens("result_missing"):
                self.tell("molecular_result", mmr=p.mmr)
                if p.mmr == "proficient":
                    if self.chance(0.35):
                        self._meet("start_neoadjuvant")
                        if not self.step("start_neoadjuvant", by=self.rng.choice(ONCOLOGISTS)):
                            return
                    self.wait(5, 16)
                    self.working_day()
                    self.tell("molecular_result", ras=p.ras, braf=p.braf)
            else:
                self.tell("molecular_result", mmr=p.mmr, ras=p.ras, braf=p.braf)

    def _first_plan(self) -> str:
        p = self.person
        fit = p.ecog < 2 and p.extrahepatic != "unresectable"
        if p.primary == "neuroendocrine":
            return "proceed_to_resection" if p.burden == FEW and fit and self.chance(0.6) else "continue_systemic"
        if p.primary == "gastric":
            return "start_neoadjuvant" if p.lesions == 1 and fit else "continue_systemic"
        if p.primary == "other" or not fit:
            return "continue_systemic"
        return "proceed_to_resection" if p.burden == FEW and self.chance(0.35) else "start_neoadjuvant"

    def reassessment(self) -> None:
        """What the MDT makes of the CT."""
        self.wait(1, 4)
        if self.back is not None:
            self._after_recurrence()
            return
        if self._hopeful():
            refuses = self.chance(0.03)
            if not refuses and self._towards_resection():
                return
            if refuses and self._ablates("patient_refuses_surgery"):
                return
            self.wait(1)
        elif self._goes_on():
            if self.response == "progression":
                self._stop("progression")
            if self.decide("start_neoadjuvant"):
                return
        if self.response == "complete" and self.chance(0.5) and self.decide("begin_surveillance"):
            self._stop("complete response: a pause")
            self.followed = self.day
            self.recurs_on = self.day + timedelta(days=self.rng.randint(90, 600))
            return
        if self.blocks >= 3 and not self.ablated and self.chance(0.2):
            self.ablated = True
            if self._locoregionally():
                return
            self.wait(1)
        self.palliative = True
        if self.response == "progression":
            self._stop("progression")
        if not self.decide("continue_systemic"):
            self.leave("declined")

    def _goes_on(self) -> bool:
        """Whether neoadjuvant therapy goes on: for half a year at most, and not where it fails and nothing can come of
        it.
        """
        if self.palliative or self.blocks > 2:
            return False
        if self.person.convertible:
            return self.person.primary == "colorectal"
        return self.response != "progression"

    def _towards_resection(self) -> bool:
        """Enough liver is left, or made; then the decision. Whether it went."""
        if self.remnant is not None and self.remnant <= 30:
            if self.chance(0.75):
                self.working_day()
                self.tell("portal_vein_embolisation")
                self.wait(24, 33)
                self.working_day()
                self.remnant += max(1.5, self.rng.gauss(9, 3))
                self._volumetry()
                if self.chance(0.4):
                    self._ecog()
            else:
                self.remnant = max(self.remnant, 29.1)
        if self.happens("doubted"):
            # a report of today from elsewhere, which arrives after the decision
            self.tell(
                "imaging",
                late=self.rng.randint(12, 30),
                modality="pet_ct",
                purpose="other",
                extrahepatic="unresectable",
            )
            self.doubted = ""
        if self.decide("offer_resection", r0_achievable=True):
            if self.doubted is not None:
                self.doubted = str(self.lines[-1]["id"])
            return True
        self.doubted = None
        return False

    def _ablates(self, why: str) -> bool:
        return (
            self.lesions <= 9
            and self.largest <= 40
            and self.decide("offer_locoregional", modality="rfa", caveat_seen=True, **{why: True})
        )

    def _locoregionally(self) -> bool:
        p = self.person
        if p.primary == "neuroendocrine":
            modality = "prrt" if self.chance(0.4) else "tace"
        else:
            modality = self.rng.choice(("tace", "sirt", "sirt"))
        said: dict[str, Any] = {"r0_achievable": False, "caveat_seen": True}
        if modality == "tace":
            said["high_tumour_burden"] = True
        if modality == "sirt":
            said["other_options_exhausted"] = True
        return self.decide("offer_locoregional", modality=modality, **said)

    def _after_recurrence(self) -> None:
        """Resected again where it can be, ablated, or treated systemically."""
        isolated, self.back = self.back == "isolated", None
        # a quarter more than the rate: not every one comes to it
        if isolated and self.chance(1.25 * rate("resected_again") / rate("isolated_share")):
            self._volumetry()
            self.dies_on = None
            if self.decide("offer_resection", r0_achievable=True):
                return
        elif isolated and self.lesions <= 3 and self.chance(0.2) and self._ablates("comorbidity_prevents_surgery"):
            self.dies_within(30)
            return
        self.palliative = True
        self.dies_within(rate("months_after_recurrence"))
        if not self.decide("continue_systemic"):
            self.leave("declined")
