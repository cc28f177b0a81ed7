"""The officer's device in Python: the reference client, the simulator's client, and a program (`doorstep-field`)."""
