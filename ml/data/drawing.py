"""A drawn face that shows its attributes: what synthetic CelebA is made of."""

from collections.abc import Collection

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 178, 218  # of an aligned CelebA picture; the drawing's coordinates
OVERSAMPLING = 2  # Pillow draws without smoothing, so draw larger and scale down

Color = tuple[int, int, int]
SKINS: tuple[Color, ...] = ((244, 208, 177), (231, 180, 143), (198, 134, 92), (120, 76, 50))
HAIRS: dict[str, Color] = {
    "Black_Hair": (24, 20, 22),
    "Blond_Hair": (226, 190, 104),
    "Brown_Hair": (98, 60, 32),
    "Gray_Hair": (176, 178, 182),
}
OTHER_HAIR: Color = (158, 62, 34)  # red, which CelebA has no attribute for
DRAWN = (
    *HAIRS,
    "Bald",
    "Bangs",
    "Eyeglasses",
    "Goatee",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "No_Beard",
    "Smiling",
    "Wearing_Hat",
    "Wearing_Lipstick",
)


def random_answers(generator: np.random.Generator) -> set[str]:
    """The attributes of one face: as frequent as in CelebA, without contradictions."""

    def chance(share: float) -> bool:
        return bool(generator.random() < share)

    # Frequencies of CelebA, given what was drawn before.
    male = chance(0.42)
    hat, bald = chance(0.05), male and chance(0.06)
    beard = male and chance(0.35)
    smiling = chance(0.48)
    answers = {
        "Male": male,
        "Bald": bald and not hat,
        "Wearing_Hat": hat,
        "Bangs": not hat and not bald and chance(0.17),
        "Eyeglasses": chance(0.1 if male else 0.04),
        "Smiling": smiling,
        "Mouth_Slightly_Open": chance(0.75 if smiling else 0.24),
        "Wearing_Lipstick": not male and chance(0.8),
        "Mustache": beard and chance(0.4),
        "Goatee": beard and chance(0.5),
    }
    answers["No_Beard"] = not (answers["Mustache"] or answers["Goatee"])
    if not answers["Bald"]:
        shares = (0.27, 0.05 if male else 0.25, 0.25, 0.07 if male else 0.02)
        colors = [*HAIRS, "none"]
        answers[str(generator.choice(colors, p=[*shares, 1 - sum(shares)]))] = True
    return {name for name, is_so in answers.items() if is_so}


def draw_face(
    answers: Collection[str], size: tuple[int, int], seed: int | tuple[int, ...]
) -> Image.Image:
    """Draw a face, with eyes and mouth where CelebA's alignment puts them.

    Args:
        answers: the attributes that are yes; those not in `DRAWN` change nothing.
        size: width and height in pixels.
        seed: for everything that no attribute determines, such as skin, light and background.
    """
    generator = np.random.default_rng(seed)
    face = _Face(set(answers), generator)
    face.draw_all()
    # Light from one side, small turns and noise, as far as CelebA's pictures vary.
    left, right = generator.uniform(0.75, 1.15, 2)
    light = np.linspace(left, right, WIDTH)[None, :, None]
    turned = face.image.rotate(
        generator.normal(0, 3),
        Image.Resampling.BILINEAR,
        translate=tuple(OVERSAMPLING * generator.normal(0, 2, 2)),
        fillcolor=face.background,
    )
    scaled = turned.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    noise = generator.normal(0, 5, (HEIGHT, WIDTH, 1))
    pixels = np.clip(np.asarray(scaled) * light + noise, 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


class _Face:
    """A drawing in progress: `answers` says what to draw, `generator` varies it."""

    def __init__(self, answers: set[str], generator: np.random.Generator) -> None:
        self.answers, self.generator = answers, generator
        self.background = self._vary((120, 125, 130), 40)
        lighter, darker = SKINS[(at := generator.integers(len(SKINS) - 1))], SKINS[at + 1]
        self.skin = self._vary(_mix(lighter, darker, generator.random()), 5)
        color = next((HAIRS[name] for name in HAIRS if name in answers), OTHER_HAIR)
        self.hair = self._vary(color, 8)
        self.jaw = generator.normal(47 if "Male" in answers else 43, 1.5)
        self.chin = generator.normal(178, 3)
        self.image = Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING))
        self.pen = ImageDraw.Draw(self.image)

    def draw_all(self) -> None:
        self._draw_background()
        if "Male" not in self.answers:
            self._draw_long_hair()
        self._draw_shoulders()
        self._draw_head()
        self._draw_hair()
        self._draw_eyes()
        self._draw_nose()
        self._draw_beard()
        self._draw_mouth()
        if "Smiling" in self.answers:
            self._draw_folds()
        if "Eyeglasses" in self.answers:
            self._draw_eyeglasses()
        if "Wearing_Hat" in self.answers:
            self._draw_hat()

    def _vary(self, color: Color, by: float) -> Color:
        red, green, blue = np.clip(np.add(color, self.generator.normal(0, by, 3)), 0, 255)
        return int(red), int(green), int(blue)

    def _ellipse(self, x: float, y: float, across: float, down: float, color: Color) -> None:
        self.pen.ellipse(_scaled(x - across, y - down, x + across, y + down), fill=color)

    def _polygon(self, points: Collection[tuple[float, float]], color: Color) -> None:
        self.pen.polygon([_scaled(*point) for point in points], fill=color)

    def _line(self, points: Collection[tuple[float, float]], color: Color, width: float) -> None:
        flat = [_scaled(*point) for point in points]
        self.pen.line(flat, fill=color, width=round(width * OVERSAMPLING), joint="curve")

    def _arc(
        self, box: tuple[float, ...], start: int, end: int, color: Color, width: float
    ) -> None:
        self.pen.arc(_scaled(*box), start, end, color, round(width * OVERSAMPLING))

    def _draw_background(self) -> None:
        self.pen.rectangle((0, 0, *self.image.size), fill=self.background)
        for _ in range(4):
            x, y = self.generator.uniform((0, 0), (WIDTH, HEIGHT))
            across, down = self.generator.uniform(20, 80, 2)
            self._ellipse(x, y, across, down, self._vary(self.background, 25))
        blurred = self.image.reduce(8).filter(ImageFilter.GaussianBlur(2))
        self.image.paste(blurred.resize(self.image.size, Image.Resampling.BILINEAR))

    def _draw_shoulders(self) -> None:
        self._polygon(
            [(70, 165), (107, 165), (112, 218), (65, 218)], _mix(self.skin, (0, 0, 0), 0.18)
        )
        clothes = self._vary((90, 80, 90), 60)
        self._polygon(
            [(0, 218), (20, 203), (62, 195), (89, 214), (116, 195), (158, 203), (178, 218)], clothes
        )

    def _draw_head(self) -> None:
        for side in (-1, 1):
            self._ellipse(
                88.5 + side * (self.jaw + 3), 119, 6, 12, _mix(self.skin, (0, 0, 0), 0.12)
            )
        self._ellipse(88.5, 96, 49, 54, self.skin)
        self._ellipse(88.5, 124, self.jaw + 2, self.chin - 124, self.skin)
        if "Male" in self.answers:  # a broad chin
            self._ellipse(88.5, self.chin - 16, 29, 17, self.skin)

    def _draw_long_hair(self) -> None:
        length = self.generator.uniform(185, 218)
        self._ellipse(88.5, 92, 66, 70, self.hair)
        self._polygon([(23, 95), (154, 95), (160, length), (17, length)], self.hair)

    def _draw_hair(self) -> None:
        """The cap of hair above the forehead, down to the brows where there are bangs."""
        if "Bald" in self.answers:
            self._ellipse(78, 58, 16, 7, _mix(self.skin, (255, 255, 255), 0.45))
            return
        line = self.generator.normal(76, 2)
        outside = [_on_ellipse(88.5, 96, 57, 66, angle) for angle in range(180, 361, 10)]
        parting = self.generator.uniform(60, 118)
        inside = [
            (142, 118),
            (139, 98),
            (126, line + 8),
            (parting, line - 8),
            (50, line + 8),
            (38, 98),
            (35, 118),
        ]
        self._polygon([*outside, *inside], self.hair)
        if "Bangs" in self.answers:
            ends = [(x, 97 + 4 * (x % 2)) for x in range(45, 134, 11)]
            self._polygon([(36, 100), *ends, (141, 100), (136, 62), (41, 62)], self.hair)
        shine = _mix(self.hair, (255, 255, 255), 0.2)
        self._arc((48, 40, 130, 100), 215, 300, shine, 3)

    def _draw_eyes(self) -> None:
        male = "Male" in self.answers
        iris = self._vary((80, 75, 60), 25)
        brow = _mix(self.hair if "Bald" not in self.answers else (60, 45, 35), (30, 20, 15), 0.5)
        for x, side in ((69.7, -1), (107.2, 1)):  # where CelebA's alignment puts the eyes
            self._ellipse(x, 111, 9.5, 5.2, (238, 236, 232))
            self._ellipse(x, 111, 4.6, 4.6, iris)
            self._ellipse(x, 111, 2.2, 2.2, (12, 10, 10))
            self._ellipse(x + 1.5, 109.5, 1.1, 1.1, (250, 250, 250))
            self._arc((x - 10, 105, x + 10, 119), 190, 350, (50, 34, 30), 1.5 if male else 2.5)
            inner, outer = (x - side * 8, 100), (x + side * 13, 99)
            self._line([inner, (x + side * 4, 96), outer], brow, 4.5 if male else 2.5)

    def _draw_nose(self) -> None:
        shade = _mix(self.skin, (70, 25, 10), 0.28)
        width = self.generator.normal(9, 1)
        self._line([(93, 112), (95, 128), (88.5 + width, 135)], shade, 2)
        self._arc((88.5 - width, 128, 88.5 + width, 140), 20, 160, shade, 2.5)

    def _draw_mouth(self) -> None:
        """A smile lifts the corners and shows teeth; an open mouth shows a dark inside."""
        smiling, is_open = "Smiling" in self.answers, "Mouth_Slightly_Open" in self.answers
        painted = "Wearing_Lipstick" in self.answers
        lips = (186, 16, 52) if painted else _mix(self.skin, (140, 50, 50), 0.3)
        half, lift = (28.0, 14.0) if smiling else (16.0, -2.0)
        gap = 6.0 if is_open else 0.0
        across = np.linspace(-1, 1, 15)
        swell = 1 - across**2
        x, y = 88.5 + half * across, 152.5 + lift * (swell - 0.5)  # where closed lips meet

        def fill(above: float, below: float, color: Color) -> None:
            upper = list(zip(x, y - above * swell, strict=True))
            lower = list(zip(x, y + below * swell, strict=True))
            self._polygon([*upper, *reversed(lower)], color)

        fill(4.5 + gap, 5.5 + gap, lips)
        if is_open:
            fill(gap, gap, (70, 14, 18))
            fill(gap, -1.0, (245, 243, 238) if smiling else (70, 14, 18))
        else:
            self._line(list(zip(x, y, strict=True)), _mix(lips, (0, 0, 0), 0.55), 1.8)

    def _draw_folds(self) -> None:
        """The folds beside a smiling mouth."""
        shade = _mix(self.skin, (70, 25, 10), 0.25)
        self._arc((56, 130, 70, 158), 120, 240, shade, 2)
        self._arc((107, 130, 121, 158), -60, 60, shade, 2)

    def _draw_beard(self) -> None:
        color = _mix(OTHER_HAIR if "Bald" in self.answers else self.hair, (20, 14, 12), 0.35)
        if "Mustache" in self.answers:
            points = [(88.5, 138), (104, 141), (116, 151), (88.5, 146), (61, 151), (73, 141)]
            self._polygon(points, color)
        if "Goatee" in self.answers:
            self._ellipse(88.5, 172, 15, 11, color)

    def _draw_eyeglasses(self) -> None:
        frame = self._vary((28, 24, 26), 8)
        for x in (69.7, 107.2):
            box = _scaled(x - 16.5, 98, x + 16.5, 125)
            self.pen.rounded_rectangle(box, 10 * OVERSAMPLING, None, frame, 3 * OVERSAMPLING)
        self._line([(85, 109), (92, 109)], frame, 3)
        for near, far in ((53, 38), (124, 139)):
            self._line([(near, 108), (far, 104)], frame, 3)

    def _draw_hat(self) -> None:
        color = self._vary((110, 70, 80), 60)
        crown = [_on_ellipse(88.5, 84, 56, 62, angle) for angle in range(180, 361, 10)]
        self._polygon([*crown, (144, 88), (33, 88)], color)
        self._polygon([(16, 86), (161, 86), (154, 75), (23, 75)], _mix(color, (0, 0, 0), 0.45))


def _scaled(*coordinates: float) -> tuple[float, ...]:
    return tuple(OVERSAMPLING * coordinate for coordinate in coordinates)


def _on_ellipse(
    x: float, y: float, across: float, down: float, degrees: float
) -> tuple[float, float]:
    return x + across * np.cos(np.radians(degrees)), y + down * np.sin(np.radians(degrees))


def _mix(one: Color, other: Color, share: float) -> Color:
    """`one`, with a share of `other`."""
    red, green, blue = (int((1 - share) * a + share * b) for a, b in zip(one, other, strict=True))
    return red, green, blue
