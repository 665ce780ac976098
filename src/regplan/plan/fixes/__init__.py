"""What would make a plan better: changes found by trying them, each as small as it can be."""
