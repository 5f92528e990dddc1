"""Floor 7: venues to practise on, as processes of their own, with faults on demand."""
