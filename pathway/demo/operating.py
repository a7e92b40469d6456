"""The operation: planned, held back after bevacizumab, staged, cancelled or done; and the margin."""

from __future__ import annotations

from datetime import date, timedelta

from pathway.case.bevacizumab import bevacizumab_doses
from pathway.demo.life import FRIDAY, MONTH, THURSDAY, TUESDAY, on_weekday
from pathway.demo.people import EXTENSIVE, FEW
from pathway.demo.rates import rate
from pathway.demo.treating import Treating


class Operating(Treating):
    """A patient on the way to an operation, and after it."""

    def resection(self) -> None:
        """Planned, stopped in time, operated, and what follows from the margin."""
        entered = self.day
        self.wait(1, 6)
        self.working_day()
        self.before_operation = self.line
        staged = self.person.bilobar and self.person.burden != FEW and self.chance(0.22)
        procedure = "two_stage" if staged else ("resection_with_ablation" if self.chance(0.2) else "resection")
        day = self._prepared(procedure, 1 if staged else None)
        if self.doubted:
            self.go(max(self.day, entered + timedelta(days=self.rng.randint(36, 44))))
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

    def _prepared(self, procedure: str, stage: int | None) -> date:
        """The day is set, therapy stopped, bevacizumab in time (mostly), and what is too old measured again."""
        bevacizumab = self.line is not None and self.line["biologic"] == "bevacizumab"
        waits = bevacizumab and self.chance(0.3)  # the theatre is full: therapy goes on until six weeks before
        if not waits and not self.chance(0.2):
            self._stop("operation planned")
        safe = self._safe()
        day = self.day + timedelta(days=self.rng.randint(52, 60) if waits else self.rng.randint(12, 33))
        if bevacizumab and not waits and not self.chance(0.08):
            day = max(day, safe + timedelta(days=self.rng.randint(0, 8)))
        day = self._plan(procedure, day, stage)
        if day < safe and not waits and not self.chance(0.2):
            self.wait(2, 5)
            day = self._plan(procedure, safe + timedelta(days=self.rng.randint(0, 6)), stage)
        if waits:
            self.go(max(self.day, day - timedelta(days=self.rng.randint(43, 50))))
        elif self.line is not None:
            self.wait(2, 6)
        self._stop("operation planned")
        if self.last_ct is not None and (day - self.last_ct).days > 56 and not self.chance(0.1):
            self.go(max(self.day, day - timedelta(days=self.rng.randint(9, 16))))
            self.working_day()
            self._imaging("other")
            self._ecog()
        return day

    def _plan(self, procedure: str, day: date, stage: int | None) -> date:
        day = on_weekday(day, TUESDAY, TUESDAY + 1, THURSDAY, FRIDAY)
        ablated = [self.rng.randint(8, 28)] if procedure == "resection_with_ablation" else None
        if ablated and self.chance(0.05):
            ablated = [41]
        self.tell("surgery_planned", planned_for=day.isoformat(), procedure=procedure, stage=stage, ablated_mm=ablated)
        self.tell("appointment", what="surgery", booked_for=day.isoformat())
        return day

    def _safe(self) -> date:
        doses = bevacizumab_doses(self.case())
        return max(doses) + timedelta(days=42) if doses else date.min

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
