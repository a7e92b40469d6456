"""After treatment: the rest of the six months, surveillance for five years, and the disease that comes back."""

from __future__ import annotations

from datetime import date, timedelta

from pathway.case.six_months import adjuvant_end
from pathway.dates import add_months
from pathway.demo.life import THURSDAY, TUESDAY, on_weekday
from pathway.demo.operating import Operating
from pathway.demo.people import NAVIGATORS
from pathway.demo.rates import rate
from pathway.demo.treating import CYCLE, OTHER_LINE, TOXIC

WORKING = (0, 1, 2, 3, 4)
"""Monday to Friday."""
EARLY, LATE = (98, 172), (320, 358)
"""Days between two surveillance scans in the first two years and after them, as the unit books them."""


class Following(Operating):
    """A patient who is followed up."""

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

    def surveillance(self) -> None:
        """The next scan and visit; after five years from the operation the end."""
        start = self.followed or self.day
        end = add_months(start, 60)
        last = max(self.last_ct or start, start)
        due = self._next_scan(last, start)
        if due >= end and (end - last).days > 150:
            due = on_weekday(end - timedelta(days=self.rng.randint(8, 25)), *WORKING)  # the last scan
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
        elif self.chance(rate("lost") * years):
            self._lose()
        else:
            self._seen(self._booked(due))

    def _next_scan(self, last: date, start: date) -> date:
        low, high = EARLY if last < add_months(start, 24) else LATE
        due = last + timedelta(days=self.rng.randint(low, high))
        if self.happens("scan_late"):
            due = last + timedelta(days=high + self.rng.randint(12, 95))
        return on_weekday(max(due, self.day + timedelta(days=5)), *WORKING)

    def _booked(self, due: date) -> date:
        """Booked, mostly; missed by some, and booked again. The day of the scan."""
        if self.chance(0.85):
            self.tell("appointment", what="ct", booked_for=due.isoformat())
            if self.person.primary == "colorectal" and self.chance(0.7):
                self.tell("appointment", what="cea", booked_for=due.isoformat())
        if self.happens("scan_missed"):
            self.go(due)
            self.tell("appointment", what="ct", booked_for=due.isoformat(), status="missed")
            self.wait(1, 4)
            self.tell("contact", outcome=self.rng.choice(("reached", "no_answer", "left_message")))
            due = on_weekday(self.day + timedelta(days=self.rng.randint(7, 20)), *WORKING)
            self.tell("appointment", what="ct", booked_for=due.isoformat())
        return due

    def _seen(self, due: date) -> None:
        """The scan and the visit, with the CEA; or the disease is back."""
        colorectal = self.person.primary == "colorectal"
        value = self.rng.uniform(1.2, 3.8)
        if self.recurs_on is not None and self.recurs_on <= due:
            if colorectal and self.chance(0.5):
                self.go(max(self.day, due - timedelta(days=self.rng.randint(4, 12))))
                self.working_day()
                self._cea(value + self.rng.uniform(5, 30))
            self.go(due)
            self._recur()
            return
        self.go(due)
        self._imaging("surveillance", clear=True)
        self.tell("visit", kind="surveillance")
        if colorectal:
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
        if self.chance(0.06):
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

    def _lose(self) -> None:
        """Three calls that reach nobody, and the file is closed."""
        for _ in range(3):
            self.wait(6, 16)
            self.working_day()
            self.tell("contact", outcome="no_answer")
        self.wait(5, 20)
        self.leave("lost_to_follow_up")
