"""What Parley is measured against."""
