"""How a unit cares for its patients: what is done in each state, and how long it takes.

One method a state of the pathway; each ends with a step into another one. Decisions are the MDT's, on Thursdays; what
the guideline refuses is mended, decided otherwise, or overridden with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from pathway.case.bevacizumab import bevacizumab_doses
from pathway.case.six_months import adjuvant_end
from pathway.dates import add_months
from pathway.demo.life import FRIDAY, MONTH, THURSDAY, TUESDAY, Life, Over, on_weekday
from pathway.demo.people import EXTENSIVE, FEW, HUB, NAVIGATORS
from pathway.demo.rates import rate
from pathway.regimens import recommend
from pathway.states import State

TEAM = (
    *("medical_oncologist", "hepatobiliary_surgeon", "colorectal_surgeon", "interventional_radiologist"),
    "diagnostic_radiologist",
)
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
TOXIC = ("neuropathy grade 3", "diarrhoea grade 3", "neutropenic fever", "allergic reaction to oxaliplatin")
OTHER_LINE = {"FOLFOX": "FOLFIRI", "FOLFIRI": "FOLFOX", "FOLFOXIRI": "FOLFIRI", "FOLFIRINOX": "FOLFIRI"}
EARLY, LATE = (98, 172), (320, 358)
"""Days between two surveillance scans in the first two years and after them, as the unit books them."""
CYCLE, CYCLE_NET = 14, 28


class Course(Life):
    """A patient's way through the unit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        p = self.person
        self.lesions, self.largest = p.lesions, p.largest_mm
        self.remnant: float | None = None
        self.line: dict[str, Any] | None = None
        """The therapy that runs, as it was begun."""
        self.before_operation: dict[str, Any] | None = None
        self.cycles = 0
        self.blocks = 0
        self.lines_given = 0
        self.assessed: date = self.day
        self.response: str | None = None
        self.back: str | None = None
        """How the disease came back: `isolated` in the liver, or `spread`; None where it did not."""
        self.recurs_on: date | None = None
        self.palliative = False
        self.followed: date | None = None
        self.last_ct: date | None = None
        self.at_hub = p.site == HUB
        self.ablated = self.settled = False
        self.doubted: str | None = None
        """The step to resection that a report from elsewhere has called in question."""

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

    # --- the beginning ---

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

    def _primary(self) -> dict[str, Any]:
        p = self.person
        if p.primary != "colorectal":
            functional = p.functional if p.primary == "neuroendocrine" else None
            return {"primary": p.primary, "functional": functional}
        return {
            "primary": p.primary,
            "location": p.location,
            "synchronous": p.synchronous,
            "resected": p.resected,
        }

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

    def _refer(self) -> None:
        """To the high-volume centre, where the patient is not there yet."""
        if not self.at_hub:
            self.tell("referred", site=HUB, high_volume_centre=True)
            self.at_hub = True

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

    # --- decisions ---

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

    # --- findings ---

    def _imaging(
        self,
        purpose: str,
        *,
        response: str | None = None,
        segments: list[str] | None = None,
        infiltrative: bool | None = None,
        rim: bool = False,
        clear: bool = False,
        modality: str = "ct",
    ) -> None:
        p = self.person
        found: dict[str, Any] = {
            "modality": modality,
            "purpose": purpose,
            "lesion_count": 0 if clear else self.lesions,
            "largest_mm": None if clear or not self.lesions else self.largest,
            "bilobar": False if clear else p.bilobar,
            "segments": segments,
            "infiltrative": infiltrative,
            "rim_enhancing_necrotic": True if rim else None,
            "response": response,
            "extrahepatic": "none" if clear else p.extrahepatic,
        }
        known = {name: value for name, value in found.items() if value is not None}
        if not clear and self.happens("corrected"):
            wrong = self.tell("imaging", **{**known, "largest_mm": min(self.largest * 10, 400)})
            self.correct(wrong, known, "millimetres entered as centimetres", self.rng.randint(1, 5))
        else:
            self.tell("imaging", **known)
        if modality in ("ct", "pet_ct"):
            self.last_ct = self.day

    def _ecog(self) -> None:
        p = self.person
        if self.chance(rate("corrected") / 2):
            wrong = self.tell("performance_status", ecog=min(4, p.ecog + 2))
            self.correct(wrong, None, "entered for another patient", self.rng.randint(1, 4))
        self.tell("performance_status", ecog=p.ecog)

    def _cea(self, value: float) -> None:
        self.tell("cea", ng_per_ml=round(max(value, 0.5), 1))

    def _volumetry(self) -> None:
        if self.remnant is None:
            mean, spread = {FEW: (50, 9), EXTENSIVE: (33, 5)}.get(self.person.burden, (39, 7))
            self.remnant = min(max(self.rng.gauss(mean, spread), 17), 78)
        self.tell("volumetry", remnant_percent=round(self.remnant, 1), remnant_segments=2 + int(self.remnant > 40))

    # --- systemic therapy ---

    def _start(self, intent: str) -> None:
        p = self.person
        wanted = recommend(self.case())
        regimen = (
            self.rng.choice(wanted.regimens) if wanted.regimens else {"other": "paclitaxel"}.get(p.primary, "FLOT")
        )
        biologic = self.rng.choice(wanted.biologics) if wanted.biologics else None
        reason = None
        if self.lines_given and regimen in OTHER_LINE:
            regimen = OTHER_LINE[regimen]
        elif regimen in OTHER_LINE and self.happens("another_regimen"):
            regimen, reason = "CAPOX", "lives two hours away: oral therapy preferred"
        self._begin(intent, regimen, biologic, reason)

    def _begin(self, intent: str, regimen: str, biologic: str | None, reason: str | None = None) -> None:
        self.line = {"intent": intent, "regimen": regimen, "biologic": biologic}
        self.tell("systemic_started", **self.line, deviation_reason=reason)
        self.lines_given += 1
        self.cycles = 0
        self.assessed = self.day
        self._cycle()

    def _cycle(self) -> None:
        self.cycles += 1
        self.tell("cycle_given", number=self.cycles)

    def therapy(self, intent: str) -> None:
        """Two months of it, a CT, and the step to reassessment."""
        net = self.person.primary == "neuroendocrine"
        if self.line is None:
            self.wait(16, 24) if self.chance(0.04) else self.wait(4, 11)
            self.working_day()
            self._refer()
            self._start(intent)
        if intent == "continued":
            self.palliative = True
        if self.dies_on is None and (self.palliative or not self.person.convertible):
            months = {"neuroendocrine": 62.0, "gastric": 13.0, "other": 16.0}
            self.dies_within(months.get(self.person.primary, rate("months_unresectable")))
        every = CYCLE_NET if net else (CYCLE if intent == "neoadjuvant" else 21)
        until = self.rng.randint(78, 90) if net else self.rng.randint(50, 60)
        if self.chance(0.14):
            until += self.rng.randint(8, 34)
        seen = self.assessed + timedelta(days=until)
        changes = not net and self.happens("toxicity")
        while self.day + timedelta(days=every) < seen:
            self.wait(every)
            if changes and self.cycles > 1:
                self.tell("systemic_stopped", reason=self.rng.choice(TOXIC))
                regimen = OTHER_LINE.get(self.line["regimen"], "FOLFIRI") if self.line else "FOLFIRI"
                biologic = self.line["biologic"] if self.line else None
                self.wait(12, 20)
                self._begin(intent, regimen, biologic)
                changes = False
                seen = self.assessed + timedelta(days=until)
            else:
                self._cycle()
        if self.palliative and self._leaves():
            return
        self.go(seen)
        self.working_day()
        self.blocks += 1
        self.response = self._responds()
        shrinks = {"complete": 0.3, "partial": 0.65, "stable": 0.95, "progression": 1.25}[self.response]
        self.largest = max(4, int(self.largest * shrinks))
        self._imaging("reassessment", response=self.response)
        self.assessed = self.day
        self._ecog()
        if self.person.primary == "colorectal":
            self.person.cea *= shrinks
            self._cea(self.person.cea)
        if self._hopeful() and self.chance(0.8):
            self._volumetry()
        self.step("reassess")

    def _leaves(self) -> bool:
        if self.dies_on is not None and self.dies_on - self.day < timedelta(days=70) and self.chance(0.4):
            self.leave("hospice")
            return True
        if self.chance(0.01 if self.followed else 0.05 if self.settled else 0.3):
            self.leave("transferred")  # to the oncologist near home
            return True
        self.settled = True
        return False

    def _responds(self) -> str:
        near = self.dies_on is not None and self.dies_on - self.day < timedelta(days=150)
        if near:
            weights = (0, 5, 35, 60)
        elif self.person.convertible and not self.palliative:
            weights = (4, 58, 33, 5)
        else:
            weights = (1, 32, 50, 17) if self.blocks < 2 else (0, 15, 62, 23)
        return self.rng.choices(("complete", "partial", "stable", "progression"), weights, k=1)[0]

    def _hopeful(self) -> bool:
        """Whether an operation may come of it."""
        p = self.person
        needed = 2 if p.burden == EXTENSIVE else 1
        return (
            p.convertible
            and not self.palliative
            and self.blocks >= needed
            and p.extrahepatic != "unresectable"
            and p.ecog < 2
            and self.response != "progression"
            and not (p.primary == "gastric" and self.lesions > 1)
            and p.primary != "other"
        )

    # --- the decision after it ---

    def reassessment(self) -> None:
        """What the MDT makes of the CT."""
        p = self.person
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
        elif p.convertible and not self.palliative and self.blocks < 3 and p.primary == "colorectal":
            if self.response == "progression":
                self._change_line()
            if self.decide("start_neoadjuvant"):
                return
        elif not p.convertible and not self.palliative and self.blocks < 3 and self.response != "progression":
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
            self._change_line()
        if not self.decide("continue_systemic"):
            self.leave("declined")

    def _change_line(self) -> None:
        self._stop("progression")

    def _stop(self, reason: str) -> None:
        if self.line is not None:
            self.tell("systemic_stopped", reason=reason)
            self.line = None

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
        if isolated and self.chance(
            1.25 * rate("resected_again") / rate("isolated_share")
        ):  # not every one comes to it
            self._volumetry()
            self.dies_on = None
            if self.decide("offer_resection", r0_achievable=True):
                return
        elif isolated and self.lesions <= 3 and self.chance(0.2):
            if self.decide("offer_locoregional", modality="rfa", comorbidity_prevents_surgery=True, caveat_seen=True):
                self.dies_within(40)
                return
        self.palliative = True
        self.dies_within(rate("months_after_recurrence"))
        if not self.decide("continue_systemic"):
            self.leave("declined")

    # --- the operation ---

    def resection(self) -> None:
        """Planned, stopped in time, operated, and what follows from the margin."""
        p = self.person
        self.since = self.day
        self.wait(1, 6)
        self.working_day()
        bevacizumab = self.line is not None and self.line["biologic"] == "bevacizumab"
        self.before_operation = self.line
        waits = bevacizumab and self.chance(0.3)
        if self.line is not None and not waits and not self.chance(0.2):
            self._stop("operation planned")
        staged = p.bilobar and p.burden != FEW and self.chance(0.22)
        procedure = "two_stage" if staged else ("resection_with_ablation" if self.chance(0.2) else "resection")
        safe = self._safe()
        day = self.day + timedelta(days=self.rng.randint(12, 33))
        if waits:
            day = self.day + timedelta(days=self.rng.randint(52, 60))  # the theatre is full until then
        elif bevacizumab and not self.chance(0.08):
            day = max(day, safe + timedelta(days=self.rng.randint(0, 8)))
        day = self._plan(procedure, day, 1 if staged else None)
        if day < safe and not self.chance(0.2):
            self.wait(2, 5)
            day = self._plan(procedure, safe + timedelta(days=self.rng.randint(0, 6)), 1 if staged else None)
        if self.line is not None:
            self.go(max(self.day, day - timedelta(days=self.rng.randint(43, 50)))) if waits else self.wait(2, 6)
            self._stop("operation planned")
        if self.last_ct is not None and (day - self.last_ct).days > 56 and not self.chance(0.1):
            self.go(max(self.day, day - timedelta(days=self.rng.randint(9, 16))))
            self.working_day()
            self._imaging("other")
            self._ecog()
        if self.doubted:
            self.go(max(self.day, self.since + timedelta(days=self.rng.randint(36, 44))))
            self._meet(None, reviewed=[self.doubted])
            self.doubted = None
            self.tell("contact", outcome="reached")
            day = self._plan(procedure, max(day, self.day + timedelta(days=6)), 1 if staged else None)
        self.go(day)
        if self.chance(0.06):
            self.tell("surgery_cancelled", reason=self.rng.choice(("peritoneal nodules at laparoscopy", "new lesions")))
            self._abandon()
            return
        self._operate(procedure, 1 if staged else None)
        if staged and not self._second_stage():
            return
        self._after_operation()

    def _safe(self) -> date:
        doses = bevacizumab_doses(self.case())
        return max(dose.on for dose in doses) + timedelta(days=42) if doses else date.min

    def _plan(self, procedure: str, day: date, stage: int | None) -> date:
        day = on_weekday(day, TUESDAY, TUESDAY + 1, THURSDAY, FRIDAY)
        ablated = [self.rng.randint(8, 28)] if procedure == "resection_with_ablation" else None
        if ablated and self.chance(0.05):
            ablated = [41]
        self.tell("surgery_planned", planned_for=day.isoformat(), procedure=procedure, stage=stage, ablated_mm=ablated)
        self.tell("appointment", what="surgery", booked_for=day.isoformat())
        return day

    def _operate(self, procedure: str, stage: int | None) -> None:
        ablated = [self.rng.randint(8, 28)] if procedure == "resection_with_ablation" else None
        self.tell("surgery_performed", procedure=procedure, stage=stage, ablated_mm=ablated)
        if not self.person.resected and stage != 1 and self.chance(0.5):
            self.tell("primary_resected")
            self.person.resected = True
        if self.happens("dies_after_operation"):
            self.dies_on = self.day + timedelta(days=self.rng.randint(1, 28))

    def _second_stage(self) -> bool:
        """The liver grows, is measured, and the other side is done. False where it comes to nothing."""
        self.wait(22, 30)
        self.working_day()
        self.remnant = max(32.0, self.rng.gauss(38, 5))
        self._volumetry()
        if self.happens("two_stage_dropout"):
            self._imaging("other")
            self.wait(1, 8)
            self.working_day()
            self.tell("surgery_cancelled", procedure="two_stage", reason="new lesions in the future remnant")
            self._abandon()
            return False
        day = self._plan("two_stage", self.day + timedelta(days=self.rng.randint(9, 16)), 2)
        self.go(day)
        self._operate("two_stage", 2)
        return True

    def _abandon(self) -> None:
        self.palliative = True
        self.response = "progression"
        self.dies_on = None
        self.dies_within(rate("months_unresectable") * 0.8)
        self.wait(0, 2)
        self.step("abandon_resection")
        self._imaging("other")
        self._ecog()

    def _after_operation(self) -> None:
        self.followed = self.last_ct = self.day
        self._fate_after_operation()
        day = self.day
        self.wait(6, 11)
        self.working_day()
        r0 = rate("margin_r0")
        margin = self.rng.choices(("R0", "R1", "R2"), (r0, (1 - r0) * 0.88, (1 - r0) * 0.12), k=1)[0]
        self.reported("pathology", margin=margin)
        self.wait(1, 3)
        if margin == "R2":
            self.recurs_on = None
            self.palliative = True
            self.dies_on = None
            self.dies_within(rate("months_unresectable"))
            self._meet(None)
            self.wait(1)
            self.step("abandon_resection")
            self._imaging("other")
            self._ecog()
            return
        adjuvant = self.person.primary in ("colorectal", "gastric") and not self.chance(0.2)
        self._meet("start_adjuvant" if adjuvant else "begin_surveillance")
        if not adjuvant:
            self.step("begin_surveillance")
            return
        bevacizumab = self.before_operation is not None and self.before_operation["biologic"] == "bevacizumab"
        low, high = (43, 57) if bevacizumab and not self.chance(0.05) else (30, 55)
        self.go(max(self.day, day + timedelta(days=self.rng.randint(low, high))))
        self.working_day()
        if self.step("start_adjuvant"):
            if self.chance(0.2) and self._overrides("G1", "start_adjuvant", None):
                return
            self.weekday(THURSDAY)
            self._meet("begin_surveillance")
            self.step("begin_surveillance")

    def _fate_after_operation(self) -> None:
        """Whether and when the disease comes back, and how long the patient lives if not."""
        p = self.person
        share = rate("recurs_after_conversion" if p.burden == EXTENSIVE else "recurs_after_resection")
        self.recurs_on = None
        if self.dies_on is not None and self.dies_on < self.day + timedelta(days=30):
            return
        self.dies_on = self.day + timedelta(days=40 + int(self.rng.expovariate(rate("deaths_a_year") / 365.25)))
        if self.chance(share):
            if self.chance(rate("recurs_within_24_months")):
                months = 2 + self.rng.triangular(0, 20, 4)
            else:
                months = self.rng.uniform(24, 58)
            self.recurs_on = self.day + timedelta(days=int(months * MONTH))

    # --- after it ---

    def adjuvant(self) -> None:
        """What is left of the six months, then surveillance."""
        before = self.before_operation or {"regimen": "CAPOX", "biologic": None}
        reason = None
        regimen = before["regimen"]
        if self.chance(0.07) and regimen in OTHER_LINE:
            regimen, reason = OTHER_LINE[regimen], "neuropathy from the neoadjuvant cycles"
        self._begin("adjuvant", regimen, before["biologic"] if not reason else None, reason)
        found = adjuvant_end(self.case())
        end = found[0] if found else self.day + timedelta(days=90)
        early = self.chance(0.18)
        if early:
            end = self.day + (end - self.day) * self.rng.uniform(0.3, 0.8)
        while self.day + timedelta(days=CYCLE) < end:
            self.wait(CYCLE)
            self._cycle()
            if self.recurs_on is not None and self.recurs_on <= self.day:
                self._stop("recurrence")
                self._recur()
                return
        self.go(end)
        self.working_day()
        self._stop(self.rng.choice(TOXIC) if early else "six months complete")
        self.wait(0, 5)
        self.step("begin_surveillance")

    def locoregional(self) -> None:
        """Done within a month, and looked at after six weeks."""
        modality = next(row["modality"] for row in reversed(self.lines) if row.get("trigger") == "offer_locoregional")
        self._stop("locoregional therapy")
        self.wait(28, 40) if self.chance(0.06) else self.wait(6, 24)
        self.working_day()
        residual = not (modality in ("rfa", "mwa") and self.chance(0.85))
        self.tell("locoregional_performed", modality=modality, residual_disease=residual)
        if not residual:
            self.followed = self.last_ct = self.day
            self.recurs_on = self.day + timedelta(days=self.rng.randint(120, 900)) if self.chance(0.7) else None
            self.wait(1, 9)
            self.step("begin_surveillance")
            return
        self.wait(38, 52)
        self.working_day()
        self.response = self._responds()
        self.blocks += 1
        self._imaging("reassessment", response=self.response)
        self._ecog()
        self.palliative = True
        if self.dies_on is None:
            self.dies_within(rate("months_unresectable"))
        self.step("reassess")

    # --- surveillance ---

    def surveillance(self) -> None:
        """One scan and visit after another, for five years from the operation."""
        start = self.followed or self.day
        end = add_months(start, 60)
        last = max(self.last_ct or start, start)
        low, high = EARLY if last < add_months(start, 24) else LATE
        due = last + timedelta(days=self.rng.randint(low, high))
        if self.happens("scan_late"):
            due = last + timedelta(days=high + self.rng.randint(12, 95))
        due = on_weekday(max(due, self.day + timedelta(days=5)), 0, 1, 2, 3, 4)
        if due >= end and (end - last).days > 150:
            due = on_weekday(end - timedelta(days=self.rng.randint(8, 25)), 0, 1, 2, 3, 4)  # the last scan
        elif due >= end:
            self.go(max(end, self.day))
            self.wait(0, 9)
            self.step("complete_follow_up")
            return
        if not self.person.resected and self.person.primary == "colorectal":
            self._remove_primary()
        if last >= add_months(start, 24):
            self._half_way(last)
        self.go(max(self.day, due - timedelta(days=self.rng.randint(18, 45))))
        years = max((due - last).days, 90) / 365.25
        if self.chance(rate("moves_away") * years):
            self.leave("transferred")
            return
        if self.chance(rate("lost") * years):
            self._lose()
            return
        if self.chance(0.85):
            self.tell("appointment", what="ct", booked_for=due.isoformat())
        if self.happens("scan_missed"):
            self.go(due)
            self.tell("appointment", what="ct", booked_for=due.isoformat(), status="missed")
            self.wait(1, 4)
            self.tell("contact", outcome=self.rng.choice(("reached", "no_answer", "left_message")))
            due = on_weekday(self.day + timedelta(days=self.rng.randint(7, 20)), 0, 1, 2, 3, 4)
            self.tell("appointment", what="ct", booked_for=due.isoformat())
        here = self.recurs_on is not None and self.recurs_on <= due
        value = self.rng.uniform(1.2, 3.8)
        if self.person.primary == "colorectal" and here and self.chance(0.5):
            self.go(max(self.day, due - timedelta(days=self.rng.randint(4, 12))))
            self.working_day()
            self._cea(value + self.rng.uniform(5, 30))
            here_cea = True
        else:
            here_cea = False
        self.go(due)
        if here:
            self._recur()
            return
        self._imaging("surveillance", clear=True)
        self.tell("visit", kind="surveillance")
        if self.person.primary == "colorectal" and not here_cea:
            if self.happens("cea_forgotten"):
                self.wait(3, 22)
                self.working_day()
            self._cea(value)
        self._steer()

    def _half_way(self, last: date) -> None:
        """From the third year on a visit stands between two scans."""
        self.go(max(self.day, last + timedelta(days=self.rng.randint(165, 195))))
        self.working_day()
        self.tell("visit", kind="surveillance")
        if self.person.primary == "colorectal":
            self._cea(self.rng.uniform(1.2, 3.8))

    def _steer(self) -> None:
        """What navigators do beside it."""
        if self.chance(0.02):
            until = self.day + timedelta(days=self.rng.randint(110, 160))
            self.tell(
                "snoozed", rule="surveillance_ct", until=until.isoformat(), reason="abroad with her family until then"
            )
        if self.chance(0.02):
            other = self.rng.choice([name for name in NAVIGATORS if name != self.person.navigator])
            self.tell("reassigned", navigator=other, reason="parental leave")
            self.person.navigator = other

    def _remove_primary(self) -> None:
        self.wait(10, 50)
        self.weekday(TUESDAY, THURSDAY)
        self.tell("surgery_performed", procedure="primary")
        self.person.resected = True

    def _recur(self) -> None:
        """The disease is back: seen on a CT, told, restaged."""
        p = self.person
        self.recurs_on = None
        liver = self.happens("recurs_in_liver")
        isolated = liver and self.chance(rate("isolated_share") / rate("recurs_in_liver"))
        sites = ["liver"] if liver else []
        if not isolated:
            sites += self.rng.choice((["lung"], ["peritoneum"], ["lung", "lymph nodes"]))
        self.lesions = self.rng.choice((1, 1, 1, 2, 2, 3)) if isolated else (self.rng.randint(1, 7) if liver else 0)
        self.largest = self.rng.randint(8, 34)
        p.bilobar = liver and not isolated and self.chance(0.4)
        p.extrahepatic = "none" if isolated else "unresectable"
        p.ecog = self.rng.choices((0, 1, 2), (4, 5, 0.3 if isolated else 1.5), k=1)[0]
        self.remnant = None
        if isolated:
            self.remnant = max(31.0, self.rng.gauss(48, 7))
        self.back = "isolated" if isolated else "spread"
        self._imaging("surveillance", modality="ct")
        if p.primary == "colorectal":
            self._cea(self.rng.uniform(4, 60))
        self._ecog()
        self.tell("recurrence", sites=sites)
        if self.chance(0.4):
            self.wait(1, 4)
            self.working_day()
        self.step("restage")

    # --- leaving ---

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
            brought = {"modality": "ct", "purpose": "surveillance", "lesion_count": 0, "extrahepatic": "none"}
            self.tell("imaging", ago=days_ago, note="brought along from elsewhere", **brought)
            if self.person.primary == "colorectal":
                self.tell("cea", ago=days_ago, ng_per_ml=2.1)
            return
        raise Over

    def _lose(self) -> None:
        """Three calls that reach nobody, and the file is closed."""
        for _ in range(3):
            self.wait(6, 16)
            self.working_day()
            self.tell("contact", outcome="no_answer")
        self.wait(5, 20)
        self.leave("lost_to_follow_up")
