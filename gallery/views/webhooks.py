"""A person's webhooks: make, try, look what was sent, delete."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gallery.models import Webhook
from gallery.views.forms import WebhookForm
from gallery.views.requests import SignedInRequest
from gallery.webhooks import managing

NEW_SECRET = "new_webhook_secret"  # in the session until the next page has shown it
SHOWN = 50  # messages on the page of a webhook


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: SignedInRequest) -> HttpResponse:
    """The person's webhooks, and a form for a new one."""
    form = WebhookForm(request.user, request.POST or None)
    if form.is_valid():
        try:
            hook, told = managing.make_webhook(request.user, **form.cleaned_data)
        except managing.TooMany as error:
            form.add_error(None, gettext(str(error)))
        else:
            request.session[NEW_SECRET] = told
            return redirect("gallery:webhook", hook.uuid)
    hooks = Webhook.objects.visible_to(request.user).with_gallery()
    context = {"form": form, "hooks": hooks}
    status = 400 if form.errors else 200
    return render(request, "gallery/webhooks.html", context, status=status)


@login_required
@never_cache
@require_safe
def webhook(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """One webhook, and its last messages."""
    hook = _get(request, uuid)
    context: dict[str, Any] = {
        "hook": hook,
        "deliveries": hook.deliveries.all()[:SHOWN],
        "secret": request.session.pop(NEW_SECRET, None),
    }
    return render(request, "gallery/webhook.html", context)


@login_required
@require_POST
def test(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Send a test message."""
    if managing.send_test(_get(request, uuid)):
        messages.success(
            request, gettext("A test is on its way. Reload the page to see the result.")
        )
    else:
        messages.error(request, gettext(managing.TURNED_OFF))
    return redirect("gallery:webhook", uuid)


@login_required
@require_POST
def renew(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Make a new secret; the next page shows it, once."""
    request.session[NEW_SECRET] = managing.renew_secret(_get(request, uuid))
    return redirect("gallery:webhook", uuid)


@login_required
@require_POST
def turn_on(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    managing.turn_on(_get(request, uuid))
    messages.success(request, gettext("The webhook is on again."))
    return redirect("gallery:webhook", uuid)


@login_required
@require_POST
def delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    managing.delete_webhook(_get(request, uuid))
    messages.success(request, gettext("The webhook was deleted."))
    return redirect(reverse("gallery:webhooks"))


def _get(request: SignedInRequest, uuid: UUID) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(request.user).with_gallery(), uuid=uuid)
