"""``fargatectl`` and ``python -m fargatectl``."""

from fargatectl.cli.process import main

if __name__ == "__main__":
    main()
