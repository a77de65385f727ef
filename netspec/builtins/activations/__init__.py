"""The activations of the house: one file each."""
