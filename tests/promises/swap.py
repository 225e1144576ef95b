"""Gives loaded functions the code of changed source, for the changes that stay inside functions."""

import gc
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

CO_OPTIMIZED = 0x1  # set for the code of a function, not for that of a module or a class
Pair = tuple[CodeType, CodeType]


class ReachesFurther(Exception):
    """The change alters more than the bodies of functions: the module has to be imported anew."""


def swaps(path: Path, old: str, new: str) -> list[Pair]:
    """The functions of one file whose code differs, before and after. Raises ReachesFurther."""
    pairs = list(_pairs(compile(old, path, "exec"), compile(new, path, "exec")))
    if not pairs:
        raise ReachesFurther
    return pairs


def swap(path: Path, pairs: list[Pair]) -> None:
    """Every living function of the file with an old code gets the new one. Raises LookupError for none."""
    instead, done = dict(pairs), set()
    gc.unfreeze()  # what the tests' set-up put aside is not listed
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            code = one.__code__
            if code in instead:
                one.__code__ = instead[code]
                done.add(code)
    lost = [code.co_qualname for code in instead if code not in done]
    if lost:
        raise LookupError(f"no living function has the code of {lost} in {path}")


def _pairs(old: CodeType, new: CodeType) -> Iterator[Pair]:
    """Functions directly below a module or a class; those inside functions come with what is around them."""
    if _bare(old) != _bare(new):
        raise ReachesFurther
    for before, after in zip(_inner(old), _inner(new), strict=True):
        if not before.co_flags & CO_OPTIMIZED:
            yield from _pairs(before, after)
        elif _essence(before) != _essence(after):
            if before.co_freevars != after.co_freevars:
                raise ReachesFurther
            yield before, after


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _bare(code: CodeType) -> tuple[object, ...]:
    """A module or class without its lines and without the bodies of what is defined in it."""
    consts = [one.co_name if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, consts


def _essence(code: CodeType) -> tuple[object, ...]:
    """A function without its lines."""
    consts = [_essence(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags, consts
