r"""The margin of one example, and its gradient as factors of v and xi, the `pulls` of each neuron.

Both depend on the weights through a_c = <w_c, y v> and z_c = <w_c, xi>, c = 1..2m. With
A = relu(a)^(q-1), Z = relu(z)^(q-1), A' and Z' their derivatives, s = output_scale, j_c = -1 (c <= m) or +1,

    margin M = s y sum_c j_c [relu(a_c)^q + relu(z_c)^q],      L = log(1 + exp(-M)),
    grad_c L = l' s q y j_c (A_c y v + Z_c xi),                l' = -1/(1 + exp(M)),  l'' = -l'(1 + l').

    |grad L|^2 = (l' s q)^2 zeta,    zeta = sum_c A_c^2 |v|^2 + Z_c^2 |xi|^2 + 2 A_c Z_c <y v, xi>.

For q = 2, s = 1/m and <v, xi> = 0 these give the update of meng2023, Lemma 5.1, with the factor
1 + 4 lambda zeta l''/m^2 (the paper prints m for m^2). |v| = 1 throughout.
"""

import math

import numpy as np

from adamatlas.compiled import compiled


@compiled
def activate(z, q, slope):
    """Rectify z (2m,) in place and write relu(z)^(q-1) to `slope`, for a whole q >= 1; NaN stays NaN.

    Written as passes over the columns, so that LLVM vectorises each.
    """
    for c in range(z.size):
        z[c] = 0 if z[c] < 0 else z[c]
        slope[c] = 0 if z[c] <= 0 else 1
    for _ in range(q - 1):
        for c in range(z.size):
            slope[c] *= z[c]


@compiled
def bend(z, q, out):
    """The derivative (q-1) relu(z)^(q-2) of relu(z)^(q-1) from a rectified z (2m,); 0 where z is 0."""
    for c in range(z.size):
        out[c] = (q - 1) if z[c] > 0 else 0
    for _ in range(q - 2):
        for c in range(z.size):
            out[c] *= z[c]


@compiled
def class_gap(z, slope):
    """sum_r relu(z_r)^q of class +1 minus that of class -1, in float64, from what `activate` left."""
    m = z.size // 2
    minus = plus = 0.0
    for c in range(m):
        minus += float(z[c] * slope[c])
        plus += float(z[m + c] * slope[m + c])
    return plus - minus


@compiled
def label(y):
    """The place of label y = -1, +1 in what is kept for both: 0, 1."""
    return 1 if y > 0 else 0


@compiled
def see_signal(signal, q, seen):
    """Per label: relu(a), A and A' of a = y w_c[1] go to seen (2, 3, 2m); returns the two class gaps of a.

    All examples of a label share them. signal: w_c[1] (2m,).
    """
    gaps = np.empty(2)
    for k in range(2):
        y = signal.dtype.type(2 * k - 1)
        for c in range(signal.size):
            seen[k, 0, c] = y * signal[c]
        activate(seen[k, 0], q, seen[k, 1])
        bend(seen[k, 0], q, seen[k, 2])
        gaps[k] = class_gap(seen[k, 0], seen[k, 1])
    return gaps


@compiled
def forward(noise, y, q, output_scale, gap, work):
    """The margin in float64 from z `noise` (2m,) and the class gap of a for this label.

    work (3, 2m): rows 0 and 1 are left with relu(z) and Z.
    """
    for c in range(noise.size):
        work[0, c] = noise[c]
    activate(work[0], q, work[1])
    return output_scale * y * (gap + class_gap(work[0], work[1]))


@compiled
def pull(margin, y, q, output_scale, share, work, at_noise):
    """From what `forward` left: grad_c L = at_signal_c v + at_noise_c xi, times `share`.

    Writes at_noise (2m,) and returns r in at_signal_c = -j_c y r A_c (`add_pulls`).
    """
    strength = share * output_scale * y * q / (1.0 + math.exp(margin))
    factor = at_noise.dtype.type(strength)
    m = at_noise.size // 2
    for c in range(m):
        at_noise[c] = factor * work[1, c]
    for c in range(m, 2 * m):
        at_noise[c] = -factor * work[1, c]
    return strength


@compiled
def add_pulls(strengths, seen, at_signal):
    """at_signal_c -= j_c y r_y A_c for both labels y; strengths: r (2,)."""
    m = at_signal.size // 2
    for k in range(2):
        factor = at_signal.dtype.type((2 * k - 1) * strengths[k])
        for c in range(m):
            at_signal[c] += factor * seen[k, 1, c]
        for c in range(m, 2 * m):
            at_signal[c] -= factor * seen[k, 1, c]


@compiled
def pull_of_norm(margin, y, q, output_scale, share, weight, square, overlap, work, seen, at_signal, at_noise):
    """Add the gradient of share * weight * |grad L|^2 to at_signal and to at_noise as `pull` leaves it.

    grad_c = 2 l' l'' (s q)^3 zeta y j_c (A_c y v + Z_c xi)
             + 2 (l' s q)^2 [(A_c A'_c + A'_c Z_c <y v, xi>) y v + (Z_c Z'_c |xi|^2 + A_c Z'_c <y v, xi>) xi].
    square: |xi|^2, overlap: <y v, xi>; seen (3, 2m): relu(a), A, A' of this label. work[2] is left with Z'.
    """
    bend(work[0], q, work[2])
    zeta = 0.0
    for c in range(at_noise.size):
        big_z, big_a = float(work[1, c]), float(seen[1, c])
        zeta += big_a * big_a + big_z * big_z * square + 2.0 * big_a * big_z * overlap
    slope = 1.0 / (1.0 + math.exp(margin))
    gain = output_scale * q
    first = -2.0 * share * weight * slope * slope * (1.0 - slope) * gain * gain * gain * zeta * y
    second = 2.0 * share * weight * slope * slope * gain * gain
    m = at_noise.size // 2
    for c in range(2 * m):
        turn = first if c >= m else -first
        at_noise[c] += turn * work[1, c] + second * work[2, c] * (square * work[1, c] + overlap * seen[1, c])
        at_signal[c] += y * (turn * seen[1, c] + second * seen[2, c] * (seen[1, c] + overlap * work[1, c]))


@compiled
def pull_along(margin, y, q, output_scale, share, u_signal, u_noise, work, seen, at_signal, at_noise):
    """From what `forward` left: the Hessian of L times a direction u, as at_signal_c v + at_noise_c xi.

    u_signal: u_c[1], u_noise: <u_c, xi>, both (2m,). With da_c = y u_c[1], dz_c = <u_c, xi>,
    dM = s q y sum_c j_c (A_c da_c + Z_c dz_c):
    l'' dM s q y j_c (A_c y v + Z_c xi) + l' s q y j_c (A'_c da_c y v + Z'_c dz_c xi), times `share`.
    Adds to at_signal, writes at_noise; seen (3, 2m): relu(a), A, A' of this label.
    """
    bend(work[0], q, work[2])
    m = at_noise.size // 2
    along = 0.0
    for c in range(2 * m):
        part = float(seen[1, c] * y * u_signal[c]) + float(work[1, c] * u_noise[c])
        along += part if c >= m else -part
    slope = 1.0 / (1.0 + math.exp(margin))
    gain = share * output_scale * q * y
    first = slope * (1.0 - slope) * output_scale * q * y * along * gain
    second = -slope * gain
    for c in range(2 * m):
        j = 1.0 if c >= m else -1.0
        at_noise[c] = j * (first * work[1, c] + second * work[2, c] * u_noise[c])
        at_signal[c] += y * j * (first * seen[1, c] + second * seen[2, c] * y * u_signal[c])
