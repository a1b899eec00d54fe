data "runai_applications" "all" {
  sort_by    = "last_login"
  sort_order = "desc"
}

# Those that have not signed in for 90 days. Without a last sign-in there is no
# time to compare, and try() takes that for "unused" as well. The function
# applications_csv returns the whole table as CSV.
output "unused" {
  value = [
    for a in data.runai_applications.all.applications : a.name
    if try(timecmp(timeadd(a.last_login, "2160h"), plantimestamp()) < 0, true)
  ]
}
