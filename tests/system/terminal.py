"""A program on a terminal of its own."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time


class Terminal:
    def __init__(self, *command, env=None, patience=30, columns=100, cwd=None):
        self.patience, self.seen = patience, ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
            os.chdir(cwd or ".")
            # libedit frees no added functions
            more = {"TERM": "xterm", "LSAN_OPTIONS": "detect_leaks=0", **(env or {})}
            os.execve(command[0], list(map(str, command)), {**os.environ, **more})

    def read_until(self, text):
        """What comes up to there; what comes behind it is for the next call."""
        end = time.monotonic() + self.patience
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
        before, found, self.seen = self.seen.partition(text)
        assert found, before
        return before + found

    def read_all(self):
        """What comes until the program has ended, which it must do well."""
        data, end = b"", time.monotonic() + self.patience
        while time.monotonic() < end:
            try:
                if select.select([self.fd], [], [], 0.2)[0]:
                    data += os.read(self.fd, 65536)
            except OSError:  # the other end is closed
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        assert os.waitstatus_to_exitcode(status) == 0, data
        return data.decode()

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """Ctrl-D, and how the program ends then."""
        self.type("\x04")
        end, done = time.monotonic() + self.patience, 0
        while not done and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:  # the other end is closed
                    time.sleep(0.05)
            done, status = os.waitpid(self.pid, os.WNOHANG)
        os.close(self.fd)
        if not done:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        assert done, "it does not end"
        return os.waitstatus_to_exitcode(status)
