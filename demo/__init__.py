"""The demonstration: the main job from an address file to a covered house, through the real programs."""
