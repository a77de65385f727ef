"""netspec's training history as TensorBoard reads it."""

NETSPEC_API = 1
