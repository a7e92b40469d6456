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
NOT_IN_A_FORM = ("override", "replacement")


def fields(kind: str, names: Sequence[str] | None = None) -> list[Field]:
    """The fields of an event type that a form shows: those named, else all."""
    known = {field.name: field for field in describe(kind) if field.name not in NOT_IN_A_FORM}
    return [known[name] for name in names] if names is not None else list(known.values())


def ask(shown: Sequence[Field], prefix: str, presets: Mapping[str, Any]) -> None:
    """A widget a field, two beside each other; `presets` are what the fields hold at first."""
    columns = st.columns(2)
    for place, field in enumerate(shown):
        with columns[place % 2]:
            _widget(field, f"{prefix}.{field.name}", presets.get(field.name))


def _widget(field: Field, key: str, preset: Any) -> None:
    label = words.title(field.name) + ("" if field.needed else " (optional)" if field.kind == "text" else "")
    if field.kind in ("choice", "flag"):
        options: list[Any] = [*field.options] if field.needed else [None, *field.options]
        index = options.index(preset) if preset in options else 0
        st.selectbox(label, options, index=index, key=key, format_func=_option)
    elif field.kind == "whole":
        st.number_input(label, int(field.low), int(field.high), preset, step=1, key=key)
    elif field.kind == "number":
        st.number_input(label, float(field.low), float(field.high), preset, step=0.1, format="%.1f", key=key)
    elif field.kind == "date":
        st.date_input(label, preset, key=key, format="YYYY-MM-DD")
    elif field.kind == "choices":
        st.multiselect(label, field.options, preset, key=key)
    elif field.kind == "names":
        st.multiselect(
            label,
            SUGGESTED.get(field.name, ()),
            preset,
            key=key,
            format_func=words.field,
            accept_new_options=True,
        )
    else:
        st.text_input(label, preset or "", key=key)


def _option(value: Any) -> str:
    return words.NOT_STATED if value is None else words.field(value)


def entered(shown: Sequence[Field], prefix: str) -> dict[str, Any]:
    """What stands in the form now, as the event's fields; what was left empty is left out."""
    found: dict[str, Any] = {}
    for field in shown:
        value = st.session_state.get(f"{prefix}.{field.name}")
        if field.kind == "numbers" and isinstance(value, str):
            value = [float(part) for part in value.replace(";", ",").split(",") if _is_number(part)] or None
        if isinstance(value, date):
            value = value.isoformat()
        if value is None or value == "" or (value == [] and not field.needed):
            continue
        found[field.name] = value
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
