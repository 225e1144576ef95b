"""The child process that is the window: `python -m station.desktop_window ADDRESS TITLE`.

Exit 0 when the window was closed, 3 when only the old Internet Explorer engine is there.
"""

import sys

OLD_ENGINE = "mshtml"
EXIT_OLD_ENGINE = 3
WORDS = {"global.saveFile": "保存文件", "global.ok": "确定", "global.cancel": "取消"}


def main(arguments: list[str]) -> int:
    """Show one window until it is closed.

    Files can be saved from it. Links to a new tab (papers) go to the system's browser, pywebview's own rule:
    only that can print on every system, and inside the window nothing would lead back from a paper.
    """
    import webview  # noqa: PLC0415 - an optional extra, and only this process ever loads it

    address, title = arguments
    webview.settings["ALLOW_DOWNLOADS"] = True  # else a bundle for the stick vanishes without a word
    window = webview.create_window(
        title, address, width=1366, height=860, min_size=(900, 600), text_select=True
    )
    if webview.renderer == OLD_ENGINE:
        return EXIT_OLD_ENGINE
    assert window is not None
    webview.start(private_mode=True, localization=WORDS)
    return EXIT_OLD_ENGINE if webview.renderer == OLD_ENGINE else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
