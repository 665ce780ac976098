"""Files in and out: image layouts, recordings, the cache by digest, and what ships with the package."""
