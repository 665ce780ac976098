"""Reports as PDF: a document as values, laid out by typst, which is one wheel and needs neither a browser nor fonts."""
