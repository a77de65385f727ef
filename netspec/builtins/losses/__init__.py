"""The losses of the house: one file each."""
