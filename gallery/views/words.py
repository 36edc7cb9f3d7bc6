"""The texts of the scripts in another language than English."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

DAY = 24 * 3600  # seconds
catalog = JavaScriptCatalog.as_view(packages=["gallery"])


@require_safe
@cache_control(public=True, max_age=DAY)
def words(request: HttpRequest, language: str) -> HttpResponseBase:
    """Django's catalog as a script. Its address names the language, so caches may keep it."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        response = catalog(request)
    response["Content-Language"] = language
    return response
