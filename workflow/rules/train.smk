def train_key(wildcards):
    return wildcards.study, wildcards.cell, wildcards.block


def train_spec(wildcards):
    return argument(INVENTORY.train[train_key(wildcards)])


def train_source(wildcards):
    return source("train", INVENTORY.train[train_key(wildcards)])


def train_data(wildcards):
    return str(INVENTORY.path("data", INVENTORY.data_of(*train_key(wildcards))))


def train_priority(wildcards):
    """Long jobs first, so that none is left alone at the end; always before measuring."""
    return 10 + min(10, estimate_seconds(INVENTORY.train[train_key(wildcards)]) / 60)


rule train:
    input:
        data=train_data,
    output:
        result("trace"),
    params:
        spec=train_spec,
        fingerprint=train_source,
        checkpoints=f"{INVENTORY.results}/checkpoints",
    log:
        log_path("train/{study}/{cell}~{block}"),
    benchmark:
        benchmark_path("train/{study}/{cell}~{block}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Training {wildcards.study}, {wildcards.cell}, seeds {wildcards.block} (progress in {log})"
    priority: train_priority
    threads: 1
    shell:
        "{PYTHON} -m adamatlas train --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--data {input.data:q} --checkpoints {params.checkpoints:q} --threads {threads} "
        "--out {output:q} 2> {log:q}"
