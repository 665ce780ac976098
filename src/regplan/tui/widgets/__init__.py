"""The widgets of the terminal app, one file each."""
