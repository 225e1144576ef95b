"""From what a clerk types to the items meant: words, pinyin, initials, slips of the pen."""
