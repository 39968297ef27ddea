"""One file per way to call ERNIE."""
