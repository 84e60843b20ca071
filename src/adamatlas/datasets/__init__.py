"""Image sets: one entry each in `catalogue`, found and read (`local`), decoded once (`decoded`), or fetched.

`digits` comes with the package (docs/datasets.md); any other set is read from the folder of image sets.
"""
