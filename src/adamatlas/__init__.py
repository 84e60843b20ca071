"""What do Adam, its relatives and gradient regularization learn: the signal or the noise?"""

__version__ = "0.1.0"
