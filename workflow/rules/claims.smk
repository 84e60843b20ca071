def judge_content(wildcards):
    return {"claims": INVENTORY.claims[wildcards.paper]}


def judge_spec(wildcards):
    return argument(judge_content(wildcards))


def judge_source(wildcards):
    return source("judge", judge_content(wildcards))


def judge_cubes(wildcards):
    groups = sorted(INVENTORY.claims[wildcards.paper].items())
    return [str(INVENTORY.path("cube", study)) for _, study in groups]


def collect_claims(wildcards):
    return [str(INVENTORY.path("claims", paper)) for paper in INVENTORY.claims]


rule judge:
    input:
        judge_cubes,
    output:
        result("claims"),
    params:
        spec=judge_spec,
        fingerprint=judge_source,
    log:
        log_path("judge/{paper}"),
    benchmark:
        benchmark_path("judge/{paper}")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Judging the claims of {wildcards.paper}"
    shell:
        "{PYTHON} -m adamatlas judge --spec {params.spec:q} --fingerprint {params.fingerprint} "
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
    params:
        fingerprint=source("collect", {}),
    log:
        log_path("collect/claims"),
    benchmark:
        benchmark_path("collect/claims")
    conda:
        "../envs/adamatlas.yaml"
    message:
        "Collecting all verdicts"
    shell:
        "{PYTHON} -m adamatlas collect --claim {input:q} --out {output.json:q} "
        "--html {output.html:q} 2> {log:q}"
