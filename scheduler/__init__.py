"""The timer: looks for what fell due and hands it on. A process of its own."""
