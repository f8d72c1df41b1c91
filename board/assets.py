"""Scripts and styles as they are sent: under hashed names, small, compressed."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):
    """A module's imports name hashed files, too: after an update no page mixes old modules with new ones."""

    support_js_module_import_aggregation = True
