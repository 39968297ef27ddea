"""Chinese character and word tables, and how they are made."""
