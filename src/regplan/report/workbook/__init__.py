"""A study as a workbook whose cells reckon: change an input, and the need, the rules and the verdict follow."""
