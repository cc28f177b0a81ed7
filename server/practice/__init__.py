"""Practice data: an instance of its own, with made-up people, on which everything can be tried."""
