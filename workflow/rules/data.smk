rule data:
    input:
        data_inputs,
    output:
        result("data"),
    log:
        log_path("data/{dataset}"),
    benchmark:
        benchmark_path("data/{dataset}")
    priority: data_priority
    conda:
        "../envs/adamatlas.yaml"
    params:
        spec=data_spec,
        fingerprint=data_source,
    message:
        "Drawing {wildcards.dataset}"
    shell:
        "python -m adamatlas data --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--out {output:q} 2> {log:q}"
