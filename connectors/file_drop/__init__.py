"""Files: where they lie (places), which belong together (deliveries), how they are packed, what stands in them."""
