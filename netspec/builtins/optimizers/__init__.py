"""The optimizers of the house: one file each."""
