"""Convolution and pooling over images and sequences, as a plugin of netspec."""

from netspec import hookimpl

__all__ = ["netspec_layers"]

NETSPEC_API = 1


@hookimpl
def netspec_layers() -> dict[str, str]:
    """One module a layer; each is imported when it is needed."""
    return {
        "conv1d": "netspec_conv.conv1d:Conv1d",
        "conv2d": "netspec_conv.conv2d:Conv2d",
        "conv2d_transpose": "netspec_conv.conv2d_transpose:Conv2dTranspose",
        "max_pool1d": "netspec_conv.max_pool1d:MaxPool1d",
        "max_pool2d": "netspec_conv.max_pool2d:MaxPool2d",
        "avg_pool1d": "netspec_conv.avg_pool1d:AvgPool1d",
        "avg_pool2d": "netspec_conv.avg_pool2d:AvgPool2d",
        "global_avg_pool1d": "netspec_conv.global_avg_pool1d:GlobalAvgPool1d",
        "global_avg_pool2d": "netspec_conv.global_avg_pool2d:GlobalAvgPool2d",
        "global_max_pool1d": "netspec_conv.global_max_pool1d:GlobalMaxPool1d",
        "global_max_pool2d": "netspec_conv.global_max_pool2d:GlobalMaxPool2d",
        "upsample2d": "netspec_conv.upsample2d:Upsample2d",
        "zero_pad2d": "netspec_conv.zero_pad2d:ZeroPad2d",
    }
