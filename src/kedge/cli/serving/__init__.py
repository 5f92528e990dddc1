"""Far ends that are served for as long as somebody wants them."""
