"""What every event of a site's life carries under every topology: exact sets of digests, and no clock."""
