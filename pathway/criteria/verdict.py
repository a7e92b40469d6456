"""Answers: the verdict, and the sentence a nurse reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pathway.case import Case
from pathway.dates import say
from pathway.events import Imaging


class Verdict(StrEnum):
    """The answer to a question. UNKNOWN refuses as NOT_MET does, and says what is missing."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


class Lesions(int):
    """A number of lesions, written as `1 lesion` or `7 lesions`."""


class Sentence(NamedTuple):
    """Words for a nurse: a template and its values. Written out only when somebody reads it."""

    template: str
    values: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.template.format(*[shown(value) for value in self.values])


class Answer(NamedTuple):
    """A verdict with its sentence, which says what it rests on or what is missing."""

    verdict: Verdict
    sentence: Sentence


class Asked(NamedTuple):
    """What a step asks besides the case: which step, the modality chosen, and whether it is taken or only looked at."""

    trigger: str
    modality: str | None = None
    taken: bool = True


class Finding(NamedTuple):
    """One question of one step, as it is shown: its row (`fact` for what must have happened), name and answer.

    The name's numbers are the protocol's: `finding.name.format(n=protocol.numbers)`.
    """

    id: str
    name: str
    answer: Answer

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def reason(self) -> str:
        return str(self.answer.sentence)


Question = Callable[[Case, Asked], Answer]

MODALITY_WORDS = {"ct": "CT", "mri": "MRI", "pet_ct": "PET-CT", "ultrasound": "ultrasound"}


def shown(value: Any) -> str:
    if isinstance(value, Sentence):
        return str(value)
    if isinstance(value, Lesions):
        return f"{value:d} lesion{'' if value == 1 else 's'}"
    if isinstance(value, date):
        return say(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Imaging):
        return f"{MODALITY_WORDS[value.modality]} {say(value.on)}"
    if isinstance(value, tuple):
        return ", ".join(shown(one) for one in value)
    return str(value)


def met(template: str, *values: Any) -> Answer:
    return Answer(MET, Sentence(template, values))


def not_met(template: str, *values: Any) -> Answer:
    return Answer(NOT_MET, Sentence(template, values))


def unknown(template: str, *values: Any) -> Answer:
    return Answer(UNKNOWN, Sentence(template, values))
