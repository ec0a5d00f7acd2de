"""The library against Python's own textwrap."""

import ctypes
import pathlib
import random
import textwrap
import unittest

BUILD = pathlib.Path(__file__).parent.parent / "build"
LIBRARY = ctypes.CDLL(str(BUILD / "libwrap.so"))
LIBRARY.wrap.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
LIBRARY.wrap.restype = ctypes.c_size_t


def wrap(text: str, width: int) -> str:
    out = ctypes.create_string_buffer(4096)
    length = LIBRARY.wrap(text.encode(), width, out, len(out))
    return out.raw[:length].decode()


class AgainstTextwrap(unittest.TestCase):
    def test_any_words_are_wrapped_alike(self):
        rng = random.Random(7)
        for _ in range(200):
            words = ["x" * rng.randint(1, 12) for _ in range(rng.randint(0, 40))]
            width = rng.randint(1, 30)
            expected = textwrap.fill(" ".join(words), width, break_long_words=False)
            self.assertEqual(wrap(" ".join(words), width), expected)

    def test_no_word_is_lost(self):
        text = "the quick brown fox jumps over the lazy dog"
        self.assertEqual(wrap(text, 11).split(), text.split())


if __name__ == "__main__":
    unittest.main()
