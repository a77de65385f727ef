"""Pictures for netspec: a folder of them as a dataset, and one of them for a prediction."""

from netspec import hookimpl

__all__ = ["netspec_datasets"]

NETSPEC_API = 1


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """A folder of pictures; it is imported when it is needed."""
    return {"images": "netspec_images.images:Images"}
