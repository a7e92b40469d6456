"""The specification says nothing that docs/reference/sentences.md does not list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway.criteria import Sentence
from tools.sentences import CORE, PASSED_ON, templates


@pytest.fixture(autouse=True, scope="module")
def _only_listed_sentences() -> Iterator[None]:
    """Each sentence that a test of the specification reads comes from a template of the list."""
    if CORE.parent.name == "mutants":  # of `make mutants`: a mutated source holds what nobody wrote
        yield
        return
    known = {*templates(), PASSED_ON}
    written = Sentence.__str__

    def checked(sentence: Sentence) -> str:
        assert sentence.template in known, f"not in docs/reference/sentences.md: {sentence.template!r}"
        return written(sentence)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sentence, "__str__", checked)
        yield
