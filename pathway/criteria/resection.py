"""All five, or no resection (D1-D5, D7), and what gastric cancer asks besides (J2)."""

from __future__ import annotations

from datetime import date

from pathway.case import Case, Reading, latest_extrahepatic
from pathway.case.reading import latest
from pathway.case.therapy import cycles_of, response_after
from pathway.criteria.verdict import Answer, Asked, Lesions, Question, Sentence, met, not_met, unknown
from pathway.criteria.workup import c7
from pathway.dates import add_months


def d1(case: Case, asked: Asked) -> Answer:
    """The MDT says that all visible metastases can be removed completely (R0)."""
    word = case.word()
    if not word:
        return unknown("No MDT decision since {}: ask the MDT whether R0 is achievable", case.since)
    said = case.stated("r0_achievable")
    if said is None:
        return unknown("The MDT of {} did not say whether R0 is achievable: ask it", word[0].on)
    if not said:
        return not_met("The MDT of {} says R0 is not achievable", word[0].on)
    return met("The MDT of {} says R0 is achievable", word[0].on)


def measured_remnant(case: Case, *, estimated: bool = False) -> Reading | None:
    """The latest measured (or only estimated) remnant since the last operation, after its day; of one day the lower,
    then the lowest id.
    """
    best: Reading | None = None
    for event in reversed(case.volumetry):
        if case.operated_on is not None and event.on <= case.operated_on:
            break
        if best is not None and event.on < best.event.on:
            break
        if bool(event.estimated) is estimated and (best is None or event.remnant_percent <= best.value):
            best = Reading(event.remnant_percent, event)
    return best


def d2(case: Case, asked: Asked) -> Answer:
    """The future liver remnant is above 30 % of the total volume."""
    limit = case.numbers.remnant_percent_above
    found = measured_remnant(case)
    if found is not None:
        segments = found.event.remnant_segments
        few = segments is not None and segments < case.numbers.remnant_segments_from
        warning = (
            ("; only {} segment remains" if segments == 1 else "; only {} segments remain") + ", about {} are wanted"
            if few
            else ""
        )
        values = found.value, found.event.on, limit, segments, case.numbers.remnant_segments_from
        if found.value > limit:
            template = "Liver remnant {} % (CT volumetry {}), more than {} %" + warning
            return met(template, *values)
        template = "Liver remnant {} % (CT volumetry {}), needs more than {} %" + warning
        return not_met(template, *values)
    guess = measured_remnant(case, estimated=True)
    enough = case.numbers.estimated_remnant_percent_from
    if guess is not None and guess.value >= enough:
        return met(
            "Liver remnant estimated at {} % ({}): counts from {} %, a measurement is better",
            guess.value,
            guess.event.on,
            enough,
        )
    if guess is not None:
        return unknown(
            "Liver remnant only estimated at {} % ({}); below {} % it has to be measured: record a volumetry",
            guess.value,
            guess.event.on,
            enough,
        )
    if case.volumetry:
        last = case.volumetry[-1]
        return unknown(
            "Liver remnant last measured {}, before the operation of {}: record a new volumetry",
            last.on,
            case.operated_on,
        )
    return unknown("Liver remnant not measured: record a volumetry")


def d3(case: Case, asked: Asked) -> Answer:
    """No progression during chemotherapy of the present disease."""
    line = case.line
    if line is None:
        return _without_line(case, asked)
    response = response_after(case, line.on)
    if response is not None and response.value == "progression":
        return not_met("Progression on {} during {} (since {})", response.event, line.regimen, line.on)
    if not cycles_of(case, line):
        return unknown("No cycle of {} recorded since its start on {}: record the cycles given", line.regimen, line.on)
    if response is None:
        return unknown(
            "No response recorded since {} began on {}: record the imaging with its response", line.regimen, line.on
        )
    return met(
        "{} on {}, during {} (since {})",
        {"complete": "Complete response", "partial": "Partial response", "stable": "Stable disease"}[response.value],
        response.event,
        line.regimen,
        line.on,
    )


def _without_line(case: Case, asked: Asked) -> Answer:
    """D3 where no line was begun since the operation: failed under adjuvant therapy, or as many lesions as C7
    forbids.
    """
    operated = case.operated_on
    if operated is None:
        return unknown(
            "No chemotherapy recorded, so the response to it is not known: record the therapy and the response"
        )
    adjuvant = [start for start in case.starts if start.intent == "adjuvant" and start.on >= operated]
    for start in adjuvant:
        until = add_months(start.on, case.numbers.perioperative_months)
        until = min([until, *(stop.on for stop in case.stops if stop.what == "all" and stop.on > start.on)])
        for event in (*case.recurrences, *case.progressions()):
            if start.on < event.on <= until:
                return not_met(
                    "Recurrence or progression on {}, during adjuvant {} (since {})", event.on, start.regimen, start.on
                )
    many = c7(case, asked)
    if adjuvant:
        last = adjuvant[-1]
        words = Sentence("Nothing begun since adjuvant {} of {}; {}", (last.regimen, last.on, many.sentence))
    else:
        words = Sentence("No chemotherapy since the operation of {}; {}", (operated, many.sentence))
    return many._replace(sentence=words)


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
        return "this line of therapy"
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
        make = not_met if found.value == "unresectable" else met
        return make(words[found.value], found.event)
    if older is not None:
        return unknown(
            "Disease outside the liver last recorded {}, before {}: record it again, from CT or PET-CT",
            older.event.on,
            _since_words(case, since),
        )
    return unknown("Disease outside the liver not recorded: record it from CT or PET-CT")


def d5(case: Case, asked: Asked) -> Answer:
    """The patient is fit for surgery: ECOG 0 or 1."""
    limit = case.numbers.ecog_at_most
    found = latest(case.performance, "ecog", since=_measured_since(case))
    if found is not None:
        if found.value <= limit:
            return met("ECOG {} ({}), {} at most", found.value, found.event.on, limit)
        return not_met("ECOG {} ({}), needs {} at most", found.value, found.event.on, limit)
    if case.performance:
        last = case.performance[-1]
        return unknown(
            "ECOG last recorded {}, before {}: record it again", last.on, _since_words(case, _measured_since(case))
        )
    return unknown("ECOG not recorded: record it")


AFTER_CHEMOTHERAPY: dict[str, Question] = {
    "liver remnant": d2,
    "response to chemotherapy": d3,
    "disease outside the liver": d4,
    "ECOG": d5,
}
"""Of the five conditions those that somebody measures; D1 is the MDT's to say. By what is asked for where one is
unknown (D6).
"""


def j2(case: Case, asked: Asked) -> Answer:
    """Gastric cancer: resection only of a solitary metastasis, after chemotherapy."""
    count = case.worst_count()
    if not case.starts:
        return not_met("No chemotherapy yet: in gastric cancer it comes before resection")
    if count is None:
        return unknown("Number of lesions not recorded: record a CT or MRI with their number")
    wanted = case.numbers.gastric_lesions
    if count.value != wanted:
        return not_met(
            "{} ({}): in gastric cancer only a solitary metastasis is resected", Lesions(count.value), count.event
        )
    return met("A solitary metastasis ({}), after chemotherapy", count.event)
