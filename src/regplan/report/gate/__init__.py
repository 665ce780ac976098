"""A gate's judgement as pipelines read it: JSON, JUnit, SARIF, GitHub annotations, Markdown."""
