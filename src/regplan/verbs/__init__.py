"""One function for each verb: what the command line, the terminal app, notebooks and scripts call alike."""
