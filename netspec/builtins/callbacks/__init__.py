"""Callbacks: what looks at a training between its steps, one file each."""
