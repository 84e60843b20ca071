"""Image sets in the idx format: where they lie, how they are read and checked, and how to fetch one.

`digits` comes with the package (docs/datasets.md); any other set is read from the folder of image sets.
"""
