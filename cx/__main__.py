"""`python -m cx …`"""

from cx.cli import main

if __name__ == "__main__":
    main()
