"""What the release is built with: a mistake ends the program instead of helping whoever made the input."""

import shutil
import subprocess

import pytest
from conftest import PROGRAM

needs_readelf = pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")


def read_elf(*options):
    return subprocess.run(
        ["readelf", "-W", *options, PROGRAM], capture_output=True, text=True, check=True
    ).stdout


@needs_readelf
def test_hardening():
    header, segments, dynamic = read_elf("-h"), read_elf("-l"), read_elf("-d")
    symbols = read_elf("--dyn-syms")
    if "__asan_init" in symbols or "__tsan_init" in symbols:
        pytest.skip("a build for tests")
    assert "DYN" in header  # addresses are chosen anew for each process
    assert "GNU_RELRO" in segments and "NOW" in dynamic
    assert "RWE" not in segments
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
    assert "__stack_chk_fail" in symbols
    assert "_chk@" in symbols  # FORTIFY_SOURCE
    if "X86-64" in header:
        assert "IBT" in read_elf("-n") and "SHSTK" in read_elf("-n")
