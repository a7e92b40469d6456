"""The use cases that write, one transaction each. Nothing else writes."""

from pathway.tracker.importing import Imported, import_file
from pathway.tracker.recording import Recorded, record

__all__ = ["Imported", "Recorded", "import_file", "record"]
