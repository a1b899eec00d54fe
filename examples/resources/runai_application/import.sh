# by name
terraform import runai_application.ci ci-pipeline-prod

# by ID
terraform import runai_application.ci 3f7c1a52-9a53-4a4c-8f0e-6a1d0c1f7d20
