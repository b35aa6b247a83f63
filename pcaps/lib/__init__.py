"""What the sample captures are made of: headers, conversations and protocols, from the bytes up."""
