# The block was renamed from runai_application.ci. The application and its secret
# do not change.
moved {
  from = runai_application.ci
  to   = runai_application.pipeline
}
