"""Arithmetic on arrays, in loops that the compiler turns into vector instructions: the same digits everywhere."""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.compiled import exact


@exact
def fill(a, value):
    for i in range(a.size):
        a[i] = value


@exact
def add(a, b):
    for i in range(a.size):
        a[i] += b[i]


@exact
def multiply(a, b):
    for i in range(a.size):
        a[i] *= b[i]


@exact
def logarithms(x, bits, out):
    """Natural logarithms of positive normal numbers; `bits` is x read as int64, and is spent."""
    for i in range(x.size):
        b = bits[i]
        bits[i] = (b & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000
        out[i] = (b >> 52) - 1023
    for i in range(x.size):
        m, e = x[i], out[i]
        high = m > 1.4142135623730951
        m = m * 0.5 if high else m
        e = e + 1.0 if high else e
        f = (m - 1.0) / (m + 1.0)
        g = f * f
        s = 1 / 17 + g * (1 / 19 + g * (1 / 21 + g * (1 / 23)))
        s = 1 / 9 + g * (1 / 11 + g * (1 / 13 + g * (1 / 15 + g * s)))
        s = 1.0 + g * (1 / 3 + g * (1 / 5 + g * (1 / 7 + g * s)))
        out[i] = e * 0.6931471805599453 + 2.0 * f * s


@exact
def exponentials(x, out, bits, scale):
    """Exponentials of numbers that are not positive; below -700 as at -700. `scale` is `bits` read as floats."""
    for i in range(x.size):
        v = x[i] if x[i] > -700.0 else -700.0
        whole = np.floor(v * 1.4426950408889634 + 0.5)
        r = (v - whole * 0.6931471803691238) - whole * 1.9082149292705877e-10
        s = 1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600)))
        s = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * s)))
        out[i] = 1.0 + r * (1.0 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * s))))
        bits[i] = (np.int64(whole) + 1023) << 52
    multiply(out, scale)
