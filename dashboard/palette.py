"""The colours of a chart: the theme's own do not reach into one."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st


class Palette(NamedTuple):
    """A pair of colours for each ground: the theme's own do not reach into a chart."""

    accent: str
    soft: str
    ink: str
    red: str
    amber: str
    faint: str
    ground: str


LIGHT = Palette("#1f5f8b", "#bcd3e3", "#1c2733", "#b3261e", "#e3b98a", "#dfe4e9", "#ffffff")
DARK = Palette("#7fb6dc", "#2b4a61", "#e6ebf0", "#ff8a80", "#7d5630", "#36414c", "#14191f")


def palette() -> Palette:
    """The colours for the ground that this person sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT
