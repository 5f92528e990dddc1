"""Floor 1: the market as numbers: bars, indicators, and a judgement on each piece of data before it is acted on."""
