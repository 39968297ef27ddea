"""The onion around one generation call."""
