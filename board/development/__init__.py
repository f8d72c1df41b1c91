"""What only serves development: found before the commands of the same name that Django brings."""
