"""The documents of the API as pages: OpenAPI at /docs, AsyncAPI at /asyncapi. Nothing comes from another host."""

import importlib.resources

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.asyncapi import describe
from api.asyncapi_page import render_page
from api.dependencies import TheEdge

ASSETS = "/docs/assets"

_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_DOCS = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Delight API</title><link rel="stylesheet" href="{ASSETS}/swagger-ui.css"></head>
<body><div id="docs"></div><script src="{ASSETS}/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
"""
_START = """SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: false });
"""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def read_docs() -> HTMLResponse:
    return HTMLResponse(_DOCS, headers={"Content-Security-Policy": _DOCS_POLICY})


@router.get("/docs/start.js")
async def read_docs_start() -> Response:
    return Response(_START, media_type="text/javascript")


@router.get("/asyncapi.json")
async def read_asyncapi(edge: TheEdge) -> JSONResponse:
    return JSONResponse(describe(edge.settings, edge.subscriptions))


@router.get("/asyncapi")
async def read_asyncapi_page(edge: TheEdge) -> HTMLResponse:
    page = render_page(describe(edge.settings, edge.subscriptions))
    return HTMLResponse(page, headers={"Content-Security-Policy": _PAGE_POLICY})


def mount_assets(app: FastAPI) -> None:
    """Serve Swagger UI from the wheel that ships it."""
    app.mount(ASSETS, StaticFiles(directory=str(importlib.resources.files("fastapi_offline") / "static")))
