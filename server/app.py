"""Wires the rooms into one Flask application."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from jinja2 import PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from server import __version__
from server.base import edge, health
from server.base import pages as base_pages
from server.base.http import Blueprint, Inside, public
from server.base.openapi import Api, describe
from server.base.service import Service
from server.devices.api import blueprint as devices_api
from server.devices.pages import devices as device_pages
from server.engagement.api import blueprint as feedback_api
from server.exchange.api import blueprint as exchange_api
from server.exchange.api import held_blueprint as held_api
from server.exchange.pages import held as held_pages
from server.fieldwork.api import blueprint as fieldwork_api
from server.fieldwork.features.api import blueprint as features_api
from server.fieldwork.pages import allocation, downloads, entry, figures, leaver, maps, progress
from server.fieldwork.pages import campaign_form as campaign_form_pages
from server.fieldwork.pages import campaigns as campaign_pages
from server.fieldwork.pages import coverage as coverage_pages
from server.fieldwork.pages import houses as house_pages
from server.fieldwork.pages import lists as list_pages
from server.fieldwork.pages import provisional as provisional_pages
from server.fieldwork.pages import queues as queue_pages
from server.fieldwork.pages import visits as visit_pages
from server.geography.api import blueprint as geography_api
from server.privacy.api import blueprint as privacy_api
from server.privacy.pages import erasures
from server.privacy.pages import residents as resident_pages
from server.residents import pages as residents_pages
from server.residents.api import blueprint as residents_api
from server.staff.api import blueprint as staff_api
from server.staff.gate import authenticate
from server.staff.pages import (
    account,
    factors,
    grants,
    passkeys,
    people,
    sign_in,
    single_sign_on,
    who_sees,
)
from server.surveys.api import blueprint as surveys_api
from server.surveys.public.api import blueprint as public_api
from server.targeting.api import blueprint as targeting_api
from server.targeting.pages import targets
from server.web import navigation, phone, reference
from server.web.pages import audit, front_door, guides, searching, start
from server.web.pages import inbox as inbox_pages

API_BLUEPRINTS: tuple[Blueprint, ...] = (
    staff_api,
    geography_api,
    fieldwork_api,
    features_api,
    devices_api,
    targeting_api,
    exchange_api,
    held_api,
    residents_api,
    surveys_api,
    feedback_api,
    public_api,
    privacy_api,
)

CONSOLE: tuple[base_pages.Pages, ...] = (
    start.pages,
    allocation.pages,
    list_pages.pages,
    entry.pages,
    downloads.pages,
    maps.pages,
    sign_in.pages,
    single_sign_on.pages,
    passkeys.pages,
    factors.pages,
    account.pages,
    device_pages.pages,
    people.pages,
    grants.pages,
    who_sees.pages,
    leaver.pages,
    campaign_pages.pages,
    campaign_form_pages.pages,
    targets.pages,
    figures.pages,
    coverage_pages.pages,
    house_pages.pages,
    visit_pages.pages,
    resident_pages.pages,
    erasures.pages,
    audit.pages,
    searching.pages,
    guides.pages,
    held_pages.pages,
    queue_pages.pages,
    provisional_pages.pages,
    inbox_pages.pages,
    progress.pages,
)


def create_app(service: Service) -> Flask:
    """The application on an open service. RuntimeError where a view does not say who may call it."""
    app = Flask("server", static_folder=None)
    app.config |= {
        "API_TITLE": "Doorstep",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_JSON_SORT_KEYS": False,
    }
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    edge.install(app, Inside(service, authenticate))
    api = Api(app)
    for blueprint in API_BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    for pages_of in (reference, front_door, phone, residents_pages):
        app.register_blueprint(pages_of.blueprint)
    for console_of in CONSOLE:
        app.register_blueprint(console_of)
    base_pages.install(app, navigation.frame)
    _serve_description(app, api)
    edge.require_access_everywhere(app)
    if proxies := service.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    return app


def _serve_description(app: Flask, api: Api) -> None:
    @app.get("/api/openapi.json")
    @public
    def openapi() -> Response:
        return jsonify(description)

    description = describe(app, api)
    app.extensions["doorstep_openapi"] = description
