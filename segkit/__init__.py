"""Market segmentation, targeting and positioning, from your own data to a finished bilingual report.

The rooms follow the order of the practice (segmentation, targeting, positioning; FACTS P3):

``segkit.data``          open any source, check it against a contract
``segkit.segmentation``  form segments: by rules (models M1–M7), by RFM, by k-means; profile them
``segkit.targeting``     compare segments and answer the five evaluation questions (P5)
``segkit.positioning``   brand performance, switching, perceptual maps, brand cases
``segkit.plots``         a finished table in, matplotlib Axes out
``segkit.report``        findings, checks, tables and figures of a report; studies; pages
"""

__version__ = "0.1.0"
