"""Static files under names that carry a hash of their content, so browsers keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# A relative name in `import "./x.js"` or `import ... from "./x.js"`.
IMPORT = r'(?P<matched>(?P<word>\b(?:import|from)) "(?P<url>\.{1,2}/[^"]+\.js)")'


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Puts the hash into the imports of this project's scripts too.

    Django's own switch for this, `support_js_module_import_aggregation`, takes text in other
    packages' minified scripts for imports, and then fails.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((IMPORT, '%(word)s "%(url)s"'),)),
    )
