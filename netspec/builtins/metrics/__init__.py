"""The metrics of the house: one file each."""
