"""A table of sites: columns named by the site file's keys, rows into sites; and the template of such a table."""
