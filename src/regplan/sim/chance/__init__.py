"""What may happen: lives of a site drawn at random, the same for every topology, and what they add up to."""
