"""City, county and township laid over each other: who may say what of an item, and who said it."""
