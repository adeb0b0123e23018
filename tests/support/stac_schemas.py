"""The JSON schemas of STAC and its extensions, as a folder tree that mirrors their addresses."""
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema

ITEM = "https://schemas.stacspec.org/v1.0.0/item-spec/json-schema/item.json"


def test_data_folder():
    """Where they are among the test data; it need not be there."""
    return Path(os.environ.get("DOWNLINKD_TEST_DATA", "")) / "vectors" / "stac-schemas"


class SchemaTree:
    """Nothing is fetched from anywhere."""

    def __init__(self, root):
        self.root = Path(root)

    def load(self, uri):
        parts = urlsplit(uri)
        return json.loads((self.root / parts.netloc / parts.path.lstrip("/")).read_text())

    def faults_of(self, item):
        """A sentence for everything that the item's own schema, or one that it claims to follow, refuses."""
        for uri in [ITEM] + item["stac_extensions"]:
            schema = self.load(uri)
            resolver = jsonschema.RefResolver(uri, schema, handlers={"https": self.load, "http": self.load})
            validator = jsonschema.Draft7Validator(schema, resolver=resolver,
                                                   format_checker=jsonschema.draft7_format_checker)
            for error in validator.iter_errors(item):
                yield f"{uri}: {'/'.join(str(part) for part in error.absolute_path)}: {error.message}"
