"""The 40 CelebA attributes in the data set's own order: the one list that all else is made from."""

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Attribute:
    """One yes/no label of CelebA.

    `name` is CelebA's, `label` is for people, `group` is its section in the filter panel. `words`
    are other words that people look for it by, with commas between them.
    """

    name: str
    label: str
    group: str
    words: str = ""

    @property
    def field(self) -> str:
        """The attribute's column in the database: a valid Python identifier."""
        return self.name.lower().replace("5_o_clock", "five_o_clock")

    @property
    def found_by(self) -> list[str]:
        """Name and other words, folded; the label folds to the same as the name."""
        return [fold(text) for text in [self.name, *self.words.split(",")] if text]


def fold(text: str) -> str:
    """Only letters and digits, in lower case: `5 o’clock`, `5_o_Clock` and `5 O'CLOCK` are one."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).lower() if c.isalnum())


HAIR_COLOR = "Hair color"
HAIR = "Hair"
EYES = "Eyes and brows"
FACE = "Face and skin"
BEARD = "Beard"
WEARING = "Wearing"
PERSON = "Person and picture"

GROUPS = (HAIR_COLOR, HAIR, EYES, FACE, BEARD, WEARING, PERSON)
EXCLUSIVE_GROUPS = (HAIR_COLOR,)  # a face has one of these at most: choosing two means either

ATTRIBUTES = (
    Attribute(
        "5_o_Clock_Shadow", "5 o'clock shadow", BEARD, "five o'clock shadow, stubble, unshaven"
    ),
    Attribute("Arched_Eyebrows", "Arched eyebrows", EYES, "brows"),
    Attribute("Attractive", "Attractive", PERSON, "beautiful, pretty, handsome, good-looking"),
    Attribute("Bags_Under_Eyes", "Bags under eyes", EYES, "eye bags, dark circles, tired"),
    Attribute("Bald", "Bald", HAIR, "no hair, hairless, baldness"),
    Attribute("Bangs", "Bangs", HAIR, "fringe"),
    Attribute("Big_Lips", "Big lips", FACE, "full lips, thick lips, large lips"),
    Attribute("Big_Nose", "Big nose", FACE, "large nose"),
    Attribute("Black_Hair", "Black hair", HAIR_COLOR, "dark hair"),
    Attribute("Blond_Hair", "Blond hair", HAIR_COLOR, "blonde, fair hair, light hair"),
    Attribute("Blurry", "Blurry", PERSON, "blurred, out of focus, unsharp"),
    Attribute("Brown_Hair", "Brown hair", HAIR_COLOR, "brunette, dark hair"),
    Attribute("Bushy_Eyebrows", "Bushy eyebrows", EYES, "thick brows"),
    Attribute("Chubby", "Chubby", FACE, "plump, overweight, round face"),
    Attribute("Double_Chin", "Double chin", FACE),
    Attribute("Eyeglasses", "Eyeglasses", WEARING, "spectacles, sunglasses, specs"),
    Attribute("Goatee", "Goatee", BEARD, "chin beard"),
    Attribute("Gray_Hair", "Gray hair", HAIR_COLOR, "grey, white hair, silver hair"),
    Attribute("Heavy_Makeup", "Heavy make-up", WEARING, "cosmetics, made up"),
    Attribute("High_Cheekbones", "High cheekbones", FACE),
    Attribute("Male", "Male", PERSON, "man, men, boy, female, woman, women, girl, gender, sex"),
    Attribute("Mouth_Slightly_Open", "Mouth slightly open", FACE, "open mouth"),
    Attribute("Mustache", "Mustache", BEARD, "moustache"),
    Attribute("Narrow_Eyes", "Narrow eyes", EYES, "small eyes, squint"),
    Attribute("No_Beard", "No beard", BEARD, "beardless, clean-shaven, shaved"),
    Attribute("Oval_Face", "Oval face", FACE),
    Attribute("Pale_Skin", "Pale skin", FACE, "light skin, fair skin"),
    Attribute("Pointy_Nose", "Pointy nose", FACE, "pointed nose, sharp nose"),
    Attribute("Receding_Hairline", "Receding hairline", HAIR, "high forehead, balding"),
    Attribute("Rosy_Cheeks", "Rosy cheeks", FACE, "red cheeks, blush"),
    Attribute("Sideburns", "Sideburns", BEARD, "sideboards, whiskers"),
    Attribute("Smiling", "Smiling", FACE, "smile, laugh, grin, happy"),
    Attribute("Straight_Hair", "Straight hair", HAIR),
    Attribute("Wavy_Hair", "Wavy hair", HAIR, "curly, curls"),
    Attribute("Wearing_Earrings", "Wearing earrings", WEARING, "jewelry, jewellery"),
    Attribute("Wearing_Hat", "Wearing hat", WEARING, "cap, headgear"),
    Attribute("Wearing_Lipstick", "Wearing lipstick", WEARING),
    Attribute("Wearing_Necklace", "Wearing necklace", WEARING, "jewelry, jewellery, chain"),
    Attribute("Wearing_Necktie", "Wearing necktie", WEARING, "neck tie, cravat"),
    Attribute("Young", "Young", PERSON, "youth, youthful, old, older"),
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
    """Up to three attribute names: those of which it is another word, then the most similar."""
    same = [attribute.name for attribute in ATTRIBUTES if fold(name) in attribute.found_by]
    folded = name.strip().lower().replace(" ", "_")
    close = get_close_matches(folded, _BY_FOLDED_NAME, n=3, cutoff=0.5)
    return list(dict.fromkeys([*same, *(_BY_FOLDED_NAME[match] for match in close)]))[:3]
