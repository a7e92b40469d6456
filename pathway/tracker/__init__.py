"""The use cases that write, one transaction each. Nothing else writes. Whoever is outside opens the store from here."""

from pathway.store import Store
from pathway.tracker.importing import Imported, import_file
from pathway.tracker.recording import Recorded, record

__all__ = ["Imported", "Recorded", "Store", "import_file", "record"]
