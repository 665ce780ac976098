"""Why a number is what it is: the one place that every face takes it from, by the plan document alone."""
