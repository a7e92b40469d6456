"""The guideline's questions: one function a row, answered met, not met or unknown, with the sentence a nurse reads.

Unknown never passes; it says what nobody recorded. A sentence says the value, its date, the limit and what would change the
answer. Adding a question: write its function here under its row's name, name the row in `states.TABLE`, test its boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pathway.case import Case, Reading, latest_extrahepatic
from pathway.dates import add_months, say
from pathway.events import LIVER, AnyEvent, Imaging
from pathway.regimens import recommend
from pathway.states import ROWS, STEP_WORDS, Clause, State


class Verdict(StrEnum):
    """The answer to a question. UNKNOWN refuses as NOT_MET does, and says what is missing."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


class Sentence(NamedTuple):
    """Words for a nurse: a template and its values. Written out only when somebody reads it."""

    template: str
    values: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.template.format(*[_shown(value) for value in self.values])


class Answer(NamedTuple):
    """A verdict with its sentence, the facts it rests on, and what is missing (names of fields or facts)."""

    verdict: Verdict
    sentence: Sentence
    evidence: tuple[AnyEvent, ...] = ()
    missing: tuple[str, ...] = ()


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
ROLE_WORDS = {
    "medical_oncologist": "medical oncologist",
    "hepatobiliary_surgeon": "hepatobiliary surgeon",
    "colorectal_surgeon": "colorectal surgeon",
    "interventional_radiologist": "interventional radiologist",
    "diagnostic_radiologist": "diagnostic radiologist",
}
MISSING_WORDS = {
    "primary": "primary tumour",
    "mmr": "MMR/MSI",
    "ras": "RAS",
    "braf": "BRAF",
    "side": "side of the primary",
    "her2": "HER2",
}
A1_METHODS = ("colonoscopy", "upper_endoscopy", "liver_biopsy", "surgical_specimen")
QUORUM = ("medical_oncologist", "hepatobiliary_surgeon", "interventional_radiologist", "diagnostic_radiologist")
CLUSTER_SEGMENTS = ("IVB", "V")


def _shown(value: Any) -> str:
    if isinstance(value, Sentence):
        return str(value)
    if isinstance(value, date):
        return say(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Imaging):
        return f"{MODALITY_WORDS[value.modality]} {say(value.on)}"
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value)
    return str(value)


def _met(template: str, *values: Any, evidence: tuple[AnyEvent, ...] = ()) -> Answer:
    return Answer(MET, Sentence(template, values), evidence)


def _not_met(template: str, *values: Any, evidence: tuple[AnyEvent, ...] = ()) -> Answer:
    return Answer(NOT_MET, Sentence(template, values), evidence)


def _unknown(template: str, *values: Any, missing: tuple[str, ...], evidence: tuple[AnyEvent, ...] = ()) -> Answer:
    return Answer(UNKNOWN, Sentence(template, values), evidence, missing)


# --- the work-up ---------------------------------------------------------------------------------------------------------


def a1(case: Case, asked: Asked) -> Answer:
    """The primary is identified by endoscopy or tissue before systemic therapy."""
    for event in reversed(case.primaries):
        if event.method in A1_METHODS:
            return _met("Primary identified by {} ({})", event.method.replace("_", " "), event.on, evidence=(event,))
    if case.primaries:
        last = case.primaries[-1]
        return _not_met(
            "Primary named {} without endoscopy or tissue: needs colonoscopy, upper endoscopy, liver biopsy or a surgical specimen",
            last.on,
            evidence=(last,),
        )
    return _unknown(
        "Primary not yet identified: record colonoscopy, upper endoscopy, liver biopsy or a surgical specimen",
        missing=("primary",),
    )


def c5(case: Case, asked: Asked) -> Answer:
    """Nothing is missing that would change the recommended regimen."""
    missing = recommend(case).missing
    if missing:
        return _unknown(
            "Still missing to choose the regimen: {}. Record the result; two results that differ count as none until one is corrected",
            tuple(MISSING_WORDS[name] for name in missing),
            missing=missing,
        )
    return _met("The profile is complete as far as it decides the regimen", evidence=tuple(case.molecular))


def j1(case: Case, asked: Asked) -> Answer:
    """HER2 is known in gastric cancer."""
    her2 = case.marker("her2")
    if her2 is None:
        return _unknown("HER2 not known: testing is mandatory in gastric cancer, record the result", missing=("her2",))
    return _met("HER2 {}", her2, evidence=tuple(event for event in case.molecular if event.her2))


def c7(case: Case, asked: Asked) -> Answer:
    """Not straight to surgery with more than five lesions or both lobes affected."""
    limit = case.numbers.multifocal_lesions_above
    count, bilobar = case.worst_count(), case.worst_flag("bilobar")
    if count is not None and count.value > limit:
        return _not_met(
            "{} lesions ({}), more than {}: chemotherapy comes before surgery",
            count.value,
            count.event,
            limit,
            evidence=(count.event,),
        )
    if bilobar is not None and bilobar.value:
        return _not_met(
            "Both lobes affected ({}): chemotherapy comes before surgery", bilobar.event, evidence=(bilobar.event,)
        )
    if count is None:
        return _unknown("Number of lesions not recorded: record an imaging with the count", missing=("lesion_count",))
    if bilobar is None and count.value > 1:
        return _unknown(
            "{} lesions ({}), but whether both lobes are affected is not recorded: record it",
            count.value,
            count.event,
            missing=("bilobar",),
            evidence=(count.event,),
        )
    return _met(
        "{} lesions ({}), {} at most, not in both lobes", count.value, count.event, limit, evidence=(count.event,)
    )


def l2(case: Case, asked: Asked) -> Answer:
    """No infiltrative pattern in segments IVB or V without chemotherapy first."""
    start = case.episode_from
    found = [one for one in case.imaging if one.on >= start and one.infiltrative is not None]
    infiltrative = [one for one in found if one.infiltrative]
    for one in reversed(infiltrative):
        if one.segments and any(name in one.segments for name in CLUSTER_SEGMENTS):
            return _not_met(
                "Infiltrative in segment {} ({}): aggressive chemotherapy comes before surgery",
                tuple(name for name in one.segments if name in CLUSTER_SEGMENTS),
                one,
                evidence=(one,),
            )
    for one in reversed(infiltrative):
        if not one.segments:
            return _unknown(
                "Infiltrative ({}), but in which segments is not recorded: record them",
                one,
                missing=("segments",),
                evidence=(one,),
            )
    if not found:
        return _unknown("Whether the growth is infiltrative is not recorded: record it", missing=("infiltrative",))
    return _met("Not infiltrative in segment IVB or V ({})", found[-1], evidence=(found[-1],))


# --- all five, or no resection -------------------------------------------------------------------------------------------


def d1(case: Case, asked: Asked) -> Answer:
    """The MDT says that all visible metastases can be removed completely (R0)."""
    word = case.word()
    if not word:
        return _unknown(
            "No MDT decision since {}: the MDT says whether R0 is achievable", case.since, missing=("r0_achievable",)
        )
    said = case.stated("r0_achievable")
    if said is None:
        return _unknown(
            "The MDT of {} did not say whether R0 is achievable: ask it",
            word[0].on,
            missing=("r0_achievable",),
            evidence=tuple(word),
        )
    if not said:
        return _not_met("The MDT of {} says R0 is not achievable", word[0].on, evidence=tuple(word))
    return _met("The MDT of {} says R0 is achievable", word[0].on, evidence=tuple(word))


def _lower(value: float) -> float:
    return -value


def measured_remnant(case: Case, *, estimated: bool = False) -> Reading | None:
    """The latest measured (or only estimated) remnant since the last operation, after its day; of one day the lower."""
    best: Reading | None = None
    for event in reversed(case.volumetry):
        if case.operated_on is not None and event.on <= case.operated_on:
            break
        if best is not None and event.on < best.event.on:
            break
        if bool(event.estimated) is estimated and (best is None or event.remnant_percent < best.value):
            best = Reading(event.remnant_percent, event)
    return best


def d2(case: Case, asked: Asked) -> Answer:
    """The future liver remnant is above 30 % of the total volume."""
    limit = case.numbers.remnant_percent_above
    found = measured_remnant(case)
    if found is not None:
        segments = found.event.remnant_segments
        few = segments is not None and segments < case.numbers.remnant_segments_from
        warning = "; only {} segment(s) remain, about {} are wanted" if few else ""
        extra = (segments, case.numbers.remnant_segments_from) if few else ()
        if found.value > limit:
            template = "Liver remnant {} % (CT volumetry {}), more than {} %" + warning
            return _met(template, found.value, found.event.on, limit, *extra, evidence=(found.event,))
        template = "Liver remnant {} % (CT volumetry {}), needs more than {} %" + warning
        return _not_met(template, found.value, found.event.on, limit, *extra, evidence=(found.event,))
    guess = measured_remnant(case, estimated=True)
    enough = case.numbers.estimated_remnant_percent_from
    if guess is not None and guess.value >= enough:
        return _met(
            "Liver remnant estimated at {} % ({}): counts from {} %, a measurement is better",
            guess.value,
            guess.event.on,
            enough,
            evidence=(guess.event,),
        )
    if guess is not None:
        return _unknown(
            "Liver remnant only estimated at {} % ({}); below {} % it has to be measured: record a volumetry",
            guess.value,
            guess.event.on,
            enough,
            missing=("remnant_percent",),
            evidence=(guess.event,),
        )
    if case.volumetry:
        last = case.volumetry[-1]
        return _unknown(
            "Liver remnant last measured {}, before the operation of {}: record a new volumetry",
            last.on,
            case.operated_on,
            missing=("remnant_percent",),
            evidence=(last,),
        )
    return _unknown("Liver remnant not measured: record a volumetry", missing=("remnant_percent",))


def d3(case: Case, asked: Asked) -> Answer:
    """No progression during chemotherapy of the present disease."""
    line = case.line
    if line is None:
        return _without_line(case, asked)
    response = case.response(line.on)
    if response is not None and response.value == "progression":
        return _not_met(
            "Progression on {} during {} (since {})",
            response.event,
            line.regimen,
            line.on,
            evidence=(response.event, line),
        )
    if not case.cycles_of(line):
        return _unknown(
            "No cycle of {} recorded since its start on {}: record the cycles given",
            line.regimen,
            line.on,
            missing=("cycle_given",),
            evidence=(line,),
        )
    if response is None:
        return _unknown(
            "No response recorded since {} began on {}: record the imaging with its response",
            line.regimen,
            line.on,
            missing=("response",),
            evidence=(line,),
        )
    return _met(
        "{} on {}, during {} (since {})",
        {"complete": "Complete response", "partial": "Partial response", "stable": "Stable disease"}[response.value],
        response.event,
        line.regimen,
        line.on,
        evidence=(response.event, line),
    )


def _without_line(case: Case, asked: Asked) -> Answer:
    """D3 where no line was begun since the operation: failed under adjuvant therapy, or as many lesions as C7 forbids."""
    operated = case.operated_on
    if operated is None:
        return _unknown(
            "No chemotherapy recorded: what the disease does under it is not known", missing=("systemic_started",)
        )
    for start in case.starts:
        if start.intent != "adjuvant" or start.on < operated:
            continue
        until = add_months(start.on, case.numbers.perioperative_months)
        until = min([until, *(stop.on for stop in case.stops if stop.what == "all" and stop.on > start.on)])
        for event in (*case.recurrences, *case.progressions()):
            if start.on < event.on <= until:
                return _not_met(
                    "Recurrence or progression on {}, during adjuvant {} (since {})",
                    event.on,
                    start.regimen,
                    start.on,
                    evidence=(event, start),
                )
    many = c7(case, asked)
    if many.verdict is MET:
        return _met(
            "No chemotherapy since the operation of {}; {}", operated, many.sentence, evidence=many.evidence
        )
    return many._replace(
        sentence=Sentence("No chemotherapy since the operation of {}; {}", (operated, many.sentence))
    )


def _measured_since(case: Case) -> date:
    """D7: a measurement from before the present line, recurrence or operation does not count."""
    days = [case.line.on] if case.line is not None else []
    if case.recurrences:
        days.append(case.recurrences[-1].on)
    if case.operated_on is not None:
        days.append(case.operated_on)
    return max(days, default=date.min)


def _since_words(case: Case, since: date) -> str:
    if case.line is not None and case.line.on == since:
        return "this line"
    if case.recurrences and case.recurrences[-1].on == since:
        return "the recurrence"
    return "the operation"


def d4(case: Case, asked: Asked) -> Answer:
    """No unresectable disease outside the liver."""
    since = _measured_since(case)
    found, older = latest_extrahepatic(case, since)
    if found is not None:
        words = {
            "none": "No disease outside the liver ({})",
            "resectable": "Disease outside the liver is resectable ({})",
            "unresectable": "Unresectable disease outside the liver ({})",
        }
        make = _not_met if found.value == "unresectable" else _met
        return make(words[found.value], found.event, evidence=(found.event,))
    if older is not None:
        return _unknown(
            "Disease outside the liver last recorded {}, before {}: record it again, from CT or PET-CT",
            older.event.on,
            _since_words(case, since),
            missing=("extrahepatic",),
            evidence=(older.event,),
        )
    return _unknown(
        "Disease outside the liver not recorded: record it from CT or PET-CT", missing=("extrahepatic",)
    )


def d5(case: Case, asked: Asked) -> Answer:
    """The patient is fit for surgery: ECOG 0 or 1."""
    limit = case.numbers.ecog_at_most
    found = case.latest("ecog", case.performance, since=_measured_since(case))
    if found is not None:
        if found.value <= limit:
            return _met("ECOG {} ({}), {} at most", found.value, found.event.on, limit, evidence=(found.event,))
        return _not_met("ECOG {} ({}), needs {} at most", found.value, found.event.on, limit, evidence=(found.event,))
    if case.performance:
        last = case.performance[-1]
        return _unknown(
            "ECOG last recorded {}, before {}: record it again",
            last.on,
            _since_words(case, _measured_since(case)),
            missing=("ecog",),
            evidence=(last,),
        )
    return _unknown("ECOG not recorded: record it", missing=("ecog",))


AFTER_CHEMOTHERAPY: dict[str, Question] = {
    "liver remnant": d2,
    "response to chemotherapy": d3,
    "disease outside the liver": d4,
    "ECOG": d5,
}
"""Of the five conditions those that somebody measures; D1 is the MDT's to say. By what is asked for where one is unknown (D6)."""


# --- the team and the centre ---------------------------------------------------------------------------------------------


def m1(case: Case, asked: Asked) -> Answer:
    """The whole team decided on this step, in the present state."""
    word = case.word()
    if not word:
        return _unknown(
            "No MDT decision since {}: bring her to the MDT", case.since, missing=("mdt_decision",)
        )
    day = word[0].on
    evidence = tuple(word)
    plans = sorted({decision.plan for decision in word if decision.plan is not None})
    if len(plans) > 1:
        return _not_met(
            "The MDT decisions of {} differ ({}): ask the MDT which holds",
            day,
            tuple(STEP_WORDS[plan] for plan in plans),
            evidence=evidence,
        )
    if plans and plans[0] != asked.trigger:
        return _not_met(
            "The MDT of {} decided otherwise: {}. Another step needs another decision",
            day,
            STEP_WORDS[plans[0]],
            evidence=evidence,
        )
    needed = QUORUM
    if case.primary == "colorectal" and not case.primary_resected:
        needed = (*QUORUM, "colorectal_surgeon")
    absent = tuple(ROLE_WORDS[role] for role in needed if not all(role in decision.present for decision in word))
    if absent:
        return _not_met("MDT of {} without {}: all of them decide", day, absent, evidence=evidence)
    return _met("MDT of {}, all roles present", day, evidence=evidence)


def n1(case: Case, asked: Asked) -> Answer:
    """Treated at a high-volume hepatobiliary centre."""
    if not case.referred:
        return _unknown("Treating centre not recorded: record the referral", missing=("referred",))
    day = case.referred[-1].on
    latest = [event for event in case.referred if event.on == day]
    small = [event for event in latest if not event.high_volume_centre]
    if small:
        return _not_met(
            "{} (since {}) is no high-volume centre: refer her to one", small[0].site, day, evidence=(small[0],)
        )
    return _met("{} (since {}) is a high-volume centre", latest[-1].site, day, evidence=(latest[-1],))


def j2(case: Case, asked: Asked) -> Answer:
    """Gastric cancer: resection only of a solitary metastasis, after chemotherapy."""
    count = case.worst_count()
    if not case.starts:
        return _not_met("No chemotherapy yet: in gastric cancer it comes before resection")
    if count is None:
        return _unknown("Number of lesions not recorded: record an imaging with the count", missing=("lesion_count",))
    wanted = case.numbers.gastric_lesions
    if count.value != wanted:
        return _not_met(
            "{} lesions ({}): in gastric cancer only a solitary metastasis is resected",
            count.value,
            count.event,
            evidence=(count.event,),
        )
    return _met("A solitary metastasis ({}), after chemotherapy", count.event, evidence=(count.event,))


# --- locoregional therapy ------------------------------------------------------------------------------------------------

REFUSAL_OR_COMORBIDITY = ("patient_refuses_surgery", "comorbidity_prevents_surgery")


def _surgery_ruled_out(case: Case) -> str | None:
    """The MDT's word that the patient refuses surgery or that another illness prevents it (F3)."""
    if case.stated("patient_refuses_surgery"):
        return "she refuses surgery"
    if case.stated("comorbidity_prevents_surgery"):
        return "another illness prevents surgery"
    return None


def f1(case: Case, asked: Asked) -> Answer:
    """Only for disease that stays unresectable after systemic therapy."""
    if not case.starts:
        return _not_met("No systemic therapy yet: it comes before locoregional therapy")
    five = [question(case, asked) for question in (d1, d2, d3, d4, d5)]
    failing = next((answer for answer in five if answer.verdict is NOT_MET), None)
    if failing is not None:
        return _met("Not resectable after systemic therapy: {}", failing.sentence, evidence=failing.evidence)
    if asked.modality in (None, "rfa", "mwa"):
        ruled_out = _surgery_ruled_out(case)
        if ruled_out:
            return _met("The MDT of {} says that {}", case.word()[0].on, ruled_out, evidence=tuple(case.word()))
    open_ones = [answer for answer in five if answer.verdict is UNKNOWN]
    if open_ones:
        return _unknown(
            "Whether surgery is out of reach is not known: {}",
            open_ones[0].sentence,
            missing=tuple(name for answer in open_ones for name in answer.missing),
        )
    return _not_met("All five conditions of resection are met: surgery comes first")


def f2(case: Case, asked: Asked) -> Answer:
    """TACE, TAE: several lesions with high tumour burden, or a functional neuroendocrine primary."""
    several = case.numbers.several_lesions_from
    count = case.latest_size("lesion_count")
    burden = _burden(case)
    if count is not None and count.value < several:
        return _not_met(
            "{} lesion(s) ({}): for {} or more", count.value, count.event, several, evidence=(count.event,)
        )
    if burden is False:
        return _not_met("Neither high tumour burden, said by the MDT, nor a functional neuroendocrine primary")
    if count is None:
        return _unknown("Number of lesions not recorded: record an imaging with the count", missing=("lesion_count",))
    if burden is None:
        return _unknown(
            "No word of high tumour burden, and whether the primary is functional is not recorded: record one of them",
            missing=("functional",),
        )
    return _met("{} lesions ({}) with high burden or hormonal activity", count.value, count.event)


def _burden(case: Case) -> bool | None:
    if case.stated("high_tumour_burden"):
        return True
    primary = case.primary
    functional = case.of_primary(lambda event: event.functional)
    if functional is False or primary not in (None, "neuroendocrine"):
        return False
    return True if functional and primary else None


def f3(case: Case, asked: Asked) -> Answer:
    """RFA, MWA: up to nine lesions of up to 4 cm each, in patients whom another illness or their own wish keeps from surgery."""
    most, largest = case.numbers.ablation_lesions_at_most, case.numbers.ablation_mm_at_most
    count, size = case.latest_size("lesion_count"), case.latest_size("largest_mm")
    if count is not None and not 1 <= count.value <= most:
        return _not_met("{} lesions ({}): for 1 to {}", count.value, count.event, most, evidence=(count.event,))
    if size is not None and size.value > largest:
        return _not_met(
            "Largest lesion {} mm ({}), {} mm at most", size.value, size.event, largest, evidence=(size.event,)
        )
    if _surgery_ruled_out(case) is None:
        return _not_met("The MDT has not said that she refuses surgery or that another illness prevents it")
    if count is None or size is None:
        return _unknown(
            "Number or size of the lesions not recorded: record an imaging with both",
            missing=tuple(
                name for name, found in (("lesion_count", count), ("largest_mm", size)) if found is None
            ),
        )
    return _met("{} lesions, the largest {} mm ({})", count.value, size.value, size.event, evidence=(size.event,))


def f4(case: Case, asked: Asked) -> Answer:
    """SIRT: when the MDT says that other options are exhausted."""
    if case.stated("other_options_exhausted"):
        return _met("The MDT of {} says that other options are exhausted", case.word()[0].on)
    return _not_met("The MDT has not said that other options are exhausted")


def f5(case: Case, asked: Asked) -> Answer:
    """The MDT has seen that survival is inferior to complete resection."""
    if case.stated("caveat_seen"):
        return _met("The MDT of {} has seen that survival is inferior to complete resection", case.word()[0].on)
    return _not_met("The MDT has not recorded that it saw the caveat: survival is inferior to complete resection")


def i3(case: Case, asked: Asked) -> Answer:
    """PRRT: for neuroendocrine tumours."""
    primary = case.primary
    if primary is None:
        return _unknown("Primary not known: this therapy is for neuroendocrine tumours", missing=("primary",))
    if primary != "neuroendocrine":
        return _not_met("Primary is {}: this therapy is for neuroendocrine tumours", primary)
    return _met("Neuroendocrine primary")


# --- afterwards ----------------------------------------------------------------------------------------------------------


def g1(case: Case, asked: Asked) -> Answer:
    """Something is left of the six months of perioperative chemotherapy."""
    months = case.numbers.perioperative_months
    left = case.remaining(case.operation())
    if left is None:
        return _unknown(
            "The operation is not done: what is left of the {} months is not known yet", months, missing=("surgery_performed",)
        )
    if left.days is None:
        return _met("No chemotherapy before the operation: all {} months are left", months)
    if left.something:
        return _met("{} days are left of {} months of chemotherapy", left.days, months)
    return _not_met("The {} months of chemotherapy were given before the operation: nothing is left", months)


def h1(case: Case, asked: Asked) -> Answer:
    """Five years of follow-up are over."""
    start, event = case.follow_up()
    end = case.follow_up_end()
    if case.day >= end:
        return _met("{} years of follow-up since {} were over on {}", case.numbers.follow_up_years, start, end, evidence=(event,))
    return _not_met("Follow-up since {} goes on until {}", start, end, evidence=(event,))


# --- what must have happened ---------------------------------------------------------------------------------------------


def _here(case: Case, events: Sequence[AnyEvent]) -> bool:
    """Whether one of these facts, in order of days, lies in the present state."""
    return bool(events) and events[-1].on >= case.since


def baseline_imaging(case: Case, asked: Asked) -> Answer:
    found = [one for one in case.imaging if one.purpose == "baseline"]
    if found:
        return _met("Baseline imaging: {}", found[-1], evidence=(found[-1],))
    return _not_met("No baseline imaging recorded: record the CT or MRI with purpose baseline")


def _responses(case: Case) -> list[Imaging]:
    return [one for one in case.imaging if one.response is not None]


def _mdt_plan(case: Case, asked: Asked) -> bool:
    """The MDT's latest word in this state names this step, and nothing else."""
    plans = {decision.plan for decision in case.word() if decision.plan is not None}
    return plans == {asked.trigger}


def _treated_and_imaged(case: Case, asked: Asked, given: bool, missing: str) -> Answer:
    responses = _responses(case)
    imaged = _here(case, responses)
    if given and imaged:
        return _met("Treated and imaged since {}: {}", case.since, responses[-1], evidence=(responses[-1],))
    if _mdt_plan(case, asked):
        return _met("The MDT of {} asks for it", case.word()[0].on, evidence=tuple(case.word()))
    absent = [words for ok, words in ((given, missing), (imaged, "an imaging with its response")) if not ok]
    return _not_met(
        "Since {} there is not yet {}. Record it, or an MDT decision with this plan", case.since, " nor ".join(absent)
    )


def cycle_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.cycles), "a cycle given")


def locoregional_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.locoregional), "a locoregional therapy")


def modality_named(case: Case, asked: Asked) -> Answer:
    if asked.modality:
        return _met("Modality: {}", asked.modality.upper())
    return _not_met("No modality named: choose one of TACE, TAE, RFA, MWA, SIRT, PRRT or other")


def operation_off(case: Case, asked: Asked) -> Answer:
    """The operation is cancelled, or the disease has come back, grown or stayed (R2), in this state."""
    cancelled = [event for event in case.cancelled if event.procedure is None or event.procedure in LIVER]
    if _here(case, cancelled):
        return _met("Operation cancelled {}", cancelled[-1].on, evidence=(cancelled[-1],))
    if _here(case, case.recurrences):
        return _met("Recurrence {}", case.recurrences[-1].on, evidence=(case.recurrences[-1],))
    grown = case.progressions()
    if _here(case, grown):
        return _met("Progression on {}", grown[-1], evidence=(grown[-1],))
    margin = case.margin()
    if margin is not None and margin.value == "R2" and margin.event.on >= case.since:
        return _met("Margin R2 ({})", margin.event.on, evidence=(margin.event,))
    return _not_met("Since {} neither cancelled, nor recurrence, progression or margin R2", case.since)


def operation_done(case: Case, asked: Asked) -> Answer:
    operation = case.operation()
    if operation is None:
        return _not_met("No operation recorded in this stay: record it")
    if not operation.done:
        return _not_met("First stage on {}: the second is not yet done", operation.first, evidence=operation.events)
    return _met("Operated {}", operation.last, evidence=operation.events)


def six_months_used_up(case: Case, asked: Asked) -> Answer:
    """Nothing is left of the six months, or the whole MDT plans it; after R2 only the MDT's plan."""
    if _mdt_plan(case, asked) and m1(case, asked).verdict is MET:
        return _met("The MDT of {} plans surveillance", case.word()[0].on, evidence=tuple(case.word()))
    margin = case.margin()
    if margin is not None and margin.value == "R2":
        return _not_met(
            "Margin R2 ({}): surveillance needs a quorate MDT decision with this plan",
            margin.event.on,
            evidence=(margin.event,),
        )
    left = g1(case, asked)
    if left.verdict is NOT_MET:
        return _met("{}", left.sentence)
    return _not_met("{}: surveillance now needs a quorate MDT decision with this plan", left.sentence)


def six_months_complete(case: Case, asked: Asked) -> Answer:
    end, begun = case.adjuvant_end()
    if case.day >= end:
        return _met("The six months were complete on {}", end, evidence=(begun,))
    stopped = [event for event in case.stops if event.what == "all" and event.reason]
    if _here(case, stopped):
        last = stopped[-1]
        return _met("Therapy stopped {}: {}", last.on, last.reason, evidence=(last,))
    return _not_met("The six months last until {}, and no stop with a reason is recorded since {}", end, case.since)


def no_residual_disease(case: Case, asked: Asked) -> Answer:
    """The latest locoregional therapy of this state left no residual disease; of one day all of them."""
    here = [event for event in case.locoregional if event.on >= case.since]
    if not here:
        return _not_met("No locoregional therapy recorded since {}", case.since)
    latest = [event for event in here if event.on == here[-1].on]
    if all(event.residual_disease is False for event in latest):
        return _met("No residual disease after the therapy of {}", here[-1].on, evidence=tuple(latest))
    return _not_met(
        "After the therapy of {} residual disease is {}",
        here[-1].on,
        "present" if any(event.residual_disease for event in latest) else "not ruled out: record whether there is any",
        evidence=tuple(latest),
    )


def mdt_plan(case: Case, asked: Asked) -> Answer:
    if _mdt_plan(case, asked):
        return _met("The MDT of {} plans it", case.word()[0].on, evidence=tuple(case.word()))
    return _not_met("No MDT decision with this plan since {}", case.since)


def recurrence_or_progression(case: Case, asked: Asked) -> Answer:
    """The disease is back since the last operation, locoregional therapy or the day reassessment was last left."""
    days = [case.operated_on, case.reassessment_left, case.locoregional[-1].on if case.locoregional else None]
    since = max((day for day in days if day is not None), default=date.min)
    for event in (*case.recurrences, *case.progressions()):
        if event.on >= since:
            return _met("Recurrence or progression on {}", event.on, evidence=(event,))
    if since == date.min:
        return _not_met("No recurrence and no progression recorded")
    return _not_met("No recurrence and no progression recorded since {}", since)


def no_untreated_recurrence(case: Case, asked: Asked) -> Answer:
    untreated = case.untreated()
    if untreated:
        return _not_met("Recurrence of {} is not yet treated", untreated[0].on, evidence=(untreated[0],))
    return _met("No untreated recurrence")


def ended(case: Case, asked: Asked) -> Answer:
    if case.ended:
        return _met("Recorded {}", case.ended[-1].on, evidence=(case.ended[-1],))
    return _not_met("Neither a death nor a withdrawal is recorded")


# --- the words of the table, bound ---------------------------------------------------------------------------------------

QUESTIONS: dict[str, tuple[str, Question]] = {
    "A1": ("Primary identified by endoscopy or tissue", a1),
    "C5": ("Molecular profile complete", c5),
    "C7": ("Not multifocal (up to {n.multifocal_lesions_above} lesions, one lobe)", c7),
    "D1": ("R0 resection achievable", d1),
    "D2": ("Liver remnant above {n.remnant_percent_above} %", d2),
    "D3": ("No progression during chemotherapy", d3),
    "D4": ("No unresectable disease outside the liver", d4),
    "D5": ("ECOG {n.ecog_at_most} at most", d5),
    "F1": ("Unresectable after systemic therapy", f1),
    "F2": ("Several lesions with high burden, or functional", f2),
    "F3": ("Up to {n.ablation_lesions_at_most} lesions of up to {n.ablation_mm_at_most} mm, surgery ruled out", f3),
    "F4": ("Other options exhausted", f4),
    "F5": ("Caveat seen: inferior to resection", f5),
    "G1": ("Something left of {n.perioperative_months} months", g1),
    "H1": ("{n.follow_up_years} years of follow-up over", h1),
    "I3": ("Neuroendocrine primary", i3),
    "J1": ("HER2 known", j1),
    "J2": ("Solitary metastasis, after chemotherapy", j2),
    "L2": ("Not infiltrative in IVB or V", l2),
    "M1": ("Whole MDT decided on this step", m1),
    "N1": ("High-volume centre", n1),
}
"""Each row that a step can ask: its name on a screen, and its function."""

FACTS: dict[str, tuple[str, Question]] = {
    "baseline imaging": ("Baseline imaging", baseline_imaging),
    "cycle and response, or MDT plan": ("Treated and imaged, or the MDT asks", cycle_and_response),
    "locoregional therapy and response, or MDT plan": ("Treated and imaged, or the MDT asks", locoregional_and_response),
    "modality": ("Modality named", modality_named),
    "operation off, recurrence, progression or R2": ("Operation off, or disease left or back", operation_off),
    "operation done": ("Operation done", operation_done),
    "six months used up, or quorate MDT plan": ("Nothing left of {n.perioperative_months} months, or the MDT plans it", six_months_used_up),
    "six months complete, or therapy stopped for a reason": ("{n.perioperative_months} months complete, or stopped for a reason", six_months_complete),
    "no residual disease": ("No residual disease", no_residual_disease),
    "MDT plan": ("The MDT plans it", mdt_plan),
    "recurrence or progression": ("Recurrence or progression", recurrence_or_progression),
    "no untreated recurrence": ("No untreated recurrence", no_untreated_recurrence),
    "died or withdrawn": ("Died or withdrawn", ended),
}
"""Each phrase of the table's last column: its name on a screen, and its function."""

APPLIES: dict[str, Callable[[Case, Asked], bool]] = {
    "": lambda case, asked: True,
    "colorectal or unknown primary": lambda case, asked: case.primary in (None, "colorectal"),
    "gastric": lambda case, asked: case.primary == "gastric",
    "modality named": lambda case, asked: asked.modality is not None,
    "tace or tae": lambda case, asked: asked.modality in ("tace", "tae"),
    "rfa or mwa": lambda case, asked: asked.modality in ("rfa", "mwa"),
    "sirt": lambda case, asked: asked.modality == "sirt",
    "prrt": lambda case, asked: asked.modality == "prrt",
    "step is taken": lambda case, asked: asked.taken,
}
"""Each word behind `if`."""

FACT = "fact"


class Bound(NamedTuple):
    """A clause of the table with its functions: what is asked, and of whom."""

    id: str
    name: str
    question: Question
    applies: Callable[[Case, Asked], bool] | None


def _bind(clauses: Sequence[Clause], names: dict[str, tuple[str, Question]], id_: str | None) -> tuple[Bound, ...]:
    """The clauses with their functions; KeyError at a misspelt name, so that the product does not start with one."""
    return tuple(
        Bound(id_ or clause.name, *names[clause.name], APPLIES[clause.applies_if] if clause.applies_if else None)
        for clause in clauses
    )


BOUND = {
    (row.trigger, source): (_bind(row.asks, QUESTIONS, None), _bind(row.facts, FACTS, FACT))
    for row in ROWS
    for source in row.sources
}
"""For each step from each state: its questions and its facts."""


def judge(case: Case, asked: Asked, state: State | None = None) -> tuple[Finding, ...]:
    """Every question and fact of a step from where she stands, answered; also those after the first that fails.

    KeyError where the pathway has no such step from there.
    """
    questions, facts = BOUND[asked.trigger, state or case.state]
    return tuple(
        Finding(bound.id, bound.name, bound.question(case, asked))
        for bound in (*questions, *facts)
        if bound.applies is None or bound.applies(case, asked)
    )
