"""The typed view of `protocol.toml`: the guideline's numbers and the local ones, each with where it comes from.

A number of the guideline is quoted word for word and cannot be changed by a site; a local one can, in a file of the
site's own that repeats the table's name with another `value`:

    [numbers.mdt_review_due_days]
    value = 7
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pathway.errors import ProtocolError

GUIDELINE = "guideline"
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Every number that decides. Units stand in `protocol.toml`, beside the quotation or the reason."""

    identify_primary_due_days: int
    unresectable_lesions_above: int
    remnant_percent_above: float
    remnant_segments_from: int
    estimated_remnant_percent_from: float
    reassessment_months: int
    reassessment_urgent_months: int
    reassessment_opens_days_before: int
    neuroendocrine_reassessment_months: int
    neuroendocrine_reassessment_urgent_months: int
    multifocal_lesions_above: int
    ecog_at_most: int
    criterion_missing_due_days: int
    remeasure_remnant_due_days: int
    second_stage_due_days: int
    ablation_below_mm: float
    several_lesions_from: int
    ablation_lesions_at_most: int
    ablation_mm_at_most: float
    perioperative_months: int
    perioperative_opens_days_before: int
    bevacizumab_hold_days: int
    bevacizumab_hold_opens_days_before: int
    bevacizumab_dose_within_days: int
    adjuvant_from_days: int
    adjuvant_from_days_without_bevacizumab: int
    adjuvant_due_days: int
    follow_up_years: int
    follow_up_opens_days_before: int
    ct_from_months: int
    ct_due_months: int
    ct_close_years: int
    ct_from_months_later: int
    ct_due_months_later: int
    cea_before_visit_days: int
    cea_due_days: int
    gastric_lesions: int
    refer_due_days: int
    mdt_review_due_days: int
    act_due_days: int
    act_due_days_locoregional: int
    act_due_days_after_planned: int
    cea_limit_ng_per_ml: float
    cea_rise_percent_above: float
    cea_rising_due_days: int
    stale_days: int
    stale_due_days_before: int
    primary_in_place_due_days: int
    snooze_urgent_days_at_most: int
    contacts_before_lost: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One number as it is printed and checked: value, unit, row, and the quotation or the local reason."""

    name: str
    value: float
    unit: str
    row: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure that is shown beside outcomes and decides nothing (H5, K1-K3): a band from `low` to `high`."""

    name: str
    low: float
    high: float
    unit: str
    row: str
    quote: str


@dataclass(frozen=True, slots=True)
class Row:
    """What the guideline says on one row: its section, word for word."""

    section: str
    quote: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """The numbers in force, with their sources. `version` names them on every event they decide."""

    version: str
    numbers: Numbers
    windows: Mapping[str, int]
    """Days without news after which a patient in this state is looked at (X1)."""
    entries: tuple[Entry, ...]
    references: Mapping[str, Reference]
    rows: Mapping[str, Row]
    by_guideline: frozenset[str]
    """The names of the numbers that the guideline gives."""
    about: Mapping[str, Any]
    """Title, publisher, day of update and review status of the text (O1), and the disclaimer."""
    text: str
    site: str
    """The protocol as it was read, and the site's file over it: what is stored when it first decides."""

    def source(self, row: str) -> str:
        """Where a row comes from, in a line: `D2, Criteria for ...: "Future liver remnant >30 % ..."` or local
        default.
        """
        found = self.rows.get(row)
        return f'{row}, {found.section}: "{found.quote}"' if found else f"{row}, local default"


def _entry(name: str, table: Mapping[str, Any]) -> Entry:
    source = table.get("source")
    text = table.get("quote" if source == GUIDELINE else "why")
    value = table.get("value")
    if source not in (GUIDELINE, LOCAL) or not text or isinstance(value, bool) or not isinstance(value, int | float):
        raise ProtocolError(f"{name}: needs a number, a unit, a row, and a quotation (guideline) or a reason (local)")
    if value < 0:
        raise ProtocolError(f"{name}: {value} is negative; a number of the protocol is 0 or more")
    return Entry(name, value, table["unit"], table["row"], source, text)


def _overridden(base: dict[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
    """The base with a site's values laid over its local numbers; anything else in the site's file is refused."""
    for group, tables in site.items():
        if group not in ("numbers", "windows"):
            raise ProtocolError(f"[{group}]: a site's file holds [numbers.*] and [windows.*] only")
        for name, table in tables.items():
            known = base[group].get(name)
            if known is None:
                raise ProtocolError(f"{name}: no such number; `pathway protocol` lists them")
            if known["source"] != LOCAL:
                raise ProtocolError(f"{name}: the guideline's number cannot be changed by a site, only local ones can")
            if set(table) - {"value", "why"} or "value" not in table:
                raise ProtocolError(f"{name}: a site's file gives `value` and, if it likes, `why`")
            if isinstance(known["value"], int) and not isinstance(table["value"], int):
                raise ProtocolError(f"{name}: {table['value']!r} is no whole number of {known['unit']}")
            known.update(table)
    return base


def read(text: str, site: str = "") -> Protocol:
    """The protocol in `text`, with the local numbers of a site's own file laid over it.

    Raises ProtocolError where a number is missing, unknown, of the wrong kind, or not a site's to change.
    """
    try:
        table = tomllib.loads(text)
        changes = tomllib.loads(site)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"not readable as TOML: {error}") from error
    table = _overridden(table, changes)
    entries = tuple(_entry(name, number) for name, number in table["numbers"].items())
    wanted = {field.name for field in fields(Numbers)}
    given = {entry.name for entry in entries}
    if wanted != given:
        raise ProtocolError(f"numbers missing: {sorted(wanted - given)}, unknown: {sorted(given - wanted)}")
    windows = tuple(_entry(name, window) for name, window in table["windows"].items())
    about = table["protocol"]
    version = about["version"]
    if site.strip():
        version += "+" + hashlib.sha256(site.encode()).hexdigest()[:8]
    return Protocol(
        version=version,
        numbers=Numbers(**{entry.name: entry.value for entry in entries}),  # type: ignore[arg-type]
        windows=MappingProxyType({window.name: int(window.value) for window in windows}),
        entries=entries + windows,
        references=MappingProxyType({name: Reference(name=name, **one) for name, one in table["references"].items()}),
        rows=MappingProxyType({name: Row(**one) for name, one in table["rows"].items()}),
        by_guideline=frozenset(entry.name for entry in entries if entry.source == GUIDELINE),
        about=MappingProxyType(about),
        text=text,
        site=site,
    )


@cache
def load(site_file: str = "") -> Protocol:
    """The protocol that comes with the product, with the site's file (a path) laid over it where one is named."""
    shipped = files("pathway").joinpath("protocol.toml").read_text(encoding="utf-8")
    if not site_file:
        return read(shipped)
    try:
        site = Path(site_file).read_text(encoding="utf-8")
    except OSError as error:
        raise ProtocolError(f"the site's protocol file cannot be read: {error.strerror}") from error
    return read(shipped, site)
