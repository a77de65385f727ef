"""The datasets that come with netspec: one file each."""
