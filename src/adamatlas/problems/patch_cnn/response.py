r"""What one example answers: its margin, and how it pulls at the projections of the weights.

Everything depends on the weights through a_c = <w_c, y v> and z_c = <w_c, xi>, c = 1..2m. With
A = relu(a)^(q-1), Z = relu(z)^(q-1), A' and Z' their derivatives, s = output_scale, j_c = -1 (c <= m) or +1,

    margin M = s y sum_c j_c [relu(a_c)^q + relu(z_c)^q],      L = log(1 + exp(-M)),
    grad_c L = l' s q y j_c (A_c y v + Z_c xi),                l' = -1/(1 + exp(M)),  l'' = -l'(1 + l').

    |grad L|^2 = (l' s q)^2 zeta,    zeta = sum_c A_c^2 |v|^2 + Z_c^2 |xi|^2 + 2 A_c Z_c <y v, xi>.

For q = 2, s = 1/m and <v, xi> = 0 these give the update of meng2023, Lemma 5.1, with the factor
1 + 4 lambda zeta l''/m^2 (the paper prints m for m^2). |v| = 1 throughout.
"""

from __future__ import annotations

import math

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
def forward(signal, noise, y, q, output_scale, work):
    """The margin in float64 from w_c[1] `signal` and z `noise`, both (2m,).

    work (6, 2m): rows 0 and 1 are left with relu(z) and Z, rows 2 and 3 with relu(a) and A.
    """
    for c in range(noise.size):
        work[0, c] = noise[c]
        work[2, c] = y * signal[c]
    activate(work[0], q, work[1])
    activate(work[2], q, work[3])
    return output_scale * y * (class_gap(work[2], work[3]) + class_gap(work[0], work[1]))


@compiled
def pull(margin, y, q, output_scale, share, work, at_signal, at_noise):
    """From what `forward` left: grad_c L = at_signal_c v + at_noise_c xi, times `share`.

    Adds to at_signal (2m,), writes at_noise (2m,).
    """
    strength = at_noise.dtype.type(share * output_scale * y * q / (1.0 + math.exp(margin)))
    m = at_noise.size // 2
    for c in range(m):
        at_noise[c] = strength * work[1, c]
        at_signal[c] += y * strength * work[3, c]
    for c in range(m, 2 * m):
        at_noise[c] = -strength * work[1, c]
        at_signal[c] -= y * strength * work[3, c]


@compiled
def pull_of_norm(margin, y, q, output_scale, share, weight, square, overlap, work, at_signal, at_noise):
    """Add the gradient of share * weight * |grad L|^2 to at_signal and at_noise, as `pull` leaves them.

    grad_c = 2 l' l'' (s q)^3 zeta y j_c (A_c y v + Z_c xi)
             + 2 (l' s q)^2 [(A_c A'_c + A'_c Z_c <y v, xi>) y v + (Z_c Z'_c |xi|^2 + A_c Z'_c <y v, xi>) xi].
    square: |xi|^2, overlap: <y v, xi>.
    """
    bend(work[0], q, work[4])
    bend(work[2], q, work[5])
    zeta = 0.0
    for c in range(at_noise.size):
        big_z, big_a = float(work[1, c]), float(work[3, c])
        zeta += big_a * big_a + big_z * big_z * square + 2.0 * big_a * big_z * overlap
    slope = 1.0 / (1.0 + math.exp(margin))
    gain = output_scale * q
    first = -2.0 * share * weight * slope * slope * (1.0 - slope) * gain * gain * gain * zeta * y
    second = 2.0 * share * weight * slope * slope * gain * gain
    m = at_noise.size // 2
    for c in range(2 * m):
        turn = first if c >= m else -first
        at_noise[c] += turn * work[1, c] + second * work[4, c] * (square * work[1, c] + overlap * work[3, c])
        at_signal[c] += y * (turn * work[3, c] + second * work[5, c] * (work[3, c] + overlap * work[1, c]))


@compiled
def pull_along(margin, y, q, output_scale, share, way_signal, way_noise, work, at_signal, at_noise):
    """From what `forward` left: the Hessian of L times a direction u, as at_signal_c v + at_noise_c xi.

    way_signal: u_c[1], way_noise: <u_c, xi>, both (2m,). With da_c = y u_c[1], dz_c = <u_c, xi>,
    dM = s q y sum_c j_c (A_c da_c + Z_c dz_c):
    l'' dM s q y j_c (A_c y v + Z_c xi) + l' s q y j_c (A'_c da_c y v + Z'_c dz_c xi), times `share`.
    Adds to at_signal, writes at_noise.
    """
    bend(work[0], q, work[4])
    bend(work[2], q, work[5])
    m = at_noise.size // 2
    along = 0.0
    for c in range(2 * m):
        part = float(work[3, c] * y * way_signal[c]) + float(work[1, c] * way_noise[c])
        along += part if c >= m else -part
    slope = 1.0 / (1.0 + math.exp(margin))
    gain = share * output_scale * q * y
    first = slope * (1.0 - slope) * output_scale * q * y * along * gain
    second = -slope * gain
    for c in range(2 * m):
        j = 1.0 if c >= m else -1.0
        at_noise[c] = j * (first * work[1, c] + second * work[4, c] * way_noise[c])
        at_signal[c] += y * j * (first * work[3, c] + second * work[5, c] * y * way_signal[c])
