"""The pathway as a drawing, made from the table: the way taken, where she stands, and which steps are open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import streamlit as st

from dashboard import words
from pathway.states import CLOSE, ROWS, State
from pathway.views import Patient

ORDER = [state.value for state in State if state is not State.CLOSED]
SPACING = '%%{init: {"flowchart": {"nodeSpacing": 16, "rankSpacing": 34, "padding": 7}}}%%'


class Edge(NamedTuple):
    """A step as it is drawn: from where to where, and how."""

    source: str
    to: str
    look: str
    """`taken`, `open`, `shut` (from where she stands) or `elsewhere`."""


def show(patient: Patient) -> None:
    """The drawing."""
    dark = st.context.theme.type == "dark"
    st.mermaid_chart(
        drawn(patient, dark=dark), alt=f"The pathway; the patient stands in {words.state(patient.answer['state'])}"
    )


def edges(patient: Patient) -> Iterator[Edge]:
    """The steps that are drawn: those of her way, those from where she stands, and the ways ahead from elsewhere.

    A way back that is neither hers nor open to her now is left out: the drawing would be all returns.
    """
    answer = patient.answer
    allowed: dict[str, bool] = {}
    for option in answer["options"]:
        allowed[option["to"]] = allowed.get(option["to"], False) or option["allowed"]
    taken = set(pairwise(state for _, state in patient.way))
    seen: set[tuple[str, str]] = set()
    for row in ROWS:
        for source in (state.value for state in row.sources):
            to = row.to.value
            if row.trigger == CLOSE or (source, to) in seen:
                continue
            seen.add((source, to))
            here = source == answer["state"]
            if here and to in allowed:
                yield Edge(source, to, "open" if allowed[to] else "shut")
            elif (source, to) in taken:
                yield Edge(source, to, "taken")
            elif ORDER.index(source) < ORDER.index(to) and not _shortcut(source, to):
                yield Edge(source, to, "elsewhere")


def _shortcut(source: str, to: str) -> bool:
    """Steps past the usual way are drawn only where they are hers: from the work-up straight to what follows."""
    return source == State.MOLECULAR_WORKUP.value and to != State.NEOADJUVANT.value


def drawn(patient: Patient, *, dark: bool) -> str:
    """Mermaid's text of it."""
    now = patient.answer["state"]
    way = [state for _, state in patient.way]
    ink, ground, line, past, faint = (
        ("#e6ebf0", "#14191f", "#4a5765", "#1d3547", "#9fadba")
        if dark
        else ("#1c2733", "#ffffff", "#c3cbd3", "#e1edf5", "#5d6b79")
    )
    accent, on_accent = ("#7fb6dc", "#14191f") if dark else ("#1f5f8b", "#ffffff")
    styles = {
        "taken": f"stroke:{accent},stroke-width:3px",
        "open": f"stroke:{accent},stroke-width:1.5px",
        "shut": f"stroke:{faint},stroke-width:1.5px,stroke-dasharray:4 3",
        "elsewhere": f"stroke:{line},stroke-width:1px,stroke-dasharray:2 3",
    }
    text = [SPACING, "flowchart LR"]
    text += [f'  {state}["{words.state(state)}"]' for state in ORDER]
    found = list(edges(patient))
    signs = {"open": "|✔|", "shut": "|✖|"}
    text += [f"  {edge.source} -->{signs.get(edge.look, '')} {edge.to}" for edge in found]
    text += [f"  linkStyle {place} {styles[edge.look]}" for place, edge in enumerate(found)]
    text.append(f"  classDef default fill:{ground},stroke:{line},color:{faint},font-size:15px")
    text.append(f"  classDef past fill:{past},stroke:{accent},color:{ink}")
    text.append(f"  classDef now fill:{accent},stroke:{accent},color:{on_accent}")
    been = sorted({state for state in way if state != now and state in ORDER})
    if been:
        text.append(f"  class {','.join(been)} past")
    if now in ORDER:
        text.append(f"  class {now} now")
    return "\n".join(text)
