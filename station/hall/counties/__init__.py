"""At a city: the counties it signs its catalog for, and what each takes with it."""
