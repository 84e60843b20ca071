"""The image sets, as data: their files, checksums, sizes, and the constants that scale their pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """One set, as its publishers describe it.

    shape: (channels, rows, columns), of a grey image 1 channel. sizes: images of the training and of the test
    part; a set with one part has no official test split. peak: the largest pixel; mean, std: of all training
    pixels over peak, per channel. reader: the module of `datasets` that reads it. In a folder of images, what
    is None or empty here is for the folder and the settings to say; its mean and std are those of ImageNet.
    """

    title: str
    reader: str
    shape: tuple[int, int, int] | None
    classes: int | None
    sizes: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    peak: float = 255.0
    sha256: Mapping[str, str | None] = field(default_factory=dict)
    """Of the unpacked bytes of each file that is read, None where nobody publishes it. idx: images and labels
    of the training part, then of the test part; cifar: the batches, those of the test part last."""
    mirrors: tuple[str, ...] = ()
    md5: Mapping[str, str] = field(default_factory=dict)
    """Of each file as the mirrors have it, packed."""
    unpacked: str = ""
    """cifar: the folder in the archive."""
    label_bytes: int = 1
    """cifar: labels before the pixels of an image, the last of which is its class."""


SETS = {
    "digits": Entry(
        title="UCI digits, 8×8",
        reader="idx",
        shape=(1, 8, 8),
        classes=10,
        sizes=(1797,),
        mean=(0.3053,),
        std=(0.3760,),
        peak=16.0,
        sha256={
            "digits-images-idx3-ubyte": "359cd13f0f514122884198b78a131df597421cbf5e93a76678fa96fc548f0d96",
            "digits-labels-idx1-ubyte": "ce71631c1f31ce56fa54f31d1d498fafacff59b001e6c30c4a5e29508aa277ad",
        },
    ),
    "mnist": Entry(
        title="MNIST",
        reader="idx",
        shape=(1, 28, 28),
        classes=10,
        sizes=(60_000, 10_000),
        mean=(0.1307,),
        std=(0.3081,),
        sha256={
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        md5={
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "fashion_mnist": Entry(
        title="Fashion-MNIST",
        reader="idx",
        shape=(1, 28, 28),
        classes=10,
        sizes=(60_000, 10_000),
        mean=(0.2860,),
        std=(0.3530,),
        sha256={
            "train-images-idx3-ubyte": None,
            "train-labels-idx1-ubyte": None,
            "t10k-images-idx3-ubyte": None,
            "t10k-labels-idx1-ubyte": None,
        },
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        md5={
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": Entry(
        title="CIFAR-10",
        reader="cifar",
        shape=(3, 32, 32),
        classes=10,
        sizes=(50_000, 10_000),
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2470, 0.2435, 0.2616),
        sha256={
            "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        },
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
        md5={"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
        unpacked="cifar-10-batches-bin",
    ),
    "cifar100": Entry(
        title="CIFAR-100",
        reader="cifar",
        shape=(3, 32, 32),
        classes=100,
        sizes=(50_000, 10_000),
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
        sha256={
            "train.bin": "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
            "test.bin": "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
        },
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
        md5={"cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8"},
        unpacked="cifar-100-binary",
        label_bytes=2,
    ),
    "imagefolder": Entry(
        title="images of a folder",
        reader="image_folder",
        shape=None,
        classes=None,
        sizes=(),
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    ),
}
EMBEDDED = ("digits",)


def shape_of(settings: Mapping) -> tuple[int, int, int]:
    """(channels, rows, columns) of the images of `settings`."""
    side = settings.get("image_size")
    return SETS[settings["dataset"]].shape or (3, side, side)


def check_sizes(name: str, sizes: tuple[int, ...], n_train: int, n_val: int, n_test: int) -> None:
    """Raise ValueError where disjoint splits do not fit into a set with parts of these sizes.

    No sizes are those of a folder that nobody has looked into.
    """
    if not sizes:
        return
    wanted = {"n_train": n_train, "n_val": n_val, **({"n_test": n_test} if len(sizes) == 1 else {})}
    if len(sizes) == 2 and n_test > sizes[1]:
        raise ValueError(f"n_test = {n_test}, but the test part of {name} has {sizes[1]:,} images")
    if sum(wanted.values()) > sizes[0]:
        part = name if len(sizes) == 1 else f"the training part of {name}"
        total = f"{' + '.join(wanted)} = {sum(wanted.values()):,}"
        raise ValueError(f"{total}, but {part} has {sizes[0]:,} images")
