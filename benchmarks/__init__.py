"""Benchmarks of the main job, on real programs: what it costs, and whether the cost grows with the force."""
