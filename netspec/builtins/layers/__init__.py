"""The layers of the house: one file each."""
