"""Segmentations as scikit-learn's estimators: for pipelines, grids of settings and other code that expects them.

The work is that of `kmeans.segment` and `latent_class.segment`; `segmentation_` is what they return. Segments are
numbered from 1 here too, so that a number means the same segment in every table. Only who imports this module
waits for scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import Tags, check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from segkit.segmentation import kmeans, latent_class, prediction
from segkit.segmentation.latent import mixture
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, SegkitError

NO_SEGMENT = -1


class InputError(DataError, ValueError):
    """Faults in the data or the settings, as code written for scikit-learn expects them: a ValueError."""


class _Segments(ClusterMixin, BaseEstimator):
    """What the estimators have in common: frames or arrays in, labels of the same kind out."""

    segmentation_: Segmentation

    def fit(self, X: Any, y: None = None, sample_weight: Sequence[float] | None = None) -> Self:
        """Segment the customers.

        Parameters
        ----------
        X : DataFrame, a row per customer and a column per segmentation variable; or an array, whose columns are
            then called x0, x1, ….
        y : ignored.
        sample_weight : case weight of each row, 0 or more; all equal by default.

        Raises
        ------
        InputError
            What `segment` of the method raises; it is a DataError and a ValueError.
        """
        frame = self._frame(X, reset=True)
        weights = None if sample_weight is None else _weights(sample_weight, len(frame))
        self.segmentation_ = _told(lambda: self._segment(frame, weights, self._seed()))
        labels = self.segmentation_.labels
        self.labels_ = labels if isinstance(X, pd.DataFrame) else labels.to_numpy()
        return self

    def predict(self, X: Any) -> pd.Series | np.ndarray:
        """Segment (1 … k) of each row, as `Segmentation.assign` gives it; -1 for a row that gets none.

        A Series with the rows' index from a DataFrame, else an array.
        """
        check_is_fitted(self)
        labels = _told(lambda: prediction.labels(self.segmentation_, self._frame(X, reset=False)))
        labels = labels.fillna(NO_SEGMENT).astype(np.int64)
        return labels if isinstance(X, pd.DataFrame) else labels.to_numpy()

    def _segment(self, frame: pd.DataFrame, weights: np.ndarray | None, seed: int | None) -> Segmentation:
        raise NotImplementedError

    def _frame(self, X: Any, reset: bool) -> pd.DataFrame:
        """The customers as a table, after scikit-learn's checks of their names and number."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X if reset else X.set_axis(list(self.segmentation_.variables), axis=1)
        tags = self.__sklearn_tags__().input_tags
        values = validate_data(self, X, reset=reset, dtype=None if tags.string else "numeric",
                               ensure_all_finite="allow-nan" if tags.allow_nan else True,
                               ensure_min_samples=2 if reset else 1)
        names = getattr(self, "feature_names_in_", [f"x{j}" for j in range(values.shape[1])])
        return pd.DataFrame(values, columns=list(names)).infer_objects()

    def _seed(self) -> int | None:
        seed = self.random_state
        return int(check_random_state(seed).randint(2**31)) if isinstance(seed, np.random.RandomState) else seed


class KMeansSegments(_Segments):
    """k-means from many starts as a scikit-learn estimator.

    Parameters
    ----------
    n_segments : number of segments, 1 or more.
    n_starts, scale : as in `kmeans.segment`.
    random_state : seed, or a NumPy RandomState to draw it from.

    Attributes
    ----------
    segmentation_ : Segmentation, with `summary`, `assign`, `to_sql`, `save`.
    labels_ : segment (1 … k, by size) of each row.
    cluster_centers_ : DataFrame, mean of each variable (column) in each segment (row), in the variables' units.
    inertia_ : sum of squared distances of the scaled variables.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0], "spend": [5, 5, 6, 1, 1, 2.0]}, index=list("abcdef"))
    >>> found = KMeansSegments(n_segments=2, random_state=1).fit(X)
    >>> found.labels_.to_dict()
    {'a': 1, 'b': 1, 'c': 1, 'd': 2, 'e': 2, 'f': 2}
    >>> found.predict(pd.DataFrame({"visits": [0], "spend": [9.0]}, index=["new"])).to_dict()
    {'new': 1}
    """

    def __init__(self, n_segments: int = 4, *, n_starts: int | None = None, scale: str = "none",
                 random_state: int | np.random.RandomState | None = None) -> None:
        self.n_segments = n_segments
        self.n_starts = n_starts
        self.scale = scale
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Sequence[float] | None = None) -> Self:
        super().fit(X, y, sample_weight)
        segmentation = self.segmentation_
        self.cluster_centers_ = segmentation.segments[list(segmentation.variables)]
        self.inertia_ = float(segmentation.summary["criterion"].iloc[0])
        return self

    fit.__doc__ = _Segments.fit.__doc__

    def _segment(self, frame: pd.DataFrame, weights: np.ndarray | None, seed: int | None) -> Segmentation:
        frame = frame.set_axis(list(map(str, frame.columns)), axis=1)
        return kmeans.segment(frame, self.n_segments, weights=weights, n_starts=self.n_starts, scale=self.scale,
                              random_state=seed)

    def _frame(self, X: Any, reset: bool) -> pd.DataFrame:
        frame = super()._frame(X, reset)
        if not reset and isinstance(X, pd.DataFrame):
            check_array(frame)
        return frame


class LatentClassSegments(_Segments):
    """Latent class analysis as a scikit-learn estimator.

    Parameters
    ----------
    n_segments : number of classes, 1 or more.
    n_starts, variance : as in `latent_class.segment`.
    continuous : names of the columns that are quantities; True where all are.
    random_state : seed, or a NumPy RandomState to draw it from.

    Attributes
    ----------
    segmentation_ : Segmentation, with `summary`, `assign`, `to_sql`, `save`.
    labels_ : likeliest class (1 … k, by size) of each row.
    class_profiles_ : DataFrame, probability of each answer in each class, see `latent_class.items`.
    class_shares_ : Series, estimated share of each class.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn.

    Examples
    --------
    >>> X = pd.DataFrame({c: list("yyyynnnn") for c in ("cheap", "fast", "tasty")})
    >>> found = LatentClassSegments(n_segments=2, random_state=1).fit(X)
    >>> new = pd.DataFrame({"cheap": ["y", None], "fast": ["y", "n"], "tasty": [None, "n"]})
    >>> (found.predict(new) == found.labels_.iloc[[0, 7]].to_numpy()).tolist()
    [True, True]
    >>> found.predict_proba(new).round(2).max(axis=1).tolist()
    [1.0, 1.0]
    """

    def __init__(self, n_segments: int = 4, *, n_starts: int = latent_class.MAX_STARTS,
                 continuous: Sequence[str] | bool = (), variance: str = "class",
                 random_state: int | np.random.RandomState | None = None) -> None:
        self.n_segments = n_segments
        self.n_starts = n_starts
        self.continuous = continuous
        self.variance = variance
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Sequence[float] | None = None) -> Self:
        super().fit(X, y, sample_weight)
        self.class_profiles_ = latent_class.items(self.segmentation_)
        self.class_shares_ = self.segmentation_.segments["class_share"]
        return self

    fit.__doc__ = _Segments.fit.__doc__

    def predict_proba(self, X: Any) -> pd.DataFrame | np.ndarray:
        """Probability of each class (column) for each row; missing for a row that gets no segment."""
        check_is_fitted(self)
        frame, rule = self._frame(X, reset=False), self.segmentation_.rule
        p = mixture.posteriors(prediction.scores(rule, frame))
        columns = [f"posterior_{label}" for label in rule["labels"]]
        return pd.DataFrame(p, index=frame.index, columns=columns) if isinstance(X, pd.DataFrame) else p

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _segment(self, frame: pd.DataFrame, weights: np.ndarray | None, seed: int | None) -> Segmentation:
        frame = frame.set_axis(list(map(str, frame.columns)), axis=1)
        continuous = () if self.continuous is False else self.continuous
        return latent_class.segment(frame, self.n_segments, weights=weights, n_starts=self.n_starts,
                                    continuous=tuple(frame) if continuous is True else continuous,
                                    variance=self.variance, random_state=seed)


def _weights(weights: Sequence[float], n: int) -> np.ndarray:
    w = np.asarray(weights)
    if w.shape != (n,):
        raise InputError([Fault("`sample_weight`", f"has the shape {w.shape} for {n} rows", "give a number per row")])
    if not w.any():
        raise InputError([Fault("`sample_weight`", "is zero for every row", "give some rows a positive weight")])
    return w


def _told(make: Callable[[], Any]) -> Any:
    """What `make` gives; faults come as a ValueError too."""
    try:
        return make()
    except SegkitError as error:
        raise InputError(error.faults, error.about) from None
