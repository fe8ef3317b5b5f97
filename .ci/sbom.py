"""What is installed, as a CycloneDX list (JSON, version 1.6): the same bytes for the same environment.

    python .ci/sbom.py > sbom.cdx.json
"""

import json
import re
import sys
from importlib.metadata import Distribution, distributions


def component(found: Distribution) -> dict:
    """A package with its version, licence and package URL."""
    name, told = found.metadata["Name"], found.metadata
    url = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{found.version}"
    made = {"type": "library", "name": name, "version": found.version, "purl": url, "bom-ref": url}
    if expression := told.get("License-Expression"):
        return made | {"licenses": [{"expression": expression}]}
    names = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or [] if c.startswith("License ::")]
    given = (told.get("License") or "").strip()
    licence = names[0] if names else given.splitlines()[0][:100] if given else ""
    return made | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def bill() -> dict:
    """The whole list."""
    listed = {c["purl"]: c for c in map(component, distributions()) if c["name"].lower() != "segkit"}
    import segkit

    this = {"type": "application", "name": "segkit", "version": segkit.__version__}
    about = {"component": this, "properties": [{"name": "python", "value": sys.version.split()[0]}]}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": about,
            "components": [listed[url] for url in sorted(listed)]}


if __name__ == "__main__":
    print(json.dumps(bill(), indent=1, ensure_ascii=False))
