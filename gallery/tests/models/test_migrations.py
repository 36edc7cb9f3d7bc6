"""Migrations that move data do it for what is there already."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from knox.models import get_digest_token

from gallery.answers.corrections import answer, undo
from gallery.models import ApiToken, Correction, Face, Photo
from gallery.tests.factories import make_face, make_photo, make_user, make_version


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_faces_of_older_photos_are_counted_and_whole_pictures_are_not():
    make_version()
    two, whole, waiting = make_photo(status="ready"), make_photo(status="ready"), make_photo()
    make_face(two), make_face(two), make_face(whole, detector="whole")
    executor = MigrationExecutor(connection)
    count_faces = executor.loader.get_migration("gallery", "0003_count_faces").operations[0].code

    count_faces(executor.loader.project_state(("gallery", "0003_count_faces")).apps, None)

    counts = dict(Photo.objects.values_list("pk", "face_count"))
    assert counts == {two.pk: 2, whole.pk: 0, waiting.pk: 0}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_replaced_another_can_still_be_undone():
    face = make_face(make_photo(status="ready"), smiling=0)
    faces = Face.objects.filter(pk=face.pk)
    for is_yes in (True, False):
        given = answer(faces, "Smiling", is_yes, None)
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([("gallery", "0008_answers_before")])
        old = executor.loader.project_state(("gallery", "0008_answers_before")).apps
        corrections = old.get_model("gallery", "Correction").objects
        was_yes = corrections.get().was_yes
        corrections.update(before=[])
    finally:
        executor.loader.build_graph()
        executor.migrate(executor.loader.graph.leaf_nodes("gallery"))

    assert was_yes
    assert undo(Correction.objects.all(), given.batch) == 1
    assert (Correction.objects.get().is_yes, Face.objects.get().smiling) == (True, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_of_before_allauth_log_in_with_all_that_they_have(client, settings):
    apps = ("account", "mfa", "usersessions", "socialaccount")
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([(app, None) for app in apps] + [("gallery", "0012_visible_names")])
        upper, lower = make_user("Anna"), make_user("anna")
        User.objects.filter(pk=upper.pk).update(email="Anna@Example.org")
        old = executor.loader.project_state(("gallery", "0012_visible_names")).apps
        digest, secret = get_digest_token()
        old.get_model("gallery", "ApiToken").objects.create(
            digest=digest, token_key=secret[:15], user_id=lower.pk, name="script"
        )
        session = SessionStore()
        session["_auth_user_id"] = str(lower.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = lower.get_session_auth_hash()
        session.save()
    finally:
        executor.loader.build_graph()
        executor.migrate(executor.loader.graph.leaf_nodes())

    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert "Hello anna" in client.get("/").content.decode()
    assert "script" in client.get("/account/").content.decode()
    for written, person in (("Anna", upper), ("anna", lower), ("anna@example.org", upper)):
        assert authenticate(None, username=written, password="correct-horse") == person
    made = client.post(
        "/api/v1/galleries/", {"name": "x"}, headers={"Authorization": f"Token {secret}"}
    )
    assert made.status_code == 415  # it may write; a form is no JSON
    assert ApiToken.objects.get().gallery is None
