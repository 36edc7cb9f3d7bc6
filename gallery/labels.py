"""The 40 attributes and their groups in the reader's language.

`ml` knows no Django, so its labels are English. A template translates them by
`{% translate attribute.label context "attribute" %}`; they are here to be in the catalog, too.
"""

from functools import cache

from django.utils.translation import get_language, gettext_noop, pgettext_lazy

from ml.attributes import Attribute, fold

# As a heading, or beside a bar.
LABELS = {
    "5_o_Clock_Shadow": pgettext_lazy("attribute", "5 o'clock shadow"),
    "Arched_Eyebrows": pgettext_lazy("attribute", "Arched eyebrows"),
    "Attractive": pgettext_lazy("attribute", "Attractive"),
    "Bags_Under_Eyes": pgettext_lazy("attribute", "Bags under eyes"),
    "Bald": pgettext_lazy("attribute", "Bald"),
    "Bangs": pgettext_lazy("attribute", "Bangs"),
    "Big_Lips": pgettext_lazy("attribute", "Big lips"),
    "Big_Nose": pgettext_lazy("attribute", "Big nose"),
    "Black_Hair": pgettext_lazy("attribute", "Black hair"),
    "Blond_Hair": pgettext_lazy("attribute", "Blond hair"),
    "Blurry": pgettext_lazy("attribute", "Blurry"),
    "Brown_Hair": pgettext_lazy("attribute", "Brown hair"),
    "Bushy_Eyebrows": pgettext_lazy("attribute", "Bushy eyebrows"),
    "Chubby": pgettext_lazy("attribute", "Chubby"),
    "Double_Chin": pgettext_lazy("attribute", "Double chin"),
    "Eyeglasses": pgettext_lazy("attribute", "Eyeglasses"),
    "Goatee": pgettext_lazy("attribute", "Goatee"),
    "Gray_Hair": pgettext_lazy("attribute", "Gray hair"),
    "Heavy_Makeup": pgettext_lazy("attribute", "Heavy make-up"),
    "High_Cheekbones": pgettext_lazy("attribute", "High cheekbones"),
    "Male": pgettext_lazy("attribute", "Male"),
    "Mouth_Slightly_Open": pgettext_lazy("attribute", "Mouth slightly open"),
    "Mustache": pgettext_lazy("attribute", "Mustache"),
    "Narrow_Eyes": pgettext_lazy("attribute", "Narrow eyes"),
    "No_Beard": pgettext_lazy("attribute", "No beard"),
    "Oval_Face": pgettext_lazy("attribute", "Oval face"),
    "Pale_Skin": pgettext_lazy("attribute", "Pale skin"),
    "Pointy_Nose": pgettext_lazy("attribute", "Pointy nose"),
    "Receding_Hairline": pgettext_lazy("attribute", "Receding hairline"),
    "Rosy_Cheeks": pgettext_lazy("attribute", "Rosy cheeks"),
    "Sideburns": pgettext_lazy("attribute", "Sideburns"),
    "Smiling": pgettext_lazy("attribute", "Smiling"),
    "Straight_Hair": pgettext_lazy("attribute", "Straight hair"),
    "Wavy_Hair": pgettext_lazy("attribute", "Wavy hair"),
    "Wearing_Earrings": pgettext_lazy("attribute", "Wearing earrings"),
    "Wearing_Hat": pgettext_lazy("attribute", "Wearing hat"),
    "Wearing_Lipstick": pgettext_lazy("attribute", "Wearing lipstick"),
    "Wearing_Necklace": pgettext_lazy("attribute", "Wearing necklace"),
    "Wearing_Necktie": pgettext_lazy("attribute", "Wearing necktie"),
    "Young": pgettext_lazy("attribute", "Young"),
}
# Within a sentence that says what is wanted.
SAID = {
    "5_o_Clock_Shadow": pgettext_lazy("filter", "5 o'clock shadow"),
    "Arched_Eyebrows": pgettext_lazy("filter", "arched eyebrows"),
    "Attractive": pgettext_lazy("filter", "attractive"),
    "Bags_Under_Eyes": pgettext_lazy("filter", "bags under eyes"),
    "Bald": pgettext_lazy("filter", "bald"),
    "Bangs": pgettext_lazy("filter", "bangs"),
    "Big_Lips": pgettext_lazy("filter", "big lips"),
    "Big_Nose": pgettext_lazy("filter", "big nose"),
    "Black_Hair": pgettext_lazy("filter", "black hair"),
    "Blond_Hair": pgettext_lazy("filter", "blond hair"),
    "Blurry": pgettext_lazy("filter", "blurry"),
    "Brown_Hair": pgettext_lazy("filter", "brown hair"),
    "Bushy_Eyebrows": pgettext_lazy("filter", "bushy eyebrows"),
    "Chubby": pgettext_lazy("filter", "chubby"),
    "Double_Chin": pgettext_lazy("filter", "double chin"),
    "Eyeglasses": pgettext_lazy("filter", "eyeglasses"),
    "Goatee": pgettext_lazy("filter", "goatee"),
    "Gray_Hair": pgettext_lazy("filter", "gray hair"),
    "Heavy_Makeup": pgettext_lazy("filter", "heavy make-up"),
    "High_Cheekbones": pgettext_lazy("filter", "high cheekbones"),
    "Male": pgettext_lazy("filter", "male"),
    "Mouth_Slightly_Open": pgettext_lazy("filter", "mouth slightly open"),
    "Mustache": pgettext_lazy("filter", "mustache"),
    "Narrow_Eyes": pgettext_lazy("filter", "narrow eyes"),
    "No_Beard": pgettext_lazy("filter", "no beard"),
    "Oval_Face": pgettext_lazy("filter", "oval face"),
    "Pale_Skin": pgettext_lazy("filter", "pale skin"),
    "Pointy_Nose": pgettext_lazy("filter", "pointy nose"),
    "Receding_Hairline": pgettext_lazy("filter", "receding hairline"),
    "Rosy_Cheeks": pgettext_lazy("filter", "rosy cheeks"),
    "Sideburns": pgettext_lazy("filter", "sideburns"),
    "Smiling": pgettext_lazy("filter", "smiling"),
    "Straight_Hair": pgettext_lazy("filter", "straight hair"),
    "Wavy_Hair": pgettext_lazy("filter", "wavy hair"),
    "Wearing_Earrings": pgettext_lazy("filter", "wearing earrings"),
    "Wearing_Hat": pgettext_lazy("filter", "wearing hat"),
    "Wearing_Lipstick": pgettext_lazy("filter", "wearing lipstick"),
    "Wearing_Necklace": pgettext_lazy("filter", "wearing necklace"),
    "Wearing_Necktie": pgettext_lazy("filter", "wearing necktie"),
    "Young": pgettext_lazy("filter", "young"),
}
DENIED = {
    "5_o_Clock_Shadow": pgettext_lazy("filter", "without 5 o'clock shadow"),
    "Arched_Eyebrows": pgettext_lazy("filter", "without arched eyebrows"),
    "Attractive": pgettext_lazy("filter", "not attractive"),
    "Bags_Under_Eyes": pgettext_lazy("filter", "without bags under eyes"),
    "Bald": pgettext_lazy("filter", "not bald"),
    "Bangs": pgettext_lazy("filter", "without bangs"),
    "Big_Lips": pgettext_lazy("filter", "without big lips"),
    "Big_Nose": pgettext_lazy("filter", "without big nose"),
    "Black_Hair": pgettext_lazy("filter", "without black hair"),
    "Blond_Hair": pgettext_lazy("filter", "without blond hair"),
    "Blurry": pgettext_lazy("filter", "not blurry"),
    "Brown_Hair": pgettext_lazy("filter", "without brown hair"),
    "Bushy_Eyebrows": pgettext_lazy("filter", "without bushy eyebrows"),
    "Chubby": pgettext_lazy("filter", "not chubby"),
    "Double_Chin": pgettext_lazy("filter", "without double chin"),
    "Eyeglasses": pgettext_lazy("filter", "without eyeglasses"),
    "Goatee": pgettext_lazy("filter", "without goatee"),
    "Gray_Hair": pgettext_lazy("filter", "without gray hair"),
    "Heavy_Makeup": pgettext_lazy("filter", "without heavy make-up"),
    "High_Cheekbones": pgettext_lazy("filter", "without high cheekbones"),
    "Male": pgettext_lazy("filter", "not male"),
    "Mouth_Slightly_Open": pgettext_lazy("filter", "mouth closed"),
    "Mustache": pgettext_lazy("filter", "without mustache"),
    "Narrow_Eyes": pgettext_lazy("filter", "without narrow eyes"),
    "No_Beard": pgettext_lazy("filter", "with a beard"),
    "Oval_Face": pgettext_lazy("filter", "without oval face"),
    "Pale_Skin": pgettext_lazy("filter", "without pale skin"),
    "Pointy_Nose": pgettext_lazy("filter", "without pointy nose"),
    "Receding_Hairline": pgettext_lazy("filter", "without receding hairline"),
    "Rosy_Cheeks": pgettext_lazy("filter", "without rosy cheeks"),
    "Sideburns": pgettext_lazy("filter", "without sideburns"),
    "Smiling": pgettext_lazy("filter", "not smiling"),
    "Straight_Hair": pgettext_lazy("filter", "without straight hair"),
    "Wavy_Hair": pgettext_lazy("filter", "without wavy hair"),
    "Wearing_Earrings": pgettext_lazy("filter", "not wearing earrings"),
    "Wearing_Hat": pgettext_lazy("filter", "not wearing hat"),
    "Wearing_Lipstick": pgettext_lazy("filter", "not wearing lipstick"),
    "Wearing_Necklace": pgettext_lazy("filter", "not wearing necklace"),
    "Wearing_Necktie": pgettext_lazy("filter", "not wearing necktie"),
    "Young": pgettext_lazy("filter", "not young"),
}
# Other words that the panel's search finds it by.
FOUND_BY = {
    "5_o_Clock_Shadow": pgettext_lazy("found by", "five o'clock shadow, stubble, unshaven"),
    "Arched_Eyebrows": pgettext_lazy("found by", "brows"),
    "Attractive": pgettext_lazy("found by", "beautiful, pretty, handsome, good-looking"),
    "Bags_Under_Eyes": pgettext_lazy("found by", "eye bags, dark circles, tired"),
    "Bald": pgettext_lazy("found by", "no hair, hairless, baldness"),
    "Bangs": pgettext_lazy("found by", "fringe"),
    "Big_Lips": pgettext_lazy("found by", "full lips, thick lips, large lips"),
    "Big_Nose": pgettext_lazy("found by", "large nose"),
    "Black_Hair": pgettext_lazy("found by", "dark hair"),
    "Blond_Hair": pgettext_lazy("found by", "blonde, fair hair, light hair"),
    "Blurry": pgettext_lazy("found by", "blurred, out of focus, unsharp"),
    "Brown_Hair": pgettext_lazy("found by", "brunette, dark hair"),
    "Bushy_Eyebrows": pgettext_lazy("found by", "thick brows"),
    "Chubby": pgettext_lazy("found by", "plump, overweight, round face"),
    "Eyeglasses": pgettext_lazy("found by", "spectacles, sunglasses, specs"),
    "Goatee": pgettext_lazy("found by", "chin beard"),
    "Gray_Hair": pgettext_lazy("found by", "grey, white hair, silver hair"),
    "Heavy_Makeup": pgettext_lazy("found by", "cosmetics, made up"),
    "Male": pgettext_lazy("found by", "man, men, boy, female, woman, women, girl, gender, sex"),
    "Mouth_Slightly_Open": pgettext_lazy("found by", "open mouth"),
    "Mustache": pgettext_lazy("found by", "moustache"),
    "Narrow_Eyes": pgettext_lazy("found by", "small eyes, squint"),
    "No_Beard": pgettext_lazy("found by", "beardless, clean-shaven, shaved"),
    "Pale_Skin": pgettext_lazy("found by", "light skin, fair skin"),
    "Pointy_Nose": pgettext_lazy("found by", "pointed nose, sharp nose"),
    "Receding_Hairline": pgettext_lazy("found by", "high forehead, balding"),
    "Rosy_Cheeks": pgettext_lazy("found by", "red cheeks, blush"),
    "Sideburns": pgettext_lazy("found by", "sideboards, whiskers"),
    "Smiling": pgettext_lazy("found by", "smile, laugh, grin, happy"),
    "Wavy_Hair": pgettext_lazy("found by", "curly, curls"),
    "Wearing_Earrings": pgettext_lazy("found by", "jewelry, jewellery"),
    "Wearing_Hat": pgettext_lazy("found by", "cap, headgear"),
    "Wearing_Necklace": pgettext_lazy("found by", "jewelry, jewellery, chain"),
    "Wearing_Necktie": pgettext_lazy("found by", "neck tie, cravat"),
    "Young": pgettext_lazy("found by", "youth, youthful, old, older"),
}
GROUPS = {
    "Hair color": pgettext_lazy("group", "Hair color"),
    "Hair": pgettext_lazy("group", "Hair"),
    "Eyes and brows": pgettext_lazy("group", "Eyes and brows"),
    "Face and skin": pgettext_lazy("group", "Face and skin"),
    "Beard": pgettext_lazy("group", "Beard"),
    "Wearing": pgettext_lazy("group", "Wearing"),
    "Person and picture": pgettext_lazy("group", "Person and picture"),
    "Less reliable": pgettext_lazy("group", "Less reliable"),
}

# How models are measured (ml.evaluation.metrics).
METRICS = (
    gettext_noop("Accuracy"),
    gettext_noop("Share of faces decided correctly, each attribute at its decision point"),
    gettext_noop("Majority"),
    gettext_noop("Balanced accuracy"),
    gettext_noop("Balanced"),
    gettext_noop(
        "Mean of the shares of yes and of no decided correctly, each attribute at its decision "
        "point"
    ),
    gettext_noop("F1"),
    gettext_noop("Harmonic mean of precision and recall at the decision point"),
    gettext_noop("Average precision"),
    gettext_noop("AP"),
    gettext_noop("Mean precision over all thresholds"),
    gettext_noop("Brier score"),
    gettext_noop("Brier"),
    gettext_noop("Mean squared distance of the probability from the truth (lower is better)"),
    gettext_noop("Calibration error"),
    gettext_noop("Calibration"),
    gettext_noop("Gap between the probability and the share that is true (lower is better)"),
)
DECISIONS = (gettext_noop("yes"), gettext_noop("unsure"), gettext_noop("no"))


def found_by(attribute: Attribute) -> list[str]:
    """What the panel's search finds the attribute by, folded: in English, and as people read it."""
    return _found_by(attribute, get_language() or "")


@cache
def _found_by(attribute: Attribute, language: str) -> list[str]:
    words = f"{LABELS[attribute.name]},{FOUND_BY.get(attribute.name, '')}"
    own = (fold(text) for text in words.split(",") if text)
    return list(dict.fromkeys([*attribute.found_by, *own]))
