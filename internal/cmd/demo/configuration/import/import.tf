# This one was created in the user interface. It is taken over as it is: by
# its name, and without touching its secret.
import {
  to = runai_application.by_hand
  id = "made-by-hand"
}

resource "runai_application" "by_hand" {
  name = "made-by-hand"
}
