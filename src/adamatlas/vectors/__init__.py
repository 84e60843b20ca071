"""Passes written as LLVM vectors: what numba makes of plain loops leaves more than a fifth of a study's time.

numba's loops over a row of forty numbers spend half their time in the eight that are left over from LLVM's
own choice of thirty-two at once, and more on taking rows out of ten by ten matrices than on their numbers.
Here a row is walked in vectors of 32 bytes and then one by one. The vectors are LLVM's, so the code is the
same for every processor; a * b + c is fused where the processor can. What each piece gains: docs/speed.md.
"""
