"""What is planned about: images, profiles, sites, findings and plans, as plain frozen values; no I/O."""
