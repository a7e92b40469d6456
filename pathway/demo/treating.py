"""Systemic and locoregional therapy: two months of it, a CT, and what the disease made of it."""

from __future__ import annotations

from datetime import date, timedelta

from pathway.demo.deciding import Deciding
from pathway.demo.people import EXTENSIVE
from pathway.demo.rates import rate
from pathway.regimens import recommend

TOXIC = ("neuropathy grade 3", "diarrhoea grade 3", "neutropenic fever", "allergic reaction to oxaliplatin")
OTHER_LINE = {"FOLFOX": "FOLFIRI", "FOLFIRI": "FOLFOX", "FOLFOXIRI": "FOLFIRI", "FOLFIRINOX": "FOLFIRI"}
CYCLE, CYCLE_LATER, CYCLE_NET = 14, 21, 28
"""Days between two cycles: before an operation, in continued therapy, of a neuroendocrine tumour."""
MONTHS = {"neuroendocrine": 62.0, "gastric": 13.0, "other": 16.0}
"""Median survival by primary, where it is not the guideline's."""


class Treating(Deciding):
    """A patient under therapy."""

    def therapy(self, intent: str) -> None:
        """Two months of it, a CT, and the step to reassessment."""
        if self.line is None:
            self.wait(16, 24) if self.chance(0.04) else self.wait(4, 11)
            self.working_day()
            self._refer()
            self._start(intent)
        if intent == "continued":
            self.palliative = True
        if self.dies_on is None and (self.palliative or not self.person.convertible):
            self.dies_within(MONTHS.get(self.person.primary, rate("months_unresectable")))
        seen = self._cycles_until_seen(intent)
        if self.palliative and self._leaves():
            return
        self.go(seen)
        self.working_day()
        self._assess()
        self.step("reassess")

    def _cycles_until_seen(self, intent: str) -> date:
        """The cycles of one block; for some with another line half-way. The day of the CT."""
        net = self.person.primary == "neuroendocrine"
        every = CYCLE_NET if net else (CYCLE if intent == "neoadjuvant" else CYCLE_LATER)
        until = self.rng.randint(78, 90) if net else self.rng.randint(50, 60)
        if self.chance(0.14):
            until += self.rng.randint(8, 34)
        changes = not net and self.happens("toxicity")
        while self.day + timedelta(days=every) < self.assessed + timedelta(days=until):
            self.wait(every)
            if changes and self.cycles > 1:
                self._changes_for_toxicity(intent)
                changes = False
            else:
                self._cycle()
        return self.assessed + timedelta(days=until)

    def _changes_for_toxicity(self, intent: str) -> None:
        line = self.line or {"regimen": "FOLFOX", "biologic": None}
        self.tell("systemic_stopped", reason=self.rng.choice(TOXIC))
        self.wait(12, 20)
        self._begin(intent, OTHER_LINE.get(line["regimen"], "FOLFIRI"), line["biologic"])

    def _assess(self) -> None:
        """The CT with its response, and what is measured beside it."""
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

    def _stop(self, reason: str) -> None:
        if self.line is not None:
            self.tell("systemic_stopped", reason=reason)
            self.line = None

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
