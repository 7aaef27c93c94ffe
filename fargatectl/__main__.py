"""``fargatectl`` and ``python -m fargatectl``."""

import sys


def main() -> None:
    """Run the command line; end the process with its exit code."""
    from fargatectl.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
