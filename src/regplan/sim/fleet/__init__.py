"""Years of many sites drawn at random, by what tier 0 says an event carries there and by tier 1's closed form."""
