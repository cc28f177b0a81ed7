"""Synthetic premises on real streets and postcodes, as many as the census counts households.

There is no open file of addresses, so a demonstration needs made-up ones that behave like real ones: on streets
that exist, in postcodes that exist, in the numbers and kinds of dwelling that the 2021 Census gives for each LSOA.
Nothing here is about a real household.
"""
