def data_spec(wildcards):
    return argument(INVENTORY.data[wildcards.dataset])


def data_source(wildcards):
    return source("data", INVENTORY.data[wildcards.dataset])


rule data:
    output:
        result("data"),
    params:
        spec=data_spec,
        fingerprint=data_source,
    log:
        log_path("data/{dataset}"),
    benchmark:
        benchmark_path("data/{dataset}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Drawing {wildcards.dataset}"
    priority: 30
    shell:
        "{PYTHON} -m adamatlas data --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--out {output:q} 2> {log:q}"
