"""The pathway as a drawing, made from the table: the way taken, where she stands, and which steps are open."""

from __future__ import annotations

from itertools import pairwise

import streamlit as st

from dashboard import words
from pathway.states import CLOSE, ROWS, State
from pathway.views import Patient

SHOWN = [state for state in State if state is not State.CLOSED]


def show(patient: Patient) -> None:
    """The drawing."""
    dark = st.context.theme.type == "dark"
    st.mermaid_chart(
        drawn(patient, dark=dark), alt=f"The pathway; she stands in {words.state(patient.answer['state'])}"
    )


def drawn(patient: Patient, *, dark: bool) -> str:
    """Mermaid's text of it."""
    answer = patient.answer
    now = answer["state"]
    allowed = {(option["trigger"], option["to"]): option["allowed"] for option in answer["options"]}
    way = [state for _, state in patient.way]
    taken = set(pairwise(way))
    text = ["flowchart LR"]
    text += [f'  {state.value}["{words.state(state.value)}"]' for state in SHOWN]
    thick, shut = [], []
    number = 0
    for row in ROWS:
        if row.trigger == CLOSE:
            continue
        for source in row.sources:
            mark = ""
            if source.value == now and (row.trigger, row.to.value) in allowed:
                mark = "|✔|" if allowed[row.trigger, row.to.value] else "|✖|"
            text.append(f"  {source.value} -->{mark} {row.to.value}")
            if (source.value, row.to.value) in taken:
                thick.append(str(number))
            elif source.value != now:
                shut.append(str(number))
            number += 1
    ink, ground, line, past = (
        ("#e6ebf0", "#14191f", "#36414c", "#1d3547") if dark else ("#1c2733", "#ffffff", "#d5dbe1", "#e1edf5")
    )
    accent, on_accent = ("#7fb6dc", "#14191f") if dark else ("#1f5f8b", "#ffffff")
    text.append(f"  classDef default fill:{ground},stroke:{line},color:{ink},font-size:13px")
    text.append(f"  classDef past fill:{past},stroke:{accent},color:{ink}")
    text.append(f"  classDef now fill:{accent},stroke:{accent},color:{on_accent}")
    been = sorted({state for state in way if state != now and state in {one.value for one in SHOWN}})
    if been:
        text.append(f"  class {','.join(been)} past")
    if now != State.CLOSED:
        text.append(f"  class {now} now")
    text.append(f"  linkStyle default stroke:{line},stroke-width:1px,color:{ink}")
    if thick:
        text.append(f"  linkStyle {','.join(thick)} stroke:{accent},stroke-width:3px")
    if shut:
        text.append(f"  linkStyle {','.join(shut)} stroke:{line},stroke-width:1px,stroke-dasharray:3 3")
    return "\n".join(text)
