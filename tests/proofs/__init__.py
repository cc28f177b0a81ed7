"""Proofs that look across the rooms: what must hold of the whole service, through its real ways in."""
