"""The rows: galleries, members, photos, faces, answers, filters, links, tokens and more."""

from gallery.models.act import Act
from gallery.models.answer import BoxCorrection, Correction, RemovedFace
from gallery.models.block import DecisionBlock
from gallery.models.face import Boxed, Face
from gallery.models.gallery import Gallery, Role
from gallery.models.idempotency import IdempotencyKey
from gallery.models.invitation import Invitation
from gallery.models.kept_pair import KeptPair
from gallery.models.member_link import MemberLink
from gallery.models.membership import Membership
from gallery.models.opinion import Opinion
from gallery.models.photo import Photo
from gallery.models.quota import Quota
from gallery.models.rerun import Rerun
from gallery.models.saved_filter import SavedFilter
from gallery.models.share_link import ShareLink
from gallery.models.sign import Sign, Total
from gallery.models.token import ApiToken
from gallery.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "Act",
    "ApiToken",
    "Boxed",
    "BoxCorrection",
    "Correction",
    "DecisionBlock",
    "Face",
    "Gallery",
    "IdempotencyKey",
    "Invitation",
    "KeptPair",
    "MemberLink",
    "Membership",
    "Opinion",
    "Photo",
    "Quota",
    "RemovedFace",
    "Rerun",
    "Role",
    "SavedFilter",
    "ShareLink",
    "Sign",
    "Total",
    "Webhook",
    "WebhookDelivery",
]
