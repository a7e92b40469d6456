"""The first line that the guideline names for a patient, or exactly what is missing to name it (C1-C5, I1, J1, J4)."""

from __future__ import annotations

from dataclasses import dataclass

from pathway.case import Case

OCTREOTIDE = ("octreotide", "lanreotide")
CHECKPOINT = ("pembrolizumab", "nivolumab")
DOUBLET = ("FOLFOX", "FOLFIRI")
TRIPLET = ("FOLFOXIRI", "FOLFIRINOX")
ANTI_EGFR = ("cetuximab", "panitumumab")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Regimens and biologics, alternatives each; or `missing`: the results that would decide between them."""

    regimens: tuple[str, ...] = ()
    biologics: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    row: str = ""

    def names(self, regimen: str, biologic: str | None) -> bool:
        """Whether a therapy is one of those recommended: the regimen in any case, and a biologic where one is named."""
        listed = {name.casefold() for name in self.regimens}
        return regimen.casefold() in listed and (biologic in self.biologics if self.biologics else biologic is None)


def recommend(case: Case) -> Recommendation:
    """What the guideline recommends on what is known; a part that cannot change the answer is not asked for."""
    match case.primary:
        case None:
            return Recommendation(missing=("primary",), row="C5")
        case "colorectal":
            return _colorectal(case.marker("mmr"), case.marker("ras"), case.marker("braf"), case.side)
        case "neuroendocrine":
            return Recommendation(OCTREOTIDE, row="I1")
        case "gastric":
            return _gastric(case.marker("her2"))
        case _:
            return Recommendation(row="J4")


def _colorectal(mmr: str | None, ras: str | None, braf: str | None, side: str | None) -> Recommendation:
    if mmr == "deficient":
        return Recommendation(CHECKPOINT, row="C4")
    missing: tuple[str, ...] = () if mmr else ("mmr",)
    mutated = "mutated" in (ras, braf)
    if not mutated:
        missing += tuple(name for name, value in (("ras", ras), ("braf", braf), ("side", side)) if value is None)
    if missing:
        return Recommendation(missing=missing, row="C5")
    if mutated:
        return Recommendation(TRIPLET, ("bevacizumab",), row="C3")
    if side == "left":
        return Recommendation(DOUBLET, ANTI_EGFR, row="C1")
    return Recommendation(TRIPLET, row="C2")


def _gastric(her2: str | None) -> Recommendation:
    if her2 is None:
        return Recommendation(missing=("her2",), row="J1")
    return Recommendation(biologics=("trastuzumab",) if her2 == "positive" else (), row="J1")
