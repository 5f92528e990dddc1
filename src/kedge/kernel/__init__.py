"""Floor 2: the core. `Book.handle` decides, `Book.apply` is the only thing that changes a book."""
