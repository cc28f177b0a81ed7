"""Doorstep's service: rooms that each do one job, wired together by app.py, config.py and cli."""

__version__ = "0.1.0"
