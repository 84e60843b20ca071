def measure_spec(wildcards):
    return argument(INVENTORY.measure(wildcards.study, wildcards.measure, wildcards.block))


def measure_source(wildcards):
    spec = INVENTORY.measure(wildcards.study, wildcards.measure, wildcards.block)
    return source("measure", spec)


def measure_traces(wildcards):
    keys = INVENTORY.traces(wildcards.study, wildcards.block)
    return [str(INVENTORY.path("trace", *key)) for key in keys]


def measure_data(wildcards):
    keys = INVENTORY.traces(wildcards.study, wildcards.block)
    return [str(INVENTORY.path("data", INVENTORY.data_of(*key))) for key in keys]


def gather_spec(wildcards):
    return argument(INVENTORY.gather(wildcards.study))


def gather_source(wildcards):
    return source("gather", INVENTORY.gather(wildcards.study))


def gather_measures(wildcards):
    study = wildcards.study
    keys = INVENTORY.measures(study)
    return [str(INVENTORY.path("measure", study, *key)) for key in keys]


rule measure:
    input:
        traces=measure_traces,
        data=measure_data,
    output:
        result("measure"),
    params:
        spec=measure_spec,
        fingerprint=measure_source,
    log:
        log_path("measure/{study}/{measure}~{block}"),
    benchmark:
        benchmark_path("measure/{study}/{measure}~{block}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Measuring {wildcards.measure} of {wildcards.study}, seeds {wildcards.block}"
    priority: 5
    shell:
        "{PYTHON} -m adamatlas measure --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--trace {input.traces:q} --data {input.data:q} --out {output:q} 2> {log:q}"


rule gather:
    input:
        gather_measures,
    output:
        result("cube"),
    params:
        spec=gather_spec,
        fingerprint=gather_source,
    log:
        log_path("gather/{study}"),
    benchmark:
        benchmark_path("gather/{study}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Gathering the cube of {wildcards.study}"
    shell:
        "{PYTHON} -m adamatlas gather --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--measure {input:q} --out {output:q} 2> {log:q}"
