"""The rules, each a row of data with its source: `table` has them all, `profiled` what they say without a site."""
