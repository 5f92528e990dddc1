"""Floor 1: rules that look at bars and say what they would do. They know no account, no order and no clock."""
