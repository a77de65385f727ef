"""The initializers of the house: one file each."""
