"""Generated estates of AWS, judged twice: by netaudit from their Terraform, and packet by packet from plain facts."""
