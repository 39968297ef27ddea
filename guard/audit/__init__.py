"""Offline audit of transcripts."""
