"""Forms in dialogs: htmx sends them, and what is wrong is said in the dialog, which stays open."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from gallery.views.forms import Form, first_error
from gallery.views.requests import SignedInRequest


def refuse(request: SignedInRequest, form: Form, back: str) -> HttpResponse:
    """The fields as they were filled in, with what is wrong; or a message on the page `back`."""
    if request.htmx:
        return render(request, "includes/form.html", {"form": form}, status=400)
    messages.error(request, first_error(form))
    return redirect(back)


def leave(request: SignedInRequest, url: str) -> HttpResponse:
    """Go on to another page."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
