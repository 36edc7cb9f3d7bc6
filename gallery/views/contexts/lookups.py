"""What a request names: a row the person may see (else 404), an answer (else 400), a next page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.forms import ModelForm
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from gallery.models import Gallery, Role, SavedFilter
from gallery.models.changes import change
from gallery.models.membership import check_role, with_roles
from gallery.views.forms import AnswerForm
from gallery.views.requests import SignedInRequest


def get_gallery(request: SignedInRequest, uuid: UUID, role: Role = Role.VIEWER) -> Gallery:
    """The gallery, with the person's role in it.

    Raises Http404 if they may not see it, or PermissionDenied, with a sentence, if they need
    another role.
    """
    galleries = with_roles(Gallery.objects.visible_to(request.user), request.user)
    gallery: Gallery = get_object_or_404(galleries, uuid=uuid)
    if not Role(gallery.role).includes(role):
        check_role(request.user, gallery, role)
    return gallery


def get_saved_filter(request: HttpRequest, uuid: UUID) -> SavedFilter:
    """The saved filter; Http404 if the person may not see it."""
    rows = SavedFilter.objects.visible_to(request.user).with_gallery()
    return get_object_or_404(rows, uuid=uuid)


def keep_changes(form: ModelForm[Any]) -> None:
    """Write what a form says about its row; Http404 if the row was deleted meanwhile."""
    try:
        change(form.instance, *form.fields)
    except ObjectDoesNotExist:
        raise Http404("Deleted in the meantime.") from None


def read_uuid(text: str) -> UUID:
    """The text as a uuid; Http404 if it is not one."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404("Not a uuid.") from None


def read_answer(data: Mapping[str, str]) -> tuple[str, str]:
    """The attribute's name, and "yes", "no" or "model"; BadRequest for anything else."""
    form = AnswerForm(data)
    if not form.is_valid():
        raise BadRequest("Give an attribute, and yes, no or model as the answer.")
    return form.cleaned_data["attribute"], form.cleaned_data["answer"]


def read_yes_or_no(data: Mapping[str, str]) -> tuple[str, bool]:
    """The attribute's name, and whether the answer is yes; BadRequest unless it is yes or no."""
    attribute, given = read_answer(data)
    if given == "model":
        raise BadRequest("An answer is yes or no.")
    return attribute, given == "yes"


def next_page(request: HttpRequest) -> str:
    """The address in `next` as a path of this site; "" if there is none, or it leads elsewhere."""
    page = request.POST.get("next") or request.GET.get("next", "")
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours else ""
