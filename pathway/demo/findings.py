"""What is found of a patient: imaging, volumes, blood, fitness, and the profile."""

from __future__ import annotations

from datetime import date
from typing import Any

from pathway.demo.life import Life
from pathway.demo.people import EXTENSIVE, FEW, HUB
from pathway.demo.rates import rate


class Findings(Life):
    """A patient as the unit sees the disease."""

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

    def _refer(self) -> None:
        """To the high-volume centre, where the patient is not there yet."""
        if not self.at_hub:
            self.tell("referred", site=HUB, high_volume_centre=True)
            self.at_hub = True

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
