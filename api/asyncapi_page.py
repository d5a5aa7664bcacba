"""The AsyncAPI document as a page to read: plain HTML, no script, nothing from another host."""

from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
section { border-top: 1px solid #8884; padding-top: 1rem; margin-top: 2rem; }
h2 { font-family: ui-monospace, monospace; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8883; }
code { font-family: ui-monospace, monospace; }
nav { columns: 16rem; } nav a { display: block; }
.groups { opacity: .8; }
"""


def render_page(document: dict[str, Any]) -> str:
    """The page that shows `document`, as `api.asyncapi.describe` makes it."""
    info = document["info"]
    channels = document["channels"]
    links = "".join(f'<a href="#{escape(name)}"><code>{escape(name)}</code></a>' for name in channels)
    sections = "".join(_section(name, document) for name in channels)
    headers = _table(document["components"]["messageTraits"]["CloudEvent"]["headers"], document)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])} "
        'The same for programs: <a href="asyncapi.json">asyncapi.json</a>.</p>'
        f"<nav>{links}</nav>{sections}"
        f'<section id="headers"><h2>Headers of every record</h2>{headers}</section></body></html>'
    )


def _section(name: str, document: dict[str, Any]) -> str:
    channel = document["channels"][name]
    model = next(iter(channel["messages"]))
    groups = [
        operation["bindings"]["kafka"]["groupId"]["enum"][0]
        for operation in document["operations"].values()
        if operation["action"] == "receive" and operation["channel"]["$ref"] == f"#/channels/{name}"
    ]
    handled = ", ".join(f"<code>{escape(group)}</code>" for group in groups) or "nobody; it is told to the person"
    return (
        f'<section id="{escape(name)}"><h2>{escape(name)}</h2><p>{escape(channel["description"])}</p>'
        f'<p class="groups">Topic <code>{escape(channel["address"])}</code>. Handled by {handled}.</p>'
        f"{_table(document['components']['schemas'][model], document)}</section>"
    )


def _table(schema: dict[str, Any], document: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(field, document))}</td>"
        f"<td>{'required' if name in required else 'optional'}</td><td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in schema["properties"].items()
    )
    return f"<table><tr><th>Field</th><th>Type</th><th></th><th>Meaning</th></tr>{rows}</table>"


def _type(field: dict[str, Any], document: dict[str, Any]) -> str:
    return " | ".join(_alternatives(field, document))


def _alternatives(field: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        field = document["components"]["schemas"][field["$ref"].rpartition("/")[2]]
    if "anyOf" in field:
        for alternative in field["anyOf"]:
            yield from _alternatives(alternative, document)
    elif "const" in field:
        yield f"“{field['const']}”"
    elif "enum" in field:
        yield from (f"“{value}”" for value in field["enum"])
    elif field.get("type") == "array":
        yield f"list of {_type(field['items'], document)}"
    else:
        yield field.get("format") or field.get("type", "any")
