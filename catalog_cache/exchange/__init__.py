"""Items from and into the files other offices work with: workbook, CSV, JSON, the national tables."""
