"""The base class of the suite's errors.

ContractsError
├── CatalogueError          requirements.yaml is invalid
├── TraceError              trace.json is invalid
├── KnownFailuresError      a file of known failures is invalid
├── OptionError             an option is invalid
│   └── NetworkSettingError an environment variable for proxies or certificates cannot be used
├── SignInError             a sign-in response contains no access token
├── TargetUnreachableError  the target does not respond, or is not a deployment of the platform
├── ControlRefusedError     the control API rejected a request of a contract
├── LedgerError             a ledger cannot be read, or is in use
├── RestoreError            data of the target could not be read or restored
├── UndeclaredWriteError    a contract makes a write that its mark does not declare
└── EngineError             schemathesis did not finish

The exceptions that end a contract have other base classes, because pytest must recognize them: `BrokenRuleError` and
`UndocumentedResponseError` are assertion errors, and `UndecidedError` is a skip. See `contracts/spec/verdicts.py`.
A breach in a response does not end a contract: see `contracts/spec/breaches.py`.
"""


class ContractsError(Exception):
    """An error of the suite. The message is one line."""
