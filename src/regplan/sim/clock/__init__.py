"""When: how long pulls take, by a closed form per host and by a fluid model per layer."""
