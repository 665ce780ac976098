"""Many sites behind one uplink: which night each gets its images, and what slips where a night fails."""
