"""The dashboard: reads views, writes only through the tracker, decides nothing."""
