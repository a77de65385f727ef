"""The regularizers of the house: one file each."""
