"""What the dictionary makes of the sources: its tables in the warehouse, now and at any moment."""
