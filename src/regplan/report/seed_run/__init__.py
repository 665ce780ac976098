"""The report of a seeding that was run: one document, written as JSON, Markdown or HTML."""
