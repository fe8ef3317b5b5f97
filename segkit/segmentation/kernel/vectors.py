"""The loops over a block that take the time, written in LLVM's vector types.

A block is (d, 64) float32: one variable of 64 rows lies together, so that a multiply-add serves 8 or 16 rows. The
running sums stay in registers, 4 vectors of rows × 2 centroids; the same loops in plain Numba keep them in memory and
take twice the time. Places are given as addresses: slices of arrays would be counted by the runtime in the innermost
loop. What is added up over rows is float64.
"""

from __future__ import annotations

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BLOCK = 64
LANES = 16 if binding.get_host_cpu_features().get("avx512f") else 8
_VECTORS, _CENTROIDS = 4, 2
_INT, _REAL, _DOUBLE = ir.IntType(64), ir.FloatType(), ir.DoubleType()
_REALS, _WHOLES, _SHORTS = (ir.VectorType(kind, LANES) for kind in (_REAL, ir.IntType(32), ir.IntType(16)))
_HALF_REALS, _DOUBLES = (ir.VectorType(kind, LANES // 2) for kind in (_REAL, _DOUBLE))
_GROUPS = range(0, BLOCK, _VECTORS * LANES)
_ADDRESS = types.intp


def _number(value):
    return ir.Constant(_INT, value)


def _at(builder, address, offset, kind):
    return builder.inttoptr(builder.add(address, offset), kind.as_pointer())


def _times(builder, index, size):
    return builder.mul(index, _number(size))


def _splat(builder, value, kind):
    nothing = ir.Constant(kind, ir.Undefined)
    vector = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(vector, nothing, ir.Constant(ir.VectorType(ir.IntType(32), kind.count),
                                                               [0] * kind.count))


def _multiply_add(builder, a, b, c):
    kind = a.type
    name = f"llvm.fmuladd.v{kind.count}f{32 if isinstance(kind.element, ir.FloatType) else 64}"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
    return builder.call(function, [a, b, c])


def _summed(builder, vector):
    """The sum of a vector's numbers."""
    while vector.type.count > 1:
        half = vector.type.count // 2
        nothing = ir.Constant(vector.type, ir.Undefined)
        low, high = (builder.shuffle_vector(vector, nothing, ir.Constant(
            ir.VectorType(ir.IntType(32), half), list(range(first, first + half)))) for first in (0, half))
        vector = builder.fadd(low, high)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


@intrinsic
def nearest(context, block, minus, half, former, found, k, d, stride):
    """Index of the nearest of k centroids for the rows of a block; the first of equals.

    Parameters
    ----------
    block : address of (d, 64). minus : of −c (k, stride). half : of |c|²/2 (k,).
    former : of int16 (64,) to compare with. found : of int16 (64,) to write.
    k : even; a centroid that is none has an infinite half.

    Nearest is the least |c|²/2 − z·c. Returns 64 bits that tell which rows' index is not the former one.
    """
    def generate(context, builder, signature, arguments):
        block, minus, half, former, found, k, d, stride = arguments
        changed = cgutils.alloca_once_value(builder, _number(0))
        builder.store(_number(0), changed)
        for first in _GROUPS:
            best = [(cgutils.alloca_once(builder, _REALS), cgutils.alloca_once(builder, _WHOLES))
                    for _ in range(_VECTORS)]
            total = [[cgutils.alloca_once(builder, _REALS) for _ in range(_CENTROIDS)] for _ in range(_VECTORS)]
            for least, index in best:
                builder.store(ir.Constant(_REALS, [float("inf")] * LANES), least)
                builder.store(ir.Constant(_WHOLES, [0] * LANES), index)
            with cgutils.for_range(builder, builder.sdiv(k, _number(_CENTROIDS))) as tile:
                js = [builder.add(_times(builder, tile.index, _CENTROIDS), _number(m)) for m in range(_CENTROIDS)]
                centroids = [builder.add(minus, _times(builder, builder.mul(j, stride), 4)) for j in js]
                for m, j in enumerate(js):
                    begin = _splat(builder, builder.load(_at(builder, half, _times(builder, j, 4), _REAL)),
                                   _REALS)
                    for r in range(_VECTORS):
                        builder.store(begin, total[r][m])
                with cgutils.for_range(builder, d) as variable:
                    offset = _times(builder, variable.index, 4)
                    values = [_splat(builder, builder.load(_at(builder, c, offset, _REAL)), _REALS)
                              for c in centroids]
                    for r, rows in enumerate(_rows(builder, block, variable.index, first)):
                        for m, value in enumerate(values):
                            builder.store(_multiply_add(builder, rows, value, builder.load(total[r][m])), total[r][m])
                for m, j in enumerate(js):
                    own = _splat(builder, builder.trunc(j, ir.IntType(32)), _WHOLES)
                    for r, (least, index) in enumerate(best):
                        score, lowest = builder.load(total[r][m]), builder.load(least)
                        less = builder.fcmp_ordered("<", score, lowest)
                        builder.store(builder.select(less, score, lowest), least)
                        builder.store(builder.select(less, own, builder.load(index)), index)
            for r, (_, index) in enumerate(best):
                lane = first + r * LANES
                new = builder.trunc(builder.load(index), _SHORTS)
                builder.store(new, _at(builder, found, _number(lane * 2), _SHORTS), align=2)
                old = builder.load(_at(builder, former, _number(lane * 2), _SHORTS), align=2)
                differs = builder.zext(builder.bitcast(builder.icmp_signed("!=", new, old), ir.IntType(LANES)),
                                       _INT)
                builder.store(builder.or_(builder.load(changed), builder.shl(differs, _number(lane))), changed)
        return builder.load(changed)
    return types.uint64(*[_ADDRESS] * 8), generate


def _rows(builder, block, variable, first):
    """The vectors of one variable of the rows from `first` on."""
    line = builder.add(_times(builder, variable, BLOCK * 4), _number(first * 4))
    return [builder.load(_at(builder, block, builder.add(line, _number(r * LANES * 4)), _REALS), align=4)
            for r in range(_VECTORS)]


@intrinsic
def nearer(context, block, row, former, gap, mass, d):
    """Squared distance of the rows of a block to a row (d,) or the `former` one (64,), the lesser, into `gap` (64,).

    All but d are addresses. Returns the sum of the gaps, weighted by mass (64,).
    """
    def generate(context, builder, signature, arguments):
        block, row, former, gap, mass, d = arguments
        total = ir.Constant(_REALS, [0.0] * LANES)
        for first in _GROUPS:
            squares = [cgutils.alloca_once(builder, _REALS) for _ in range(_VECTORS)]
            for square in squares:
                builder.store(ir.Constant(_REALS, [0.0] * LANES), square)
            with cgutils.for_range(builder, d) as variable:
                value = _splat(builder, builder.load(_at(builder, row, _times(builder, variable.index, 4),
                                                         _REAL)), _REALS)
                for square, rows in zip(squares, _rows(builder, block, variable.index, first), strict=True):
                    apart = builder.fsub(rows, value)
                    builder.store(_multiply_add(builder, apart, apart, builder.load(square)), square)
            for r, square in enumerate(squares):
                place = _number((first + r * LANES) * 4)
                old, masses = (builder.load(_at(builder, a, place, _REALS), align=4)
                               for a in (former, mass))
                new = builder.load(square)
                least = builder.select(builder.fcmp_ordered("<", new, old), new, old)
                builder.store(least, _at(builder, gap, place, _REALS), align=4)
                total = _multiply_add(builder, least, masses, total)
        total = _summed(builder, total)
        return builder.fpext(total, _DOUBLE)
    return types.float64(*[_ADDRESS] * 6), generate


@intrinsic
def add(context, row, weight, sums, stride):
    """Add weight × row (stride,) float32 to sums (stride,) float64; addresses, the weight, a multiple of 8."""
    def generate(context, builder, signature, arguments):
        row, weight, sums, stride = arguments
        weights = _splat(builder, weight, _DOUBLES)
        with cgutils.for_range(builder, builder.sdiv(stride, _number(LANES // 2))) as part:
            values = builder.load(_at(builder, row, _times(builder, part.index, LANES * 2), _HALF_REALS), align=4)
            place = _at(builder, sums, _times(builder, part.index, LANES * 4), _DOUBLES)
            total = _multiply_add(builder, builder.fpext(values, _DOUBLES), weights, builder.load(place, align=8))
            builder.store(total, place, align=8)
        return context.get_dummy_value()
    return types.void(_ADDRESS, types.float64, _ADDRESS, _ADDRESS), generate


@intrinsic
def centre(context, sums, share, centroid, minus, stride):
    """Centroid (stride,) = share × sums, in float64 and, with the opposite sign, in float32.

    Addresses but for share and stride. Returns |c|²/2 of the centroid.
    """
    def generate(context, builder, signature, arguments):
        sums, share, centroid, minus, stride = arguments
        shares = _splat(builder, share, _DOUBLES)
        square = cgutils.alloca_once(builder, _DOUBLES)
        builder.store(ir.Constant(_DOUBLES, [0.0] * (LANES // 2)), square)
        with cgutils.for_range(builder, builder.sdiv(stride, _number(LANES // 2))) as part:
            offset = _times(builder, part.index, LANES * 4)
            value = builder.fmul(builder.load(_at(builder, sums, offset, _DOUBLES), align=8), shares)
            builder.store(value, _at(builder, centroid, offset, _DOUBLES), align=8)
            value = builder.fneg(value)
            rounded = builder.fptrunc(value, _HALF_REALS)
            builder.store(rounded, _at(builder, minus, _times(builder, part.index, LANES * 2), _HALF_REALS),
                          align=4)
            rounded = builder.fpext(rounded, _DOUBLES)
            builder.store(_multiply_add(builder, rounded, rounded, builder.load(square)), square)
        return builder.fmul(_summed(builder, builder.load(square)), ir.Constant(_DOUBLE, 0.5))
    return types.float64(_ADDRESS, types.float64, *[_ADDRESS] * 3), generate


@intrinsic
def lowest(context, bits):
    """Place of the lowest bit set."""
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
    return types.int64(types.uint64), generate
