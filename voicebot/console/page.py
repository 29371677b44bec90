"""The page of the console: who waits, what each desk does, whom to ring back. It only uses the API."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def page_routes() -> list[Route]:
    """Return the routes of the page and its parts, which are read once."""
    return [
        _route("/", "page.html"),
        *(_route(f"/{name}", name) for name in ("page.js", "page.css", "callbacks.js")),
    ]


def _route(path: str, name: str) -> Route:
    file = _FOLDER / name
    content = file.read_bytes()

    async def serve(_request: Request) -> Response:
        return Response(content, media_type=_TYPES[file.suffix], headers=_SAFE)

    return Route(path, serve)
