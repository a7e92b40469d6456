"""The fields of an event as widgets, and what was entered in them.

A callback reads what was entered from the session when the button is pressed, never what a page showed a moment before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard import words
from pathway.events import Field, describe

ROLES = (
    "medical_oncologist",
    "hepatobiliary_surgeon",
    "colorectal_surgeon",
    "interventional_radiologist",
    "diagnostic_radiologist",
)
SUGGESTED = {"present": ROLES, "sites": ("liver", "lung", "peritoneum")}
REGIMENS = (
    "FOLFOX",
    "FOLFIRI",
    "FOLFOXIRI",
    "FOLFIRINOX",
    "CAPOX",
    "pembrolizumab",
    "nivolumab",
    "octreotide",
    "lanreotide",
)
OPEN_CHOICES = {"regimen": REGIMENS}
"""Texts that are mostly one of a few."""
NOT_IN_A_FORM = ("override", "replacement")
SHORT = 20
"""Choices of so few letters together stand beside each other, one click each."""
FEW = 5
SHORT_IN_A_ROW = 44
WIDE = ("present", "reason", "segments", "outcome", "response")
"""Fields that need the whole width."""


def fields(kind: str, names: Sequence[str] | None = None) -> list[Field]:
    """The fields of an event type that a form shows: those named, else all."""
    known = {field.name: field for field in describe(kind) if field.name not in NOT_IN_A_FORM}
    return [known[name] for name in names] if names is not None else list(known.values())


def ask(
    shown: Sequence[Field],
    prefix: str,
    presets: Mapping[str, Any],
    *,
    when: str = "",
    day: date | None = None,
    cells: int = 2,
) -> None:
    """A widget a field, `cells` beside each other, the day first where `when` names it.

    `presets` are what the fields hold at first; `day` is today, and the latest day that something can have happened.
    """
    place = 0
    row: Sequence[Any] = ()
    if when:
        row = st.columns(cells)
        with row[0]:
            st.date_input(when, presets.get("on", day), max_value=day, key=f"{prefix}.on", format="YYYY-MM-DD")
        place = 1
    for field in shown:
        if field.name in WIDE:
            _widget(field, f"{prefix}.{field.name}", presets.get(field.name))
            place = 0
            continue
        if place % cells == 0:
            row = st.columns(cells)
        with row[place % cells]:
            _widget(field, f"{prefix}.{field.name}", presets.get(field.name))
        place += 1


def _widget(field: Field, key: str, preset: Any) -> None:
    label = words.title(words.name(field.name))
    if field.kind in ("choice", "flag"):
        _choice(field, label, key, preset)
    elif field.name == "ecog":
        st.segmented_control(label, range(int(field.high) + 1), default=preset, key=key)
    elif field.kind == "whole":
        st.number_input(label, int(field.low), int(field.high), preset, step=1, key=key)
    elif field.kind == "number":
        start = None if preset is None else float(preset)
        st.number_input(label, float(field.low), float(field.high), start, step=1.0, format="%.10g", key=key)
    elif field.kind == "date":
        st.date_input(label, preset, key=key, format="YYYY-MM-DD")
    elif field.kind == "choices":
        st.multiselect(label, field.options, preset, key=key)
    elif field.kind == "names":
        known = (
            *SUGGESTED.get(field.name, ()),
            *(one for one in preset or () if one not in SUGGESTED.get(field.name, ())),
        )
        st.multiselect(label, known, preset, key=key, format_func=words.value, accept_new_options=True)
    elif field.name in OPEN_CHOICES:
        known = OPEN_CHOICES[field.name] if not preset or preset in OPEN_CHOICES[field.name] else (preset, *REGIMENS)
        index = known.index(preset) if preset else None
        st.selectbox(label, known, index=index, key=key, accept_new_options=True, placeholder="choose or type")
    else:
        said = ", ".join(f"{one:g}" for one in preset) if field.kind == "numbers" and preset else preset
        st.text_input(label, said or "", key=key, placeholder="" if field.needed else "if any")


def _choice(field: Field, label: str, key: str, preset: Any) -> None:
    """Short choices beside each other, where a second click takes the answer back; long ones in a list."""
    options = list(field.options) if field.kind == "flag" else sorted(field.options, key=words.rank)
    letters = sum(len(words.value(one)) for one in options)
    if len(options) <= FEW and letters <= (SHORT_IN_A_ROW if field.name in WIDE else SHORT):
        st.segmented_control(label, options, default=preset, key=key, format_func=words.value)
        return
    index = options.index(preset) if preset in options else None
    st.selectbox(label, options, index=index, key=key, format_func=words.value, placeholder="not stated")


def entered(shown: Sequence[Field], prefix: str) -> dict[str, Any]:
    """What stands in the form now, as the event's fields; what was left empty is left out."""
    found: dict[str, Any] = {}
    for field in shown:
        value = st.session_state.get(f"{prefix}.{field.name}")
        if field.kind == "numbers" and isinstance(value, str):
            value = numbers(value)
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in ("", []):  # nobody present is no meeting: an empty list is nothing entered
            continue
        found[field.name] = value
    return found


def numbers(text: str) -> list[Any] | None:
    """Numbers that stand in a line, divided by commas; what is none stays text, so that it is refused and not lost."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    return [_number(part) for part in parts] or None


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
