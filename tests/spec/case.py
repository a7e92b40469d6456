"""A case of the specification: its words are the test's id, and stand in the reference."""

from __future__ import annotations

from typing import Any

import pytest


def case(words: str, *values: Any) -> Any:
    """One line of a table of cases."""
    return pytest.param(*values, id=words)
