"""Writes sync/vectors/*.json: cases with what must come out of them, stated here by hand wherever a rule is meant.

`python -m tests.sync.vectorsmith` writes the files whose cases are decisions (fold, revisit, slots …) again and keeps
the sealed ones, since sealing never gives the same bytes twice; `--sealed` makes those anew as well. Everybody in
the vectors is made up, and every key in them is a test key.
"""
