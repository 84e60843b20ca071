"""The image sets, as data: their files, checksums, sizes, and the constants that scale their pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One set.

    sha256: of the unpacked bytes of each file: images and labels of the training part, then of the test part;
    a set with one part has no official test split. sizes: images of each part. peak: the largest pixel; mean,
    std: of all training pixels over peak.
    """

    sha256: dict[str, str]
    sizes: tuple[int, ...]
    shape: tuple[int, int]
    peak: float
    mean: float
    std: float
    classes: int = 10

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """The files (images, labels) of each part."""
        return list(zip(*2 * [iter(self.sha256)], strict=True))


SETS = {
    "digits": Entry(
        sizes=(1797,),
        sha256={
            "digits-images-idx3-ubyte": "359cd13f0f514122884198b78a131df597421cbf5e93a76678fa96fc548f0d96",
            "digits-labels-idx1-ubyte": "ce71631c1f31ce56fa54f31d1d498fafacff59b001e6c30c4a5e29508aa277ad",
        },
        shape=(8, 8),
        peak=16.0,
        mean=0.3053,
        std=0.3760,
    ),
    "mnist": Entry(
        sizes=(60_000, 10_000),
        sha256={
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        shape=(28, 28),
        peak=255.0,
        mean=0.1307,
        std=0.3081,
    ),
}
EMBEDDED = ("digits",)


def check_sizes(name: str, sizes: tuple[int, ...], n_train: int, n_val: int, n_test: int) -> None:
    """Raise ValueError where disjoint splits do not fit into a set with parts of these sizes."""
    wanted = {"n_train": n_train, "n_val": n_val, **({"n_test": n_test} if len(sizes) == 1 else {})}
    if len(sizes) == 2 and n_test > sizes[1]:
        raise ValueError(f"n_test = {n_test}, but the test part of {name} has {sizes[1]:,} images")
    if sum(wanted.values()) > sizes[0]:
        part = name if len(sizes) == 1 else f"the training part of {name}"
        total = f"{' + '.join(wanted)} = {sum(wanted.values()):,}"
        raise ValueError(f"{total}, but {part} has {sizes[0]:,} images")
