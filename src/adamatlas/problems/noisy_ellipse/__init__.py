"""Two parameters on a noisy elliptical loss: li2025, Section 3 and Figure 1."""
