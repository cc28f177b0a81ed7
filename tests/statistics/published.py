"""Figures from elsewhere that our estimators are held against."""

from __future__ import annotations

# Tumours in 70 groups of rats (Tarone 1982; Gelman et al., Bayesian Data Analysis, table 5.1): tumours/rats.
RATS = tuple(
    tuple(map(int, group.split("/")))
    for group in """
    0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19 1/19
    1/18 1/18 2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 2/17 7/49 7/47 3/20
    3/20 2/13 9/48 10/50 4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22 11/46 12/49 5/20 5/20
    6/23 5/19 6/22 6/20 6/20 6/20 16/52 15/47 15/46 9/24
    """.split()  # noqa: SIM905 - a column of the book, read as it stands
)

# 95 % Wilson intervals as printed in Newcombe 1998, table I, method 3: (successes, trials, low, high).
NEWCOMBE = (
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
)
