"""Who may do what at which address: a table with a row for each."""
