"""Who comes to the unit: made-up people with a disease drawn from the rates."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from pathway.demo.rates import rate

NAVIGATORS = ("nina", "omar", "ruth")
HUB, NORTH = "hub", "north"
SITES = (HUB, NORTH)
FAMILY = (
    *("Adler", "Berg", "Conrad", "Dahl", "Eriksen", "Falk", "Graf", "Holm", "Ibsen", "Jansen", "Kern", "Lund"),
    *("Moser", "Nagel", "Olsen", "Pohl", "Quist", "Roth", "Sander", "Thiel", "Ulrich", "Vogt", "Weiss", "Zander"),
    *("Arndt", "Brandt", "Claus", "Decker", "Engel", "Franke", "Geiger", "Hauser", "Iversen", "Jung", "Keller"),
    *("Lorenz", "Marten", "Neumann", "Otten", "Peters", "Rieger", "Schenk", "Tauber", "Urban", "Voss", "Winter"),
)
GIVEN = {
    "female": (
        *("Carla", "Dora", "Frida", "Hanna", "Ida", "Lena", "Nora", "Rosa", "Ulla", "Vera"),
        *("Anna", "Birgit", "Elsa", "Greta", "Karin", "Marta"),
    ),
    "male": (
        *("Bela", "Emil", "Hugo", "Jonas", "Karl", "Mats", "Otto", "Stefan", "Theo", "Wim"),
        *("Anton", "Bruno", "David", "Georg", "Kurt", "Paul"),
    ),
}
_STRIDE = 73
"""Prime to the names of each sex: neighbours share none, and no name comes twice before all were used."""

LEFT = ("splenic_flexure", "descending", "sigmoid", "sigmoid", "rectosigmoid", "rectum", "rectum")
RIGHT = ("caecum", "ascending", "ascending", "hepatic_flexure", "transverse")
RIGHT_LOBE = ("V", "VI", "VII", "VIII")
LEFT_LOBE = ("II", "III", "IVA", "IVB")

FEW, MANY, EXTENSIVE = "few", "many", "extensive"
"""The burden in the liver: up to five in one lobe; more or in both; beyond what can be resected (B1, B2)."""


@dataclass
class Person:
    """Somebody made up: who, with which primary and profile, and how much disease."""

    mrn: str
    name: str
    sex: str
    birth_date: date
    navigator: str
    site: str
    primary: str
    location: str | None
    synchronous: bool
    resected: bool
    mmr: str
    ras: str
    braf: str
    her2: str
    functional: bool
    burden: str
    lesions: int
    largest_mm: int
    bilobar: bool
    infiltrative: bool
    segments: list[str]
    extrahepatic: str
    ecog: int
    cea: float
    convertible: bool
    """Whether initially unresectable disease will become resectable."""


def name_of(sex: str, rank: int) -> str:
    """A made-up name."""
    given = GIVEN[sex]
    family, first = divmod(rank * _STRIDE % (len(FAMILY) * len(given)), len(given))
    return f"{FAMILY[family]}, {given[first]}"


def person(rng: random.Random, number: int, start: date) -> Person:
    """The patient of that number, whose disease is found about the day `start`."""
    sex = "female" if rng.random() < 0.42 else "male"
    primary = _primary(rng)
    burden = rng.choices((FEW, MANY, EXTENSIVE), (0.34, 1 - 0.34 - rate("unresectable"), rate("unresectable")), k=1)[0]
    if primary == "gastric" and rng.random() < 0.4:
        burden = FEW
    bilobar = burden != FEW and rng.random() < (0.6 if burden == MANY else 0.9)
    infiltrative = burden == EXTENSIVE and bilobar and rng.random() < 0.35
    lesions = {
        FEW: rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 5)),
        MANY: rng.randint(2, 6) if bilobar else rng.randint(6, 10),
        EXTENSIVE: rng.randint(6, 14) if infiltrative else rng.randint(11, 19),
    }[burden]
    segments = rng.sample(RIGHT_LOBE, k=min(len(RIGHT_LOBE), 1 + lesions // 3))
    if bilobar:
        segments += rng.sample(LEFT_LOBE, k=min(len(LEFT_LOBE), 1 + lesions // 4))
    if infiltrative:
        segments = sorted({*segments, "IVB", "V"})
    left = rng.random() < rate("left_sided")
    ras = rng.random() < rate("ras_mutated")
    braf = not ras and rng.random() < rate("braf_mutated") / (1 - rate("ras_mutated"))
    synchronous = rng.random() < 0.55
    born = start - timedelta(days=int(rng.triangular(36, 86, 66) * 365.25))
    return Person(
        mrn=f"D-{number:05d}",
        name=name_of(sex, number),
        sex=sex,
        birth_date=born,
        navigator=rng.choice(NAVIGATORS),
        site=NORTH if rng.random() < 0.3 else HUB,
        primary=primary,
        location=rng.choice(LEFT if left else RIGHT) if primary == "colorectal" else None,
        synchronous=synchronous,
        resected=not synchronous or rng.random() < 0.6,
        mmr="deficient" if rng.random() < rate("msi_high") else "proficient",
        ras="mutated" if ras else "wild_type",
        braf="mutated" if braf else "wild_type",
        her2="positive" if rng.random() < 0.2 else "negative",
        functional=rng.random() < 0.3,
        burden=burden,
        lesions=lesions,
        largest_mm=int(rng.triangular(8, 75, 24)),
        bilobar=bilobar,
        infiltrative=infiltrative,
        segments=segments,
        extrahepatic=rng.choices(("none", "resectable", "unresectable"), (0.88, 0.07, 0.05), k=1)[0],
        ecog=rng.choices((0, 1, 2, 3), (0.5, 0.38, 0.1, 0.02), k=1)[0],
        cea=round(rng.lognormvariate(2.8, 1.2), 1),
        convertible=burden != EXTENSIVE or rng.random() < rate("converted"),
    )


def _primary(rng: random.Random) -> str:
    colorectal, neuroendocrine, gastric = (rate(name) for name in ("colorectal", "neuroendocrine", "gastric"))
    weights = (colorectal, neuroendocrine, gastric, 1 - colorectal - neuroendocrine - gastric)
    return rng.choices(("colorectal", "neuroendocrine", "gastric", "other"), weights, k=1)[0]
