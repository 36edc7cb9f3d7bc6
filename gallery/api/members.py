"""Members of a gallery over REST: invited by name or link, changed and removed."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.response import Response

from gallery.api.base import ApiRequest, Rows
from gallery.api.bodies import StrictSerializer, read_body
from gallery.api.errors import Conflict
from gallery.api.fields import TextField
from gallery.api.queries import HintedChoiceField
from gallery.api.schema import GONE, answers
from gallery.models import Gallery, MemberLink, Membership, Role
from gallery.models.member_link import MemberLinkQuerySet
from gallery.models.membership import LONGEST_NAME, MEMBER_ROLES, MembershipQuerySet, check_role
from gallery.sharing.members import NotInvited, accept, change_role, invite, may_invite, remove

ENOUGH = "You have invited many people today. Continue tomorrow."


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """Who may see a gallery, or is invited to."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.SerializerMethodField(
        help_text="A member's username; of an invitation, the name that was typed."
    )

    class Meta:
        model = Membership
        fields = ("id", "name", "role", "created_at", "accepted_at")
        read_only_fields = fields
        extra_kwargs = {"accepted_at": {"help_text": "Null: only invited, so far."}}

    def get_name(self, row: Membership) -> str:
        return row.username or row.invited_as


class RoleToGive(StrictSerializer):
    """What a member may do."""

    role = HintedChoiceField(choices=MEMBER_ROLES)


class RoleToChange(StrictSerializer):
    """What a member may do from now on."""

    role = HintedChoiceField(choices=MEMBER_ROLES, required=False)


class MemberToInvite(RoleToGive):
    """Whom to invite, and what they may do."""

    name = TextField(max_length=LONGEST_NAME, help_text="A username or an e-mail address.")


def _gallery(request: ApiRequest, uuid: UUID, role: Role = Role.VIEWER) -> Gallery:
    gallery = get_object_or_404(Gallery.objects.visible_to(request.user), uuid=uuid)
    check_role(request.user, gallery, role)
    return gallery


def _count_invitation(request: ApiRequest) -> None:
    if not may_invite(request._request, request.user):
        raise Throttled(detail=ENOUGH)


class MemberViewSet(Rows[Membership]):
    serializer_class = MemberSerializer
    lookup_url_kwarg = "member"

    def get_queryset(self) -> MembershipQuerySet:
        rows = Membership.objects.visible_to(self.request.user).with_people()
        return rows.filter(gallery__uuid=self.kwargs["id"])

    @extend_schema(
        summary="The members of a gallery",
        description="Newest first, with those who are invited. A member sees only themselves.",
        responses=answers({200: MemberSerializer(many=True)}, 400, 404),
    )
    def list(self, request: ApiRequest, id: UUID) -> Response:
        _gallery(request, id)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Invite someone to a gallery by name",
        description="They find the invitation on their first page, and accept or decline. The "
        "answer is the same whether somebody has that name or not.",
        request=MemberToInvite,
        responses=answers({201: MemberSerializer}, 400, 403, 404, 413, 415),
    )
    def create(self, request: ApiRequest, id: UUID) -> Response:
        gallery = _gallery(request, id, Role.OWNER)
        given = read_body(request, MemberToInvite)
        _count_invitation(request)
        try:
            invited = invite(gallery, given["name"], Role(given["role"]))
        except NotInvited as error:
            raise ValidationError({"name": [str(error)]}) from error
        return Response(self.get_serializer(invited).data, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change what a member may do",
        request=RoleToChange,
        responses=answers({200: MemberSerializer}, 400, 403, 404, 413, 415),
    )
    def partial_update(self, request: ApiRequest, id: UUID, member: UUID) -> Response:
        membership = self.get_object()
        check_role(request.user, membership.gallery, Role.OWNER)
        given = read_body(request, RoleToChange)
        if "role" in given:
            change_role(membership, Role(given["role"]))
        return Response(self.get_serializer(membership).data)

    @extend_schema(
        summary="Remove a member, take an invitation back, or leave",
        description="From then on they see nothing of the gallery. Their answers stay.",
        responses=answers({204: GONE}, 403, 404),
    )
    def destroy(self, request: ApiRequest, id: UUID, member: UUID) -> Response:
        remove(self.get_object(), request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberLinkSerializer(serializers.ModelSerializer[MemberLink]):
    """A link by which one person becomes a member."""

    id = serializers.UUIDField(source="uuid")
    address = serializers.SerializerMethodField(
        help_text="Where it opens. It is told once, when the link is made; null afterwards.",
        allow_null=True,
    )

    class Meta:
        model = MemberLink
        fields = ("id", "role", "created_at", "expires_at", "address")
        read_only_fields = fields

    def get_address(self, link: MemberLink) -> str | None:
        if not link.token:
            return None
        path = reverse("gallery:join", args=[link.token])
        return str(self.context["request"].build_absolute_uri(path))


class MemberLinkViewSet(Rows[MemberLink]):
    serializer_class = MemberLinkSerializer
    lookup_url_kwarg = "link"

    def get_queryset(self) -> MemberLinkQuerySet:
        links = MemberLink.objects.visible_to(self.request.user).open()
        return links.filter(gallery__uuid=self.kwargs["id"])

    @extend_schema(
        summary="Links by which somebody becomes a member",
        description="Newest first, without those that were used, were revoked, or have expired.",
        responses=answers({200: MemberLinkSerializer(many=True)}, 400, 403, 404),
    )
    def list(self, request: ApiRequest, id: UUID) -> Response:
        _gallery(request, id, Role.OWNER)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Make a link by which one person becomes a member",
        description="It works once, within a week.",
        request=RoleToGive,
        responses=answers({201: MemberLinkSerializer}, 400, 403, 404, 413, 415),
    )
    def create(self, request: ApiRequest, id: UUID) -> Response:
        gallery = _gallery(request, id, Role.OWNER)
        role = Role(read_body(request, RoleToGive)["role"])
        _count_invitation(request)
        link = MemberLink.objects.make(gallery, role)
        return Response(self.get_serializer(link).data, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Revoke a link by which somebody becomes a member",
        responses=answers({204: GONE}, 403, 404),
    )
    def destroy(self, request: ApiRequest, id: UUID, link: UUID) -> Response:
        self.get_object().revoke()
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationSerializer(serializers.ModelSerializer[Membership]):
    """An invitation to another's gallery."""

    id = serializers.UUIDField(source="uuid")
    gallery = serializers.CharField(source="gallery.name", help_text="The gallery's name.")
    owner = serializers.CharField(source="gallery.owner.username", help_text="Who invites you.")

    class Meta:
        model = Membership
        fields = ("id", "gallery", "owner", "role", "created_at")
        read_only_fields = fields


class InvitationViewSet(Rows[Membership]):
    serializer_class = InvitationSerializer

    def get_queryset(self) -> MembershipQuerySet:
        return Membership.objects.inviting(self.request.user)

    @extend_schema(
        summary="Invitations that wait for your answer",
        description="Newest first.",
        responses=answers({200: InvitationSerializer(many=True)}, 400),
    )
    def list(self, request: ApiRequest) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Accept an invitation",
        description="From then on the gallery is among yours.",
        request=None,
        responses=answers({200: InvitationSerializer}, 403, 404, 409),
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: ApiRequest, id: UUID) -> Response:
        invitation = self.get_object()
        if not accept(invitation):
            raise Conflict("The invitation was answered or taken back just now.")
        return Response(self.get_serializer(invitation).data)

    @extend_schema(summary="Decline an invitation", responses=answers({204: GONE}, 403, 404))
    def destroy(self, request: ApiRequest, id: UUID) -> Response:
        remove(self.get_object(), request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
