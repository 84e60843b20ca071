from snakemake.utils import min_version

min_version("9.10")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/jobs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/studies.smk"


onstart:
    # With its limit on jobs a second Snakemake 9 looks for work once a second more after every job that ends,
    # which in a long run costs a good part of a core. On this machine there is nothing to limit.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


localrules:
    all,
    collect,


rule all:
    default_target: True
    input:
        all_targets(),
