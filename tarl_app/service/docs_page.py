"""The API's documentation as one page without scripts, so that nothing is fetched from elsewhere."""

import json
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font-family:ui-monospace,monospace}pre{background:#8881;padding:.75rem;overflow:auto}"
    "summary{cursor:pointer;padding:.25rem 0}.m{display:inline-block;min-width:4.5rem;font-weight:600}"
)


def docs_html(schema: dict[str, Any], base: str) -> str:
    """The page of an OpenAPI document; ``base`` is the path that its paths are below."""
    operations = [
        _operation(method, path, one, schema) for path, methods in schema["paths"].items() for method, one in methods.items()
    ]
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{escape(schema['info'].get('description', ''))}</p>"
        f'<p>OpenAPI: <a href="{escape(base)}/openapi.json">{escape(base)}/openapi.json</a></p>{"".join(operations)}</html>'
    )


def _operation(method: str, path: str, one: dict[str, Any], schema: dict[str, Any]) -> str:
    taken = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    given = next((answer for code, answer in one.get("responses", {}).items() if code.startswith("2")), {})
    answer = given.get("content", {}).get("application/json", {}).get("schema")
    named = [f"<li><code>{escape(p['name'])}</code> ({escape(p['in'])})</li>" for p in one.get("parameters", ())]
    shown = [("Request", taken), ("Answer", answer)]
    bodies = [f"<p>{title}</p><pre>{escape(_shown(part, schema))}</pre>" for title, part in shown if part]
    return (
        f'<details><summary><span class="m">{escape(method.upper())}</span> <code>{escape(path)}</code></summary>'
        f"<p>{escape(one.get('description') or one.get('summary', ''))}</p><ul>{''.join(named)}</ul>"
        f"{''.join(bodies)}</details>"
    )


def _shown(part: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema, with what it refers to put in its place (one level)."""
    name = str(part.get("$ref", part.get("items", {}).get("$ref", ""))).rpartition("/")[2]
    found = schema.get("components", {}).get("schemas", {}).get(name, part)
    return json.dumps(found, indent=1, ensure_ascii=False)
