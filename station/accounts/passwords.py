"""Which passwords are refused: those that would be guessed."""

from station.errors import WeakPassword
from station.vault import PASSWORD_LENGTH_MAX, clean_name

LENGTH_MIN = 10
DIGITS_ONLY_MIN = 16
DIFFERENT_MIN = 5
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv",
)
_KNOWN = ("password", "passw0rd", "p@ssw0rd", "yimen", "iloveyou", "letmein", "woaini", "admin", "mima")


def check_password(password: str, account: str) -> None:
    """Raises WeakPassword and says what is missing."""
    why = weakness(password, clean_name(account))
    if why is not None:
        raise WeakPassword(why)


def weakness(password: str, account: str) -> str | None:
    """Why a guesser would soon have this password, or None."""
    plain = password.casefold()
    if len(password) > PASSWORD_LENGTH_MAX:
        return f"最长 {PASSWORD_LENGTH_MAX} 个字符。"
    if len(password) < LENGTH_MIN:
        return f"只有 {len(password)} 个字符，至少要 {LENGTH_MIN} 个。"
    if any(ord(letter) < 32 for letter in password):
        return "含有看不见的控制字符。"
    if len(account) >= 3 and account in plain:
        return "密码里含有账号名。"
    if password.isdigit() and len(password) < DIGITS_ONLY_MIN:
        return f"全是数字，容易被猜到；全数字至少要 {DIGITS_ONLY_MIN} 位。"
    if len(set(plain)) < DIFFERENT_MIN:
        return "重复的字符太多。"
    return "是常见的密码或键盘上相连的字符。" if _is_common(plain) else None


def _is_common(plain: str) -> bool:
    """True when little is left after known words and keyboard runs are taken out."""
    left = plain
    for word in _KNOWN:
        left = left.replace(word, "")
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for length in range(len(left), 3, -1):
            for start in range(len(left) - length + 1):
                if left[start : start + length] in run:
                    left = left[:start] + left[start + length :]
                    break
    return len(left) < 6
