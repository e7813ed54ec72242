"""`python -m mock_server`: the same as the command `mock-server`."""

from mock_server.cli.main import main

if __name__ == "__main__":
    main()
