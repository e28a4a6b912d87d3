"""Puts the routes of each origin together."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from wan_tui.simulator import (
    film_host,
    routes_account,
    routes_control,
    routes_models,
    routes_usage,
    routes_video,
)
from wan_tui.simulator.errors import ApiError
from wan_tui.simulator.films import FilmStore
from wan_tui.simulator.orders import Ending, Order
from wan_tui.simulator.recipe import recipe_of
from wan_tui.simulator.requests_seen import SeenRequest
from wan_tui.simulator.service import Service
from wan_tui.simulator.web import error_answer

_API_ROUTES = [
    *routes_video.ROUTES,
    *routes_account.ROUTES,
    *routes_usage.ROUTES,
    *routes_models.ROUTES,
]


def api_application(service: Service, films: FilmStore, seen: list[SeenRequest]) -> Starlette:
    """The API origin; `seen` is what `/_requests` shows."""

    def on_order(order: Order) -> None:
        if service.settings.draw_ahead and order.ending is Ending.FILM:
            films.draw_ahead(recipe_of(order, service.model_of(order)))

    # Without a token, the simulator's own routes do not exist.
    own = routes_control.ROUTES if service.settings.control_token else []
    application = _application(service, [*_API_ROUTES, *own])
    application.state.seen = seen
    application.state.on_order = on_order
    return application


def film_application(service: Service, films: FilmStore) -> Starlette:
    """The film host."""
    application = _application(service, film_host.ROUTES)
    application.state.films = films
    return application


def _application(service: Service, routes: list[Route]) -> Starlette:
    application = Starlette(
        routes=routes,
        exception_handlers={ApiError: error_answer, HTTPException: error_answer, Exception: error_answer},
    )
    application.state.service = service
    return application
