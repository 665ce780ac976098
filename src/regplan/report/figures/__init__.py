"""Charts as values, and the two ways to draw them: plotly where scripts run, SVG everywhere else."""
