# A target for each study: `snakemake tang2025.table1` makes its cube and its figures.
for study in INVENTORY.atlas.studies:

    rule:
        name:
            study
        input:
            study_targets(study),
        localrule: True
