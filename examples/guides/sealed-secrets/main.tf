# The default of all applications: sealed to operations.
provider "runai" {
  client_secret_recipients = {
    operations = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
  }
}

resource "runai_application" "nightly" {
  name = "nightly-evaluation"
}

# Its own recipients replace the default as a whole.
resource "runai_application" "dashboard" {
  name = "usage-dashboard"

  client_secret_recipients = {
    jane = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII8KIxzaa0kxpjDNZvCf38DWl3B1a4nUUzwRIRFCdcZx jane@acme.example"
  }
}

output "sealed" {
  value = runai_application.nightly.client_secret_sealed
}
