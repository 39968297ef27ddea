"""Identifiers of persons, companies and services: how they are written and how they are checked.

Pure functions and tables: no model, no input or output. Every function counts offsets in the
characters of the text it was given, because folding replaces characters one for one.
"""
