"""What the organization answers over HTTP."""
