"""The specs, sources and inputs of the jobs of each rule, asked from the inventory."""


def data_spec(wildcards):
    return argument(INVENTORY.data[wildcards.dataset])


def data_inputs(wildcards):
    return files()


def data_source(wildcards):
    return source("data", INVENTORY.data[wildcards.dataset])


def data_priority(wildcards):
    """First of all; before the first trace that needs them, where the command line names traces."""
    data = str(INVENTORY.path("data", wildcards.dataset))
    return 10 + 10 * NAMED[data] if data in NAMED else 30


def train_key(wildcards):
    return wildcards.study, wildcards.cell, wildcards.block


def train_spec(wildcards):
    return argument(INVENTORY.train[train_key(wildcards)])


def train_source(wildcards):
    return source("train", INVENTORY.train[train_key(wildcards)])


def train_data(wildcards):
    return files(INVENTORY.path("data", INVENTORY.data_of(*train_key(wildcards))))


def train_gpu(wildcards):
    """A GPU for an engine that can use one, where GPUs are offered and wanted."""
    engine = INVENTORY.train[train_key(wildcards)]["engine"]
    wanted = gpus_offered() and devices.wanted() != "cpu"
    return int(wanted and "cuda" in devices.kinds(engine))


def train_memory(wildcards, attempt):
    """What a scheduler is asked for, in MB; a job that was killed for want of it asks for more."""
    return attempt * memory_asked("train", [INVENTORY.train[train_key(wildcards)]])


def train_minutes(wildcards, attempt):
    return attempt * minutes_asked(train_seconds(wildcards))


def train_seconds(wildcards):
    spec = INVENTORY.train[train_key(wildcards)]
    return training_seconds(spec, gpu=bool(train_gpu(wildcards)))


def train_priority(wildcards):
    """Traces that the command line names, in its order. Else long jobs first, and those of unknown length, so
    that none is left alone at the end. All before measuring."""
    trace = str(INVENTORY.path("trace", *train_key(wildcards)))
    if trace in NAMED:
        return 10 + 10 * NAMED[trace]
    seconds = train_seconds(wildcards)
    return 20 if seconds is None else 10 + min(10, seconds / 60)


def traces_of(wildcards):
    keys = INVENTORY.traces(wildcards.study, wildcards.block)
    return [INVENTORY.train[key] for key in keys]


def measure_memory(wildcards, attempt):
    return attempt * memory_asked("measure", traces_of(wildcards))


def measure_minutes(wildcards, attempt):
    key = wildcards.study, wildcards.measure, wildcards.block
    return attempt * minutes_asked(measure_job(key, traces_of(wildcards)).seconds)


def measure_spec(wildcards):
    return argument(
        INVENTORY.measure(wildcards.study, wildcards.measure, wildcards.block)
    )


def measure_source(wildcards):
    spec = INVENTORY.measure(wildcards.study, wildcards.measure, wildcards.block)
    return source("measure", spec)


def measure_traces(wildcards):
    keys = INVENTORY.traces(wildcards.study, wildcards.block)
    return files(*(INVENTORY.path("trace", *key) for key in keys))


def measure_data(wildcards):
    keys = INVENTORY.traces(wildcards.study, wildcards.block)
    return files(*(INVENTORY.path("data", INVENTORY.data_of(*key)) for key in keys))


def gather_spec(wildcards):
    return argument(INVENTORY.gather(wildcards.study))


def gather_source(wildcards):
    return source("gather", INVENTORY.gather(wildcards.study))


def gather_measures(wildcards):
    study = wildcards.study
    keys = INVENTORY.measures(study)
    return files(*(INVENTORY.path("measure", study, *key) for key in keys))


def figure_content(wildcards):
    study = INVENTORY.figures[wildcards.paper, wildcards.figure]
    return {"figure": f"{wildcards.paper}.{wildcards.figure}", "study": study}


def figure_spec(wildcards):
    return argument(figure_content(wildcards))


def figure_source(wildcards):
    return source("figure", figure_content(wildcards))


def figure_cube(wildcards):
    return files(INVENTORY.path("cube", figure_content(wildcards)["study"]))


def figure_category(wildcards):
    reference = INVENTORY.atlas.papers[wildcards.paper].reference
    return f"{wildcards.paper} ({reference})"


def judge_content(wildcards):
    return {"claims": INVENTORY.claims[wildcards.paper]}


def judge_spec(wildcards):
    return argument(judge_content(wildcards))


def judge_source(wildcards):
    return source("judge", judge_content(wildcards))


def judge_cubes(wildcards):
    groups = sorted(INVENTORY.claims[wildcards.paper].items())
    return files(*(INVENTORY.path("cube", study) for _, study in groups))


def collect_claims(wildcards):
    return files(*(INVENTORY.path("claims", paper) for paper in INVENTORY.claims))
