"""What the code points of ITU-T H.273 mean: curves from codes to light, and primaries.

Light is 1 at white. PQ and HLG, which reach far beyond white, are tone-mapped.
"""

from collections.abc import Callable

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]  # from a channel's codes to light, both in 0..1
Primaries = tuple[float, ...]  # x and y of red, green, blue and white

WHITE = 203.0  # cd/m2: the reference white of ITU-R BT.2408
HDR_PEAK = 1000.0  # cd/m2: the light that becomes white
D65 = (0.3127, 0.3290)
BT709: Primaries = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65)
ADOBE_RGB: Primaries = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *D65)

# PQ's constants: ITU-R BT.2100, table 4.
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def srgb(codes: np.ndarray) -> np.ndarray:
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def srgb_codes(light: np.ndarray) -> np.ndarray:
    """The inverse of `srgb`."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def power(exponent: float) -> Curve:
    return lambda codes: codes**exponent


def pq(codes: np.ndarray) -> np.ndarray:
    """PQ, tone-mapped: up to half of white it stays, then it is bent so that HDR_PEAK is white.

    The curve is that of ITU-R BT.2390, section 5.4.1, for each channel.
    """
    peak, white = _pq_codes(np.array([HDR_PEAK, WHITE]))
    highest = white / peak
    knee = 1.5 * highest - 0.5
    codes = np.minimum(codes / peak, 1)
    t = np.maximum(codes - knee, 0) / (1 - knee)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * highest
    )
    return _pq_light(np.where(codes < knee, codes, bent) * peak) / WHITE


def hlg(codes: np.ndarray) -> np.ndarray:
    """HLG of ITU-R BT.2100, table 5, as shown at HDR_PEAK (a gamma of 1.2); tone-mapped as PQ."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return pq(_pq_codes(HDR_PEAK * scene**1.2))


def _pq_light(codes: np.ndarray) -> np.ndarray:
    root = codes ** (1 / M2)
    light: np.ndarray = 10_000 * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1)
    return light


def _pq_codes(light: np.ndarray) -> np.ndarray:
    root = (light / 10_000) ** M1
    codes: np.ndarray = ((C1 + C2 * root) / (1 + C3 * root)) ** M2
    return codes


# H.273, tables 3 and 2. What television calls BT.709 is shown as sRGB, as browsers do; code 2 says
# that nothing is known, and 0 is reserved, but written by some.
HDR = (16, 18)
CURVES: dict[int, Curve] = {
    **dict.fromkeys((0, 1, 2, 6, 7, 11, 12, 13, 14, 15), srgb),
    4: power(2.2),
    5: power(2.8),
    8: power(1),
    16: pq,
    18: hlg,
}
PRIMARIES: dict[int, Primaries] = {
    **dict.fromkeys((0, 1, 2), BT709),
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *D65),
    **dict.fromkeys((6, 7), (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65)),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *D65),
}
