"""`python -m cli` is `delight`: how the supervisor starts its children with its own interpreter."""

from cli.main import main

main()
