"""A guide is wrong somewhere: what a clerk reports, what the hall answers, and how both stay on one page."""
