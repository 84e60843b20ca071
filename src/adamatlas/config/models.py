"""The shape of config.yaml, and the setting keys that every problem has. The problem's own keys are in
`adamatlas.problems.<name>.settings`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adamatlas.config.scalars import plain
from adamatlas.optimizers.family import LR_SCHEDULES
from adamatlas.optimizers.presets import PRESETS
from adamatlas.regularizers import ALL_KINDS
from adamatlas.schedule import SPACINGS

Scale = Literal["smoke", "default", "reduced", "paper"]
PositiveInt = Annotated[int, BeforeValidator(lambda value: plain(value, int)), Field(ge=1)]
Text = Annotated[str, BeforeValidator(lambda value: plain(value, str))]
Flat = dict[str, Any]

RENAMED = {
    "delta": "label_noise_scale",
    "floor": "v_floor",
    "in_span": "carry_in_span",
    "n": "n_train",
    "p": "v_exponent",
    "runs": "traces_of",
    "spacing": "snapshot_spacing",
    "truth": "true_weights",
}
"""Keys of earlier versions, and what they are called now."""


class Model(BaseModel):
    """No unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Run(Model):
    """Keys of any training run."""

    dtype: Literal["float32", "float64"] = Field("float32", description="precision of weights and moments")
    engine: Literal["fused", "reference", "torch_images"] = Field(
        "fused",
        description="`fused`: numba; `reference`: torch in float64, slow, the oracle; `torch_images`: image "
        "networks, and the default of `images`",
    )


class Optimizer(Model):
    """The numbers of the update rule; what the preset fixes wins unless the key is a grid axis."""

    optimizer: Literal[tuple(PRESETS)] = Field("adam", description="preset of the update rule")
    lr: float = Field(gt=0, description="learning rate")
    lr_schedule: Literal[LR_SCHEDULES] = Field(
        "constant",
        description="`linear`: to 0 at the end of the run; `cosine`: by half a period of the cosine",
    )
    warmup_steps: int = Field(
        0, ge=0, description="steps over which the learning rate grows linearly before its schedule begins"
    )
    beta1: float = Field(0.9, ge=0, lt=1, description="decay of the first moment")
    beta2: float = Field(0.999, ge=0, lt=1, description="decay of the second moment")
    v_exponent: float = Field(
        0.5, ge=0, lt=1, description="exponent of the second moment; 1/2 is Adam, 0 is SGD"
    )
    eps: float = Field(1e-8, ge=0, description="added to the denominator, outside the power")
    v_floor: float = Field(0.0, ge=0, description="lower bound of the second moment")
    bias_correction: bool = Field(True, description="divide the moments by 1 - beta^t")
    weight_decay: float = Field(0.0, ge=0, description="weight decay, coupled or decoupled by the preset")


class Regularizer(Model):
    """What is added to the loss of a minibatch: reg_factor * reg_lambda * R, with R = mean_i |grad L_i|^2
    (per_example_gradient), |grad L|^2 (full_gradient), or the one less the other (gradient_covariance)."""

    regularizer: Literal["none", *ALL_KINDS] = Field("none", description="penalty on gradient norms")
    reg_lambda: float = Field(0.0, ge=0, description="strength lambda of the regularizer")
    reg_factor: float = Field(0.5, gt=0, description="factor on lambda: papers write lambda/2 or lambda")
    reg_off_epoch: int | None = Field(
        None, ge=0, description="the epoch from which the regularizer is off; null: never"
    )


class Schedule(Model):
    """How long to train, on which batches, and what the trace keeps."""

    batch_size: Annotated[int, Field(ge=1)] | Literal["full"] = Field(
        "full", description="examples of a step; a last short batch of an epoch is dropped"
    )
    epochs: int | None = Field(None, ge=1, description="passes over the data; exactly one of epochs, steps")
    steps: int | None = Field(None, ge=1, description="updates; exactly one of epochs, steps")
    snapshots: int = Field(40, ge=2, le=50, description="snapshots of the trace")
    snapshot_spacing: Literal[SPACINGS] = Field(
        "mixed", description="where the snapshots lie; `mixed`: half log-spaced early, half linear"
    )
    weights: bool = Field(True, description="keep the weights in the trace; without, only histories")
    moments: bool = Field(False, description="keep the optimizer's m and v in the trace")


class Options(Model):
    """Keys that only measures read; they re-run no training."""

    n_test: int = Field(10_000, ge=1, description="test examples")


class PaperModel(Model):
    """One paper: the defaults of its studies."""

    title: Text = Field("", description="title of the paper")
    reference: Text = Field("", description="where to find it, as `arXiv:2510.11354`")
    settings: Flat = Field({}, description="setting keys that are the defaults of the paper's studies")


class ScaleModel(Model):
    """Overrides for every study at one scale."""

    settings: Flat = Field({}, description="setting keys, over those of the studies")
    grid: Literal["ends"] | None = Field(
        None, description="`ends`: of every axis of a grid entry only the first and the last value"
    )
    seeds: PositiveInt | None = Field(None, description="seeds of every study and grid entry")


class Overrides(Model):
    """What a study says about itself, and what its `scales` may say otherwise."""

    title: Text | None = Field(None, description="one line for figures and the report")
    settings: Flat = Field({}, description="setting keys that are constant in the study")
    grid: list[Flat] | None = Field(
        None,
        description="list of products of axes; a value is a scalar, a list, "
        "`{logspace: [lo, hi, per_decade]}` or `{range: [lo, hi, step]}`; the key `a, b` ties axes "
        "(a list of pairs). An entry may hold `settings` (its constants) and `seeds`",
    )
    lanes: list[Text] | None = Field(None, description="grid axes that are trained together inside one job")
    seeds: PositiveInt | None = Field(
        None, le=10_000, description="number of seeds, counted from `first_seed`"
    )
    seed_block: PositiveInt | None = Field(None, description="seeds of one training job of this study")
    measures: list[Text] | None = Field(None, description="modules of `measures/`")
    figures: list[Text] | None = Field(None, description="modules of `figures/<paper>/`")
    claims: list[Text] | None = Field(None, description="modules of `claims/<paper>/`")


class StudyModel(Overrides):
    """One study, `<paper>.<name>`."""

    traces_of: Text | None = Field(None, description="measure the traces of this study instead of training")
    scales: dict[Scale, Overrides] = Field({}, description="other values of the study's keys at a scale")


class ConfigModel(Model):
    """config.yaml."""

    scale: Scale = Field("default", description="how large the studies are run")
    results_dir: Text = Field("results", description="files are written under `<results_dir>/<scale>/`")
    data_dir: Text | None = Field(None, description="folder of image sets; null: the user's cache folder")
    seed_block: PositiveInt = Field(5, description="seeds of one training job")
    first_seed: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0, description="the first seed of every study; another one repeats all runs on fresh draws"
    )
    papers: dict[str, PaperModel] = Field(description="the papers, by a short name")
    scales: dict[Scale, ScaleModel] = Field({}, description="overrides for every study at a scale")
    studies: dict[str, StudyModel] = Field(description="the experiments, by `<paper>.<name>`")
