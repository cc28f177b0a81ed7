"""The command line around the client: prompts, output, scripts. Nothing here decides anything about the field."""
