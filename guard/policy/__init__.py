"""Policies: from YAML to a validated `Policy`, and what authors do with one."""
