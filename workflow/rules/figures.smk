def figure_content(wildcards):
    study = INVENTORY.figures[wildcards.paper, wildcards.figure]
    return {"figure": f"{wildcards.paper}.{wildcards.figure}", "study": study}


def figure_spec(wildcards):
    return argument(figure_content(wildcards))


def figure_source(wildcards):
    return source("figure", figure_content(wildcards))


def figure_cube(wildcards):
    return str(INVENTORY.path("cube", figure_content(wildcards)["study"]))


def figure_category(wildcards):
    return INVENTORY.atlas.papers[wildcards.paper].title


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
    params:
        spec=figure_spec,
        fingerprint=figure_source,
    log:
        log_path("figure/{paper}/{figure}"),
    benchmark:
        benchmark_path("figure/{paper}/{figure}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Drawing {wildcards.paper}, {wildcards.figure}"
    shell:
        "{PYTHON} -m adamatlas figure --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--cube {input.cube:q} --png {output.png:q} --pdf {output.pdf:q} 2> {log:q}"
