"""Panels of widgets for whoever writes no Python: upload, sliders, results, a report to save. They show what verbs answer."""
