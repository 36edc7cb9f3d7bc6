"""Two people's galleries, those who look after the site, and programs with tokens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.html import escape

from gallery.answers.corrections import answer
from gallery.library.trash import trash_gallery, trash_photos
from gallery.models import (
    Act,
    ApiToken,
    DecisionBlock,
    Face,
    Gallery,
    MemberLink,
    Membership,
    Photo,
    Role,
    SavedFilter,
    ShareLink,
    Webhook,
)
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_member,
    make_user,
    make_webhook,
)
from gallery.tests.pictures import draw, encode
from gallery.uploads.adding import add_photo
from tests.access.routes import Route

FAILURE = "The worker died."
SELECTED = ("delete", "analyse", "download")  # what is done with photos that are named alone


@dataclass
class Belongings:
    """One of everything that a person may have."""

    galleries: Gallery
    photos: Photo
    faces: Face
    filters: SavedFilter
    links: ShareLink
    webhooks: Webhook
    trash: Photo
    trash_galleries: Gallery
    members: Membership
    member_links: MemberLink
    invitations: Membership  # to another's gallery, which waits for an answer
    batch: UUID  # of one answer about the face


def make_belongings(owner: User) -> Belongings:
    gallery = make_gallery(owner=owner, name=f"{owner}'s gallery")
    photo, _ = add_photo(gallery, picture(f"{owner}.png"))
    photo.status, photo.failure = Photo.Status.FAILED, FAILURE
    photo.save()
    face = make_face(photo)
    answered = answer(Face.objects.filter(pk=face.pk), "Smiling", True, owner)
    assert answered.batch
    deleted, _ = add_photo(gallery, picture(f"{owner} before.png"))
    trash_photos(Photo.objects.filter(pk=deleted.pk))
    gone = make_gallery(owner=owner, name=f"{owner}'s old gallery")
    trash_gallery(gone)
    saved = SavedFilter.objects.create(
        owner=owner, gallery=gallery, name=f"{owner}'s filter", attrs="Smiling", match="any"
    )
    link = ShareLink.objects.share(gallery, saved_filter=saved)
    invitation = Membership.objects.create(gallery=make_gallery(name="Elsewhere"), person=owner)
    return Belongings(
        galleries=gallery,
        photos=photo,
        faces=face,
        filters=saved,
        links=link,
        webhooks=make_webhook(gallery=gallery, url=f"https://receiver.example/{owner}"),
        trash=deleted,
        trash_galleries=gone,
        members=make_member(gallery, make_user()),
        member_links=MemberLink.objects.make(gallery, Role.EDITOR),
        invitations=invitation,
        batch=answered.batch,
    )


def picture(name: str = "new.png") -> SimpleUploadedFile:
    """Another picture for each length of name."""
    return SimpleUploadedFile(name, encode(draw((64 + len(name), 64)), "PNG"))


class World:
    """The owner is the person whose objects all addresses are about."""

    def __init__(self) -> None:
        self.owner = make_user("olga")
        self.theirs, second = make_belongings(self.owner), make_gallery(owner=self.owner)
        other = make_user("otto")
        make_belongings(other)
        self.token, _ = ApiToken.objects.create(self.owner, name="to revoke")
        self.session = UserSession.objects.create(
            user=self.owner, session_key="elsewhere", ip="192.0.2.1", data={}
        )
        self.clients: dict[str, Client] = {
            "anonymous": Client(),
            "other": logged_in(other),
            "owner": logged_in(self.owner),
            "viewer": logged_in(self.member("vera", Role.VIEWER)),
            "editor": logged_in(self.member("edda", Role.EDITOR)),
            "removed": logged_in(self.member("rhea", Role.EDITOR)),
            "staff": logged_in(make_user("stella", is_staff=True)),
            "superuser": logged_in(make_user("susan", is_staff=True, is_superuser=True)),
            "reader": make_api_client(self.owner, can_write=False),
            "elsewhere": make_api_client(self.owner, gallery=second),
        }
        Membership.objects.get(person__username="rhea").delete()

    def member(self, name: str, role: Role) -> User:
        """Somebody new who has this role in the owner's gallery."""
        person: User = make_user(name)
        make_member(self.theirs.galleries, person, role)
        return person

    def path(self, route: Route) -> str:
        """The address of the owner's object."""
        thing = getattr(self.theirs, route.kind, None)
        uuid = thing and thing.uuid
        own = {"uuid": uuid, "id": uuid, "pk": self.session.pk, "key": self.token.token_key}
        own |= {"member": self.theirs.members.uuid, "link": self.theirs.member_links.uuid}
        return route.path({**OTHERS, **own, "object_id": self.theirs.photos.pk})

    def body(self, name: str, method: str) -> dict[str, Any]:
        """What makes sense to send there, about what is the owner's."""
        if method in ("GET", "HEAD", "DELETE"):
            return {}
        theirs, named = self.theirs, {"name": "New"}
        hook = {"url": "https://93.184.215.14/in", "events": ["photo.ready"]}
        box = {"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.5}
        said = {"attribute": "Young", "answer": "yes"}
        move = {"photos": [theirs.photos.uuid], "to": theirs.galleries.uuid}
        bodies: dict[str, dict[str, Any]] = {
            "gallery:upload_first": {"image": picture()},
            "gallery:upload": {"image": picture()},
            "gallery:consent": {"allows_training": "on"},
            "gallery:review": {"face": theirs.faces.uuid, **said},
            "gallery:second_look": {"face": theirs.faces.uuid, **said},
            "gallery:answer": said,
            "gallery:answer_many": {"face": theirs.faces.uuid, **said},
            "gallery:draw_face": box,
            **{f"gallery:{name}_photos": {"photo": theirs.photos.uuid} for name in SELECTED},
            "gallery:move_photos": {"photo": theirs.photos.uuid, **named},
            "gallery:answer_photos": {"photo": theirs.photos.uuid, **said},
            "gallery:keep_best": {"photo": theirs.photos.uuid, "best": theirs.photos.uuid},
            "gallery:keep_all": {"photo": theirs.photos.uuid, "best": theirs.photos.uuid},
            "gallery:restore": {"photo": theirs.trash.uuid},
            "gallery:erase": {"photo": theirs.trash.uuid},
            "gallery:undo": {"batch": theirs.batch},
            "gallery:links": {"lasts": "7"},
            "gallery:members": {**named, "role": "viewer"},
            "gallery:make_member_link": {"role": "viewer"},
            "gallery:change_member": {"role": "editor"},
            "gallery:answer_invitation": {"accept": "yes"},
            "api:member-list": {**named, "role": "viewer"},
            "api:member-detail": {"role": "editor"},
            "api:member-link-list": {"role": "viewer"},
            "gallery:retry_failed": {"failure": FAILURE},
            "gallery:account": {"first_name": "Olga"},
            "gallery:create_token": {**named, "can_write": "False", "expires": "90"},
            "gallery:webhooks": hook,
            "gallery:delete_account": {"password": "correct-horse"},
            "api:photo-list": {"gallery": theirs.galleries.uuid, "image": picture()},
            "api:photo-known": {"gallery": theirs.galleries.uuid, "sha256": ["0" * 64]},
            "api:delete_photos": {"photos": [theirs.photos.uuid]},
            **{f"api:{name}_photos": move for name in ("move", "copy")},
            "api:keep_duplicates": {"photos": [theirs.photos.uuid]},
            "api:trash-restore": {"photos": [theirs.trash.uuid]},
            "api:trash-erase": {"photos": [theirs.trash.uuid]},
            "api:import_corrections": {"file": SimpleUploadedFile("answers.jsonl", b"")},
            "api:drawn-faces": box,
            "api:correction-list": {"faces": [theirs.faces.uuid], **said},
            "api:correction-undo": {"batch": theirs.batch},
            "api:filter-list": {"gallery": theirs.galleries.uuid, "attrs": "Young", **named},
            "api:link-list": {"gallery": theirs.galleries.uuid},
            "api:webhook-list": {"gallery": theirs.galleries.uuid, **hook},
        }
        return bodies.get(name, named)

    def ask(self, actor: str, method: str, route: Route, query: str = "") -> Any:
        """The answer that an actor gets; what it changes is undone."""
        with self.undone(actor):
            return self.send(actor, method, route, query)

    def send(self, actor: str, method: str, route: Route, query: str = "", **more: Any) -> Any:
        """The answer that an actor gets, who may send more than the body; its changes stay."""
        path, body = self.path(route), {**more, **self.body(route.name, method)}
        if query:
            path += f"?{query}={self.theirs.galleries.uuid}"
        return send(self.clients[actor], method, path, body)

    @contextmanager
    def undone(self, actor: str) -> Iterator[None]:
        """Undo what an actor does within, a log-out too."""
        client = self.clients[actor]
        cookies = deepcopy(client.cookies)
        cache.clear()  # each limit counts from nothing
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        client.cookies = cookies

    def secrets(self) -> list[str]:
        """What nobody but the owner may see."""
        theirs = self.theirs
        photos = (theirs.photos, theirs.trash)
        galleries = (theirs.galleries, theirs.trash_galleries)
        things = (*galleries, *photos, theirs.faces, theirs.filters, theirs.links, theirs.webhooks)
        names = (*(gallery.name for gallery in galleries), theirs.filters.name)
        names += (theirs.webhooks.url,)
        names += tuple(photo.original_name for photo in photos)
        return [*(str(thing.uuid) for thing in things), *map(escape, names), self.owner.username]

    def forget(self) -> None:
        """From now on all addresses are about what does not exist."""
        theirs = self.theirs
        things = (theirs.galleries, theirs.photos, theirs.faces, theirs.filters, theirs.links)
        members = (theirs.members, theirs.member_links, theirs.invitations)
        for thing in (*things, *members, theirs.webhooks, theirs.trash, theirs.trash_galleries):
            thing.uuid = uuid4()
        theirs.batch = uuid4()


# Parameters of pages that are not about a person's objects.
OTHERS: dict[str, object] = {
    "suffix": "csv",
    "language": "de",
    "attribute": "Smiling",
    "uidb36": "1",
    "provider_id": "elsewhere",
    "content_type_id": 1,
    "id": 1,
    "app_label": "gallery",
    "model_name": "photo",
    "url": "nothing/",
    "token": "guessed",
    "queue_index": 0,
    "connection_index": 0,
    "scheduler_index": 0,
    "job_id": "job",
    "result_id": "result",
    "scheduler_name": "nightly",
    "cron_job_name": "sweep",
}


def logged_in(user: User, **options: bool) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def send(client: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    """Send a form, or JSON to the API."""
    is_form = not path.startswith("/api/") or any(hasattr(value, "read") for value in body.values())
    if not body:
        return client.generic(method, path)
    if is_form:
        return client.generic(method, path, encode_multipart(BOUNDARY, body), MULTIPART_CONTENT)
    return client.generic(method, path, json.dumps(body, default=str), "application/json")


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """What the database holds, but for the audit trail, sessions, and what is only remembered."""
    left_out = (Act, Session, UserSession, DecisionBlock)
    kept = [m for m in apps.get_models() if m._meta.managed and m not in left_out]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in kept}
