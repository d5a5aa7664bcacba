"""`topics`: what the system needs on the broker, and what is there."""

import asyncio

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, print_json, print_table
from cli.topic_list import all_topics


def register(app: typer.Typer) -> None:
    topics = typer.Typer(no_args_is_help=True, help="Create and list the Kafka topics.")
    topics.command("apply", epilog="Example: DELIGHT_KAFKA_PARTITIONS=24 delight topics apply")(apply)
    topics.command("list", epilog="Example: delight topics list --json")(list_all)
    app.add_typer(topics, name="topics", rich_help_panel="Operations")


def apply(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Create the topics that are missing. Topics that exist are left as they are."""
    from infra.kafka import apply_topics

    settings = resolve_settings(folder)
    wanted = [topic.name for topic in all_topics(settings)]
    created = asyncio.run(apply_topics(settings, wanted))
    if as_json:
        print_json({"created": created, "existing": sorted(set(wanted) - set(created))})
        return
    for name in created:
        print(f"created {name}")
    print(f"{len(wanted)} topics, {len(created)} created now.")


def list_all(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """List the topics of the system and whether the broker has them."""
    from infra.kafka import list_topics

    settings = resolve_settings(folder)
    existing = asyncio.run(list_topics(settings))
    topics = all_topics(settings)
    if as_json:
        print_json([{"name": t.name, "partitions": existing.get(t.name), "purpose": t.purpose} for t in topics])
        return
    print_table(
        ["Topic", "Partitions", "Purpose"], [(t.name, existing.get(t.name, "missing"), t.purpose) for t in topics]
    )
