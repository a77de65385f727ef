"""A Kolmogorov–Arnold layer for netspec."""

NETSPEC_API = 1
