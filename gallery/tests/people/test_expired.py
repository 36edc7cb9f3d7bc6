from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from gallery.models import ApiToken, Invitation
from gallery.people.expired import remove_expired
from gallery.tests.factories import make_user
from gallery.tests.people.entering import log_in

pytestmark = pytest.mark.django_db

AGO = timedelta(seconds=1)


def test_sessions_that_have_run_out_are_deleted_with_their_line_in_the_list():
    make_user("anna")
    old, new = Client(), Client()
    log_in(old, "anna")
    log_in(new, "anna")
    Session.objects.filter(pk=old.session.session_key).update(expire_date=timezone.now() - AGO)

    remove_expired()

    assert Session.objects.get().pk == new.session.session_key
    assert UserSession.objects.get().session_key == new.session.session_key


def test_tokens_and_invitations_that_have_run_out_are_deleted():
    user = make_user()
    for expiry in (timedelta(days=1), -AGO, None):
        ApiToken.objects.create(user, expiry=expiry, name="x")
        Invitation.objects.invite()
    Invitation.objects.filter(pk=Invitation.objects.first().pk).update(
        expires_at=timezone.now() - AGO
    )

    remove_expired()

    assert ApiToken.objects.count() == Invitation.objects.count() == 2
    assert not ApiToken.objects.filter(expiry__lt=timezone.now()).exists()
