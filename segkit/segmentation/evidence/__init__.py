"""What a segmentation is held against: bootstrap pairs, null data, criteria."""
