"""Rows in blocks of 64 with the row in the vector lane, and the two loops over them that take the time.

A block is (d, 64): one variable of 64 rows lies together, so that a multiply-add serves 4 or 8 rows. The two
loops are written in LLVM's vector types, with the running sums in registers; the same loops in plain Numba
keep the sums in memory and take twice the time.
"""

from __future__ import annotations

from contextlib import contextmanager

import numba
import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils
from numba.extending import intrinsic

from segkit.segmentation.kernel.compiled import inner

BLOCK = 64
WIDTH = 8 if binding.get_host_cpu_features().get("avx512f") else 4
_REGISTERS = 8
_DOUBLE, _INT = ir.DoubleType(), ir.IntType(64)
_DOUBLES, _INTS, _SHORTS = (ir.VectorType(kind, WIDTH) for kind in (_DOUBLE, _INT, ir.IntType(16)))


def blocked(Z: np.ndarray) -> np.ndarray:
    """Rows (n, d) as blocks (n_blocks, d, 64); the last row is repeated to fill the last block."""
    n, d = Z.shape
    blocks = np.empty((max(1, -(-n // BLOCK)), d, BLOCK))
    whole = n // BLOCK
    blocks[:whole] = Z[:whole * BLOCK].reshape(whole, BLOCK, d).transpose(0, 2, 1)
    if whole < len(blocks):
        rest = n - whole * BLOCK
        blocks[whole, :, :rest] = Z[whole * BLOCK:].T
        blocks[whole, :, rest:] = Z[-1:].T if n else 0
    return blocks


def padded(mass: np.ndarray, n_blocks: int) -> np.ndarray:
    """Masses (n,) with zeros for the rows that fill the last block."""
    full = np.zeros(n_blocks * BLOCK)
    full[:len(mass)] = mass
    return full


def _splat(builder, value, kind):
    vector = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(vector, ir.Constant(kind, ir.Undefined),
                                  ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


def _at(builder, address, offset, kind):
    return builder.inttoptr(builder.add(address, offset), kind.as_pointer())


def _number(value):
    return ir.Constant(_INT, value)


@contextmanager
def _variables(builder, d, block, centroid, first):
    """Loop over the variables; gives the vectors of rows from lane `first` on, and the centroid's value."""
    with cgutils.for_range(builder, d) as loop:
        value = _splat(builder, builder.load(_at(builder, centroid, builder.mul(loop.index, _number(8)), _DOUBLE)),
                       _DOUBLES)
        line = builder.add(builder.mul(loop.index, _number(BLOCK * 8)), _number(first * 8))
        yield value, [builder.load(_at(builder, block, builder.add(line, _number(r * WIDTH * 8)), _DOUBLES), align=8)
                      for r in range(_REGISTERS)]


def _multiply_add(builder, a, b, c):
    name = f"llvm.fmuladd.v{WIDTH}f64"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_DOUBLES, [_DOUBLES] * 3), name)
    return builder.call(function, [a, b, c])


def _groups():
    return range(0, BLOCK, WIDTH * _REGISTERS)


@intrinsic
def _nearest(context, block, minus, half, former, label, k, d):
    """Addresses of a block (d, 64), −c (k, d), |c|²/2 (k,), former labels (64 int16) and the labels to write (64)."""
    def generate(context, builder, signature, arguments):
        block, minus, half, former, label, k, d = arguments
        changed = cgutils.alloca_once_value(builder, _number(0))
        builder.store(_number(0), changed)
        for first in _groups():
            total, least, found = ([cgutils.alloca_once(builder, kind) for _ in range(_REGISTERS)]
                                   for kind in (_DOUBLES, _DOUBLES, _INTS))
            for r in range(_REGISTERS):
                builder.store(ir.Constant(_DOUBLES, [float("inf")] * WIDTH), least[r])
                builder.store(ir.Constant(_INTS, [0] * WIDTH), found[r])
            with cgutils.for_range(builder, k) as loop:
                offset = builder.mul(loop.index, _number(8))
                start = _splat(builder, builder.load(_at(builder, half, offset, _DOUBLE)), _DOUBLES)
                for r in range(_REGISTERS):
                    builder.store(start, total[r])
                centroid = builder.add(minus, builder.mul(offset, d))
                with _variables(builder, d, block, centroid, first) as (value, rows):
                    for r in range(_REGISTERS):
                        builder.store(_multiply_add(builder, rows[r], value, builder.load(total[r])), total[r])
                j = _splat(builder, loop.index, _INTS)
                for r in range(_REGISTERS):
                    score, best = builder.load(total[r]), builder.load(least[r])
                    less = builder.fcmp_ordered("<", score, best)
                    builder.store(builder.select(less, score, best), least[r])
                    builder.store(builder.select(less, j, builder.load(found[r])), found[r])
            for r in range(_REGISTERS):
                lane = first + r * WIDTH
                new = builder.load(found[r])
                builder.store(new, _at(builder, label, _number(lane * 8), _INTS), align=8)
                old = builder.load(_at(builder, former, _number(lane * 2), _SHORTS), align=2)
                differs = builder.icmp_signed("!=", new, builder.sext(old, _INTS))
                bits = builder.zext(builder.bitcast(differs, ir.IntType(WIDTH)), _INT)
                builder.store(builder.or_(builder.load(changed), builder.shl(bits, _number(lane))), changed)
        return builder.load(changed)
    address = numba.types.intp
    return numba.types.uint64(*[address] * 7), generate


@intrinsic
def _distances(context, block, centroid, distance, d):
    """Addresses of a block (d, 64), of one centroid (d,) and of the squared distances to write (64,)."""
    def generate(context, builder, signature, arguments):
        block, centroid, distance, d = arguments
        for first in _groups():
            total = [cgutils.alloca_once_value(builder, ir.Constant(_DOUBLES, [0.0] * WIDTH))
                     for _ in range(_REGISTERS)]
            for r in range(_REGISTERS):
                builder.store(ir.Constant(_DOUBLES, [0.0] * WIDTH), total[r])
            with _variables(builder, d, block, centroid, first) as (value, rows):
                for r in range(_REGISTERS):
                    gap = builder.fsub(rows[r], value)
                    builder.store(_multiply_add(builder, gap, gap, builder.load(total[r])), total[r])
            for r in range(_REGISTERS):
                place = _at(builder, distance, _number((first + r * WIDTH) * 8), _DOUBLES)
                builder.store(builder.load(total[r]), place, align=8)
        return context.get_dummy_value()
    address = numba.types.intp
    return numba.types.void(*[address] * 4), generate


@intrinsic
def lowest(context, bits):
    """Place of the lowest bit set."""
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
    return numba.types.int64(numba.types.uint64), generate


@inner
def nearest(blocks, b, minus, half, former, at, label):
    """Index of the nearest centroid of each row of block b, into label (64,); the first of equals.

    Nearest is the least |c|²/2 − z·c, from `minus` = −c (k, d) and `half` = |c|²/2 (k,). Returns 64 bits that tell
    which rows' index is not the one in block `at` of `former` (n_blocks × 64,).
    """
    k, d = minus.shape
    return _nearest(blocks.ctypes.data + b * d * BLOCK * 8, minus.ctypes.data, half.ctypes.data,
                    former.ctypes.data + at * BLOCK * 2, label.ctypes.data, k, d)


@inner
def distances(blocks, b, centroid, distance):
    """Squared distance of each row of block b to a centroid (d,), into distance (64,)."""
    d = blocks.shape[1]
    _distances(blocks.ctypes.data + b * d * BLOCK * 8, centroid.ctypes.data, distance.ctypes.data, d)
