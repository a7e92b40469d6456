"""All that is known of one patient on one day, and how facts are read.

A Case grows while the history is walked: each fact is added in order, each step moves the state. What it answers is
therefore always what was known by then. A value is the latest fact that gives it, field by field; where facts of one
day disagree, the one that allows less counts. What is asked of a Case stands in a module a subject beside it.
"""

from pathway.case.case import DAY, Case, Stay, latest_extrahepatic
from pathway.case.reading import Reading, latest_of

__all__ = ["DAY", "Case", "Reading", "Stay", "latest_extrahepatic", "latest_of"]
