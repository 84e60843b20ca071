rule figure:
    input:
        cube=figure_cube,
    output:
        png=report(
            result("png"),
            caption="../report/figure.rst",
            category=figure_category,
            labels={"figure": "{figure}", "scale": INVENTORY.atlas.scale},
        ),
        pdf=result("pdf"),
    log:
        log_path("figure/{paper}/{figure}"),
    benchmark:
        benchmark_path("figure/{paper}/{figure}")
    conda:
        "../envs/adamatlas.yaml"
    params:
        spec=figure_spec,
        fingerprint=figure_source,
    message:
        "Drawing {wildcards.paper}, {wildcards.figure}"
    shell:
        "python -m adamatlas figure --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--cube {input.cube:q} --png {output.png:q} --pdf {output.pdf:q} 2> {log:q}"
