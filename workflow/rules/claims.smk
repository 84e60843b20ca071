rule judge:
    input:
        judge_cubes,
    output:
        result("claims"),
    log:
        log_path("judge/{paper}"),
    benchmark:
        benchmark_path("judge/{paper}")
    conda:
        "../envs/adamatlas.yaml"
    params:
        spec=judge_spec,
        fingerprint=judge_source,
    message:
        "Judging the claims of {wildcards.paper}"
    shell:
        "python -m adamatlas judge --spec {params.spec:q} --fingerprint {params.fingerprint} "
        "--cube {input:q} --out {output:q} 2> {log:q}"


rule collect:
    input:
        collect_claims,
    output:
        json=f"{INVENTORY.results}/claims.json",
        html=report(
            f"{INVENTORY.results}/claims.html",
            caption="../report/claims.rst",
            category="Verdicts",
            labels={"figure": "all claims", "scale": INVENTORY.atlas.scale},
        ),
    log:
        log_path("collect/claims"),
    benchmark:
        benchmark_path("collect/claims")
    conda:
        "../envs/adamatlas.yaml"
    params:
        fingerprint=source("collect", {}),
    message:
        "Collecting all verdicts"
    shell:
        "python -m adamatlas collect --claim {input:q} --out {output.json:q} "
        "--html {output.html:q} 2> {log:q}"
