"""Reports as word processors read them."""
