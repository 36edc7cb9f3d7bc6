"""Faces as CelebA publishes them: upright, 178 pixels wide and 218 high.

The web process imports this module, so it uses neither torch nor OpenCV.
"""

import math

import numpy as np
from PIL import Image

from ml.faces.boxes import Frame
from ml.preprocessing import ALIGNED_CENTER, ALIGNED_SIDE, cut

WIDTH, HEIGHT = 178, 218  # pixels
QUALITY = 95  # of the JPEG files


def align_face(image: Image.Image, frame: Frame) -> Image.Image:
    """The face as CelebA would show it: (178, 218) RGB, upright.

    If the result is read as a CelebA picture, the network sees the same square as in `image`.
    Beyond the edge of `image`, the nearest pixel repeats.
    """
    scale = frame.side / (ALIGNED_SIDE * WIDTH)  # pixels of `image` for one of the result
    turn = math.radians(frame.angle)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    middle = np.array([WIDTH / 2, ALIGNED_CENTER * HEIGHT])  # the frame's center in the result
    origin = np.array([frame.x, frame.y]) - matrix @ middle
    corners = origin + np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]]) @ matrix.T
    margin = math.ceil(2 * max(1.0, scale))  # for the interpolation's reach
    start = np.floor(corners.min(0)).astype(int) - margin
    end = np.ceil(corners.max(0)).astype(int) + margin
    if image.mode != "RGB":
        image = image.convert("RGB")
    around = cut(image, *start.tolist(), *end.tolist())
    shrunk = max(1.0, scale)
    size = tuple(max(1, round(side / shrunk)) for side in around.size)
    ratio = np.array(size) / around.size  # how far each side was really shrunk: by whole pixels
    if shrunk > 1:
        around = around.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    rows = np.column_stack([matrix, origin - start]) * ratio[:, None]
    return around.transform(
        (WIDTH, HEIGHT),
        Image.Transform.AFFINE,
        rows.ravel().tolist(),
        resample=Image.Resampling.BICUBIC,
    )
