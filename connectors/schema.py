"""`python -m connectors.schema` writes the JSON Schema of an agency file, by which editors check what is typed."""

import json
from pathlib import Path
from typing import Any, Final

from hedui.model.contract import Agency

FILE: Final = Path(__file__).parent / "contract.schema.json"


def schema() -> dict[str, Any]:
    """The schema of one file of `connectors/agencies`."""
    stated = Agency.model_json_schema()
    # A dataset takes its name from its key and its agency from its file: neither is written in it.
    dataset = stated["$defs"]["Dataset"]
    for given in ("agency", "name"):
        del dataset["properties"][given]
        dataset["required"].remove(given)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **stated}


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
