rule train:
    input:
        data=train_data,
    output:
        result("trace"),
    log:
        log_path("train/{study}/{cell}~{block}"),
    benchmark:
        benchmark_path("train/{study}/{cell}~{block}")
    priority: train_priority
    conda:
        "../envs/adamatlas.yaml"
    threads: 1
    resources:
        gpu=train_gpu,
        mem_mb=train_memory,
        runtime=train_minutes,
    params:
        spec=train_spec,
        fingerprint=train_source,
        checkpoints=f"{INVENTORY.results}/checkpoints",
    message:
        "Training {wildcards.study}, {wildcards.cell}, seeds {wildcards.block} (progress in {log})"
    shell:
        "python -m adamatlas train --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--data {input.data:q} --checkpoints {params.checkpoints:q}/{wildcards.study} --threads {threads} "
        "--out {output:q} 2> {log:q}"
