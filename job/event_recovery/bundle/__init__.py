"""The folder that a cluster boots from: Python wheels, jars, scripts and settings, with their checksums.

``build`` makes it, ``upload`` puts it into S3, ``verify`` and the pure ``check_manifest`` tell whether it is whole
and fits.
"""

from event_recovery.bundle.manifest import (
    ARCHITECTURES,
    MANIFEST,
    BundleError,
    BundleFile,
    Manifest,
    Stored,
    check_manifest,
)

__all__ = ["ARCHITECTURES", "MANIFEST", "BundleError", "BundleFile", "Manifest", "Stored", "check_manifest"]
