import io
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    # Unbuffered, nothing is left for Python's flush at exit to complain about, which is what is tested here.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


EVENTS = (
    "import sys\n"
    "from fargatectl.console.view import make_view\n"
    "from fargatectl.engine.events import Notice\n"
    "with make_view(output='text', verbose=False, color=None) as view:\n"
    "    for number in range(5000):\n"
    "        view(Notice(f'line {number} ' + 'x' * 100))\n"
    "print('the run went on', file=sys.stderr)\n"
)
REPORT = (
    "import sys\n"
    "from fargatectl.console.output import show\n"
    "for number in range(5000):\n"
    "    show(f'line {number} ' + 'x' * 100)\n"
    "print('the program went on', file=sys.stderr)\n"
)


@pytest.mark.parametrize(
    ("program", "said"), [(EVENTS, "the run went on\n"), (REPORT, "the program went on\n")]
)
def test_a_reader_that_leaves_is_no_error(program: str, said: str) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stderr is not None
    assert run.stdout.readline().startswith("line 0 ")
    run.stdout.close()
    assert run.stderr.read() == said
    run.stderr.close()
    assert run.wait() == 0


def test_a_short_text_whose_reader_left_is_no_error_at_exit_either() -> None:
    program = "import sys\nfrom fargatectl.console.output import show\nsys.stdin.read()\nshow('short')\n"
    run = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.close()
    run.stdout = None
    _, said = run.communicate("")
    assert (run.returncode, said) == (0, "")


def test_a_result_that_a_full_disk_swallows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.console.output import OutputError, show

    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OutputError, match="No space left"):
            show("a result")


def test_a_result_after_a_view_met_a_full_disk_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from fargatectl.console.output import OutputError, show
    from fargatectl.console.pipe import QuietStream

    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        view = QuietStream(full)
        view.write("progress\n")
        view.flush()
        with pytest.raises(OutputError):
            show("a result")


def test_a_full_pipe_that_does_not_block_loses_lines_but_not_the_rest() -> None:
    from fargatectl.console.pipe import QuietStream

    class Full(io.StringIO):
        full = True

        def write(self, text: str) -> int:
            if self.full:
                raise BlockingIOError
            return super().write(text)

    stream = Full()
    quiet = QuietStream(stream)
    quiet.write("late\n")
    stream.full = False
    quiet.write("in time\n")
    assert stream.getvalue() == "in time\n"
