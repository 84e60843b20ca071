rule measure:
    input:
        traces=measure_traces,
        data=measure_data,
    output:
        result("measure"),
    log:
        log_path("measure/{study}/{measure}~{block}"),
    benchmark:
        benchmark_path("measure/{study}/{measure}~{block}")
    priority: 5
    conda:
        "../envs/adamatlas.yaml"
    resources:
        mem_mb=measure_memory,
        runtime=measure_minutes,
    params:
        spec=measure_spec,
        fingerprint=measure_source,
    message:
        "Measuring {wildcards.measure} of {wildcards.study}, seeds {wildcards.block}"
    shell:
        "python -m adamatlas measure --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--trace {input.traces:q} --data {input.data:q} --out {output:q} 2> {log:q}"


rule gather:
    input:
        gather_measures,
    output:
        result("cube"),
    log:
        log_path("gather/{study}"),
    benchmark:
        benchmark_path("gather/{study}")
    conda:
        "../envs/adamatlas.yaml"
    params:
        spec=gather_spec,
        fingerprint=gather_source,
    message:
        "Gathering the cube of {wildcards.study}"
    shell:
        "python -m adamatlas gather --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--measure {input:q} --out {output:q} 2> {log:q}"
