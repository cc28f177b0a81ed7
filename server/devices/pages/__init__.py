"""The console's pages of devices."""
