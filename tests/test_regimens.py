"""All 81 profiles of a colorectal primary, and the other primaries: as docs/reference/regimens.md says.

The page in turn is held against the guideline's four sentences, read on their own: a result is missing where two
patients who differ in it alone, and are else as this one may be, are treated differently.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.histories import Story, registered

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "regimens.md"
PARTS = ("mmr", "ras", "braf", "side")
VALUES = {
    "mmr": ("proficient", "deficient"),
    "ras": ("wild_type", "mutated"),
    "braf": ("wild_type", "mutated"),
    "side": ("left", "right"),
}
Profile = dict[str, str | None]
PROFILES: list[Profile] = [
    dict(zip(PARTS, values, strict=True)) for values in product(*((*VALUES[part], None) for part in PARTS))
]


class Expected(NamedTuple):
    regimens: frozenset[str]
    biologics: frozenset[str]
    missing: frozenset[str]
    row: str


def _names(cell: str) -> frozenset[str]:
    return frozenset() if cell == "–" else frozenset(cell.split(", "))


def _lines() -> tuple[list[list[str]], list[list[str]]]:
    """The lines of the page's two tables, without their heads."""
    first, second = PAGE.read_text(encoding="utf-8").split("## Other primaries")
    found = []
    for text in (first, second):
        rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
        found.append([[cell.strip() for cell in row] for row in rows[2:]])
    return found[0], found[1]


def _fits(cell: str, value: str | None) -> bool:
    given = "not known" if value is None else value.replace("_", " ")
    return cell in ("any", given) or (cell == "not mutated" and given != "mutated")


def _asked_for(cell: str, profile: Profile) -> frozenset[str]:
    found = {"mmr"} if cell.startswith("MMR") else set()
    if cell.endswith("what is not known of RAS, BRAF, side"):
        found |= {part for part in ("ras", "braf", "side") if profile[part] is None}
    return frozenset(found)


def of_page(profile: Profile) -> Expected:
    """The first line of the page that fits."""
    for *cells, regimens, biologics, asked_for, row in _lines()[0]:
        if all(_fits(cell, profile[part]) for cell, part in zip(cells, PARTS, strict=True)):
            return Expected(_names(regimens), _names(biologics), _asked_for(asked_for, profile), row)
    raise AssertionError(f"no line fits {profile}")


GUIDELINE = {
    "C1": ("pMMR/MSS, RAS/BRAF wild-type, left-sided", "FOLFOX, FOLFIRI", "cetuximab, panitumumab"),
    "C2": ("pMMR/MSS, RAS/BRAF wild-type, right-sided", "FOLFOXIRI, FOLFIRINOX", "–"),
    "C3": ("pMMR/MSS, RAS/BRAF mutated", "FOLFOXIRI, FOLFIRINOX", "bevacizumab"),
    "C4": ("MSI-H/dMMR", "pembrolizumab, nivolumab", "–"),
}


def _sentence(complete: Profile) -> str:
    """Which of the four sentences speaks of a patient of whom everything is known."""
    if complete["mmr"] == "deficient":
        return "C4"
    if complete["ras"] == "mutated" or complete["braf"] == "mutated":
        return "C3"
    return "C1" if complete["side"] == "left" else "C2"


def of_guideline(profile: Profile) -> Expected:
    """What all the patients who may stand behind this profile have in common, and which result would part them."""
    unknown = [part for part in PARTS if profile[part] is None]
    patients: list[Profile] = [
        {**profile, **dict(zip(unknown, values, strict=True))}
        for values in product(*(VALUES[part] for part in unknown))
    ]
    rows = {_sentence(one) for one in patients}
    if len(rows) == 1:
        row = rows.pop()
        _, regimens, biologics = GUIDELINE[row]
        return Expected(_names(regimens), _names(biologics), frozenset(), row)
    parting = {
        part
        for part in unknown
        for one in patients
        for value in VALUES[part]
        if _sentence(one) != _sentence({**one, part: value})
    }
    return Expected(frozenset(), frozenset(), frozenset(parting), "C5")


def of_product(profile: Profile) -> Expected:
    side = {"side": profile["side"]} if profile["side"] else {}
    told = registered().tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy", **side)
    markers = {part: value for part, value in profile.items() if value is not None and part != "side"}
    if markers:
        told.tell("2027-03-10", "molecular_result", **markers)
    return shown(told)


def shown(told: Story) -> Expected:
    found = told.shown("2027-03-11")["recommendation"]
    assert all(len(set(found[name])) == len(found[name]) for name in ("regimens", "biologics", "missing"))
    row = found["source"].partition(",")[0]
    return Expected(frozenset(found["regimens"]), frozenset(found["biologics"]), frozenset(found["missing"]), row)


@pytest.mark.req("C1", "C2", "C3", "C4", "C5")
def test_every_profile_of_a_colorectal_primary() -> None:
    assert len(PROFILES) == 81
    for profile in PROFILES:
        assert of_product(profile) == of_page(profile) == of_guideline(profile), profile


@pytest.mark.req("C1", "C2", "C3", "C4")
def test_the_guideline_says_so_word_for_word() -> None:
    text = (PAGE.parent.parent / "guideline.txt").read_text(encoding="utf-8")
    for words, regimens, biologics in GUIDELINE.values():
        line = next(line for line in text.splitlines() if words in line)
        named = _names(regimens) | _names(biologics)
        if "Triple chemotherapy" in line:  # C3 does not repeat which: C2 does
            named -= _names("FOLFOXIRI, FOLFIRINOX")
        assert all(name in line for name in named)


@pytest.mark.req("C5", "I1", "J1", "J4")
def test_the_other_primaries() -> None:
    seen = set()
    for primary, her2, regimens, biologics, asked_for, row in _lines()[1]:
        results = {"any": ("positive", "negative", None), "not known": (None,)}.get(her2, (her2,))
        for result in results:
            told = registered()
            if primary != "not known":
                told.tell("2027-03-02", "primary_identified", primary=primary, method="liver_biopsy")
            if result:
                told.tell("2027-03-10", "molecular_result", her2=result)
            missing = {"the primary": "primary", "HER2": "her2", "–": "–"}[asked_for]
            assert shown(told) == Expected(_names(regimens), _names(biologics), _names(missing), row), (primary, result)
            seen.add((primary, result))
    assert seen == set(product(("not known", "neuroendocrine", "gastric", "other"), ("positive", "negative", None)))


@pytest.mark.req("C5")
def test_two_results_that_differ_count_as_not_known() -> None:
    for part in ("mmr", "ras", "braf"):
        for profile in PROFILES:
            if profile[part] is not None:
                continue
            told = registered()
            side = {"side": profile["side"]} if profile["side"] else {}
            told.tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy", **side)
            markers = {name: value for name, value in profile.items() if value is not None and name != "side"}
            for value in VALUES[part]:
                told.tell("2027-03-10", "molecular_result", **{**markers, part: value})
            assert shown(told) == of_page(profile), profile
