"""等人处理: what the mail noticed, and the buttons with which a person decides."""
