"""One patient: where she stands, what blocks the next step, how she came here, what lies ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from dashboard import chronicle, course, desk, foresight, forms, pathway_drawn, words, writing
from dashboard.desk import Desk
from dashboard.words import plain
from dashboard.writing import Form, Target
from pathway import views
from pathway.errors import UnknownPatient
from pathway.views import Line, Patient

NAMED = 3
"""So many obstacles are named in the strip."""
FOUND = 12
"""So many who are found are offered."""
AT_ONCE = ("restage", "abandon_resection")
"""Steps that are wanted as soon as something calls for them."""
WANTED = {
    "diagnosis": "begin_workup",
    "molecular_workup": "start_neoadjuvant",
    "neoadjuvant": "reassess",
    "reassessment": "offer_resection",
    "resection": "start_adjuvant",
    "locoregional": "begin_surveillance",
    "systemic": "reassess",
    "adjuvant": "begin_surveillance",
    "surveillance": "complete_follow_up",
}
"""The step that is wanted most from each state: the strip names what blocks it."""


def screen(here: Desk) -> None:
    """The whole screen."""
    _find(here)
    key = st.query_params.get("p", "") or st.session_state.get("chosen", "")
    if not key:
        if st.session_state.get("sought"):
            return
        st.info("Nobody is open. Find a patient by name or MRN above, or open one from the worklist.")
        return
    st.query_params["p"] = key  # the one chosen in the worklist: her address as if opened from there
    try:
        patient = views.patient_by_key(desk.store(), key, day=here.day, protocol=desk.protocol())
    except UnknownPatient as error:
        st.error(words.sentence(str(error)))
        return
    _strip(patient, here)
    pathway_drawn.show(patient)
    left, right = st.columns([9, 11], gap="medium")
    with left:
        _steps(patient, here)
    with right:
        _owed(patient.answer, here)
        course.show(patient, here)
        _advice(patient.answer)
    chronicle.show(patient, here)


# --- who ---


def _find(here: Desk) -> None:
    """Find another: one who fits is opened at once, several are offered."""
    with st.container(key="find"):
        st.text_input(
            "Find a patient",
            key="sought",
            placeholder="Find by name or MRN",
            label_visibility="collapsed",
            on_change=_open_only_one,
            args=(here,),
        )
    found = _fitting(here, st.session_state.get("sought") or "")
    if found is None:
        return
    if not found:
        st.info("Nobody fits. Try the family name alone, or the last digits of the MRN.")
        return
    with st.container(horizontal=True, border=True):
        for line in found[:FOUND]:
            st.button(
                f"{plain(line.name)} · {plain(line.mrn)}", key=f"found.{line.key}", on_click=_open, args=(line.key,)
            )
        if len(found) > FOUND:
            st.markdown(f":gray[and {len(found) - FOUND} more: type more of the name]")


def _fitting(here: Desk, find: str) -> list[Line] | None:
    sought = words.folded(find.strip())
    if not sought:
        return None
    return [line for line in here.lines if sought in words.folded(f"{line.name} {line.mrn}")]


def _open_only_one(here: Desk) -> None:
    found = _fitting(here, st.session_state["sought"])
    if found is not None and len(found) == 1:
        _open(found[0].key)


def _open(key: str) -> None:
    st.query_params["p"] = key
    st.session_state["sought"] = ""


def _strip(patient: Patient, here: Desk) -> None:
    answer, who = patient.answer, patient.registered
    since = date.fromisoformat(answer["since"])
    with st.container(border=True, key="strip"):
        cells = st.columns([3.4, 2.2, 3, 4])
        with cells[0]:
            born = f"{plain(who.mrn)} · born {who.birth_date.year} · {who.sex}"
            site = f" · {plain(who.site)}" if who.site else ""
            st.markdown(f"**{plain(who.name)}**  \n{born}{site}  \n{_profile(answer)}")
        with cells[1]:
            long = f"{words.days((here.day - since).days)}, since {words.day(answer['since'])}"
            st.markdown(f":gray[Where]  \n**{words.state(answer['state'])}**  \n{long}")
        with cells[2]:
            step = answer["next_step"]
            if step is None:
                st.markdown(":gray[Next]  \n**nothing is owed**")
            else:
                when = f":{words.due_colour(step)}[{words.due(step, here.day)}] · {plain(step['owner'])}"
                st.markdown(f":gray[Next]  \n**{words.rule(step['rule'])}**  \n{when}")
        with cells[3]:
            st.markdown(_blocked(answer))


def _profile(answer: dict[str, Any]) -> str:
    """Primary and markers as they are known now, in a few words."""
    facts: dict[str, str] = {}
    for event in answer["history"]:
        if "corrected_by" not in event and event["type"] in ("primary_identified", "molecular_result"):
            for name in ("primary", "side", "location", "mmr", "ras", "braf", "her2"):
                if name in event:
                    facts[name] = words.value(event[name])
    if "location" in facts:
        facts.pop("side", None)
    bare = ("primary", "side", "location", "mmr")
    said = [text if name in bare else f"{words.value(name)} {text}" for name, text in facts.items()]
    return ", ".join(said) or ":gray[primary and markers not recorded]"


def wanted(answer: dict[str, Any]) -> str:
    """The step that is wanted most from here, or the first there is; empty where none leads on."""
    allowed = {option["trigger"]: option["allowed"] for option in answer["options"]}
    for trigger in AT_ONCE:
        if allowed.get(trigger):
            return trigger
    usual = WANTED.get(answer["state"], "")
    return usual if usual in allowed else next(iter(allowed), "")


def _blocked(answer: dict[str, Any]) -> str:
    trigger = wanted(answer)
    option = next((one for one in answer["options"] if one["trigger"] == trigger), None)
    if option is None:
        return ":gray[What blocks]  \n:gray[no step leads on from here]"
    open_ones = [one for one in option["criteria"] if one["verdict"] != "met"]
    if not open_ones:
        return f":gray[Ready to {words.value(trigger)}]  \n:green[✔ **nothing blocks it**]"
    named = "  \n".join(
        f":{words.VERDICT_COLOURS[one['verdict']]}[{words.VERDICTS[one['verdict']][0]}] {plain(one['name'])}"
        for one in open_ones[:NAMED]
    )
    more = f" :gray[+{len(open_ones) - NAMED} more]" if len(open_ones) > NAMED else ""
    return f":gray[To {words.value(trigger)}, missing:]  \n{named}{more}"


# --- the steps ---


def _steps(patient: Patient, here: Desk) -> None:
    st.markdown("##### Steps from here")
    answer = patient.answer
    if not answer["options"]:
        st.markdown(":gray[Closed: no step leads on. If that was an error, correct the entry that closed it.]")
    first = wanted(answer)
    for option in sorted(answer["options"], key=lambda option: option["trigger"] != first):
        criteria = option["criteria"]
        open_count = sum(one["verdict"] != "met" for one in criteria)
        sign = ":green[✔]" if option["allowed"] else ":red[✖]"
        state = f" :gray[· {open_count} of {len(criteria)} open]" if open_count else ""
        label = f"{sign} **{words.value(option['trigger'])}** → {words.state(option['to'])}{state}"
        opened = option["trigger"] == first
        with st.expander(label, expanded=opened, key=f"{patient.key}.{answer['state']}.{option['trigger']}"):
            _criteria(criteria)
            _take(option, patient, here)


def _criteria(criteria: list[dict[str, Any]]) -> None:
    rows = ["| | criterion | evidence |", "|---|---|---|"]
    for one in criteria:
        verdict = f":{words.VERDICT_COLOURS[one['verdict']]}[{words.VERDICTS[one['verdict']]}]"
        row = "" if one["id"] == "fact" else f" :gray[{one['id']}]"
        rows.append(f"| {verdict} | {plain(one['name'])}{row} | {plain(one['reason'])} |")
    if criteria:
        st.markdown("\n".join(rows))
    else:
        st.markdown(":gray[This step asks nothing.]")


def _take(option: dict[str, Any], patient: Patient, here: Desk) -> None:
    trigger = option["trigger"]
    prefix = f"{patient.key}.{writing.entry()}.{trigger}"
    asked = forms.fields("advanced", ("modality",)) if trigger == "offer_locoregional" else []
    form = Form({"type": "advanced", "trigger": trigger}, asked, prefix)
    who = patient.registered
    target = Target(patient.key, who.mrn, who.name, patient.version)
    args = (target, form, here, f"Taken: {words.value(trigger)}")
    forms.ask(asked, prefix, {}, when="Date of the step", day=here.day)
    if option["allowed"] or asked:
        st.markdown(f":gray[{foresight.of(patient, form, here)}]")
    facts = [plain(one["name"]) for one in option["criteria"] if one["id"] == "fact" and one["verdict"] != "met"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            words.title(words.value(trigger)),
            type="primary" if option["allowed"] else "secondary",
            key=f"{prefix}.take",
            on_click=writing.save_form,
            args=args,
        )
        if not option["allowed"] and not facts:
            with st.popover("Override …"):
                _override(form, here, args)
        if option["criteria"]:
            with st.popover("Sources", type="tertiary"):
                st.markdown("\n".join(f"- {plain(words.source(one['source']))}" for one in option["criteria"]))
    if facts:
        st.markdown(f":gray[Must have happened first, and no override replaces it: {'; '.join(facts)}.]")


def _override(form: Form, here: Desk, args: tuple[Target, Form, Desk, str]) -> None:
    st.markdown("It passes what is not met or unknown. Each of those stays visible as a deviation, with your reason.")
    st.text_input("Reason", key=f"{form.prefix}.reason")
    st.text_input("Who answers for it", here.me, key=f"{form.prefix}.override_by")
    st.button("Take it all the same", key=f"{form.prefix}.override", on_click=writing.save_override, args=args)


# --- what is owed, and what the guideline says ---


def _owed(answer: dict[str, Any], here: Desk) -> None:
    st.markdown("##### What is owed")
    if not answer["alerts"]:
        st.markdown(":gray[Nothing is owed.]")
        return
    rows = ["| due | what | why |", "|---|---|---|"]
    for alert in answer["alerts"]:
        booked = f", booked for {words.day(alert['booked_for'])}" if alert["booked_for"] else ""
        local = "" if alert["source"].startswith("guideline") else " :gray[· local default]"
        rows.append(
            f"| :{words.due_colour(alert)}[{words.due(alert, here.day)}] "
            f"| {words.rule(alert['rule'])}{booked} :gray[{alert['row']}] | {plain(alert['reason'])}{local} |"
        )
    st.markdown("\n".join(rows))


def _advice(answer: dict[str, Any]) -> None:
    rows = [*_first_line(answer), *_risk(answer)]
    for one in answer["suggestions"]:
        row, _, rest = one["source"].partition(", ")
        rows.append((row, plain(one["text"]), rest))
    if rows:
        st.markdown("##### What the guideline says here")
        st.markdown("\n".join(["| | | |", "|---|---|---|", *(_row(*row) for row in rows)]))
    if answer["deviations"]:
        st.markdown("##### Deviations")
        lines = ["| on | what | reason |", "|---|---|---|"]
        for one in answer["deviations"]:
            reason = ", ".join(plain(text) for text in (one["reason"], one["by"]) if text) or ":gray[none given]"
            lines.append(f"| {one['on']} | {plain(one['what'])} :orange[{one['id']}] | {reason} |")
        st.markdown("\n".join(lines))


def _row(name: str, text: str, source: str) -> str:
    return f"| :gray[{name}] | {text} | :gray[{plain(words.source(source))}] |"


def _first_line(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    wanted_ = answer["recommendation"]
    row, _, rest = wanted_["source"].partition(", ")
    if wanted_["missing"] and answer["state"] in ("diagnosis", "molecular_workup"):
        missing = ", ".join(words.value(name) for name in wanted_["missing"])
        return [(row, f"**First line:** not known before {missing} is recorded", rest)]
    if wanted_["regimens"] or wanted_["biologics"]:
        parts = (" or ".join(wanted_["regimens"]), " or ".join(wanted_["biologics"]))
        return [(row, f"**First line:** {plain(' + '.join(part for part in parts if part))}", rest)]
    return []


def _risk(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = []
    classified = answer["classification"]
    protocol = desk.protocol()
    if classified["initially_unresectable"]:
        for reason in classified["reasons"]:
            row, _, rest = protocol.source(reason).partition(", ")
            rows.append((row, "**Initially unresectable**", rest))
    if answer["risk_factors"]:
        said = ", ".join(words.value(flag) for flag in answer["risk_factors"])
        row, _, rest = protocol.source("L1").partition(", ")
        rows.append((row, f"**Adverse features:** {said}", rest))
    return rows
