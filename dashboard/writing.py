"""Every write of the dashboard: one tracker call, from a callback, without a word to the page.

A callback that is interrupted after its call has recorded everything, before it nothing. What is to be said is left
in the session; the page says it on its next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import streamlit as st

from dashboard import desk, forms
from dashboard.desk import Desk
from pathway.errors import PathwayError, StepRefused
from pathway.events import Field
from pathway.tracker import record


class Target(NamedTuple):
    """Whom something is recorded for, as the page showed her: her MRN, and the version that was seen."""

    mrn: str
    version: int


class Said(NamedTuple):
    """What the page has to say after a write: a sentence, and what would take it back."""

    text: str
    undo: tuple[str, str, int] | None = None
    refusal: tuple[str, ...] = ()


def save(target: Target, found: dict[str, Any], here: Desk, done: str) -> None:
    """Record one event for the patient that was seen; refused where somebody changed her since."""
    event = {"mrn": target.mrn, "by": here.me or None, **found}
    try:
        recorded = record(
            desk.store(),
            event,
            today=here.day,
            now=datetime.now(UTC),  # noqa: TID251 - the instant of a click
            protocol=desk.protocol(),
            expected_version=target.version,
        )
    except StepRefused as error:
        reasons = tuple(finding.reason for finding in error.findings if finding.verdict != "met")
        st.session_state["said"] = Said("Not taken", refusal=reasons or (error.expected,))
    except PathwayError as error:
        st.session_state["said"] = Said("Not recorded", refusal=(str(error),))
    else:
        st.session_state["said"] = Said(done, (target.mrn, recorded.id, recorded.version))


def save_form(
    target: Target, presets: dict[str, Any], shown: Sequence[Field], prefix: str, here: Desk, done: str
) -> None:
    """Record what stands in a form when its button is pressed."""
    on = st.session_state.get(f"{prefix}.on")
    found = {**presets, **forms.entered(shown, prefix), "on": on.isoformat() if isinstance(on, date) else None}
    note = st.session_state.get(f"{prefix}.note")
    save(target, {**found, "note": note or None}, here, done)


def save_override(
    target: Target, presets: dict[str, Any], shown: Sequence[Field], prefix: str, here: Desk, done: str
) -> None:
    """Take a step past what is not met: a reason and a name, which stay visible."""
    reason = (st.session_state.get(f"{prefix}.reason") or "").strip()
    by = (st.session_state.get(f"{prefix}.override_by") or "").strip()
    if not reason or not by:
        st.session_state["said"] = Said(
            "Not taken", refusal=("An override needs a reason, and the name of who answers for it.",)
        )
        return
    save_form(target, {**presets, "override": {"reason": reason, "by": by}}, shown, prefix, here, done)


def undo(mrn: str, event_id: str, version: int, here: Desk) -> None:
    """Take the last entry back: a correction says that it never happened; both stay in the history."""
    found = {"type": "corrected", "on": here.day.isoformat(), "event": event_id, "note": "undone at once"}
    save(Target(mrn, version), found, here, "Taken back")
    said: Said = st.session_state["said"]
    st.session_state["said"] = said._replace(undo=None)


def say(here: Desk) -> None:
    """Say what the last write did, with a way back; once."""
    said: Said | None = st.session_state.get("said")
    if said is None:
        return
    if said.refusal:
        st.error(f"**{said.text}.** " + "  \n".join(f"✖ {reason}" for reason in said.refusal))
    else:
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown(f":green[✔ {said.text}.]")
        if said.undo is not None:
            right.button("Undo", on_click=undo, args=(*said.undo, here), key="undo", width="stretch")
        st.toast(f"{said.text}.")
    st.session_state["said"] = None
