"""A second, naive reading of the clinical contract, to compare the product with.

Plain functions over lists of dicts; every question scans the whole history again. Nothing of the product is imported:
where both agree, two independent readings of the same page agree. Where a sentence of the contract can be read in two
ways, a comment says which reading was taken.

`show(events, as_of)` gives what the patient's page says, `accepts(events, new)` whether a new event would be recorded.
"""

import calendar
import datetime
from fractions import Fraction

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"

# ---- the guideline's numbers, each with its row -------------------------------------------------------------------
THRESHOLD_LESIONS = 10  # B1: more than
MANY_LESIONS = 5  # C7, L1: more than
REMNANT_PERCENT = 30  # D2, B3: above
ECOG_AT_MOST = 1  # D5
REASSESSMENT_MONTHS, REASSESSMENT_URGENT_MONTHS = 2, 3  # C6
ABLATION_AT_MOST_LESIONS, ABLATION_AT_MOST_MM = 9, 40  # F3
ABLATED_MM_TOO_LARGE = 40  # E3: strictly smaller than this in a combined plan
SIX_MONTHS = 6  # G1
BEVACIZUMAB_DAYS = 42  # G3
ADJUVANT_OPENS_DAYS, ADJUVANT_DUE_DAYS = 42, 56  # G4
FOLLOW_UP_YEARS = 5  # H1
CT_OPENS_MONTHS, CT_DUE_MONTHS = 3, 6  # H2
CT_SECOND_ANNIVERSARY_MONTHS = 24  # H2
# ---- local defaults (the daggers of the contract), each with its row ---------------------------------------------
ESTIMATED_REMNANT_PERCENT = 40  # D2: from
A1_DAYS = 14
D6_DAYS = 14
N1_DAYS = 14
X8_DAYS, X8_LOCOREGIONAL_DAYS, X8_PLAN_DAYS = 14, 28, 7
C6_OPENS_BEFORE_DAYS = 14
NEUROENDOCRINE_MONTHS, NEUROENDOCRINE_URGENT_MONTHS = 3, 6  # C6
E1_DAYS = 28
X7_DAYS = 14
G3_OPENS_BEFORE_DAYS = 14
G3_DOSE_DAYS = 28
X10_OLD_DAYS, X10_BEFORE_DAYS = 56, 7
E2_DAYS = 42
G4_WITHOUT_DAYS = 28
G1_OPENS_BEFORE_DAYS = 14
CT_LATER_OPENS_MONTHS, CT_LATER_DUE_MONTHS = 6, 12  # H2, years 3 to 5
H3_DAYS = 14
X9_NG_PER_ML, X9_PERCENT, X9_DAYS = 5, 20, 14
X11_DAYS = 90
H1_OPENS_BEFORE_DAYS = 14
SNOOZE_URGENT_DAYS = 7
X1_DAYS = {
    "diagnosis": 14,
    "molecular_workup": 21,
    "neoadjuvant": 75,
    "reassessment": 21,
    "resection": 56,
    "locoregional": 56,
    "systemic": 100,
    "adjuvant": 100,
    "surveillance": 200,
}

# ---- the table of section 1: trigger, from, to (close happens by itself) -----------------------------------------
TABLE = [
    ("begin_workup", ["diagnosis"], "molecular_workup"),
    ("start_neoadjuvant", ["molecular_workup", "reassessment"], "neoadjuvant"),
    ("proceed_to_resection", ["molecular_workup"], "resection"),
    ("reassess", ["neoadjuvant", "systemic", "locoregional"], "reassessment"),
    ("offer_resection", ["reassessment"], "resection"),
    ("offer_locoregional", ["reassessment"], "locoregional"),
    ("continue_systemic", ["molecular_workup", "reassessment", "locoregional"], "systemic"),
    ("abandon_resection", ["resection"], "reassessment"),
    ("start_adjuvant", ["resection"], "adjuvant"),
    ("begin_surveillance", ["resection", "adjuvant", "locoregional", "reassessment"], "surveillance"),
    ("restage", ["surveillance", "adjuvant", "completed"], "reassessment"),
    ("complete_follow_up", ["surveillance"], "completed"),
]
LIVER = ["resection", "two_stage", "resection_with_ablation"]
TREATMENT = ["neoadjuvant", "resection", "locoregional", "systemic", "adjuvant"]
NOT_OPEN = ["completed", "closed"]
NO_FACTS = ["taken_over", "advanced", "corrected", "died", "withdrawn"]
NOT_CLINICAL = [
    "registered",
    "contact",
    "mdt_decision",
    "pathology",
    "referred",
    "appointment",
    "snoozed",
    "reassigned",
]
ROLES = ["medical_oncologist", "hepatobiliary_surgeon", "interventional_radiologist", "diagnostic_radiologist"]
LEFT_COLON = ["splenic_flexure", "descending", "sigmoid", "rectosigmoid", "rectum"]
RIGHT_COLON = ["caecum", "ascending", "hepatic_flexure", "transverse"]


# ---- dates --------------------------------------------------------------------------------------------------------
def day_of(text):
    """The date of an ISO string (a date stays what it is)."""
    return text if isinstance(text, datetime.date) else datetime.date.fromisoformat(text)


def days(number):
    return datetime.timedelta(days=number)


def add_months(day, number):
    """Calendar months; the end of a shorter month clips."""
    months = day.year * 12 + day.month - 1 + number
    year, month = months // 12, months % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def instant_of(text):
    instant = datetime.datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=datetime.UTC)


# ---- what was recorded, as it is known now ------------------------------------------------------------------------
def recorded(events):
    """Copies of the events, `null` left out, an id once, with `arrival` and `instant`, the order of recording.

    Without a `recorded_at` an event was recorded when it arrived: not before anything that arrived earlier.
    """
    out: list[dict] = []
    latest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    for event in events:
        if any(e["id"] == event["id"] for e in out):
            continue
        copy = {key: value for key, value in event.items() if value is not None}
        instant = instant_of(copy["recorded_at"]) if "recorded_at" in copy else latest
        latest = max(latest, instant)
        copy.update(arrival=len(out), instant=instant, day=day_of(copy["on"]))
        out.append(copy)
    return out


def in_force(correction, everything):
    """A correction holds unless a later one that holds takes it away."""
    return not any(
        other["type"] == "corrected"
        and other["event"] == correction["id"]
        and other["arrival"] > correction["arrival"]
        and in_force(other, everything)
        for other in everything
    )


def standing_correction(event, everything):
    """The correction of an event that stands: of several the later recorded."""
    holding = [
        c for c in everything if c["type"] == "corrected" and c["event"] == event["id"] and in_force(c, everything)
    ]
    if event["type"] == "registered":  # it is only ever replaced
        holding = [c for c in holding if "replacement" in c]
    return max(holding, key=lambda c: (c["instant"], c["arrival"])) if holding else None


def as_known_now(everything):
    """The events (no corrections among them) with their replacements; what was entered in error is not there."""
    out = []
    for event in everything:
        if event["type"] == "corrected":
            continue
        correction = standing_correction(event, everything)
        if correction is None:
            out.append(event)
        elif "replacement" in correction:
            kept = ("id", "mrn", "type", "on", "by", "note", "recorded_at", "arrival", "instant", "day")
            new = {key: event[key] for key in kept if key in event}
            new.update({key: value for key, value in correction["replacement"].items() if value is not None})
            new["day"] = day_of(new["on"])
            out.append(new)
    return out


# ---- one patient on one day: {"f": facts up to that day, "p": the states so far, "d": the day} --------------------
def case_of(known, periods, day):
    facts = [e for e in known if e["type"] not in NO_FACTS and e["day"] <= day]
    return {"f": sorted(facts, key=lambda e: (e["day"], e["id"])), "p": periods, "d": day}


def of(case, *types):
    """The facts of these types up to the day, by day and id."""
    return [e for e in case["f"] if e["type"] in types]


def state_of(case):
    return case["p"][-1]["state"]


def since_of(case):
    return case["p"][-1]["entered"]


def here(case, *types):
    """The facts of these types in this state: the day of entry included."""
    return [e for e in of(case, *types) if e["day"] >= since_of(case)]


def latest_day(events):
    return max((e["day"] for e in events), default=None)


def of_latest_day(events):
    return [e for e in events if e["day"] == latest_day(events)]


def lowest_id(events):
    return min(events, key=lambda e: e["id"])


def met_if(truth):
    return UNKNOWN if truth is None else MET if truth else NOT_MET


def both(*truths):
    """Three-valued and: one false is enough."""
    if any(t is False for t in truths):
        return False
    return None if any(t is None for t in truths) else True


def either(*truths):
    """Three-valued or: one true is enough."""
    if any(t is True for t in truths):
        return True
    return None if any(t is None for t in truths) else False


# ---- values (section 2) -------------------------------------------------------------------------------------------
WORSE = {
    "extrahepatic": ["none", "resectable", "unresectable"],
    "response": ["complete", "partial", "stable", "progression"],
    "margin": ["R0", "R1", "R2"],
}


def worst_of(field, values):
    """Of values that disagree the one that allows less: larger, true, unresectable, progression, R2."""
    if field in WORSE:
        return max(values, key=WORSE[field].index, default=None)
    return max(values, default=None)


def readings(images, field):
    """The imagings, of those read, that give the field in a way that counts."""
    given = [e for e in images if field in e]
    if field in ("lesion_count", "largest_mm"):
        better = [e for e in given if e["modality"] != "ultrasound"]
        return better or given
    if field == "extrahepatic":
        return [e for e in given if e[field] != "none" or e["modality"] in ("ct", "pet_ct")]
    return given


def worst(images, field):
    return worst_of(field, [e[field] for e in readings(images, field)])


def latest(images, field):
    return worst_of(field, [e[field] for e in of_latest_day(readings(images, field))])


def primary_field(case, field):
    """The latest value; where the latest day that gives it disagrees with itself, it counts as missing."""
    values = {str(value): value for value in primary_values(case, field)}
    return next(iter(values.values())) if len(values) == 1 else None


def primary_values(case, field):
    giving = [(e["day"], given_by_primary(e, field)) for e in of(case, "primary_identified")]
    giving = [(day, value) for day, value in giving if value is not None]
    last = max((day for day, _ in giving), default=None)
    return [value for day, value in giving if day == last]


def given_by_primary(event, field):
    if field == "side" and "side" not in event:
        location = event.get("location")
        return "left" if location in LEFT_COLON else "right" if location in RIGHT_COLON else None
    return event.get(field)


def primary_of(case):
    return primary_field(case, "primary")


def marker(case, name):
    """The result, or none where nobody gave one or two differ; a new specimen sets earlier ones aside."""
    results = [e for e in of(case, "molecular_result") if name in e]
    anew = latest_day([e for e in results if e.get("new_specimen")])
    values = {e[name] for e in results if anew is None or e["day"] >= anew}
    return values.pop() if len(values) == 1 else None


def primary_resected(case):
    """Whether some fact says that the primary is resected (facts of one day that contradict each other say nothing)."""
    if of(case, "primary_resected"):
        return True
    if any(e["procedure"] == "primary" for e in of(case, "surgery_performed")):
        return True
    said = [e for e in of(case, "primary_identified") if "resected" in e]
    return any(e["resected"] and not any(o["day"] == e["day"] and not o["resected"] for o in said) for e in said)


# ---- operations, lines, episode (section 2) -----------------------------------------------------------------------
def operations(case):
    return [e for e in of(case, "surgery_performed") if e["procedure"] in LIVER]


def is_stage(event, number):
    """Of a two-stage operation; `stage` left out: 1."""
    return event["procedure"] == "two_stage" and event.get("stage", 1) == number


def last_operation_day(case):
    return latest_day(operations(case))


def starts(case):
    """Every systemic_started."""
    return of(case, "systemic_started")


def is_line(start):
    return start["intent"] in ("neoadjuvant", "continued")


def lines(case):
    return [e for e in starts(case) if is_line(e)]


def recurrences(case):
    return of(case, "recurrence")


def progressions(case):
    return [e for e in of(case, "imaging") if e.get("response") == "progression"]


def stays(case):
    return [p for p in case["p"] if p["state"] == "resection"]


def in_days_of(day, stay):
    return stay["entered"] <= day and (stay["left"] is None or day <= stay["left"])


def groups(case):
    """The operations, those of one stay together: {"ops", "stay", "first", "last", "done"}."""
    out = []
    owned = []
    for stay in stays(case):
        mine = [o for o in operations(case) if in_days_of(o["day"], stay) and o["id"] not in owned]
        if stay["by"]["type"] == "taken_over":
            before = of_latest_day([o for o in operations(case) if o["day"] < stay["entered"]])
            between = [
                e
                for e in recurrences(case) + lines(case)
                if before and before[0]["day"] < e["day"] <= stay["entered"]  # facts come before a taken_over
            ]
            if not between and not any(o["id"] in owned for o in before):
                mine = before + mine
        owned += [o["id"] for o in mine]
        out.append(group_of(mine, stay))
    rest = [o for o in operations(case) if o["id"] not in owned]
    for day in sorted({o["day"] for o in rest}):
        out.append(group_of([o for o in rest if o["day"] == day], None))
        out[-1]["done"] = not any(stay["entered"] > day for stay in stays(case))
    return out


def group_of(ops, stay):
    staged = [o for o in ops if o["procedure"] == "two_stage"]
    return {
        "ops": ops,
        "stay": stay,
        "first": min((o["day"] for o in ops), default=None),
        "last": latest_day(ops),
        "done": any(is_stage(o, 2) for o in staged) if staged else bool(ops),
    }


def the_operation(case):
    """The operation spoken of: in resection that of this stay, else the last one. None where there is none."""
    if state_of(case) == "resection":
        return next(g if g["ops"] else None for g in groups(case) if g["stay"] is case["p"][-1])
    return max((g for g in groups(case) if g["ops"]), key=lambda g: g["last"], default=None)


def operation_done(case):
    group = the_operation(case)
    return group is not None and group["done"]


def lines_before(case, group):
    """The lines before an operation and after the previous one (of another stay or of none)."""
    mine = [o["id"] for o in group["ops"]]
    previous = latest_day([o for o in operations(case) if o["id"] not in mine and o["day"] <= group["last"]])
    return [s for s in lines(case) if s["day"] <= group["last"] and (previous is None or s["day"] > previous)]


def next_start(case, start):
    later = [s for s in starts(case) if (s["day"], s["id"]) > (start["day"], start["id"])]
    return later[0] if later else None


def operation_ending(case, line):
    return min((o["day"] for o in operations(case) if o["day"] >= line["day"]), default=None)


def within_line(case, line, day):
    """Whether what is measured or stopped on a day is the line's: after its start, until the next or an operation."""
    following, operated = next_start(case, line), operation_ending(case, line)
    if day <= line["day"] or (following and day > following["day"]):
        return False
    return operated is None or day <= operated


def cycles_of(case, line):
    """A cycle of the day a line starts is its own."""
    following, operated = next_start(case, line), operation_ending(case, line)
    return [
        c
        for c in of(case, "cycle_given")
        if c["day"] >= line["day"]
        and (following is None or c["day"] < following["day"])
        and (operated is None or c["day"] <= operated)
    ]


def stops_all(case):
    return [e for e in of(case, "systemic_stopped") if e.get("what", "all") == "all"]


def present_line(case):
    """The latest line since the last operation (after its day)."""
    operated = last_operation_day(case)
    mine = [s for s in lines(case) if operated is None or s["day"] > operated]
    return mine[-1] if mine else None


def line_running(case, day):
    """Whether a line runs at a day: the latest start up to it is one, not stopped, not ended by an operation."""
    before = [s for s in starts(case) if s["day"] <= day]
    if not before or not is_line(before[-1]):
        return False
    line = before[-1]
    stopped = any(line["day"] < e["day"] <= day for e in stops_all(case))
    return not stopped and not any(line["day"] <= o["day"] <= day for o in operations(case))


def episode_start(case):
    """The day after the last operation or the day of the last recurrence, the later; none: all there is."""
    begins = []
    if operations(case):
        begins.append(last_operation_day(case) + days(1))
    if recurrences(case):
        begins.append(latest_day(recurrences(case)))
    return max(begins, default=datetime.date.min)


def episode_images(case):
    return [e for e in of(case, "imaging") if e["day"] >= episode_start(case)]


def untreated_images(case):
    """Of the episode those up to the first line or locoregional therapy in it (that day included): B1, B2, L1."""
    begin = episode_start(case)
    treated = [e["day"] for e in lines(case) + of(case, "locoregional_performed") if e["day"] >= begin]
    return [e for e in episode_images(case) if not treated or e["day"] <= min(treated)]


def untreated_recurrences(case):
    treatments = operations(case) + of(case, "locoregional_performed", "systemic_started")
    return [r for r in recurrences(case) if not any(t["day"] > r["day"] for t in treatments)]


def follow_up(case):
    """(the day on which the follow-up started, the events of that day on which its dates hang)."""
    events = operations(case) + [e for e in of(case, "locoregional_performed") if e.get("residual_disease") is False]
    if not events:
        return since_of(case), [case["p"][-1]["by"]]
    return latest_day(events), of_latest_day(events)


def five_years(case):
    return add_months(follow_up(case)[0], 12 * FOLLOW_UP_YEARS)


# ---- bevacizumab (section 2) --------------------------------------------------------------------------------------
def stops_in(case, start):
    """Stops of any kind after the start's day, to the day of the next: that day's belong to what came earlier."""
    following = next_start(case, start)
    return [
        e
        for e in of(case, "systemic_stopped")
        if e["day"] > start["day"] and (following is None or e["day"] <= following["day"])
    ]


def cycles_in(case, start):
    following = next_start(case, start)
    return [
        c
        for c in of(case, "cycle_given")
        if c["day"] >= start["day"] and (following is None or c["day"] < following["day"])
    ]


def doses_of(case, start):
    """The days on which bevacizumab of one systemic_started was given, or counts as given."""
    stops = stops_in(case, start)
    first_stop = min((e["day"] for e in stops), default=None)
    doses = [
        c["day"]
        for c in cycles_in(case, start)
        if c.get("biologic_given", first_stop is None or c["day"] <= first_stop)
    ]
    doses += [day_of(e["last_dose"]) for e in stops if "last_dose" in e]
    following = next_start(case, start)
    ended = first_stop or (following and following["day"])
    if ended is None:
        return doses or [start["day"]]
    stated = any("last_dose" in e for e in stops if e["day"] == first_stop)
    recent = any(ended - days(G3_DOSE_DAYS) <= dose <= ended for dose in doses)
    if not recent and not stated:
        doses.append(ended)
    return doses


def doses(case):
    return [dose for s in starts(case) if s.get("biologic") == "bevacizumab" for dose in doses_of(case, s)]


def bevacizumab_runs(case):
    """The latest start has it and it is not stopped, or was given after the stop."""
    if not starts(case) or starts(case)[-1].get("biologic") != "bevacizumab":
        return False
    start = starts(case)[-1]
    stopped = latest_day(stops_in(case, start))
    return stopped is None or any(c.get("biologic_given") and c["day"] > stopped for c in cycles_in(case, start))


# ---- the six months (G1) ------------------------------------------------------------------------------------------
def failed(case, line):
    """Whether a line's last response was progression."""
    responses = [e for e in of(case, "imaging") if "response" in e and within_line(case, line, e["day"])]
    return worst_of("response", [e["response"] for e in of_latest_day(responses)]) == "progression"


def used_until(case, line):
    """The last stop, else the next line's start (adjuvant therapy is none), else the last cycle, else the operation."""
    stops = [e for e in stops_all(case) if within_line(case, line, e["day"])]
    if stops:
        return latest_day(stops)
    lines = [s for s in starts(case) if s["intent"] != "adjuvant" and (s["day"], s["id"]) > (line["day"], line["id"])]
    following, operated = (lines[0] if lines else None), operation_ending(case, line)
    if following and (operated is None or following["day"] <= operated):
        return following["day"]
    if cycles_of(case, line):
        return latest_day(cycles_of(case, line))
    return operated


def left_from(case, start):
    """The day on which what is left of the six months ends when it begins on `start`; None: unknown."""
    group = the_operation(case)
    if group is None or not group["done"]:
        return None
    before = lines_before(case, group)
    if not before:
        return add_months(start, SIX_MONTHS)
    total = (add_months(before[0]["day"], SIX_MONTHS) - before[0]["day"]).days
    used = sum((used_until(case, s) - s["day"]).days for s in before if not failed(case, s))
    return start + days(total - used)


def something_left(case):
    """Whether something is left of the six months; None: unknown."""
    end = left_from(case, case["d"])
    return None if end is None else end > case["d"]


def adjuvant_begin(case):
    """(the day on which the rest of the six months began, what it hangs on)."""
    group = the_operation(case)
    given = [s for s in starts(case) if s["intent"] == "adjuvant" and group and s["day"] >= group["last"]]
    if given:
        return given[0]["day"], lowest_id([s for s in given if s["day"] == given[0]["day"]])
    return since_of(case), case["p"][-1]["by"]


def adjuvant_end(case):
    begin, _ = adjuvant_begin(case)
    end = left_from(case, begin)
    return None if end is None else max(end, begin)


# ---- the recommendation (C1 to C5, I1, J1) ------------------------------------------------------------------------
PROFILE = {
    "mmr": ["proficient", "deficient"],
    "ras": ["wild_type", "mutated"],
    "braf": ["wild_type", "mutated"],
    "side": ["left", "right"],
}


def answer_of(profile):
    if profile["mmr"] == "deficient":
        return (["pembrolizumab", "nivolumab"], [])
    if "mutated" in (profile["ras"], profile["braf"]):
        return (["FOLFOXIRI", "FOLFIRINOX"], ["bevacizumab"])
    if profile["side"] == "left":
        return (["FOLFOX", "FOLFIRI"], ["cetuximab", "panitumumab"])
    return (["FOLFOXIRI", "FOLFIRINOX"], [])


def completions(profile):
    """Every way in which the missing parts could turn out."""
    open_parts = [part for part in PROFILE if profile[part] is None]
    if not open_parts:
        return [profile]
    part = open_parts[0]
    return [full for value in PROFILE[part] for full in completions({**profile, part: value})]


def would_change(profile, part):
    """Whether the answer can depend on a missing part."""
    return any(
        answer_of({**full, part: one}) != answer_of({**full, part: other})
        for full in completions(profile)
        for one in PROFILE[part]
        for other in PROFILE[part]
    )


def recommendation(case):
    primary = primary_of(case)
    if primary is None:
        return {"regimens": [], "biologics": [], "missing": ["primary"]}
    if primary == "neuroendocrine":
        return {"regimens": ["octreotide", "lanreotide"], "biologics": [], "missing": []}
    if primary == "gastric":
        her2 = marker(case, "her2")
        biologics = ["trastuzumab"] if her2 == "positive" else []
        return {"regimens": [], "biologics": biologics, "missing": [] if her2 else ["her2"]}
    if primary == "other":
        return {"regimens": [], "biologics": [], "missing": []}
    profile = {part: marker(case, part) for part in ("mmr", "ras", "braf")}
    profile["side"] = primary_field(case, "side")
    missing = [part for part in PROFILE if profile[part] is None and would_change(profile, part)]
    if missing:
        return {"regimens": [], "biologics": [], "missing": missing}
    regimens, biologics = answer_of(completions(profile)[0])
    return {"regimens": regimens, "biologics": biologics, "missing": []}


# ---- the MDT's word -----------------------------------------------------------------------------------------------
def word(case):
    """The decisions of the latest day with one in the present state: they speak, alone."""
    return of_latest_day(here(case, "mdt_decision"))


def plans_said(case):
    return {e["plan"] for e in word(case) if "plan" in e}


def planned_step(case, trigger):
    """Whether the MDT's word has this plan, and no other."""
    return plans_said(case) == {trigger}


def quorum(case):
    """Whether each role that is asked for was present in all the decisions of the day."""
    needed = list(ROLES)
    if primary_of(case) == "colorectal" and not primary_resected(case):
        needed.append("colorectal_surgeon")
    return bool(word(case)) and all(role in e["present"] for role in needed for e in word(case))


def statement(case, name):
    """What the MDT stated: true, false (where one of the day says so), or None."""
    said = [e[name] for e in word(case) if name in e]
    return all(said) if said else None


def stated(case, name):
    """A statement nobody made is not met."""
    return bool(statement(case, name))


def prevented_or_refused(case):
    return stated(case, "patient_refuses_surgery") or stated(case, "comorbidity_prevents_surgery")


# ---- criteria (section 2) -----------------------------------------------------------------------------------------
def a1(case):
    methods = [e["method"] for e in of(case, "primary_identified")]
    if any(m in ("colonoscopy", "upper_endoscopy", "liver_biopsy", "surgical_specimen") for m in methods):
        return MET
    return NOT_MET if methods else UNKNOWN


def c5(case):
    return UNKNOWN if recommendation(case)["missing"] else MET


def j1(case):
    return MET if marker(case, "her2") else UNKNOWN


def c7(case):
    count = worst(episode_images(case), "lesion_count")
    bilobar = worst(episode_images(case), "bilobar")
    if bilobar or (count is not None and count > MANY_LESIONS):
        return NOT_MET
    if count is None:
        return UNKNOWN
    return MET if bilobar is False or count <= 1 else UNKNOWN


def in_ivb_or_v(image):
    return bool({"IVB", "V"} & set(image.get("segments", [])))


def l2(case):
    said = [e for e in episode_images(case) if "infiltrative" in e]
    infiltrative = [e for e in said if e["infiltrative"]]
    if any(in_ivb_or_v(e) for e in infiltrative):
        return NOT_MET
    if not said or any(not e.get("segments") for e in infiltrative):
        return UNKNOWN
    return MET


def d1(case):
    return met_if(statement(case, "r0_achievable"))


def volumetries(case, estimated):
    """Of the liver as it is since the last operation (after its day)."""
    operated = last_operation_day(case)
    return [
        e
        for e in of(case, "volumetry")
        if bool(e.get("estimated")) is estimated and (operated is None or e["day"] > operated)
    ]


def remnant(case, estimated):
    return min((e["remnant_percent"] for e in of_latest_day(volumetries(case, estimated))), default=None)


def d2(case):
    measured, estimated = remnant(case, estimated=False), remnant(case, estimated=True)
    if measured is not None:
        return met_if(measured > REMNANT_PERCENT)
    return MET if estimated is not None and estimated >= ESTIMATED_REMNANT_PERCENT else UNKNOWN


def failed_adjuvant(case):
    """A recurrence or progression between an adjuvant start since the operation and its first stop (six months)."""
    for start in starts(case):
        if start["intent"] != "adjuvant" or start["day"] < last_operation_day(case):
            continue
        until = min(
            [e["day"] for e in stops_all(case) if e["day"] > start["day"]] + [add_months(start["day"], SIX_MONTHS)]
        )
        if any(start["day"] < e["day"] <= until for e in recurrences(case) + progressions(case)):
            return True
    return False


def d3(case):
    line = present_line(case)
    if line is None and not operations(case):
        return UNKNOWN
    if line is None:
        return NOT_MET if failed_adjuvant(case) else c7(case)
    responses = [e for e in of(case, "imaging") if "response" in e and e["day"] > line["day"]]
    last = worst_of("response", [e["response"] for e in of_latest_day(responses)])
    if last == "progression":
        return NOT_MET
    return MET if last and cycles_of(case, line) else UNKNOWN


def fresh_since(case):
    """The latest of the present line's start, the last recurrence, the last operation; that day counts."""
    marks = [e["day"] for e in operations(case) + recurrences(case)]
    if present_line(case):
        marks.append(present_line(case)["day"])
    return max(marks, default=datetime.date.min)


def d4(case):
    extrahepatic = latest([e for e in of(case, "imaging") if e["day"] >= fresh_since(case)], "extrahepatic")
    return UNKNOWN if extrahepatic is None else met_if(extrahepatic != "unresectable")


def d5(case):
    said = of_latest_day([e for e in of(case, "performance_status") if e["day"] >= fresh_since(case)])
    return met_if(max(e["ecog"] for e in said) <= ECOG_AT_MOST) if said else UNKNOWN


def f1(case, modality):
    if not starts(case):
        return NOT_MET
    verdicts = [d1(case), d2(case), d3(case), d4(case), d5(case)]
    if NOT_MET in verdicts or (modality in (None, "rfa", "mwa") and prevented_or_refused(case)):
        return MET
    return UNKNOWN if UNKNOWN in verdicts else NOT_MET


def j2(case):
    count = worst(episode_images(case), "lesion_count")
    return met_if(both(None if count is None else count == 1, bool(starts(case))))


def neuroendocrine(case):
    """None: no primary is known."""
    primary = primary_of(case)
    return None if primary is None else primary == "neuroendocrine"


def latest_count(case):
    return latest(episode_images(case), "lesion_count")


def f2(case):
    count = latest_count(case)
    functional = both(neuroendocrine(case), primary_field(case, "functional"))
    burden = either(stated(case, "high_tumour_burden"), functional)
    return met_if(both(None if count is None else count >= 2, burden))


def f3(case):
    count, size = latest_count(case), latest(episode_images(case), "largest_mm")
    few = None if count is None else 1 <= count <= ABLATION_AT_MOST_LESIONS
    small = None if size is None else size <= ABLATION_AT_MOST_MM
    return met_if(both(few, small, prevented_or_refused(case)))


def f4(case):
    return met_if(stated(case, "other_options_exhausted"))


def i3(case):
    return met_if(neuroendocrine(case))


def f5(case):
    return met_if(stated(case, "caveat_seen"))


def m1(case, trigger):
    if not word(case):
        return UNKNOWN
    serves = not plans_said(case) or planned_step(case, trigger)
    return met_if(serves and quorum(case))


def n1(case):
    said = of_latest_day(of(case, "referred"))
    return met_if(all(e["high_volume_centre"] for e in said)) if said else UNKNOWN


def h1(case):
    return met_if(case["d"] >= five_years(case))


# ---- steps (section 1) --------------------------------------------------------------------------------------------
MODALITY_ROW = {"tace": ("F2", f2), "tae": ("F2", f2), "rfa": ("F3", f3), "mwa": ("F3", f3)}
MODALITY_ROW.update(sirt=("F4", f4), prrt=("I3", i3))


def profile_criterion(case):
    """C5 for a colorectal or unknown primary, J1 for a gastric one."""
    if primary_of(case) in ("colorectal", None):
        return [("C5", c5(case))]
    return [("J1", j1(case))] if primary_of(case) == "gastric" else []


def criteria_of(case, trigger, modality):
    """The criteria of a step from the present state, in the order of the table."""
    solitary = [("J2", j2(case))] if primary_of(case) == "gastric" else []
    team = [("M1", m1(case, trigger))]
    if trigger == "begin_workup":
        return [("A1", a1(case))]
    if trigger == "start_neoadjuvant":
        return team + profile_criterion(case)
    if trigger == "proceed_to_resection":
        first = [("C7", c7(case)), ("L2", l2(case)), ("D1", d1(case)), ("D2", d2(case))]
        return [*first, ("D4", d4(case)), ("D5", d5(case)), *team, ("N1", n1(case)), *solitary]
    if trigger == "offer_resection":
        five = [("D1", d1(case)), ("D2", d2(case)), ("D3", d3(case)), ("D4", d4(case)), ("D5", d5(case))]
        return [*five, *team, ("N1", n1(case)), *solitary]
    if trigger == "offer_locoregional":
        own = [("F5", f5(case))] if modality else []
        if modality in MODALITY_ROW:
            name, row = MODALITY_ROW[modality]
            own.append((name, row(case)))
        return [("F1", f1(case, modality)), *team, *own]
    if trigger == "continue_systemic":
        return team + (profile_criterion(case) if state_of(case) == "molecular_workup" else [])
    if trigger == "start_adjuvant":
        return [("G1", met_if(something_left(case)))]
    if trigger == "begin_surveillance":
        return team if state_of(case) == "reassessment" else []
    if trigger == "complete_follow_up":
        return [("H1", h1(case))]
    return []


def of_the_liver(cancellation):
    return cancellation.get("procedure", "resection") in LIVER


def margins(case):
    """What says how far a liver operation went: the operation itself, or the pathology of it."""
    return [e for e in operations(case) + of(case, "pathology") if "margin" in e]


def margin_here(case):
    """The latest margin stated in this state."""
    said = [e for e in margins(case) if e["day"] >= since_of(case)]
    return worst_of("margin", [e["margin"] for e in of_latest_day(said)])


def margin_of(case, group):
    """The latest margin stated of an operation, by itself or by a pathology since it."""
    said = [e for e in margins(case) if e["day"] >= group["first"]]
    return worst_of("margin", [e["margin"] for e in of_latest_day(said)])


def fact_of(case, trigger, modality):
    """What makes a step true, besides its criteria: true, false, or None where nothing is asked."""
    state = state_of(case)
    if trigger == "begin_workup":
        return any(e["purpose"] == "baseline" for e in of(case, "imaging"))
    if trigger == "reassess":
        given = here(case, "locoregional_performed" if state == "locoregional" else "cycle_given")
        seen = [e for e in here(case, "imaging") if "response" in e]
        return bool(given and seen) or planned_step(case, trigger)
    if trigger == "offer_locoregional":
        return modality is not None
    if trigger == "abandon_resection":
        cancelled = [e for e in here(case, "surgery_cancelled") if of_the_liver(e)]
        progressed = [e for e in progressions(case) if e["day"] >= since_of(case)]
        return bool(cancelled or here(case, "recurrence") or progressed or margin_here(case) == "R2")
    if trigger == "start_adjuvant":
        return operation_done(case)
    if trigger == "begin_surveillance":
        return {
            "resection": surveillance_from_resection,
            "adjuvant": surveillance_from_adjuvant,
            "locoregional": surveillance_from_locoregional,
            "reassessment": lambda c: planned_step(c, "begin_surveillance"),
        }[state](case)
    if trigger == "restage":
        since = max(
            [e["day"] for e in operations(case) + of(case, "locoregional_performed")]
            + [p["left"] for p in case["p"] if p["state"] == "reassessment" and p["left"]],
            default=datetime.date.min,
        )
        return any(e["day"] >= since for e in recurrences(case) + progressions(case))
    if trigger == "complete_follow_up":
        return not untreated_recurrences(case)
    return None


def surveillance_from_resection(case):
    decided = planned_step(case, "begin_surveillance") and quorum(case)
    if not operation_done(case):
        return False
    if margin_of(case, the_operation(case)) == "R2":
        return decided
    return decided or something_left(case) is False


def surveillance_from_adjuvant(case):
    end = adjuvant_end(case)
    stopped = [e for e in stops_all(case) if e["day"] >= since_of(case) and e.get("reason")]
    return bool(stopped) or (end is not None and case["d"] >= end)


def surveillance_from_locoregional(case):
    """The latest locoregional therapy of this state says that nothing is left, and none of that day disagrees."""
    said = [e.get("residual_disease") for e in of_latest_day(here(case, "locoregional_performed"))]
    return False in said and True not in said


def judge(case, trigger, modality=None):
    """Every criterion with its verdict, then the fact that makes the step true."""
    fact = fact_of(case, trigger, modality)
    return criteria_of(case, trigger, modality) + ([] if fact is None else [("fact", met_if(fact))])


def has_override(event):
    override = event.get("override")
    return bool(override and override.get("reason") and override.get("by"))


def overridden(criteria, event):
    """The criteria not met or unknown that the override passes (C7: only with M1 met)."""
    if not has_override(event):
        return []
    return [
        name
        for name, verdict in criteria
        if name != "fact" and verdict != MET and (name != "C7" or ("M1", MET) in criteria)
    ]


def passes(criteria, event):
    return all(verdict == MET or name in overridden(criteria, event) for name, verdict in criteria)


def target_of(trigger, state):
    """Where a trigger leads from a state; None: it does not start there."""
    return next((to for name, origins, to in TABLE if name == trigger and state in origins), None)


# ---- the walk through the history (sections 1 and 2) --------------------------------------------------------------
RANK = {"taken_over": 1, "advanced": 2, "died": 3, "withdrawn": 3}


def place(event):
    """Within a day facts, then taken_over, then advanced in the order of recording, then died and withdrawn."""
    rank = RANK.get(event["type"], 0)
    if rank == 2:
        return (event["day"], rank, event["instant"], event["arrival"], event["id"])
    return (event["day"], rank, datetime.datetime.min.replace(tzinfo=datetime.UTC), 0, event["id"])


def registration(known):
    return next((e for e in known if e["type"] == "registered"), None)


def walk(known, until):
    """(states so far, steps judged): what moved the patient, up to and including a day.

    A step is {"event", "dropped", "criteria", "holds", "to", "before"}; `taken_over` is one too, and asks nothing.
    """
    registered = registration(known)
    periods = [{"state": "diagnosis", "entered": registered["day"], "left": None, "by": registered}]
    steps = []
    for ended in sorted((e for e in known if e["type"] in ("died", "withdrawn")), key=place):
        if ended["day"] < registered["day"]:
            enter(periods, "closed", registered["day"], ended)
    for event in sorted((e for e in known if e["type"] in RANK and e["day"] <= until), key=place):
        state = periods[-1]["state"]
        step = {"event": event, "dropped": True, "criteria": [], "holds": False, "to": None, "before": state}
        if event["type"] in ("died", "withdrawn"):
            if event["day"] >= registered["day"]:
                enter(periods, "closed", event["day"], event)
            continue
        steps.append(step)
        if event["day"] < registered["day"]:
            continue
        if event["type"] == "taken_over":
            step.update(dropped=False, holds=True, to=event["state"])
            enter(periods, event["state"], event["day"], event)
            continue
        step["to"] = target_of(event["trigger"], state)
        if step["to"] is None:
            continue
        case = case_of(known, periods, event["day"])
        step["criteria"] = judge(case, event["trigger"], event.get("modality"))
        step.update(dropped=False, holds=passes(step["criteria"], event))
        enter(periods, step["to"], event["day"], event)
    return periods, steps


def enter(periods, state, day, event):
    """Leave the present state for another; who is closed stays closed."""
    if state == "closed" and periods[-1]["state"] == "closed":
        return
    periods[-1]["left"] = day
    periods.append({"state": state, "entered": day, "left": None, "by": event})


# ---- deviations ---------------------------------------------------------------------------------------------------
def deviations(known, case, steps):
    out = []
    for step in steps:
        if not step["dropped"]:
            out += [(step["event"]["day"], name) for name in overridden(step["criteria"], step["event"])]
    out += [(e["day"], name) for name, events in (("C8", c8(known, case)), ("E3", e3(case))) for e in events]
    out += [(e["day"], "G2") for e in g2(case)] + [(e["day"], "G3") for e in g3(case)]
    out += [(e["day"], "G4") for e in g4(case)] + [(e["day"], "X2") for e in x2(known, case, steps)]
    return [{"on": day.isoformat(), "id": name} for day, name in sorted(out)]


def c8(known, case):
    """The first neoadjuvant line of a colorectal primary, against that day's recommendation."""
    first = next((s for s in starts(case) if s["intent"] == "neoadjuvant"), None)
    if first is None:
        return []
    then = case_of(known, case["p"], first["day"])
    advised = recommendation(then)
    if primary_of(then) != "colorectal" or not advised["regimens"]:
        return []
    regimen = first["regimen"].casefold() in [r.casefold() for r in advised["regimens"]]
    biologic = first.get("biologic") in (advised["biologics"] or [None])
    return [] if regimen and biologic else [first]


def operation_before(case, start):
    """The operation that an adjuvant start follows: the group of the last one up to its day."""
    day = latest_day([o for o in operations(case) if o["day"] <= start["day"]])
    return next((g for g in groups(case) if day in [o["day"] for o in g["ops"]]), None), day


def line_that_worked(case, start):
    """The last line before the operation that an adjuvant start follows, and after the previous one."""
    group, _ = operation_before(case, start)
    before = [s for s in lines_before(case, group) if s["day"] <= start["day"]] if group else []
    return before[-1] if before else None


def adjuvant_starts(case):
    return [s for s in starts(case) if s["intent"] == "adjuvant"]


def g2(case):
    out = []
    for start in adjuvant_starts(case):
        line = line_that_worked(case, start)
        if line is None:
            continue
        other_regimen = start["regimen"].casefold() != line["regimen"].casefold()
        if other_regimen or ("biologic" in start and start["biologic"] != line.get("biologic")):
            out.append(start)
    return out


def g3(case):
    return [
        e
        for e in of(case, "surgery_performed")
        if any(0 <= (e["day"] - dose).days < BEVACIZUMAB_DAYS for dose in doses(case))
    ]


def g4(case):
    out = []
    for start in adjuvant_starts(case):
        group, day = operation_before(case, start)
        line = line_that_worked(case, start)
        with_it = "bevacizumab" in (start.get("biologic"), line and line.get("biologic"))
        if group and with_it and (start["day"] - day).days < BEVACIZUMAB_DAYS:
            out.append(start)
    return out


def e3(case):
    cut = of(case, "surgery_planned") + operations(case)
    return [e for e in cut if any(mm >= ABLATED_MM_TOO_LARGE for mm in e.get("ablated_mm", []))]


def x2(known, case, steps):
    """One for each reason: an operation after a death and outside resection is named twice."""
    now = [e for e in known if e["day"] <= case["d"]]
    died = min((e["day"] for e in now if e["type"] == "died"), default=None)
    out = [e for e in case["f"] if died and e["day"] > died and e["type"] not in NOT_CLINICAL]
    taken = [s for s in steps if s["event"]["type"] == "taken_over"]
    for o in operations(case):
        inside = any(in_days_of(o["day"], stay) for stay in stays(case))
        if not inside and not any(s["event"]["day"] >= o["day"] for s in taken):
            out.append(o)
    for s in taken:
        stepped = any(e["type"] == "advanced" and e["day"] < s["event"]["day"] for e in now)
        if stepped and s["before"] not in NOT_OPEN:
            out.append(s["event"])
    for e in now:
        if e["type"] == "withdrawn" and e["reason"] == "lost_to_follow_up":
            missed = {c["day"] for c in of(case, "contact") if c["outcome"] != "reached" and c["day"] <= e["day"]}
            if len(missed) < 3:
                out.append(e)
    return out


# ---- plans --------------------------------------------------------------------------------------------------------
def kind(procedure):
    return "liver" if procedure in LIVER else procedure


def plan_stage(plan):
    """`stage` left out: 1."""
    return plan.get("stage", 1)


def standing_plans(case):
    """Every plan that stands."""
    everything = of(case, "surgery_planned")
    out = []
    for plan in everything:
        like = [q for q in everything if kind(q["procedure"]) == kind(plan["procedure"])]
        like = [q for q in like if plan_stage(q) == plan_stage(plan)]
        same_day = [q for q in like if q["day"] == plan["day"]]
        earliest = min(same_day, key=lambda q: (day_of(q["planned_for"]), q["id"]))
        replaced = any(q["day"] > plan["day"] for q in like) or earliest is not plan
        performed = [
            o
            for o in of(case, "surgery_performed")
            if kind(o["procedure"]) == kind(plan["procedure"])
            and o["day"] >= plan["day"]
            and not (is_stage(o, 1) and plan_stage(plan) == 2)
        ]
        cancelled = [
            c
            for c in of(case, "surgery_cancelled")
            if kind(c.get("procedure", "resection")) == kind(plan["procedure"]) and c["day"] > plan["day"]
        ]
        if not replaced and not performed and not cancelled:
            out.append(plan)
    return out


def liver_plans(case):
    return [p for p in standing_plans(case) if kind(p["procedure"]) == "liver"]


# ---- what is owed (section 3): each rule gives its claims (opens, due, urgent, the events it may hang on) ----------
def claim(opens, due, urgent, events):
    return {"opens": opens, "due": due, "urgent": urgent, "event": lowest_id(events)}


def entry(case):
    """The step (or registration) by which the present state was entered."""
    return case["p"][-1]["by"]


def is_open(case):
    return state_of(case) not in NOT_OPEN


def identify_primary(case, _):
    if state_of(case) != "diagnosis" or a1(case) == MET:
        return []
    return [claim(since_of(case), since_of(case) + days(A1_DAYS), True, [entry(case)])]


def urgent_evaluation(case, _):
    acts = of(case, "systemic_started", "cycle_given", "surgery_performed", "locoregional_performed")
    acts += [v for v in of(case, "visit") if v["kind"] == "oncology"]
    return [
        claim(e["day"], e["day"], True, [e])
        for e in of(case, "imaging")
        if e.get("rim_enhancing_necrotic") and e.get("infiltrative") and not any(a["day"] >= e["day"] for a in acts)
    ]


def criterion_missing(case, _):
    verdicts = []
    if state_of(case) == "molecular_workup":
        verdicts = [verdict for _, verdict in profile_criterion(case)]
    if state_of(case) == "reassessment":
        verdicts = [d2(case), d3(case), d4(case), d5(case)]
    if UNKNOWN not in verdicts:
        return []
    return [claim(since_of(case), since_of(case) + days(D6_DAYS), False, [entry(case)])]


def refer_to_centre(case, _):
    if state_of(case) in ("adjuvant", "surveillance") or n1(case) == MET:
        return []
    last = of_latest_day(of(case, "referred")) or of(case, "registered")
    return [claim(last[0]["day"], last[0]["day"] + days(N1_DAYS), False, last)]


def act_awaited(case, _):
    state = state_of(case)
    waiting = X8_DAYS
    if state in ("neoadjuvant", "systemic"):
        if here_lines(case) or line_running(case, since_of(case)):
            return []
    elif state == "resection":
        if liver_plans(case):
            return [
                claim(day_of(p["planned_for"]), day_of(p["planned_for"]) + days(X8_PLAN_DAYS), False, [p])
                for p in liver_plans(case)
            ]
        if the_operation(case):
            return []
    elif state == "locoregional":
        if here(case, "locoregional_performed"):
            return []
        waiting = X8_LOCOREGIONAL_DAYS
    else:
        return []
    # A cancellation speaks of an operation: it moves the wait in resection alone.
    cancelled = [e for e in here(case, "surgery_cancelled") if state == "resection" and of_the_liver(e)]
    events = of_latest_day([*cancelled, {**entry(case), "day": since_of(case)}])
    return [claim(events[0]["day"], events[0]["day"] + days(waiting), False, events)]


def here_lines(case):
    return [s for s in lines(case) if s["day"] >= since_of(case)]


def reassessment(case, _):
    if state_of(case) not in ("neoadjuvant", "systemic"):
        return []
    responses = [e for e in of(case, "imaging") if "response" in e]
    progressed = [e for e in of_latest_day(responses) if e["response"] == "progression" and e["day"] > since_of(case)]
    if progressed:
        return [claim(progressed[0]["day"], progressed[0]["day"], True, progressed)]
    line = present_line(case)
    entered = {**entry(case), "day": since_of(case)}
    bases = []
    if line:
        bases = [s for s in lines(case) if s["day"] == line["day"]]
        bases += of_latest_day([e for e in responses if e["day"] > line["day"]])
    by_step = entry(case).get("trigger") == "start_neoadjuvant"
    if state_of(case) == "neoadjuvant" and by_step and not here_lines(case):
        bases.append(entered)
    bases = of_latest_day(bases) or [entered]
    slow = neuroendocrine(case)
    due = add_months(bases[0]["day"], NEUROENDOCRINE_MONTHS if slow else REASSESSMENT_MONTHS)
    urgent = add_months(bases[0]["day"], NEUROENDOCRINE_URGENT_MONTHS if slow else REASSESSMENT_URGENT_MONTHS)
    return [claim(due - days(C6_OPENS_BEFORE_DAYS), due, case["d"] >= urgent, bases)]


def remeasure_remnant(case, _):
    if state_of(case) not in ("neoadjuvant", "systemic", "reassessment", "resection"):
        return []
    calls = of(case, "portal_vein_embolisation") + [o for o in operations(case) if is_stage(o, 1)]
    answers = of(case, "volumetry") + [o for o in operations(case) if not is_stage(o, 1)]
    return [
        claim(e["day"], e["day"] + days(E1_DAYS), False, [e])
        for e in calls
        if not any(a["day"] > e["day"] for a in answers)
    ]


def mdt_review(case, steps):
    decisions = of(case, "mdt_decision")
    calls = calling_facts(case)
    dated = [e for e in of_latest_day(decisions) if "review_on" in e]
    if state_of(case) == "completed":
        # Recurrence and progression call here too; a date the MDT set, when one of them lies in this state.
        again = recurrences(case) + progressions(case)
        calls = [(e, urgent) for e, urgent in calls if e["id"] in [a["id"] for a in again]]
        dated = dated if any(a["day"] >= since_of(case) for a in again) else []
    elif not is_open(case):
        return []
    out = []
    for e in dated:
        review = day_of(e["review_on"])
        if not any(d["day"] >= review for d in decisions):
            out.append(claim(review, review, False, [e]))
    onwards = [s["event"] for s in steps if s["to"] in [*TREATMENT, "surveillance", "completed"] and not s["dropped"]]
    for e, urgent in calls:
        decided = any(d["day"] >= e["day"] for d in decisions)
        moved = not urgent and any(s["day"] >= e["day"] for s in onwards)
        if not decided and not moved:
            out.append(claim(e["day"], e["day"] + days(X7_DAYS), urgent, [e]))
    return out


def calling_facts(case):
    """The facts that call for a decision, each with whether it is urgent."""
    out = [(e, e["response"] == "progression") for e in of(case, "imaging") if "response" in e]
    out += [(e, True) for e in recurrences(case)]
    if state_of(case) == "molecular_workup":
        criterion = profile_criterion(case)
        if criterion and criterion[0][1] == MET:
            out += [(e, False) for e in of_latest_day(of(case, "molecular_result"))]
    if state_of(case) == "reassessment":
        out += [(e, False) for e in here(case, "volumetry")]
    out += [(e, e.get("margin") in ("R1", "R2")) for e in operations(case) + of(case, "pathology")]
    return out


def bevacizumab_hold(case, _):
    if not bevacizumab_runs(case):
        return []
    out = []
    for plan in standing_plans(case):
        due = day_of(plan["planned_for"]) - days(BEVACIZUMAB_DAYS)
        out.append(claim(due - days(G3_OPENS_BEFORE_DAYS), due, False, [plan]))
    return out


def bevacizumab_conflict(case, _):
    last = max(doses(case), default=None)
    return [
        claim(max(plan["day"], last), max(plan["day"], last), True, [plan])
        for plan in standing_plans(case)
        if last and last + days(BEVACIZUMAB_DAYS) > day_of(plan["planned_for"])
    ]


def stale_before_surgery(case, _):
    if state_of(case) != "resection":
        return []
    seen = latest_day([e for e in of(case, "imaging") if e["modality"] in ("ct", "mri", "pet_ct")])
    graded = latest_day(of(case, "performance_status"))
    out = []
    for plan in liver_plans(case):
        planned = day_of(plan["planned_for"])
        if any(day is None or (planned - day).days > X10_OLD_DAYS for day in (seen, graded)):
            out.append(claim(plan["day"], planned - days(X10_BEFORE_DAYS), False, [plan]))
    return out


def second_stage(case, _):
    if state_of(case) != "resection" or not the_operation(case):
        return []
    mine = the_operation(case)["ops"]
    planned = [day_of(p["planned_for"]) for p in liver_plans(case) if plan_stage(p) == 2]
    cancelled = [c for c in of(case, "surgery_cancelled") if of_the_liver(c)]
    out = []
    for o in mine:
        ended = [s for s in mine if is_stage(s, 2)] + cancelled
        if is_stage(o, 1) and not any(s["day"] >= o["day"] for s in ended):
            out.append(claim(o["day"], min(planned, default=o["day"] + days(E2_DAYS)), False, [o]))
    return out


def adjuvant_start(case, _):
    group = the_operation(case)
    if state_of(case) not in ("resection", "adjuvant") or not operation_done(case) or not something_left(case):
        return []
    if primary_of(case) == "neuroendocrine" or any(s["day"] >= group["last"] for s in adjuvant_starts(case)):
        return []
    with_it = any(s.get("biologic") == "bevacizumab" for s in lines_before(case, group))
    opens = group["last"] + days(ADJUVANT_OPENS_DAYS if with_it else G4_WITHOUT_DAYS)
    return [claim(opens, group["last"] + days(ADJUVANT_DUE_DAYS), False, of_latest_day(group["ops"]))]


def perioperative_complete(case, _):
    if state_of(case) != "adjuvant":
        return []
    dates = []
    end = adjuvant_end(case)
    if end:
        dates.append((end, adjuvant_begin(case)[1]))
    stopped = [e for e in stops_all(case) if e["day"] >= since_of(case) and (end is None or e["day"] < end)]
    dates += [(e["day"], e) for e in stopped]
    return [claim(day - days(G1_OPENS_BEFORE_DAYS), day, False, [event]) for day, event in dates]


def counts_as_ct(image):
    return image["modality"] in ("ct", "pet_ct") or (image["modality"] == "mri" and image.get("ct_contraindicated"))


def ct_window(case):
    """(opens, due, the events of the last CT or of the follow-up's start)."""
    start, events = follow_up(case)
    last = start
    while True:
        late = last >= add_months(start, CT_SECOND_ANNIVERSARY_MONTHS)
        opens = add_months(last, CT_LATER_OPENS_MONTHS if late else CT_OPENS_MONTHS)
        due = add_months(last, CT_LATER_DUE_MONTHS if late else CT_DUE_MONTHS)
        done = [
            e
            for e in of(case, "imaging")
            if counts_as_ct(e) and e["day"] > last and (e["purpose"] == "surveillance" or e["day"] >= opens)
        ]
        if not done:
            return opens, due, events
        last = done[0]["day"]
        events = [e for e in done if e["day"] == last]


def surveillance_ct(case, _):
    if state_of(case) not in ("adjuvant", "surveillance"):
        return []
    opens, due, events = ct_window(case)
    return [] if opens > five_years(case) else [claim(opens, due, False, events)]


def surveillance_cea(case, _):
    if state_of(case) not in ("adjuvant", "surveillance") or primary_of(case) != "colorectal":
        return []
    start, _ = follow_up(case)
    for visit in of(case, "visit"):
        if visit["kind"] != "surveillance" or not start <= visit["day"] <= five_years(case):
            continue
        if not any(e["day"] >= visit["day"] - days(H3_DAYS) for e in of(case, "cea")):
            same = [v for v in of(case, "visit") if v["kind"] == "surveillance" and v["day"] == visit["day"]]
            return [claim(visit["day"], visit["day"] + days(H3_DAYS), False, same)]
    return [c for c in surveillance_ct(case, None) if not any(e["day"] >= c["opens"] for e in of(case, "cea"))]


def exactly(number):
    return Fraction(str(number))


def cea_rising(case, _):
    if state_of(case) not in ("adjuvant", "surveillance") or primary_of(case) != "colorectal":
        return []
    last = of_latest_day(of(case, "cea"))
    before = of_latest_day([e for e in of(case, "cea") if e["day"] < latest_day(last)])
    if not before:
        return []
    value, old = (max(exactly(e["ng_per_ml"]) for e in some) for some in (last, before))
    if value <= X9_NG_PER_ML or value <= old * (100 + X9_PERCENT) / 100:
        return []
    day = last[0]["day"]
    if any(e["day"] >= day for e in of(case, "imaging", "mdt_decision")):
        return []
    return [claim(day, day + days(X9_DAYS), True, [e for e in last if exactly(e["ng_per_ml"]) == value])]


def primary_in_place(case, _):
    if state_of(case) not in ("adjuvant", "surveillance") or primary_of(case) != "colorectal":
        return []
    if not operation_done(case) or primary_resected(case):
        return []
    group = the_operation(case)
    reviews = of_latest_day([e for e in of(case, "mdt_decision") if "review_on" in e and e["day"] >= group["last"]])
    due = min((day_of(e["review_on"]) for e in reviews), default=group["last"] + days(X11_DAYS))
    return [claim(group["last"], due, False, of_latest_day(group["ops"]))]


def follow_up_complete(case, _):
    if state_of(case) != "surveillance":
        return []
    end = five_years(case)
    return [claim(end - days(H1_OPENS_BEFORE_DAYS), end, False, follow_up(case)[1])]


def guard_violated(case, steps):
    looked_at = [name for e in of(case, "mdt_decision") for name in e.get("reviewed", [])]
    return [
        claim(s["event"]["day"], s["event"]["day"], True, [s["event"]])
        for s in steps
        if s["event"]["type"] == "advanced" and not s["holds"] and s["event"]["id"] not in looked_at
    ]


def review_stalled(case, others):
    """Where nothing else is due by the end of the state's window after the last thing that happened."""
    quiet = ("contact", "appointment", "snoozed", "reassigned")
    things = [e for e in case["f"] if e["type"] not in quiet] + [{**entry(case), "day": since_of(case)}]
    last = of_latest_day(things)
    until = last[0]["day"] + days(X1_DAYS[state_of(case)])
    if any(other["due"] <= until for other in others):
        return []
    return [claim(until, until, False, last)]


RULES = {
    "identify_primary": identify_primary,
    "urgent_evaluation": urgent_evaluation,
    "criterion_missing": criterion_missing,
    "refer_to_centre": refer_to_centre,
    "act_awaited": act_awaited,
    "reassessment": reassessment,
    "remeasure_remnant": remeasure_remnant,
    "mdt_review": mdt_review,
    "bevacizumab_hold": bevacizumab_hold,
    "bevacizumab_conflict": bevacizumab_conflict,
    "stale_before_surgery": stale_before_surgery,
    "second_stage": second_stage,
    "adjuvant_start": adjuvant_start,
    "perioperative_complete": perioperative_complete,
    "surveillance_ct": surveillance_ct,
    "surveillance_cea": surveillance_cea,
    "cea_rising": cea_rising,
    "primary_in_place": primary_in_place,
    "follow_up_complete": follow_up_complete,
    "guard_violated": guard_violated,
}
ALSO_COMPLETED = ["mdt_review", "guard_violated"]
SERVED_BY = {
    "reassessment": "ct",
    "surveillance_ct": "ct",
    "remeasure_remnant": "volumetry",
    "surveillance_cea": "cea",
    "urgent_evaluation": "visit",
    "act_awaited": "surgery",
    "second_stage": "surgery",
    "mdt_review": "mdt",
}


def merged(claims):
    """One alert a rule: the dates of the one due first, urgent when one of them is."""
    first = min(claims, key=lambda c: (c["due"], c["event"]["id"]))
    return {**first, "urgent": any(c["urgent"] for c in claims)}


def alerts(case, steps):
    state = state_of(case)
    if state == "closed":
        return []
    owed = {}
    for rule, function in RULES.items():
        claims = function(case, steps) if is_open(case) or rule in ALSO_COMPLETED else []
        if claims:
            owed[rule] = merged(claims)
    if is_open(case):
        stalled = review_stalled(case, list(owed.values()))
        if stalled:
            owed["review_stalled"] = stalled[0]
    out = [alert_of(case, rule, one) for rule, one in owed.items()]
    return sorted(out, key=lambda a: (a["status"] == "snoozed", a["severity"] != "urgent", a["due_on"], a["rule"]))


def appointment_for(case, rule, hangs_on_day):
    """The latest appointment of its kind booked for that day or later; of one day the one that allows less."""
    mine = [
        e
        for e in of(case, "appointment")
        if e["what"] == SERVED_BY.get(rule) and day_of(e["booked_for"]) >= hangs_on_day
    ]
    order = ["missed", "cancelled", "booked"]
    same_day = of_latest_day(mine)
    key = lambda e: (order.index(e.get("status", "booked")), day_of(e["booked_for"]), e["id"])  # noqa: E731
    return min(same_day, key=key, default=None)


def alert_of(case, rule, one):
    today = case["d"]
    hangs_on_day = since_of(case) if one["event"]["id"] == entry(case)["id"] else one["event"]["day"]
    urgent, booked_for = one["urgent"], None
    appointment = appointment_for(case, rule, hangs_on_day)
    if appointment:
        status = appointment.get("status", "booked")
        urgent = urgent or status == "missed"
        if status == "booked" and day_of(appointment["booked_for"]) >= today:
            booked_for = appointment["booked_for"]
    quiet = [
        s
        for s in of(case, "snoozed")
        if s["rule"] == rule
        and today < day_of(s["until"])
        and hangs_on_day <= s["day"]
        and not (urgent and (day_of(s["until"]) - s["day"]).days > SNOOZE_URGENT_DAYS)
    ]
    status = "upcoming" if today < one["opens"] else "due" if today <= one["due"] else "overdue"
    return {
        "rule": rule,
        "status": "snoozed" if quiet else status,
        "severity": "urgent" if urgent else "routine",
        "opens_on": one["opens"].isoformat(),
        "due_on": one["due"].isoformat(),
        "booked_for": booked_for,
        "owner": owner(case),
        "hangs_on": one["event"]["id"],
    }


def owner(case):
    """The navigator of the latest reassigned, else of the registration, else the site, else unassigned."""
    registered = of(case, "registered")[0]
    moved = of(case, "reassigned")
    navigator = moved[-1]["navigator"] if moved else registered.get("navigator")
    return navigator or registered.get("site") or "unassigned"


# ---- what is shown (sections 4 and 6) -----------------------------------------------------------------------------
def true_features(case):
    """L1: the adverse features, in the order of the shape."""
    images = untreated_images(case)
    count = worst(images, "lesion_count")
    found = {
        "more_than_5": count is not None and count > MANY_LESIONS,
        "bilobar": worst(images, "bilobar"),
        "infiltrative_ivb_v": any(e.get("infiltrative") and in_ivb_or_v(e) for e in images),
        "synchronous": primary_field(case, "synchronous"),
    }
    return [name for name, truth in found.items() if truth]


def classification(case):
    images = untreated_images(case)
    count = worst(images, "lesion_count")
    b1 = None if count is None else count > THRESHOLD_LESIONS
    b2 = both(worst(images, "bilobar"), worst(images, "infiltrative"))
    measured = remnant(case, estimated=False)
    b3 = None if measured is None else measured <= REMNANT_PERCENT
    reasons = [name for name, truth in (("B1", b1), ("B2", b2), ("B3", b3)) if truth]
    unresectable = True if reasons else False if b1 is False and b2 is False else None
    return {"initially_unresectable": unresectable, "reasons": reasons}


def suggestions(case):
    state, primary = state_of(case), primary_of(case)
    out = []
    if state in ("molecular_workup", "neoadjuvant"):
        count = latest(of(case, "imaging"), "lesion_count")
        out += ["I1"] if primary == "neuroendocrine" else []
        out += ["J3"] if primary == "gastric" and count is not None and count > 1 else []
        out += ["J4"] if primary == "other" else []
        out += ["L2"] if true_features(case) else []
    if state in ("reassessment", "resection"):
        fails = d2(case) == NOT_MET and NOT_MET not in (d3(case), d4(case), d5(case))
        out += ["E1"] if fails else []
    if state == "reassessment":
        count = latest_count(case)
        out += ["E2"] if latest(episode_images(case), "bilobar") else []
        out += ["E3"] if count is not None and count >= 2 else []
        out += locoregional_suggestions(case)
        out += ["H4"] if untreated_recurrences(case) else []
    group = the_operation(case)
    if state in ("resection", "adjuvant") and operation_done(case) and lines_before(case, group):
        out.append("G2")
    return out


def locoregional_suggestions(case):
    if f1(case, None) != MET:
        return []
    rows = [("F2", f2(case)), ("F3", f3(case)), ("F4", f4(case))]
    rows += [("I2", met_if(bool(neuroendocrine(case)))), ("I3", i3(case))]
    found = [name for name, verdict in rows if verdict != NOT_MET]
    return [*found, "F5"] if found else []


def options(case):
    out = []
    for trigger, origins, to in TABLE:
        if state_of(case) not in origins:
            continue
        if trigger == "offer_locoregional":  # no modality is named yet: F1 and M1 alone decide
            criteria = criteria_of(case, trigger, None)
        else:
            criteria = judge(case, trigger)
        out.append(
            {
                "trigger": trigger,
                "to": to,
                "allowed": all(verdict == MET for _, verdict in criteria),
                "criteria": [{"id": name, "verdict": verdict} for name, verdict in criteria],
            }
        )
    return out


def history(everything, known, as_of):
    """The ids of what happened up to the day, as it is known now; what was entered in error keeps its own day."""
    days_now = {e["id"]: e["day"] for e in known}
    shown = [{**e, "day": days_now.get(e["id"], e["day"])} for e in everything]
    return [e["id"] for e in sorted((e for e in shown if e["day"] <= as_of), key=place)]


def show(events, as_of):
    """The answer of `pathway show --json`, without its sentences; None: not registered on that day."""
    as_of = day_of(as_of)
    everything = recorded(events)
    known = as_known_now(everything)
    registered = registration(known)
    if registered is None or registered["day"] > as_of:
        return None
    periods, steps = walk(known, as_of)
    case = case_of(known, periods, as_of)
    owed = alerts(case, steps)
    return {
        "state": state_of(case),
        "since": since_of(case).isoformat(),
        "next_step": owed[0]["rule"] if owed else None,
        "classification": classification(case),
        "risk_factors": true_features(case),
        "high_risk": {NOT_MET: True, MET: False, UNKNOWN: None}[c7(case)],
        "recommendation": recommendation(case),
        "suggestions": suggestions(case),
        "options": options(case),
        "alerts": owed,
        "deviations": deviations(known, case, steps),
        "history": history(everything, known, as_of),
    }


# ---- what is refused ----------------------------------------------------------------------------------------------
def content(event):
    return {key: value for key, value in event.items() if value is not None and key != "recorded_at"}


def accepts(events, new):
    """Whether a new event would be recorded (its fields are taken to be valid). The same event again is no refusal."""
    everything = recorded(events)
    known = as_known_now(everything)
    registered = registration(known)
    for event in events:
        if event["id"] == new["id"]:
            return content(event) == content(new)
    if registered is None:
        return new["type"] == "registered"
    if new["type"] == "registered":
        return False
    if new["type"] == "corrected":
        return accepts_correction(everything, new)
    if new["type"] in ("taken_over", "advanced") and day_of(new["on"]) < registered["day"]:
        return False
    if new["type"] == "taken_over":
        return new["state"] != "closed"
    if new["type"] != "advanced":
        return True
    if new["trigger"] == "close":
        return False
    _, steps = walk(as_known_now(recorded([*events, new])), day_of(new["on"]))
    mine = next(s for s in steps if s["event"]["id"] == new["id"])
    return not mine["dropped"] and mine["holds"]


def accepts_correction(everything, new):
    """Of an event of the patient's own; a correction and a registration in one way each; never by null."""
    target = next((e for e in everything if e["id"] == new["event"]), None)
    if target is None or ("replacement" in new and new["replacement"] is None):
        return False
    if target["type"] == "corrected":
        return "replacement" not in new
    if target["type"] == "registered":
        return "replacement" in new
    return True
