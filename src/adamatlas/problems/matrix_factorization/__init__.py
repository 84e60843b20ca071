"""Deep matrix factorization from Gaussian measurements with label noise: li2025, Appendix B."""
