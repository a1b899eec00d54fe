import {
  to = runai_access_rule.dashboard
  identity = {
    id = "1024"
  }
}
