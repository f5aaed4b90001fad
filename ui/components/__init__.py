"""Koutu's own browser parts: each folder is one, with its script, style and markup as plain files.

The framework takes a part as three texts and mounts it in a shadow root. What parts share stands beside them and
is put in front of a part's own script, since a part has to be one module.
"""
