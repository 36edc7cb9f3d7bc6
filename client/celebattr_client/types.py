"""What the API answers. Made by `python -m tests.client_types`; do not edit."""

from typing import Literal, TypedDict

AttributeName = Literal[
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
]


YesOrNo = Literal["yes", "no"]


class Correction(TypedDict):
    """An answer, and what it is about."""

    face: str
    photo: str
    attribute: AttributeName
    answer: YesOrNo
    probability: float
    by: str | None
    at: str
    batch: str


Role = Literal["viewer", "editor", "owner"]


class PhotoCounts(TypedDict):
    """How many photos have each status; a gallery that was just made has no counts yet."""

    queued: int
    analysing: int
    ready: int
    failed: int


class Gallery(TypedDict):
    id: str
    name: str
    role: Role
    owner: str
    allows_training: bool
    created_at: str
    photos: PhotoCounts
    url: str
    page: str


class Unmatched(TypedDict):
    line: int
    reason: str


class Imported(TypedDict):
    applied: int
    drawn: int
    removed: int
    unchanged: int
    batch: str
    unmatched: list[Unmatched]


Status = Literal["queued", "analysing", "ready", "failed"]


class Model(TypedDict):
    """The model version that scored the photo."""

    name: str
    hash: str


class Box(TypedDict):
    """Where the face is, in fractions of the upright picture, from its upper left corner."""

    x: float
    y: float
    w: float
    h: float


Detector = Literal["finder", "haar", "yunet", "person", "whole"]


Probabilities = dict[str, float]


Decision = Literal["yes", "no", "unsure"]


Decisions = dict[str, Decision] | None


class Answer(TypedDict):
    """What a person answered about one attribute of a face."""

    answer: YesOrNo
    probability: float
    by: str | None
    at: str


class Face(TypedDict):
    id: str
    photo: str
    box: Box
    angle: float
    detector: Detector
    score: float
    found: bool
    probabilities: Probabilities
    decisions: Decisions
    corrections: dict[str, Answer]
    crop: str


class Photo(TypedDict):
    id: str
    gallery: str
    name: str
    status: Status
    failure: str
    width: int
    height: int
    bytes: int
    taken_at: str | None
    taken_offset: int | None
    created_at: str
    analysed_at: str | None
    model: Model | None
    face_count: int
    faces: list[Face]
    url: str
    page: str
    picture: str
    original: str | None
    preview: str
    thumbnail: str
