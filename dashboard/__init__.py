"""The screens: read views, write only through the tracker."""
