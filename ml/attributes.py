"""The 40 CelebA attributes in the data set's own order: the one list that all else is made from."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Attribute:
    """One yes/no label of CelebA.

    `name` is CelebA's, `label` is for people, `group` is its section in the filter panel.
    """

    name: str
    label: str
    group: str

    @property
    def field(self) -> str:
        """The attribute's column in the database: a valid Python identifier."""
        return self.name.lower().replace("5_o_clock", "five_o_clock")


HAIR = "Hair"
EYES = "Eyes and brows"
FACE = "Face and skin"
BEARD = "Beard"
WEARING = "Wearing"
PERSON = "Person and picture"

GROUPS = (HAIR, EYES, FACE, BEARD, WEARING, PERSON)

ATTRIBUTES = (
    Attribute("5_o_Clock_Shadow", "5 o'clock shadow", BEARD),
    Attribute("Arched_Eyebrows", "Arched eyebrows", EYES),
    Attribute("Attractive", "Attractive", PERSON),
    Attribute("Bags_Under_Eyes", "Bags under eyes", EYES),
    Attribute("Bald", "Bald", HAIR),
    Attribute("Bangs", "Bangs", HAIR),
    Attribute("Big_Lips", "Big lips", FACE),
    Attribute("Big_Nose", "Big nose", FACE),
    Attribute("Black_Hair", "Black hair", HAIR),
    Attribute("Blond_Hair", "Blond hair", HAIR),
    Attribute("Blurry", "Blurry", PERSON),
    Attribute("Brown_Hair", "Brown hair", HAIR),
    Attribute("Bushy_Eyebrows", "Bushy eyebrows", EYES),
    Attribute("Chubby", "Chubby", FACE),
    Attribute("Double_Chin", "Double chin", FACE),
    Attribute("Eyeglasses", "Eyeglasses", WEARING),
    Attribute("Goatee", "Goatee", BEARD),
    Attribute("Gray_Hair", "Gray hair", HAIR),
    Attribute("Heavy_Makeup", "Heavy make-up", WEARING),
    Attribute("High_Cheekbones", "High cheekbones", FACE),
    Attribute("Male", "Male", PERSON),
    Attribute("Mouth_Slightly_Open", "Mouth slightly open", FACE),
    Attribute("Mustache", "Mustache", BEARD),
    Attribute("Narrow_Eyes", "Narrow eyes", EYES),
    Attribute("No_Beard", "No beard", BEARD),
    Attribute("Oval_Face", "Oval face", FACE),
    Attribute("Pale_Skin", "Pale skin", FACE),
    Attribute("Pointy_Nose", "Pointy nose", FACE),
    Attribute("Receding_Hairline", "Receding hairline", HAIR),
    Attribute("Rosy_Cheeks", "Rosy cheeks", FACE),
    Attribute("Sideburns", "Sideburns", BEARD),
    Attribute("Smiling", "Smiling", FACE),
    Attribute("Straight_Hair", "Straight hair", HAIR),
    Attribute("Wavy_Hair", "Wavy hair", HAIR),
    Attribute("Wearing_Earrings", "Wearing earrings", WEARING),
    Attribute("Wearing_Hat", "Wearing hat", WEARING),
    Attribute("Wearing_Lipstick", "Wearing lipstick", WEARING),
    Attribute("Wearing_Necklace", "Wearing necklace", WEARING),
    Attribute("Wearing_Necktie", "Wearing necktie", WEARING),
    Attribute("Young", "Young", PERSON),
)

NAMES = tuple(attribute.name for attribute in ATTRIBUTES)
FIELDS = tuple(attribute.field for attribute in ATTRIBUTES)
BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}

_BY_FOLDED_NAME = {name.lower(): name for name in NAMES}


def find(name: str) -> Attribute | None:
    """The attribute of that name, in any case; None if there is none."""
    known = _BY_FOLDED_NAME.get(name.strip().lower().replace(" ", "_"))
    return BY_NAME[known] if known else None


def nearest(name: str) -> list[str]:
    """Up to three attribute names that are most similar to `name`, best first."""
    folded = name.strip().lower().replace(" ", "_")
    close = get_close_matches(folded, _BY_FOLDED_NAME, n=3, cutoff=0.5)
    return [_BY_FOLDED_NAME[match] for match in close]
